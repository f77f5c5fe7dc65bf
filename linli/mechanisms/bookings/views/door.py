"""The door with or without a line: a page that keeps the list on the device and hands in what was marked."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.calendar.clock import now
from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import signed_in
from linli.mechanisms.bookings import actions, queries, telling, tickets
from linli.mechanisms.bookings.models import Session, SessionState, State
from linli.mechanisms.bookings.models.offers import offer_kept
from linli.mechanisms.bookings.views.staff import kept_session

MARKS_MOST = 2_000
NEAR = timedelta(hours=16)


@signed_in
@require_safe
def sessions(request: Request) -> HttpResponse:
    """Which door: what this person keeps that begins today or runs now."""
    moment = now()
    rows = Session.objects.filter(
        offer_kept("offer__", request.person), starts__lt=moment + NEAR, ends__gt=moment - timedelta(hours=4)).exclude(
        state=SessionState.CANCELLED).select_related("offer").order_by("starts", "id")
    shown = [row for row in rows[:100] if not row.offer.terms.at_yours]
    return render(request, "bookings/doors.html", {"rows": shown})


@signed_in
@require_safe
def door(request: Request, pk: int) -> HttpResponse:
    """The page of one door. It names nobody: the device keeps it, so that it opens without a connection."""
    session = kept_session(request, pk)
    return render(request, "bookings/door.html", {"session": session, "title": telling.shown(session)})


@signed_in
@require_safe
@never_cache
def kept_list(request: Request, pk: int) -> JsonResponse:
    """The signed list: SHA-256 of each code, ticket, masked name, places, when they came. No code, no number."""
    session = kept_session(request, pk)
    rows = _rows(session)
    return JsonResponse({
        "session": str(session.pk), "taken": now().isoformat(), "rows": rows, "stamp": tickets.stamp_of(session, rows)})


def _rows(session: Session) -> list[dict[str, Any]]:
    found = []
    for row in queries.roster(session):
        if row.state in (State.CONFIRMED, State.ATTENDED, State.ABSENT):
            came = min((one.came_at for one in row.attendances.all() if one.came_at), default=None)
            found.append({
                "reservation": str(row.pk), "ticket": row.ticket, "name": row.party.shown_name, "places": row.places,
                "code": tickets.digest(tickets.code_of(row)), "came_at": came.isoformat() if came else None})
    return found


@signed_in
@require_POST
def sync(request: Request, pk: int) -> JsonResponse:
    """What the device marked: `{"stamp": …, "marks": [{"reservation": id, "at": ISO}, …]}`. Sent again it adds nothing.

    Answers with what became of each, by `sync_check_ins`.
    """
    session = kept_session(request, pk)
    try:
        body = json.loads(request.body or b"{}")
        marks = [{"reservation": str(one["reservation"]), "at": str(one.get("at") or "")} for one in body["marks"]]
        stamp = str(body["stamp"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return JsonResponse({"error": _("这份清单读不懂，请再传一次。")}, status=400)
    if len(marks) > MARKS_MOST:
        return JsonResponse({"error": _("一次太多了，请分几次传。")}, status=400)
    try:
        tickets.check_stamp(stamp, session)
    except Refused as refusal:
        return JsonResponse({"error": str(refusal.sentence), "code": refusal.code}, status=409)
    return JsonResponse({"rows": actions.sync_check_ins(request.person, session, marks)})


@signed_in
@require_safe
def worker(request: Request) -> HttpResponse:
    """The service worker of the door pages alone."""
    scope = reverse("bookings:door_scope")
    source = (Path(__file__).parent.parent / "static/bookings/door-worker.js").read_text(encoding="utf-8")
    answer = HttpResponse(f"self.SCOPE = {json.dumps(scope)};\n{source}",
                          content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    answer["Service-Worker-Allowed"] = scope
    return answer
