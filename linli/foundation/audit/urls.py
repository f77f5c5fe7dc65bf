from __future__ import annotations

from django.urls import path

from linli.foundation.audit import views

PREFIX = ""

urlpatterns = [
    path("audit/checkpoints/", views.checkpoints_page, name="checkpoints"),
    path("audit/checkpoints/<int:size>/", views.checkpoint, name="checkpoint"),
    path("desk/audit/", views.entries_page, name="entries"),
]
