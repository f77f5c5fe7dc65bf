"""Calendars that other programs subscribe to, and the published record of a draw."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.foundation.web.middleware import Request, not_found
from linli.foundation.web.views import signed_in
from linli.mechanisms.bookings import ical
from linli.mechanisms.bookings.actions.draws import record_of
from linli.mechanisms.bookings.actions.feeds import owner_of
from linli.mechanisms.bookings.models import Draw, Offer, Resource, WaitEntry


@require_safe
def private(request: HttpRequest, secret: str) -> HttpResponse:
    """One person's calendar: whoever holds the address reads it, until it is taken back."""
    person = owner_of(secret)
    return not_found(request) if person is None else _calendar(ical.person_feed(person), private=True)


@require_safe
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """All times of an offer that is public, or that one may see."""
    person: Person | None = request.person or None  # type: ignore[attr-defined]  # set by PersonMiddleware
    row = Offer.objects.filter(pk=pk, is_public=True, is_sealed=False).exclude(state="draft").first()
    row = row or get_object_or_404(Offer.objects.visible_to(person), pk=pk)
    return _calendar(ical.offer_feed(row))


@require_safe
def area(request: HttpRequest, code: str) -> HttpResponse:
    """The public times of an area, of one category if asked."""
    row = get_object_or_404(Area, code=code)
    return _calendar(ical.area_feed(row, category=request.GET.get("category", "")[:40]))


@signed_in
@require_safe
def place(request: Request, pk: int) -> HttpResponse:
    """When a room or a court is in use."""
    row = get_object_or_404(Resource.objects.visible_to(request.person).filter(person=None), pk=pk)
    return _calendar(ical.place_feed(row), private=True)


@signed_in
@require_safe
def draw(request: Request, pk: int) -> HttpResponse:
    """The record of a draw: list, commitment, seed, order; each finds the own pseudonym."""
    row = get_object_or_404(Draw.objects.visible_to(request.person).select_related("offer"), pk=pk)
    if request.GET.get("format") == "json":
        return JsonResponse(record_of(row), json_dumps_params={"ensure_ascii": False, "indent": 1})
    mine = WaitEntry.objects.filter(party__booker=request.person, party__offer=row.offer).values_list(
        "pseudonym", flat=True)
    return render(request, "bookings/draw.html", {
        "draw": row, "mine": [name for name, *_rest in row.listed if name in set(mine)],
        "placed": set(row.placed)})


def _calendar(body: bytes, *, private: bool = False) -> HttpResponse:
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, no-store" if private else "public, max-age=300"
    return response
