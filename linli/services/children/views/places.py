"""Residents: the hub, places, ways to school, hazards, walking buses."""

from __future__ import annotations

import secrets
from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.calendar.clock import today
from linli.foundation.policy import policy
from linli.foundation.web import Denied, Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, sent, signed_in
from linli.services.children import buses, queries
from linli.services.children.actions import places, routes
from linli.services.children.forms import HazardForm
from linli.services.children.models import Bus, BusRider, BusTurn, Route, Segment, Spot, SpotKind
from linli.services.children.vetting import vetted_among
from linli.services.children.views.common import age_of, own_area, seen, words_of

AGES = range(15)


@signed_in
@require_safe
def home(request: Request) -> HttpResponse:
    """The five doors, and what is dangerous now."""
    area = own_area(request)
    hazards = list(queries.open_hazards(request.person, area)[:5])
    return render(request, "children/home.html", {"hazards": hazards, "days": _mine_today(request)})


def _mine_today(request: Request) -> list[object]:
    from linli.services.children.cards import mine

    return list(mine(request))


@signed_in
@require_safe
def spot_list(request: Request) -> HttpResponse:
    """Places by age, kind and words; the map and a list with the same content."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in SpotKind.values else ""
    place = own_area(request)
    rows = queries.spots(request.person, place, kind=kind, age=age_of(request), words=words_of(request))
    page = keyset_page(rows, request, size=30)
    marks = [{"lon": s.facility.lon, "lat": s.facility.lat, "word": str(s),
              "shape": "triangle" if s.open_hazards else "pin",
              "tone": "bad" if s.open_hazards else "brand"} for s in page]
    return render(request, "children/spots.html", {
        "page": page, "marks": marks, "features": queries.map_features(place), "kind": kind,
        "kinds": SpotKind.choices, "age": age_of(request), "ages": AGES, "words": words_of(request)})


@signed_in
@require_safe
def spot(request: Request, pk: int) -> HttpResponse:
    """One place: for whom, how safe, last check, what is broken now."""
    row = seen(Spot, request.person, pk, "facility", "area")
    return render(request, "children/spot.html", {"spot": row, "hazards": queries.hazards_of([row])})


@signed_in
def hazard_at_spot(request: Request, pk: int) -> HttpResponse:
    return _report(request, spot=seen(Spot, request.person, pk, "facility", "area"))


@signed_in
def hazard_on_way(request: Request, pk: int) -> HttpResponse:
    segment = get_object_or_404(Segment.objects.select_related("route__area"), pk=pk)
    seen(Route, request.person, segment.route_id)
    return _report(request, segment=segment)


def _report(request: Request, *, spot: Spot | None = None, segment: Segment | None = None) -> HttpResponse:
    form = HazardForm(sent(request))
    if form.is_valid():
        with refusal_shown_in(form):
            case = places.report_hazard(request.person, spot=spot, segment=segment,
                                        once=request.POST.get("once", "")[:40], **form.cleaned_data)
            return redirect("portal:receipt", case.number)
    return render(request, "children/hazard.html", {
        "form": form, "spot": spot, "segment": segment, "once": request.POST.get("once") or secrets.token_hex(8)},
        status=422 if form.errors else 200)


@signed_in
@require_safe
def route_list(request: Request) -> HttpResponse:
    """The ways to school, judged."""
    place = own_area(request)
    ways = queries.routes(request.person, place, words=words_of(request))
    return render(request, "children/routes.html", {"ways": ways, "words": words_of(request)})


@signed_in
@require_safe
def route(request: Request, pk: int) -> HttpResponse:
    """One way: on the map, in words stretch by stretch, with what costs points; its walking buses."""
    row = seen(Route, request.person, pk, "school", "area")
    if not row.is_published and not request.person.is_staff:
        raise Denied("children.route")
    way = queries.scored([row])[0]
    marks = [{"lon": lon, "lat": lat, "word": str(stretch.segment.order), "sub": stretch.segment.name,
              "shape": "triangle" if stretch.hazards else "circle",
              "tone": {"good": "ok", "fair": "warn", "poor": "bad"}[stretch.score.grade]}
             for stretch in way.stretches for lon, lat in [places.middle(stretch.segment)]]
    return render(request, "children/route.html", {
        "way": way, "marks": marks, "features": queries.map_features(row.area, [way]),
        "buses": row.buses.filter(is_running=True), "weights": policy("children.route_weights")})


@signed_in
@require_safe
def bus(request: Request, pk: int) -> HttpResponse:
    """The rota of a walking bus: who walks when, the own children on it."""
    row = seen(Bus, request.person, pk, "route__school", "area")
    riders = {rider.child_id: rider for rider in BusRider.objects.filter(bus=row, until=None)}
    mine = [(child, riders.get(child.pk)) for child, claim in queries.children_of(request.person)
            if claim.state == "verified"]
    return render(request, "children/bus.html", {
        "bus": row, "days": buses.rota(row, request.person), "riders": len(riders), "mine": mine,
        "each": policy("children.bus_children_each_adult"),
        "is_vetted": bool(vetted_among([request.person.pk], today()))})


@signed_in
@require_POST
def bus_turn(request: Request, pk: int) -> HttpResponse:
    """Walk on a day, or give the turn back; put a child on, or take it off."""
    row = seen(Bus, request.person, pk, "route", "area")
    verb, number = request.POST.get("verb", ""), request.POST.get("pk", "")
    if verb == "take":
        try:
            day = date.fromisoformat(request.POST.get("on", ""))
        except ValueError:
            raise Refused("no_day", _("请选一天。")) from None
        routes.take_turn(request.person, row, day)
        messages.success(request, _("记下了，那天早上集合点见。"))
    elif verb == "leave" and number.isdecimal():
        turns = BusTurn.objects.select_related("bus__area")
        routes.leave_turn(request.person, get_object_or_404(turns, pk=number, bus=row))
    elif verb == "join" and number.isdecimal():
        child = next((one for one, _claim in queries.children_of(request.person) if one.pk == int(number)), None)
        if child is None:
            raise Denied("children.guard")
        routes.join_bus(request.person, row, child)
    elif verb == "off" and number.isdecimal():
        routes.leave_bus(request.person, get_object_or_404(
            BusRider.objects.select_related("child", "bus__area"), pk=number, bus=row))
    return redirect("children:bus", row.pk)
