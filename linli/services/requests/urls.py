from __future__ import annotations

from django.urls import path

from linli.services.requests import desk_views, routing_views, views

PREFIX = "requests/"
urlpatterns = [
    path("", views.ask, name="ask"),
    path("slip/<str:token>/", views.slip, name="slip"),
    path("desk/new/", desk_views.intake, name="desk_intake"),
    path("desk/<str:number>/category/", desk_views.recategorise, name="recategorise"),
    path("desk/routing/", routing_views.tables, name="routing"),
    path("desk/routing/<int:pk>/", routing_views.table, name="routing_table"),
    path("desk/routing/<int:pk>/trial/", routing_views.trial_page, name="routing_trial"),
    path("desk/routing/<int:pk>/row/", routing_views.row, name="routing_new_row"),
    path("desk/routing/<int:pk>/row/<int:row_pk>/", routing_views.row, name="routing_row"),
    path("desk/routing/<int:pk>/<str:verb>/", routing_views.decide, name="routing_decide"),
]
