"""What belongs to the site as a whole: the service worker (its scope is its folder, so it lives at the root)."""

from __future__ import annotations

from django.urls import path

from linli.interfaces.components import views

PREFIX = ""
urlpatterns = [
    path("sw.js", views.worker, name="worker"),
    path("manifest.webmanifest", views.web_manifest, name="web_manifest"),
    path("offline/", views.offline, name="offline"),
]
