from __future__ import annotations

from django.urls import path, re_path

from linli.services.access.views import desk, helping, papers, paths, portal, signing

urlpatterns = [
    path("", portal.home, name="home"),
    path("way/", portal.way, name="way"),
    path("way/print/", portal.way_print, name="way_print"),
    path("facilities/", portal.facilities, name="facilities"),
    path("facilities/<int:pk>/", portal.facility, name="facility"),
    path("outages/", portal.outages, name="outages"),
    path("outages/new/", portal.report_outage, name="report_outage"),
    path("outages/<int:pk>/over/", portal.end_outage, name="end_outage"),
    path("works/", helping.works_page, name="works"),
    path("works/new/", helping.ask_work, name="ask_work"),
    path("guides/", helping.guides, name="guides"),
    path("guides/new/", helping.ask_guide, name="ask_guide"),
    path("guides/offer/", helping.offer_guide, name="offer_guide"),
    path("guides/leave/", helping.leave_guide, name="leave_guide"),
    re_path(r"^guides/(?P<pk>\d{1,19})/(?P<verb>cancel|confirm|report)/$", helping.guiding_step, name="guiding_step"),
    path("interpreters/", signing.mine, name="interpreters"),
    path("interpreters/new/", signing.book, name="book_interpreter"),
    path("interpreters/<int:pk>/cancel/", signing.cancel, name="cancel_signing"),
    path("desk/", desk.desk, name="desk"),
    path("desk/facts/<int:pk>/", desk.decide_fact, name="decide_fact"),
    path("desk/facilities/<int:pk>/", desk.desk_facility, name="desk_facility"),
    path("desk/outages/", desk.desk_outages, name="desk_outages"),
    re_path(
        r"^desk/outages/(?P<pk>\d{1,19})/(?P<verb>confirm|over|dismiss)/$", desk.decide_outage, name="decide_outage"
    ),
    path("desk/paths/", desk.desk_paths, name="desk_paths"),
    path("desk/paths/import/", paths.upload, name="import_paths"),
    path("desk/paths/<int:pk>/", desk.desk_path, name="desk_path"),
    path("desk/works/", desk.desk_works, name="desk_works"),
    re_path(
        r"^desk/works/(?P<number>[A-Z0-9-]{3,30})/(?P<what>survey|plan|consent|measure)/$", papers.paper, name="paper"
    ),
    path("desk/interpreters/", signing.desk, name="desk_interpreters"),
    path("desk/interpreters/book/", signing.desk_book, name="desk_book_interpreter"),
    path("desk/interpreters/add/", signing.add, name="add_interpreter"),
    path("desk/interpreters/<int:pk>/rest/", signing.rest, name="rest_interpreter"),
    path("desk/signings/<int:pk>/done/", signing.finish, name="finish_signing"),
    path("desk/guides/", desk.desk_guides, name="desk_guides"),
    path("desk/guides/<int:pk>/match/", desk.match_guide, name="match_guide"),
    path("desk/guides/offers/<int:pk>/check/", desk.check_guide, name="check_guide"),
]
