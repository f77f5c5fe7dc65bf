"""The resident's shell. Pages of a service live in the service."""

from __future__ import annotations

from django.urls import path

from linli.interfaces.portal import casepages, views

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
    path("cases/", casepages.near, name="near"),
    path("cases/mine/", casepages.mine, name="mine"),
    path("cases/track/", casepages.track, name="track"),
    path("cases/<str:number>/", casepages.case_page, name="case"),
    path("cases/<str:number>/receipt/", casepages.receipt, name="receipt"),
    path("cases/<str:number>/answer/", casepages.answer, name="case_answer"),
    path("cases/<str:number>/words/", casepages.words, name="case_words"),
    path("cases/<str:number>/nudge/", casepages.nudge, name="case_nudge"),
    path("cases/<str:number>/join/", casepages.join, name="case_join"),
    path("cases/<str:number>/step/<str:name>/", casepages.step, name="case_step"),
]
