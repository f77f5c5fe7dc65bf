"""The resident's shell. Pages of a service live in the service."""

from __future__ import annotations

from django.urls import path

from linli.interfaces.portal import views

PREFIX = ""
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("services/", views.services, name="services"),
    path("matters/", views.matters, name="matters"),
    path("me/", views.me, name="me"),
    path("look/", views.look, name="look"),
    path("help/", views.help_page, name="help"),
    path("neighbours/", views.neighbours, name="neighbours"),
    path("sos/", views.sos, name="sos"),
    path("area/", views.area, name="area"),
]
