from __future__ import annotations

from django.urls import path

from linli.foundation.areas import views

PREFIX = ""
urlpatterns = [
    path("facilities/", views.facilities, name="facilities"),
    path("facilities/<str:code>/", views.facility, name="facility"),
    path("desk/areas/", views.tree, name="tree"),
    path("desk/areas/template/<str:kind>.xlsx", views.template, name="template"),
    path("desk/areas/import/<int:pk>/", views.import_preview, name="import_preview"),
    path("desk/areas/compounds/<int:pk>/", views.compound, name="compound"),
    path("desk/areas/compounds/<int:compound_pk>/buildings/new/", views.building, name="new_building"),
    path("desk/areas/buildings/<int:pk>/", views.building, name="building"),
    path("desk/areas/buildings/<int:building_pk>/homes/new/", views.home, name="new_home"),
    path("desk/areas/homes/<int:pk>/", views.home, name="home"),
    path("desk/areas/facilities/<int:pk>/", views.edit_facility, name="edit_facility"),
    path("desk/areas/<str:code>/", views.community, name="community"),
    path("desk/areas/<str:code>/compounds/new/", views.compound, name="new_compound"),
    path("desk/areas/<str:code>/facilities/new/", views.edit_facility, name="new_facility"),
    path("desk/areas/<str:code>/import/", views.upload, name="import"),
    path("desk/areas/<str:code>/map/", views.edit_map, name="map"),
    path("desk/areas/<str:code>/export/<str:kind>.xlsx", views.export, name="export"),
]
