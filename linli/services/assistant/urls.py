from __future__ import annotations

from django.urls import path, re_path

from linli.services.assistant import desk_views, views

urlpatterns = [
    path("", views.ask, name="ask"),
    path("eligible/", views.eligible, name="eligible"),
    path("choose/", views.choose, name="choose"),
    path("person/", views.person, name="person"),
    re_path(r"^step/(?P<verb>none|not_now|leave|close)/$", views.step, name="step"),
    path("talks/", views.talks, name="talks"),
    path("talks/<int:pk>/", views.talk, name="talk"),
    path("desk/", desk_views.inbox, name="desk"),
    path("desk/figures.csv", desk_views.figures, name="figures"),
    path("desk/<int:pk>/", desk_views.talk, name="desk_talk"),
    re_path(r"^desk/(?P<pk>\d{1,19})/(?P<verb>take|give_back|close|call_back)/$", desk_views.step, name="desk_step"),
    path("desk/gaps/", desk_views.gaps, name="gaps"),
    path("desk/gaps/<int:pk>/", desk_views.gap, name="gap"),
    path("desk/gaps/<int:pk>/drop/", desk_views.drop, name="drop_gap"),
]
