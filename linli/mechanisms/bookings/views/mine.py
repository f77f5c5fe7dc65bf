"""Residents' pages: what I have, wait for or am asked about; one booking with its ticket; letting it go."""

from __future__ import annotations

from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.people.permit import may
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, signed_in
from linli.mechanisms.bookings import actions, queries, tickets
from linli.mechanisms.bookings.actions.booking import is_late
from linli.mechanisms.bookings.forms import AppealForm, CancelForm
from linli.mechanisms.bookings.models import (
    CalendarFeed,
    EntryState,
    PlaceOffer,
    Reservation,
    SessionState,
    State,
    Strike,
    StrikeState,
    WaitEntry,
)


@signed_in
@require_safe
def mine(request: Request) -> HttpResponse:
    """Everything I have, wait for, or am asked about."""
    person = request.person
    waits = [_wait(entry) for entry in queries.my_waits(person).exclude(state=EntryState.OFFERED)]
    offers = [{"offer": offer, "rows": list(Reservation.objects.filter(
        party=offer.entry.party_id, state=State.OFFERED).select_related("session__offer").order_by("session__starts"))}
        for offer in queries.my_offers(person)]
    rows = queries.mine(person).exclude(state=State.OFFERED)
    return render(request, "bookings/mine.html", {
        "offers": offers, "waits": waits, "reservations": rows[:50], "past": queries.mine(person, past=True)[:5]})


def _wait(entry: WaitEntry) -> dict[str, Any]:
    wish = entry.wishes.filter(is_open=True).select_related("session__offer").order_by("session__starts").first()
    session = wish.session if wish else None
    return {"entry": entry, "session": session, "position": queries.position(entry, session),
            "rush": session is not None and session.rush_at is not None}


@signed_in
@require_safe
def past(request: Request) -> HttpResponse:
    """What is over, newest first."""
    rows = Reservation.objects.filter(pk__in=queries.mine(request.person, past=True).values("pk")).select_related(
        "session__offer").order_by("-created", "-id")
    return render(request, "bookings/past.html", {"page": keyset_page(rows, request, size=20)})


@signed_in
@require_safe
def reservation(request: Request, pk: int) -> HttpResponse:
    """One booking: when, where, who, its ticket, and what can be done."""
    row = _mine(request, pk)
    strike = Strike.objects.filter(reservation=row, person=request.person).first()
    return render(request, "bookings/reservation.html", {
        "row": row, "session": row.session, "offer": row.session.offer, "members": _members(row),
        "is_over": row.session.state == SessionState.CANCELLED or not row.is_living, "late": is_late(row),
        "code": _drawn(row) if row.state == State.CONFIRMED and not row.session.offer.terms.at_yours else "",
        "strike": strike,
        "may_appeal": strike is not None and strike.state == StrikeState.COUNTED,
        "asks": row.state == State.CONFIRMED and row.coming is None and row.session.reminded_24,
        "is_mine": may(request.person, "bookings.own", row),
        "manages": may(request.person, row.session.offer.manage_verb, row.session.offer)})


@signed_in
def cancel(request: Request, pk: int) -> HttpResponse:
    """Ask once, say what it means, then let go."""
    row = _mine(request, pk)
    form = CancelForm(request.POST if request.method == "POST" else None, row=row)
    if form.is_valid():
        with refusal_shown_in(form):
            gone = form.cleaned_data.get("members")
            actions.cancel(
                request.person, row, reason=form.cleaned_data["reason"], members=list(gone) if gone else None,
                whole_party=form.cleaned_data.get("whole", False))
            messages.success(request, _("已经取消，这段时间空出来了。") if row.session.offer.terms.at_yours else _(
                "已经取消，名额给了排队的人。"))
            return redirect("bookings:mine")
    return render(request, "bookings/cancel.html", {
        "row": row, "session": row.session, "form": form, "late": is_late(row)}, status=422 if form.errors else 200)


@signed_in
@require_POST
def answer(request: Request, pk: int) -> HttpResponse:
    """来 / 不来, from a reminder."""
    row = _mine(request, pk)
    actions.answer_reminder(request.person, row, coming=request.POST.get("coming") == "yes")
    return redirect("bookings:reservation", row.pk)


@signed_in
@require_POST
def photo(request: Request, pk: int) -> HttpResponse:
    """May these members be in pictures? What is not ticked is no."""
    row = _mine(request, pk)
    agreed = set(request.POST.getlist("photo"))
    for member in row.party.members.all():
        if request.person.pk == (member.person_id or row.party.booker_id):
            wanted = str(member.pk) in agreed
            if wanted != member.photo_consent:
                actions.set_photo_consent(request.person, member, agrees=wanted)
    return redirect("bookings:reservation", row.pk)


@signed_in
@require_POST
def answer_offer(request: Request, pk: int) -> HttpResponse:
    """要 / 不要 a place that was offered."""
    offer = get_object_or_404(PlaceOffer.objects.visible_to(request.person), pk=pk)
    if request.POST.get("answer") == "yes":
        return redirect("bookings:reservation", actions.accept_offer(request.person, offer).pk)
    actions.decline_offer(request.person, offer)
    return redirect("bookings:mine")


@signed_in
@require_POST
def leave(request: Request, pk: int) -> HttpResponse:
    """No longer wait; or take a late place that is open to all who wait."""
    entry = get_object_or_404(WaitEntry.objects.visible_to(request.person), pk=pk)
    if request.POST.get("claim"):
        return redirect("bookings:reservation", actions.claim(request.person, entry).pk)
    actions.leave(request.person, entry)
    return redirect("bookings:mine")


@signed_in
def appeal(request: Request, pk: int) -> HttpResponse:
    """"That is wrong": say what happened."""
    strike = get_object_or_404(Strike.objects.filter(person=request.person), pk=pk)
    form = AppealForm(request.POST) if request.method == "POST" else AppealForm()
    if form.is_valid():
        with refusal_shown_in(form):
            actions.appeal(request.person, strike, words=form.cleaned_data["words"])
            messages.success(request, _("收到了。有人会看，结果会告诉您，这期间不算。"))
            return redirect("bookings:reservation", strike.reservation_id)
    return render(request, "bookings/appeal.html", {
        "strike": strike, "session": strike.reservation.session, "form": form}, status=422 if form.errors else 200)


@signed_in
def calendar(request: Request) -> HttpResponse:
    """The private address for the calendar of one's phone: make it (shown once), or stop it."""
    address = ""
    if request.method == "POST":
        if request.POST.get("do") == "stop":
            actions.withdraw_feed(request.person)
            return redirect("bookings:calendar")
        address = actions.make_feed(request.person)
    current = CalendarFeed.objects.filter(person=request.person, withdrawn=None).first()
    return render(request, "bookings/calendar.html", {"address": address, "current": current})


def _mine(request: Request, pk: int) -> Reservation:
    rows = Reservation.objects.visible_to(request.person).select_related("session__offer__area", "party__booker")
    found: Reservation = get_object_or_404(rows, pk=pk)
    return found


def _members(row: Reservation) -> list[Any]:
    return [one.member for one in row.attendances.select_related("member__person").order_by("member__order")]


def _drawn(row: Reservation) -> str:
    url = f"{settings.LINLI_BASE_URL}{reverse('bookings:check', args=[tickets.code_of(row)])}"
    drawn = segno.make(url, error="m").svg_inline(
        scale=5, border=3, omitsize=True, title=_("入场码"), svgclass="qr", lineclass=None, light="#fff")
    return mark_safe(drawn)  # noqa: S308 - drawn by segno from our own address
