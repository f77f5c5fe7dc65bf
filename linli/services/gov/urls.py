from __future__ import annotations

from django.urls import path, re_path

from linli.services.gov.views import desk, public

urlpatterns = [
    path("", public.home, name="home"),
    path("find/", public.found, name="found"),
    path("catalogue.jsonld", public.catalogue, name="catalogue"),
    path("bundles/<slug:slug>/", public.bundle, name="bundle"),
    path("items/<slug:slug>/", public.item, name="item"),
    path("items/<slug:slug>/entitled/", public.entitled, name="entitled"),
    path("items/<slug:slug>/notice.pdf", public.notice, name="notice"),
    path("items/<slug:slug>/data.jsonld", public.item_data, name="item_data"),
    path("desk/", desk.desk, name="desk"),
    path("desk/items.xlsx", desk.export, name="export"),
    path("desk/items/<slug:slug>/", desk.desk_item, name="desk_item"),
    path("desk/items/<slug:slug>/local/", desk.local, name="local"),
    re_path(r"^desk/items/(?P<slug>[-a-z0-9]+)/(?P<word>off|on|check)/$", desk.change, name="change"),
    re_path(r"^desk/items/(?P<slug>[-a-z0-9]+)/drafts/(?P<draft>\d{1,19})/(?P<word>publish|back)/$", desk.decide,
            name="decide"),
    path("desk/items/<slug:slug>/diff/<int:before>/<int:after>/", desk.diff, name="diff"),
]
