"""Clinics and schools: where to go, what to bring, and, where they have a book of their own, a time in it."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.privacy.consents import current_text, has_consent
from linli.foundation.web import Denied
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, sent, signed_in
from linli.services.gov.actions import outside as verbs
from linli.services.gov.forms_outside import BookForm, read_slot, slot_token
from linli.services.gov.models import BookingState, OutsideBooking, OutsideService
from linli.services.gov.outside.adapters import Slot
from linli.services.gov.queries import outside as queries
from linli.services.gov.views.common import area_of
from linli.services.gov.views.wallet import chosen, family

ICONS = {OutsideService.CLINIC: "pulse", OutsideService.FAMILY_DOCTOR: "heart", OutsideService.VACCINATION: "shield",
         OutsideService.SCHOOL: "child"}


def _area(request: Request) -> Area:
    area = area_of(request)
    if area is None:
        raise Denied("gov.outside")
    return area


def _service(code: str) -> OutsideService:
    if code not in OutsideService.values:
        raise Http404
    return OutsideService(code)


@signed_in
@require_safe
def outside(request: Request) -> HttpResponse:
    """The four matters, and what is still to come."""
    _area(request)
    return render(request, "gov/outside.html", {
        "services": [(one.value, one.label, ICONS[one]) for one in OutsideService],
        "coming": queries.coming(request.person)})


@signed_in
@require_safe
def service(request: Request, code: str) -> HttpResponse:
    """The houses for one matter: those with a book online first said so, the others with how to go there."""
    kind = _service(code)
    rows = queries.places(_area(request), kind.value)
    online = queries.online(rows)
    return render(request, "gov/outside_service.html", {
        "service": kind, "rows": [(row, row.organisation_id in online) for row in rows],
        "bring": queries.bring(kind.value)})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def book(request: Request, code: str, pk: int) -> HttpResponse:
    """Free times of one house, and taking one of them."""
    kind = _service(code)
    place = next((row for row in queries.places(_area(request), kind.value) if row.pk == pk), None)
    if place is None or place.organisation_id not in queries.online([place]):
        raise Http404
    people = family(request.person)
    told = sent(request)
    who = chosen(people, (told or request.GET).get("who", ""))
    taken = read_slot(told.get("slot", "")) if told is not None else None
    free, fault = ([], "") if taken is not None else verbs.free_slots(place, kind.value)
    choices = _choices(free)
    if told is not None and taken is not None:  # what was chosen is shown again, and is asked of them, not of the list
        choices = [(str(told["slot"]), _label(taken[1], taken[2]))]
    form = BookForm(told, people=people, slots=choices, initial={"once": uuid4().hex, "who": str(who.pk)})
    if form.is_bound and form.is_valid() and taken is not None:
        clean = form.cleaned_data
        with refusal_shown_in(form):
            row = verbs.book(
                request.person, place, service=kind.value, slot=taken[0], starts_at=taken[1], with_whom=taken[2],
                subject=who, name=clean.get("name", ""), phone=clean.get("phone", ""), agreed=clean["agreed"],
                once=clean["once"])
            return redirect("gov:outside_booking", row.pk)
    return render(request, "gov/outside_book.html", {
        "form": form, "service": kind, "place": place, "fault": fault, "free": choices, "who": who,
        "has_agreed": has_consent(who, verbs.PURPOSE), "text": current_text(verbs.PURPOSE),
        "bring": queries.bring(kind.value)}, status=422 if form.errors else 200)


def _choices(free: list[Slot]) -> list[tuple[str, str]]:
    return [(slot_token(one.ident, one.starts_at.isoformat(), one.with_whom),
             _label(one.starts_at.isoformat(), one.with_whom)) for one in free]


def _label(starts_at: str, with_whom: str) -> str:
    moment = parse_datetime(starts_at)
    said = date_format(timezone.localtime(moment), _("n月j日 l H:i")) if moment is not None else starts_at
    return f"{said} · {with_whom}" if with_whom else said


@signed_in
@require_safe
def bookings(request: Request) -> HttpResponse:
    """Every appointment of oneself and of those one acts for."""
    return render(request, "gov/outside_bookings.html", {
        "page": keyset_page(queries.bookings(request.person), request, size=20)})


def _booking(request: Request, pk: int) -> OutsideBooking:
    row = queries.bookings(request.person).select_related("place__organisation", "subject", "area").filter(
        pk=pk).first()
    if row is None:
        raise Http404
    return row


@signed_in
@require_safe
def booking(request: Request, pk: int) -> HttpResponse:
    """One appointment: what the other house says of it, and how to reach them."""
    row = _booking(request, pk)
    return render(request, "gov/outside_booking.html", {
        "row": row, "bring": queries.bring(row.service), "may_cancel": _may_cancel(row),
        "is_own": row.subject_id == request.person.pk})


def _may_cancel(row: OutsideBooking) -> bool:
    return row.state in (BookingState.BOOKED, BookingState.ASKING) and row.starts_at > now()


@signed_in
@require_POST
def cancel(request: Request, pk: int) -> HttpResponse:
    row = verbs.cancel(request.person, _booking(request, pk))
    if row.state == BookingState.CANCELLED:
        messages.success(request, _("取消了，号已经空出来。"))
    return redirect("gov:outside_booking", row.pk)
