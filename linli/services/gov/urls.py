from __future__ import annotations

from django.urls import path, re_path

from linli.services.gov.views import casework, desk, public, rating, verify

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
    path("work/", casework.work, name="work"),
    re_path(r"^work/export\.(?P<kind>xlsx|csv)$", casework.export, name="work_export"),
    path("work/<str:number>/", casework.one, name="work_one"),
    path("work/<str:number>/corrections/", casework.corrections, name="work_corrections"),
    re_path(r"^work/(?P<number>[A-Z0-9-]{1,24})/"
            r"(?P<verb>accept|refuse|advance|pause|resume|extend|decide|deliver|say)/$", casework.do, name="work_do"),
    path("work/<str:number>/objections/<int:pk>/", casework.answer, name="work_answer"),
    path("work/<str:number>/results/<int:pk>/revoke/", casework.revoke, name="work_revoke"),
    path("letters/<str:number>/<int:pk>.pdf", verify.letter, name="letter"),
    path("results/<str:number>/<int:pk>.pdf", verify.result, name="result"),
    path("verify/<str:token>/", verify.verify, name="verify"),
    path("paper/<str:token>/", verify.paper, name="paper"),
    path("items/<slug:slug>/form.pdf", verify.blank_form, name="blank_form"),
    path("items/<slug:slug>/mandate.pdf", verify.blank_mandate, name="blank_mandate"),
    path("mine/<str:number>/rate/", rating.rate, name="rate"),
    path("rate/<str:token>/", rating.rate_paper, name="rate_paper"),
    path("ratings/", rating.ratings, name="ratings"),
    path("ratings/ratings.xlsx", rating.export, name="ratings_export"),
    path("ratings/<int:pk>/", rating.one, name="rating"),
]
