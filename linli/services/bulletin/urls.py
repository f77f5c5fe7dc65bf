from __future__ import annotations

from django.urls import path, re_path

from linli.services.bulletin import desk_views, views

urlpatterns = [
    path("", views.list_page, name="list"),
    path("<int:pk>/", views.page, name="page"),
    path("<int:pk>/print/", views.print_page, name="print"),
    path("desk/", desk_views.desk_page_list, name="desk"),
    path("desk/new/", desk_views.write, name="write"),
    path("desk/counts.xlsx", desk_views.counts, name="counts"),
    path("desk/<int:pk>/", desk_views.desk_page, name="desk_page"),
    path("desk/<int:pk>/edit/", desk_views.edit, name="edit"),
    path("desk/<int:pk>/print/", desk_views.desk_print, name="desk_print"),
    re_path(r"^desk/(?P<pk>\d{1,19})/(?P<verb>submit|approve|send_back|withdraw)/$", desk_views.decide, name="decide"),
]
