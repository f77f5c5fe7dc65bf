"""The room's router alone, as the API shell mounts it."""

from __future__ import annotations

from django.urls import path
from ninja import NinjaAPI

from linli.services.bulletin.api import router
from linli.urls import urlpatterns as pages

api = NinjaAPI(urls_namespace="bulletin-test")
api.add_router("/bulletin", router)
urlpatterns = [path("api/v1/", api.urls), *pages]
handler404 = "linli.foundation.web.middleware.not_found"
