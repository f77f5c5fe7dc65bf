from __future__ import annotations

from django.urls import path

from linli.interfaces.desk.casework import reports, views

urlpatterns = [
    path("cases/", views.worklist, name="worklist"),
    path("cases/bulk/", views.bulk, name="bulk"),
    path("cases/bulk/choose/", views.bulk_form, name="bulk_form"),
    path("cases/views/", views.save_view, name="save_view"),
    path("cases/shift/", reports.shift, name="shift"),
    path("cases/shift/over/", reports.hand_over, name="hand_over"),
    path("cases/rates/", reports.rates_page, name="rates"),
    path("cases/map/", reports.map_page, name="map"),
    path("cases/export/", reports.export, name="export"),
    path("cases/legs/<int:pk>/", views.leg, name="leg"),
    path("cases/<str:number>/", views.case_page, name="case"),
    path("cases/<str:number>/words/", views.words, name="case_words"),
    path("cases/<str:number>/edit/", views.edit, name="case_edit"),
    path("cases/<str:number>/step/<str:name>/", views.step, name="case_step"),
    path("cases/<str:number>/more/<str:verb>/", views.more, name="case_more"),
]
