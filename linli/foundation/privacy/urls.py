from __future__ import annotations

from django.urls import path

from linli.foundation.privacy import views

PREFIX = ""

urlpatterns = [
    path("me/privacy/", views.mine_page, name="mine"),
    path("me/privacy/consent/", views.consent, name="consent"),
    path("me/privacy/copy/", views.copy, name="copy"),
    path("me/privacy/ask/", views.ask_page, name="ask"),
    path("me/privacy/requests/<int:pk>/withdraw/", views.withdraw_request, name="withdraw_request"),
    path("privacy/reveal/", views.reveal, name="reveal"),
    path("desk/privacy/", views.desk_page, name="desk"),
    path("desk/privacy/<int:pk>/", views.desk_request_page, name="desk_request"),
]
