from __future__ import annotations

from django.urls import path

from linli.foundation.jobs import views

PREFIX = "desk/jobs/"
urlpatterns = [
    path("", views.list_page, name="list"),
    path("<slug:kind>/<int:pk>/retry/", views.retry_page, name="retry"),
    path("<slug:kind>/<int:pk>/discard/", views.discard_page, name="discard"),
]
