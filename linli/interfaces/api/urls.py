from __future__ import annotations

from django.urls import path

from linli.interfaces.api import views

PREFIX = ""
urlpatterns = [
    path("me/tokens/", views.tokens, name="tokens"),
    path("me/tokens/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
]
