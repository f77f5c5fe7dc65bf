from __future__ import annotations

from django.urls import path, re_path

from linli.mechanisms.bookings.views import door, feeds, holidays, mine, places, staff

urlpatterns = [
    path("", mine.mine, name="mine"),
    path("past/", mine.past, name="past"),
    path("calendar/", mine.calendar, name="calendar"),
    path("<int:pk>/", mine.reservation, name="reservation"),
    path("<int:pk>/cancel/", mine.cancel, name="cancel"),
    path("<int:pk>/answer/", mine.answer, name="answer"),
    path("<int:pk>/photo/", mine.photo, name="photo"),
    path("<int:pk>/refuse/", staff.refuse, name="refuse"),
    path("offered/<int:pk>/", mine.answer_offer, name="answer_offer"),
    path("waiting/<int:pk>/", mine.leave, name="leave"),
    path("absent/<int:pk>/", mine.appeal, name="appeal"),
    path("draws/<int:pk>/", feeds.draw, name="draw"),
    path("check/<str:code>/", staff.check, name="check"),
    path("sessions/<int:pk>/", staff.roster, name="roster"),
    path("sessions/<int:pk>/code/", staff.by_code, name="by_code"),
    path("sessions/<int:pk>/walk-in/", staff.walk_in, name="walk_in"),
    path("sessions/<int:pk>/paper/", staff.paper, name="paper"),
    path("sessions/<int:pk>/enter/", staff.enter, name="enter"),
    path("sessions/<int:pk>/list.csv", staff.offline, name="offline"),
    re_path(r"^sessions/(?P<pk>\d{1,19})/(?P<verb>in|absent|approve)/$", staff.act, name="act"),
    path("door/", door.sessions, name="door_scope"),
    path("door/worker.js", door.worker, name="door_worker"),
    path("door/<int:pk>/", door.door, name="door"),
    path("door/<int:pk>/list.json", door.kept_list, name="door_list"),
    path("door/<int:pk>/sync/", door.sync, name="door_sync"),
    path("holidays/", holidays.after_notice, name="holidays"),
    path("calls/", staff.calls, name="calls"),
    path("appeals/", staff.appeals, name="appeals"),
    path("resources/", places.resources, name="resources"),
    path("feed/<str:secret>.ics", feeds.private, name="feed"),
    path("offers/<int:pk>.ics", feeds.offer, name="offer_feed"),
    re_path(r"^areas/(?P<code>\d{2,15})\.ics$", feeds.area, name="area_feed"),
    path("places/<int:pk>.ics", feeds.place, name="place_feed"),
]
