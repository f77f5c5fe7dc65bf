"""The desk: places and checks, hazards, ways and buses, families, custody, look-ups."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.calendar.clock import today
from linli.foundation.people.permit import may, permit
from linli.foundation.policy import policy
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, sent, staff_only
from linli.services.children import queries
from linli.services.children.actions import people, places, routes
from linli.services.children.forms import (
    BlockForm,
    BusForm,
    CheckForm,
    RouteForm,
    SegmentSet,
    SpotForm,
    VettingForm,
)
from linli.services.children.models import (
    Bus,
    Child,
    CustodyBlock,
    Guardianship,
    GuardState,
    Route,
    Spot,
    Vetting,
)
from linli.services.children.views.common import by_phone, seen, words_of, working_area


@staff_only
@require_safe
def desk(request: Request) -> HttpResponse:
    """What waits: hazards, checks due, papers, families to verify; and today's groups."""
    area = working_area(request, "children.check_place")
    rows = queries.spots(request.person, area, words=words_of(request))
    due = sorted(
        (one for one in queries.checks_due(today()) if one.area_id == area.pk), key=lambda one: one.next_check_on)
    return render(request, "children/desk.html", {
        "hazards": list(queries.open_hazards(request.person, area)[:20]), "due": due,
        "groups": queries.groups_for(request.person, area),
        "papers": [(site, state) for site, state in queries.papers_due(today()) if site.area_id == area.pk],
        "claims": Guardianship.objects.visible_to(request.person).filter(
            state=GuardState.CLAIMED, child__area=area).count(),
        "page": keyset_page(rows, request, size=30), "words": words_of(request), "keeps": may(
            request.person, "children.keep_places", area)})


@staff_only
def spot_new(request: Request) -> HttpResponse:
    area = working_area(request, "children.keep_places")
    form = SpotForm(sent(request), area=area)
    if form.is_valid():
        with refusal_shown_in(form):
            made = places.save_spot(request.person, area, **form.cleaned_data)
            return redirect("children:desk_spot", made.pk)
    return render(request, "children/desk_spot_edit.html", {"form": form, "spot": None},
                  status=422 if form.errors else 200)


@staff_only
def spot_edit(request: Request, pk: int) -> HttpResponse:
    spot = seen(Spot, request.person, pk, "facility", "area")
    permit(request.person, "children.keep_places", spot)
    form = SpotForm(sent(request), instance=spot, area=spot.area)
    if form.is_valid():
        with refusal_shown_in(form):
            places.save_spot(request.person, spot.area, spot, **form.cleaned_data)
            return redirect("children:desk_spot", spot.pk)
    return render(request, "children/desk_spot_edit.html", {"form": form, "spot": spot},
                  status=422 if form.errors else 200)


@staff_only
def desk_spot(request: Request, pk: int) -> HttpResponse:
    """One place for its keepers: check it now, the checks so far, its hazards."""
    spot = seen(Spot, request.person, pk, "facility", "area")
    permit(request.person, "children.check_place", spot)
    form = CheckForm(sent(request), initial={"on": today()})
    if form.is_valid():
        with refusal_shown_in(form):
            places.check_spot(request.person, spot, items=form.items(), findings=form.cleaned_data["findings"],
                              on=form.cleaned_data["on"])
            messages.success(request, _("检查记下了。"))
            return redirect("children:desk_spot", spot.pk)
    return render(request, "children/desk_spot.html", {
        "spot": spot, "form": form, "hazards": queries.hazards_of([spot]),
        "checks": spot.checks.select_related("by")[:20], "keeps": may(request.person, "children.keep_places", spot),
    }, status=422 if form.errors else 200)


@staff_only
@require_safe
def desk_routes(request: Request) -> HttpResponse:
    area = working_area(request, "children.keep_routes")
    return render(request, "children/desk_routes.html", {
        "ways": queries.routes(request.person, area, drafts=True), "buses": Bus.objects.visible_to(
            request.person).filter(area=area).select_related("route")})


def _route_page(request: Request, area: Any, route: Route | None) -> HttpResponse:
    start = [
        {name: getattr(one, name) for name in (
            "name", "points", "speed_kmh", "crossing", "pavement", "lighting", "has_guard", "advice")}
        for one in route.segments.all()] if route else []
    form = RouteForm(sent(request), instance=route, area=area)
    segments = SegmentSet(sent(request), initial=start, prefix="s")
    if request.method == "POST" and form.is_valid() and segments.is_valid():
        rows = [{key: value for key, value in one.cleaned_data.items() if key != "DELETE"}
                for one in segments if one.cleaned_data and not one.cleaned_data.get("DELETE")]
        with refusal_shown_in(form):
            saved = routes.save_route(request.person, area, route, segments=rows, **form.cleaned_data)
            return redirect("children:route", saved.pk)
    bad = bool(form.errors) or (request.method == "POST" and not segments.is_valid())
    return render(request, "children/desk_route.html", {
        "form": form, "segments": segments, "route": route, "weights": policy("children.route_weights")},
        status=422 if bad else 200)


@staff_only
def route_new(request: Request) -> HttpResponse:
    return _route_page(request, working_area(request, "children.keep_routes"), None)


@staff_only
def route_edit(request: Request, pk: int) -> HttpResponse:
    route = seen(Route, request.person, pk, "area", "school")
    permit(request.person, "children.keep_routes", route)
    return _route_page(request, route.area, Route.objects.select_related("area").get(pk=pk))


@staff_only
def bus_new(request: Request, pk: int) -> HttpResponse:
    """Begin a walking bus on a way."""
    route = seen(Route, request.person, pk, "area", "school")
    permit(request.person, "children.keep_routes", route)
    return _bus_page(request, route, None)


@staff_only
def bus_edit(request: Request, pk: int) -> HttpResponse:
    bus = seen(Bus, request.person, pk, "route__area", "area")
    permit(request.person, "children.keep_routes", bus)
    return _bus_page(request, bus.route, bus)


def _bus_page(request: Request, route: Route, bus: Bus | None) -> HttpResponse:
    form = BusForm(sent(request), instance=bus)
    if form.is_valid():
        with refusal_shown_in(form):
            made = routes.save_bus(request.person, route, bus, **form.cleaned_data)
            return redirect("children:bus", made.pk)
    return render(request, "children/desk_bus.html", {"form": form, "route": route, "bus": bus},
                  status=422 if form.errors else 200)


@staff_only
@require_safe
def families(request: Request) -> HttpResponse:
    """Guardians to verify, and the children of the place (masked)."""
    area = working_area(request, "children.verify")
    claims = Guardianship.objects.visible_to(request.person).filter(state=GuardState.CLAIMED, child__area=area)
    rows = Child.objects.visible_to(request.person).filter(area=area, is_active=True).select_related("school")
    return render(request, "children/desk_families.html", {
        "claims": claims.select_related("child__school", "person").order_by("pk")[:100],
        "page": keyset_page(rows.order_by("id"), request, size=40)})


@staff_only
@require_POST
def claim(request: Request, pk: int) -> HttpResponse:
    """The paper fits, or it does not."""
    row = seen(Guardianship, request.person, pk, "child__area", "person")
    people.verify_guardian(request.person, row, agree=request.POST.get("answer") == "yes",
                           evidence=request.POST.get("evidence", ""))
    return redirect("children:desk_families")


@staff_only
def desk_child(request: Request, pk: int) -> HttpResponse:
    """One child for the staff of the place: guardians, groups, and who must not collect."""
    child = seen(Child, request.person, pk, "school", "area")
    permit(request.person, "children.block", child)
    form = BlockForm(sent(request))
    if form.is_valid():
        with refusal_shown_in(form):
            other = by_phone(form.cleaned_data["phone"]) if form.cleaned_data["phone"] else None
            people.block(request.person, child, other=other, **{
                key: form.cleaned_data[key] for key in ("name", "source", "until")})
            messages.success(request, _("拦住了。托管老师交接时会看到。"))
            return redirect("children:desk_child", child.pk)
    return render(request, "children/desk_child.html", {
        "child": child, "form": form, "blocks": CustodyBlock.objects.visible_to(request.person).filter(child=child),
        "guardians": child.guardianships.select_related("person"), "today": today(),
        "enrolments": queries.enrolments_of(child)}, status=422 if form.errors else 200)


@staff_only
@require_POST
def block_lift(request: Request, pk: int) -> HttpResponse:
    row = seen(CustodyBlock, request.person, pk, "child__area")
    people.lift_block(request.person, row)
    return redirect("children:desk_child", row.child_id)


@staff_only
def vetting(request: Request) -> HttpResponse:
    """Who may be with children, until when."""
    area = working_area(request, "children.vet")
    form = VettingForm(sent(request))
    if form.is_valid():
        with refusal_shown_in(form):
            people.record_vetting(request.person, area, by_phone(form.cleaned_data["phone"]),
                                  checked_on=form.cleaned_data["checked_on"], receipt=form.cleaned_data["receipt"])
            messages.success(request, _("记下了。"))
            return redirect("children:vetting")
    rows = Vetting.objects.visible_to(request.person).filter(area=area).select_related("person", "by")
    return render(request, "children/vetting.html", {
        "form": form, "page": keyset_page(rows.order_by("-checked_on", "-id"), request, size=50),
        "valid_days": policy("children.vetting_days"), "today": today()}, status=422 if form.errors else 200)

