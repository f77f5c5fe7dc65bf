"""The desk: what is planned, one activity with its times, publishing, changing, copying, calling off."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.calendar.clock import now
from linli.foundation.people.permit import may
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, signed_in, staff_only
from linli.mechanisms.bookings import queries as bookings
from linli.services.activities import permits, queries
from linli.services.activities.actions import planning
from linli.services.activities.forms import ActivityForm, ReasonForm, SeriesForm, SessionForm
from linli.services.activities.models import Activity, ActivityKind
from linli.services.activities.queries.desk import TABS
from linli.services.activities.views.common import (
    activity_of,
    as_csv,
    by_phone,
    running,
    session_of,
    words_of,
    working_area,
)


@staff_only
@require_safe
def desk(request: Request) -> HttpResponse:
    """The activities by tab, and how many are signed up for the next time."""
    area = working_area(request, "activities.keep")
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "coming"
    page = keyset_page(queries.kept(request.person, area, tab=tab, words=words_of(request)), request, size=30)
    return render(request, "activities/desk.html", {
        "page": page, "rows": queries.listed(list(page)), "tab": tab, "words": words_of(request)})


@staff_only
@require_safe
def desk_csv(request: Request) -> HttpResponse:
    """The list of this tab as a table."""
    area = working_area(request, "activities.keep")
    tab = request.GET.get("tab", "")
    rows = queries.kept(request.person, area, tab=tab if tab in TABS else "coming", words=words_of(request))
    head = [_("名称"), _("种类"), _("状态"), _("开始"), _("结束"), _("地点"), _("名额"), _("已报"), _("候补")]
    return as_csv("activities", head, (line for row in rows[:2000] for line in _lines(row)))


def _lines(row: Activity) -> list[list[object]]:
    """A line for each of its times, or one for an activity without."""
    said: list[object] = [row.title, row.get_kind_display(), row.get_state_display()]
    times = queries.sessions_of(row, all_rows=True)
    return [[*said, _local(one.starts), _local(one.ends), row.place, one.capacity, one.taken, one.waiting]
            for one in times] or [[*said, "", "", row.place, "", "", ""]]


def _local(moment: Any) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


@staff_only
def activity_new(request: Request) -> HttpResponse:
    """Write a new activity down."""
    area = working_area(request, "activities.keep")
    kind = request.GET.get("kind", "")
    form = ActivityForm(request.POST, area=area) if request.method == "POST" else ActivityForm(
        area=area, initial={"kind": kind if kind in ActivityKind.values else ActivityKind.CLASS, "phone": area.phone})
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            host = _host(form, request)
            row = planning.create(request.person, area, host=host, rules=form.rules(), custom=form.custom(),
                                  **form.facts())
            messages.success(request, _("存成草稿了。接着排时间，再发布。"))
            return redirect("activities:desk_activity", row.pk)
    return render(request, "activities/desk_edit.html", {"form": form, "activity": None},
                  status=422 if form.errors else 200)


def _host(form: ActivityForm, request: Request) -> Any:
    typed = form.cleaned_data["host_phone"]
    return by_phone(typed, "host_phone") if typed else request.person


@staff_only
def activity_edit(request: Request, pk: int) -> HttpResponse:
    """Change what is written of it."""
    row = running(request, pk, "activities.keep")
    form = ActivityForm(request.POST, instance=activity_of(request, pk), area=row.area) if (
        request.method == "POST") else ActivityForm(instance=row, area=row.area, initial=ActivityForm.initial_of(row))
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            facts = form.facts()
            if form.cleaned_data["host_phone"]:
                facts["host"] = _host(form, request)
            planning.change(request.person, row, rules=form.rules(), custom=form.custom(), **facts)
            messages.success(request, _("改好了。"))
            return redirect("activities:desk_activity", row.pk)
    return render(request, "activities/desk_edit.html", {"form": form, "activity": row},
                  status=422 if form.errors else 200)


@signed_in
@require_safe
def desk_activity(request: Request, pk: int) -> HttpResponse:
    """One activity at the desk: its times, what is missing, every way on. Also for who leads it."""
    row = running(request, pk)
    return _hub(request, row)


def _hub(request: Request, row: Activity, *, session_form: SessionForm | None = None,
         series_form: SeriesForm | None = None) -> HttpResponse:
    keeps = may(request.person, "activities.keep", row)
    sessions = queries.sessions_of(row, all_rows=True)
    rooms = planning.rooms_of(request.person, row.area)
    gate = permits.gate_of(row)
    bad = bool((session_form and session_form.errors) or (series_form and series_form.errors))
    return render(request, "activities/desk_activity.html", {
        "activity": row, "keeps": keeps, "sessions": [(one, one.starts > now()) for one in sessions],
        "coming": [one for one in sessions if one.ends > now() and one.state != "cancelled"], "gate": gate,
        "fault_words": [permits.fault_words(gate, one) for one in gate.faults], "session_form": session_form or (
            SessionForm(rooms=rooms) if keeps else None), "series_form": series_form or (
            SeriesForm(rooms=rooms) if keeps else None), "sums": queries.sums_of(row), "terms": row.offer.terms if (
            row.offer) else None, "is_over": row.is_over(now()), "has_begun": row.starts <= now(),
        "open_form": "series" if series_form else "session" if session_form else ""}, status=422 if bad else 200)


@staff_only
@require_POST
def session_new(request: Request, pk: int) -> HttpResponse:
    """One more time."""
    row = running(request, pk, "activities.keep")
    form = SessionForm(request.POST, rooms=planning.rooms_of(request.person, row.area))
    if form.is_valid():
        given = form.cleaned_data
        with refusal_shown_in(form):
            planning.add_session(
                request.person, row, starts=given["starts"], ends=given["starts"] + timedelta(
                    minutes=given["minutes"]), places=given["places"], room=given["room"])
            messages.success(request, _("加好了一场。"))
            return redirect("activities:desk_activity", row.pk)
    return _hub(request, running(request, pk), session_form=form)


@staff_only
@require_POST
def series_new(request: Request, pk: int) -> HttpResponse:
    """Times by a rule."""
    row = running(request, pk, "activities.keep")
    form = SeriesForm(request.POST, rooms=planning.rooms_of(request.person, row.area))
    if form.is_valid():
        given = form.cleaned_data
        with refusal_shown_in(form):
            made = planning.add_series(
                request.person, row, rrule=form.rrule, first=timezone.localtime(given["starts"]).replace(tzinfo=None),
                minutes=given["minutes"], places=given["places"], until=given["until"], holidays=given["holidays"],
                room=given["room"])
            messages.success(request, _("排好了 %(count)s 场。") % {"count": made.sessions.count()})
            return redirect("activities:desk_activity", row.pk)
    return _hub(request, running(request, pk), series_form=form)


@staff_only
def session_edit(request: Request, pk: int, session: int) -> HttpResponse:
    """Another time or number of places, of one or of the rest of its series."""
    row = running(request, pk, "activities.keep")
    time = session_of(row, session)
    rooms = planning.rooms_of(request.person, row.area)
    series = time.series_id is not None
    start = {"starts": time.starts, "minutes": int((time.ends - time.starts).total_seconds() // 60),
             "places": time.capacity, "room": next((one.pk for one in rooms if one.claims.filter(
                 session=time).exists()), None)}
    form = SessionForm(request.POST, rooms=rooms, series=series) if request.method == "POST" else SessionForm(
        rooms=rooms, series=series, initial=start)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        with refusal_shown_in(form):
            planning.change_session(
                request.person, row, time, scope=given.get("scope") or "this", starts=given["starts"],
                ends=given["starts"] + timedelta(minutes=given["minutes"]), capacity=given["places"],
                resources=[given["room"]] if given["room"] else [])
            messages.success(request, _("改好了，报名的人会收到消息。"))
            return redirect("activities:desk_activity", row.pk)
    return render(request, "activities/desk_session.html", {"activity": row, "session": time, "form": form},
                  status=422 if form.errors else 200)


@signed_in
def session_cancel(request: Request, pk: int, session: int) -> HttpResponse:
    """Call one time off, with a reason; then whom to ring."""
    row = running(request, pk)
    time = session_of(row, session)
    form = ReasonForm(request.POST) if request.method == "POST" else ReasonForm()
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            planning.cancel_session(request.person, row, time, reason=form.cleaned_data["reason"])
            messages.success(request, _("取消了，报名的人都会收到消息。"))
            return redirect("activities:calls_to_make", row.pk)
    return render(request, "activities/desk_cancel.html", {
        "activity": row, "session": time, "form": form, "count": bookings.counts(time)["booked"]},
        status=422 if form.errors else 200)


@staff_only
@require_POST
def publish(request: Request, pk: int) -> HttpResponse:
    row = running(request, pk, "activities.keep")
    planning.publish(request.person, row)
    messages.success(request, _("发布了，居民看得到、报得了名了。"))
    return redirect("activities:desk_activity", row.pk)


@staff_only
@require_POST
def copy(request: Request, pk: int) -> HttpResponse:
    made = planning.copy(request.person, running(request, pk, "activities.keep"))
    messages.success(request, _("复制好了，时间要另排。"))
    return redirect("activities:activity_edit", made.pk)


@staff_only
def cancel(request: Request, pk: int) -> HttpResponse:
    """Call the whole of it off: asked first, with what it means."""
    row = running(request, pk, "activities.keep")
    form = ReasonForm(request.POST) if request.method == "POST" else ReasonForm()
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            planning.cancel(request.person, row, reason=form.cleaned_data["reason"])
            messages.success(request, _("取消了，报名的人都会收到消息。"))
            return redirect("activities:calls_to_make", row.pk)
    return render(request, "activities/desk_cancel.html", {
        "activity": row, "session": None, "form": form, "gate": permits.gate_of(row), "count": sum(
            bookings.counts(one)["booked"] for one in queries.sessions_of(row))}, status=422 if form.errors else 200)


@signed_in
@require_safe
def calls_to_make(request: Request, pk: int) -> HttpResponse:
    """People without an account: somebody rings them. To print."""
    row = running(request, pk)
    return render(request, "activities/desk_calls_to_make.html", {
        "activity": row, "rows": planning.to_call(row), "gate": permits.gate_of(row)})
