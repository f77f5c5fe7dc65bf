"""Residents: what there is, one activity with the sign-up of a household, what I have."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.calendar.clock import now, today
from linli.foundation.files import link
from linli.foundation.files.queries import files_of
from linli.foundation.people.acting import subject_of
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may
from linli.foundation.web import Refused
from linli.foundation.web.acts import offered
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, signed_in
from linli.mechanisms.bookings import queries as bookings
from linli.mechanisms.bookings.models import Draw, Reservation, Session, WaitEntry
from linli.services.activities import consents, households, papers, queries
from linli.services.activities.actions import joining
from linli.services.activities.forms import AnswerForm, SignUpForm
from linli.services.activities.models import (
    Activity,
    ActivityKind,
    Call,
    CallState,
    Club,
    ClubMember,
    Custom,
    Feedback,
    Shift,
    Work,
)
from linli.services.activities.views.common import activity_of, own_area, pdf, seen, session_of, words_of
from linli.services.activities.words import warnings_of

WINDOWS = ("today", "week", "weekend", "month")


@signed_in
@require_safe
def home(request: Request) -> HttpResponse:
    """Everything still to come: by kind, by day, by words."""
    place = own_area(request)
    kind, when, on = (request.GET.get(name, "")[:12] for name in ("kind", "when", "on"))
    window = queries.window_of(when, on)
    past = request.GET.get("past") == "1"
    rows = queries.upcoming(request.person, place, kind=kind, words=words_of(request), window=window, past=past)
    page = keyset_page(rows, request, size=20)
    calls = Call.objects.visible_to(request.person).filter(
        area__code__startswith=place.code[:12], state__in=[CallState.OPEN, CallState.JUDGING, CallState.ANNOUNCED])
    return render(request, "activities/home.html", {
        "page": page, "rows": queries.listed(list(page)), "kind": kind, "kinds": ActivityKind.choices, "when": when,
        "on": on if window and on else "", "words": words_of(request), "past": past, "calls": calls[:5],
        "is_filtered": bool(kind or window or words_of(request)), "area": place})


@signed_in
def activity(request: Request, pk: int) -> HttpResponse:
    """One activity, and the form to sign the household up."""
    row = activity_of(request, pk)
    subject = subject_of(request.person, "activities")
    sessions = queries.sessions_of(row)
    open_ones = [one for one in sessions if one.takes_registrations(now())]
    mine = queries.my_places(subject, row)
    free = [one for one in open_ones if one.pk not in mine]
    is_term = row.offer is not None and row.offer.terms.unit == "term"
    if request.method == "POST" and request.POST.get("session", "") in {str(pk) for pk in mine}:
        return redirect("activities:activity", row.pk)  # a second tap: the first one's answer stands there
    form = SignUpForm(request.POST, sessions=free, mates=households.housemates(subject), is_term=is_term) if (
        request.method == "POST") else SignUpForm(
        sessions=free, mates=households.housemates(subject), is_term=is_term)
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            if _sign_up(request, row, form, free):
                return redirect("activities:activity", row.pk)
    return render(request, "activities/activity.html", {
        **_page_of(request, row, subject), "sessions": sessions, "mine": mine, "form": form,
        "can_sign_up": bool(free) and row.signup and may(request.person, "activities.join", row) and not (
            is_term and mine), "is_term": is_term, "key": request.POST.get("key") or secrets.token_hex(8),
        "opens": [one for one in sessions if one.opens_at is not None and one.opens_at > now()][:1],
    }, status=422 if form.errors else 200)


def _sign_up(request: Request, row: Activity, form: SignUpForm, sessions: list[Session]) -> bool:
    data = form.cleaned_data
    session = next(one for one in sessions if str(one.pk) == data["session"])
    others = list(Person.objects.filter(pk__in=data.get("housemates") or []).select_related("community"))
    got = joining.sign_up(
        request.person, row, session, comes=data["comes"], others=others, guests=data["guests"],
        auto_accept=data["auto_accept"], split=data["split"], key=request.POST.get("key", "")[:40])
    if isinstance(got, Reservation):
        said = _("收到了，等老师确认。") if got.state == "pending" else _("报上了，到时候见。")
    elif got.state == "applied":
        said = _("登记了。到时候摇号或者老师挑选，结果会告诉您。")
    else:
        said = _("满了，一家人排上了候补，一起补上。") if got.size > 1 else _("满了，排上了候补，轮到会告诉您。")
    messages.success(request, said)
    return True


def _page_of(request: Request, row: Activity, subject: Person) -> dict[str, Any]:
    """What the page of an activity shows beside the times."""
    custom = Custom.objects.filter(activity=row).first()
    members = [(one, consents.is_young(one, row), consents.guardian_of(one) == subject, consents.agrees(
        one, row, consents.guardian_yes([one]))) for one in consents.mine(subject, row)]
    was_there = row.is_over(now()) and bookings.attended(request.person, row).exists()
    photos = [(one, _picture(request, one)) for one in consents.gallery(request.person, row)] if (
        row.starts <= now()) else []
    return {
        "activity": row, "custom": custom, "warnings": warnings_of(custom.hazards) if custom else [],
        "terms": row.offer.terms if row.offer else None, "members": members, "photos": photos,
        "is_over": row.is_over(now()), "may_answer": was_there and consents.may_still_answer(row, today()),
        "answer_form": AnswerForm(initial=_answered(request.person, row)), "keeps": may(
            request.person, "activities.run", row), "signs": offered(joining.INTERPRETER),
        "draws": list(Draw.objects.filter(offer=row.offer_id).order_by("-id")[:3]),
        "stages": row.stages.count() if row.is_festival else 0,
        "shifts": row.shifts.exclude(session__state="cancelled").count(), "calls": [
            one for one in row.calls.all() if one.state != CallState.DRAFT]}


def _picture(request: Request, photo: Any) -> str:
    stored = files_of(photo).first()
    return link(stored, request.person) if stored else ""


def _answered(person: Person, row: Activity) -> dict[str, str]:
    found = Feedback.objects.filter(activity=row, person=person).first()
    return {"choice": found.answer, "text": found.text} if found else {}


@signed_in
@require_POST
def leave(request: Request, pk: int, session: int) -> HttpResponse:
    row = activity_of(request, pk)
    joining.leave(request.person, row, session_of(row, session))
    messages.success(request, _("已经取消，名额给了排队的人。"))
    return redirect("activities:activity", row.pk)


@signed_in
@require_POST
def consent(request: Request, pk: int) -> HttpResponse:
    """Who of mine may be in pictures; what is not ticked is no."""
    row = activity_of(request, pk)
    joining.consent(request.person, row, agreed=[int(one) for one in request.POST.getlist("photo") if one.isdecimal()])
    messages.success(request, _("记下了，随时能改。"))
    return redirect(reverse("activities:activity", args=[row.pk]) + "#photos")


@signed_in
@require_POST
def interpreter(request: Request, pk: int, session: int) -> HttpResponse:
    """A sign-language interpreter for my place."""
    row = activity_of(request, pk)
    joining.book_interpreter(request.person, row, session_of(row, session))
    messages.success(request, _("手语翻译约好了。"))
    return redirect("activities:activity", row.pk)


@signed_in
def answer(request: Request, pk: int) -> HttpResponse:
    """The one question afterwards."""
    row = activity_of(request, pk)
    form = AnswerForm(request.POST) if request.method == "POST" else AnswerForm(
        initial=_answered(request.person, row))
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            joining.answer(request.person, row, choice=form.cleaned_data["choice"], text=form.cleaned_data["text"])
            messages.success(request, _("收到了，谢谢您。"))
            return redirect("activities:activity", row.pk)
    return render(request, "activities/answer.html", {"activity": row, "form": form},
                  status=422 if form.errors else 200)


@signed_in
@require_safe
def mine(request: Request) -> HttpResponse:
    """What I go to, wait for and have been to; my clubs, my shifts, my works."""
    subject = subject_of(request.person, "activities")
    owner = Activity._meta.label_lower
    places = bookings.mine(subject).filter(session__offer__owner_type=owner)
    waits = [(one, _wish(one), bookings.position(one)) for one in bookings.my_waits(subject).filter(
        party__offer__owner_type=owner)]
    past = bookings.mine(subject, past=True).filter(session__offer__owner_type=owner)
    clubs = Club.objects.filter(pk__in=ClubMember.objects.filter(
        person=request.person, left_at=None).values("club"))
    return render(request, "activities/mine.html", {
        "places": places[:50], "waits": waits, "past": past[:10], "clubs": clubs,
        "works": list(Work.objects.filter(author=request.person).select_related("call").order_by("-created")[:20])})


def _wish(entry: WaitEntry) -> Session | None:
    wish = entry.wishes.filter(is_open=True).select_related("session__offer").order_by("session__starts").first()
    return wish.session if wish else None


@signed_in
@require_safe
def programme(request: Request, pk: int) -> HttpResponse:
    """The programme: a list by time on a phone, a grid of stages where there is room; and the volunteers' shifts."""
    row = activity_of(request, pk)
    items = queries.items_of(row)
    shifts = queries.shifts_of(row, request.person)
    helps = any(place is not None for _shift, place in shifts) or may(request.person, "activities.run", row)
    return render(request, "activities/programme.html", {
        "activity": row, "items": items, "grids": queries.grid_of(row, items), "shifts": shifts,
        "rehearsals": [one for one in queries.items_of(row, rehearsals=True) if one.kind == "rehearsal"] if (
            helps) else [], "may_help": may(request.person, "activities.join", row) and not row.is_over(now())})


@signed_in
@require_POST
def help_out(request: Request, pk: int) -> HttpResponse:
    """Take a shift, or give it back."""
    shift = Shift.objects.select_related("session__offer__area", "activity__area").filter(pk=pk).first()
    row = seen(Activity, request.person, shift.activity_id if shift else 0, "area")
    if shift is None:
        raise Refused("gone", _("这个班次不在了。"))
    if request.POST.get("do") == "leave":
        joining.leave(request.person, row, shift.session)
    else:
        got = joining.help_out(request.person, shift, key=request.POST.get("key", "")[:40])
        messages.success(request, _("排上了，谢谢您来帮忙。") if isinstance(got, Reservation) else _(
            "这一班人够了，有人退出就补您。"))
    return redirect("activities:programme", row.pk)


@signed_in
@require_safe
def programme_pdf(request: Request, pk: int) -> HttpResponse:
    row = activity_of(request, pk)
    return pdf(papers.programme(row, queries.grid_of(row, queries.items_of(row))), f"programme-{row.pk}")


@signed_in
@require_safe
def poster_pdf(request: Request, pk: int) -> HttpResponse:
    row = activity_of(request, pk)
    return pdf(papers.poster(row, queries.sessions_of(row) or queries.sessions_of(row, all_rows=True)),
               f"poster-{row.pk}")
