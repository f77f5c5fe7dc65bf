"""Staff's pages of one session: who is in it, who came, who waits, whom to call; the paper and the offline list."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.people.permit import may, permit
from linli.foundation.privacy.masks import mask_phone
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, signed_in
from linli.mechanisms.bookings import actions, queries, tickets
from linli.mechanisms.bookings.actions import Member
from linli.mechanisms.bookings.forms import CodeForm, ReasonForm, WalkInForm
from linli.mechanisms.bookings.models import (
    PlaceOffer,
    Reservation,
    Session,
    SessionState,
    State,
    Strike,
    StrikeState,
)


@signed_in
@require_safe
def roster(request: Request, pk: int) -> HttpResponse:
    """The list with big buttons; found by name, telephone tail or ticket."""
    return _roster(request, kept_session(request, pk))


def _roster(
    request: Request, session: Session, *, code: CodeForm | None = None, walk: WalkInForm | None = None,
) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:40]
    rows = [_line(row) for row in queries.roster(session)]
    if words:
        rows = [one for one in rows if _found(one["row"], words)]
    bad = bool((code and code.errors) or (walk and walk.errors))
    return render(request, "bookings/roster.html", {
        "session": session, "rows": rows, "words": words, "counts": queries.counts(session),
        "waiting": queries.waiting(session), "code_form": code or CodeForm(), "walk_form": walk or WalkInForm(),
        "is_cancelled": session.state == SessionState.CANCELLED}, status=422 if bad else 200)


def _line(row: Reservation) -> dict[str, Any]:
    there = list(row.attendances.all())
    return {
        "row": row, "members": [one.member for one in there if one.is_active],
        "came": sum(one.came_at is not None for one in there), "came_at": min(
            (one.came_at for one in there if one.came_at), default=None),
        "no_photo": row.session.offer.terms.photo and not all(one.member.photo_consent for one in there)}


def _found(row: Reservation, words: str) -> bool:
    names = [row.party.full_name, *(one.member.full_name for one in row.attendances.all())]
    phone = row.party.phone
    return any(words in name for name in names) or row.ticket == words.upper() or (
        words.isdigit() and len(words) >= 3 and phone.endswith(words))


@signed_in
@require_POST
def act(request: Request, pk: int, verb: str) -> HttpResponse:
    """One tap on the roster: in, absent, approve."""
    session = kept_session(request, pk)
    row = get_object_or_404(Reservation, pk=request.POST.get("reservation", "0"), session=session)
    if verb == "in":
        done = actions.check_in(request.person, session, row)
        if done.first_used:
            messages.info(request, _("%(name)s 已经签过到了。") % {"name": row.party.shown_name})
    elif verb == "absent":
        actions.mark_absent(request.person, row)
    else:
        actions.approve(request.person, row)
    return redirect("bookings:roster", session.pk)


@signed_in
@require_POST
def by_code(request: Request, pk: int) -> HttpResponse:
    """A ticket read out, or scanned into the field."""
    session = kept_session(request, pk)
    form = CodeForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            code = form.cleaned_data["code"].rstrip("/").rpartition("/")[2]
            done = actions.check_in_code(request.person, session, code)
            messages.success(request, _said(done))
            return redirect("bookings:roster", session.pk)
    return _roster(request, session, code=form)


@signed_in
@require_POST
def walk_in(request: Request, pk: int) -> HttpResponse:
    """Somebody came without booking: in if there is room, else on the list of who waits on site."""
    session = kept_session(request, pk)
    form = WalkInForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            name, phone = form.cleaned_data["name"], form.cleaned_data["phone"]
            members = [Member(name=name if n == 0 else _("%(name)s的同行人%(number)s") % {"name": name, "number": n})
                       for n in range(form.cleaned_data["count"])]
            made = actions.walk_in(request.person, session, members, contact=(name, phone), or_wait=True)
            messages.success(request, _("已登记，请进。") if isinstance(made, Reservation) else _(
                "名额满了，已排在现场等候名单里。"))
            return redirect("bookings:roster", session.pk)
    return _roster(request, session, walk=form)


@signed_in
def refuse(request: Request, pk: int) -> HttpResponse:
    """Say no to what waits for approval, with a reason."""
    rows = Reservation.objects.visible_to(request.person).select_related("session__offer__area")
    row = get_object_or_404(rows, pk=pk)
    permit(request.person, row.session.offer.manage_verb, row.session.offer)
    form = ReasonForm(request.POST) if request.method == "POST" else ReasonForm()
    if form.is_valid():
        with refusal_shown_in(form):
            actions.refuse(request.person, row, reason=form.cleaned_data["reason"])
            return redirect("bookings:roster", row.session_id)
    return render(request, "bookings/refuse.html", {"row": row, "form": form}, status=422 if form.errors else 200)


@signed_in
def check(request: Request, code: str) -> HttpResponse:
    """Where a scanned code leads: staff check in, the owner sees the ticket."""
    row = tickets.read(code)
    if not may(request.person, row.session.offer.manage_verb, row.session.offer):
        get_object_or_404(Reservation.objects.visible_to(request.person), pk=row.pk)
        return redirect("bookings:reservation", row.pk)
    if request.method == "POST":
        done = actions.check_in_code(request.person, row.session, code)
        messages.success(request, _said(done))
        return redirect("bookings:roster", row.session_id)
    return render(request, "bookings/check.html", {"line": _line(row), "row": row, "session": row.session})


def _said(done: Any) -> str:
    if done.first_used:
        return _("%(name)s 的票 %(at)s 已经用过。") % {
            "name": done.reservation.party.shown_name, "at": f"{done.first_used.astimezone():%H:%M}"}
    return _("%(name)s 签到了。") % {"name": done.reservation.party.shown_name}


@signed_in
@require_safe
def paper(request: Request, pk: int) -> HttpResponse:
    """The list to print: masked telephones, a box to tick."""
    session = kept_session(request, pk)
    return render(request, "bookings/paper.html", {
        "session": session, "rows": [{**_line(row), "phone": mask_phone(row.party.phone)}
                                     for row in queries.roster(session)]})


@signed_in
def enter(request: Request, pk: int) -> HttpResponse:
    """The printed list read back, or the offline list sent in: twice is once."""
    session = kept_session(request, pk)
    rows = [_line(row) for row in queries.roster(session)]
    if request.method == "POST":
        upload = request.FILES.get("list")
        given = _from_sheet(upload.read(1_000_000)) if upload else [
            {"reservation": pk} for pk in request.POST.getlist("came") if pk.isdecimal()]
        told = actions.sync_check_ins(request.person, session, given)
        bad = [one for one in told if one["result"] not in ("in", "again")]
        messages.success(request, _("记下 %(count)s 个。") % {"count": len(told) - len(bad)})
        for one in bad[:5]:
            messages.error(request, str(one["why"]))
        return redirect("bookings:roster", session.pk)
    return render(request, "bookings/enter.html", {"session": session, "rows": rows})


def _from_sheet(body: bytes) -> list[dict[str, str]]:
    """Rows of the offline list whose column `at` was filled in."""
    text = body.decode("utf-8-sig", errors="replace")
    rows = csv.DictReader(io.StringIO(text))
    return [{"reservation": row["reservation"], "at": _iso(row.get("at") or "")} for row in rows
            if row.get("at", "").strip() and (row.get("reservation") or "").isdecimal()]


def _iso(text: str) -> str:
    from linli.mechanisms.bookings.rules import BadRules, moment_of

    try:
        return moment_of(text.strip()).isoformat()
    except BadRules:
        return ""  # ticked, but not at a moment one can read: now


@signed_in
@require_safe
def offline(request: Request, pk: int) -> HttpResponse:
    """The list for a device without a network: SHA-256 of each code, ticket, masked name; `at` to be filled in."""
    session = kept_session(request, pk)
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(["reservation", "ticket", "name", "places", "code_sha256", "at"])
    for row in queries.roster(session):
        if row.state in (State.CONFIRMED, State.ATTENDED):
            sheet.writerow([row.pk, row.ticket, row.party.shown_name, row.places,
                            tickets.digest(tickets.code_of(row)), ""])
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="session-{session.pk}.csv"'
    return response


@signed_in
def calls(request: Request) -> HttpResponse:
    """Whom to call: places offered to people without a phone that reads messages, most urgent first."""
    permit(request.person, "bookings.manage")
    if request.method == "POST":
        offer = get_object_or_404(PlaceOffer.objects.visible_to(request.person), pk=request.POST.get("offer", "0"))
        answer = request.POST.get("answer")
        if answer == "yes":
            actions.accept_offer(request.person, offer)
        elif answer == "no":
            actions.decline_offer(request.person, offer)
        else:
            actions.note_call(request.person, offer, note=_("没打通"))
        return redirect("bookings:calls")
    rows = [{"offer": offer, "party": offer.entry.party, "session": Session.objects.filter(
        wishes__entry=offer.entry).select_related("offer").order_by("starts").first()}
        for offer in queries.call_list(request.person)[:100]]
    return render(request, "bookings/calls.html", {"rows": rows})


@signed_in
def appeals(request: Request) -> HttpResponse:
    """"That is wrong": a person reads it and decides."""
    permit(request.person, "bookings.manage")
    if request.method == "POST":
        strike = get_object_or_404(Strike.objects.visible_to(request.person), pk=request.POST.get("strike", "0"))
        actions.decide_appeal(request.person, strike, forgive=request.POST.get("decision") == "forgive",
                              answer=request.POST.get("answer", ""))
        return redirect("bookings:appeals")
    rows = Strike.objects.visible_to(request.person).filter(state=StrikeState.APPEALED).select_related(
        "reservation__session__offer", "person").order_by("appealed_at")
    rows = rows.exclude(person=request.person)  # nobody decides on their own
    return render(request, "bookings/appeals.html", {"rows": rows[:100]})


def kept_session(request: Request, pk: int) -> Session:
    """A session whose offer this person manages; to others it is not there."""
    found: Session = get_object_or_404(Session.objects.select_related("offer__area"), pk=pk)
    permit(request.person, found.offer.manage_verb, found.offer)
    return found
