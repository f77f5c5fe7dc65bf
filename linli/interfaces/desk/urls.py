"""The staff shell. Pages of a service live in the service; the worklist lives beside this."""

from __future__ import annotations

from django.urls import path

from linli.interfaces.desk import views
from linli.interfaces.desk.casework.urls import urlpatterns as casework

PREFIX = "desk/"
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    *casework,
]
