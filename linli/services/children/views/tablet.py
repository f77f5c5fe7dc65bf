"""The carers' tablet: today's list with big buttons, hand-over with the code; and the school's roll."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.calendar.clock import today
from linli.foundation.people.permit import may, permit
from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, sent, signed_in
from linli.services.children import papers, queries
from linli.services.children.actions import days
from linli.services.children.actions.people import guardians_of
from linli.services.children.forms import AlarmForm, HandOutForm, TakeInForm
from linli.services.children.ladder import ladder_of
from linli.services.children.models import (
    CareAlarm,
    CareGroup,
    CollectorState,
    CustodyBlock,
    DayEntry,
    PlanChange,
)
from linli.services.children.views.care import with_photo


def _group(request: Request, pk: int, verb: str) -> CareGroup:
    row = get_object_or_404(CareGroup.objects.select_related("site__area", "school", "area"), pk=pk)
    permit(request.person, verb, row)
    return row


def _entry(request: Request, pk: int) -> DayEntry:
    row = get_object_or_404(DayEntry.objects.select_related(
        "child__area", "child__school", "group__site", "group__area", "enrolment"), pk=pk)
    permit(request.person, "children.care", row)
    return row


@signed_in
@require_safe
def today_page(request: Request, pk: int) -> HttpResponse:
    """Who is expected, here, gone; alarms on top; is there enough staff."""
    row = _group(request, pk, "children.care")
    days.prepare_day(row, today())
    rows = queries.roll(row, today())
    counts = {state: sum(one.entry.state == state for one in rows)
              for state in ("expected", "arrived", "collected", "absent")}
    return render(request, "children/today.html", {
        "group": row, "rows": rows, "counts": counts, "staffing": queries.staffing(row, today()),
        "closes": row.closing(today()), "runs": row.runs_on(today()),
        "faults": papers.faults(papers.states_of(row.site, today(), has_meal=row.has_meal)),
        "changes": PlanChange.objects.filter(entry__group=row, entry__on=today()).select_related("entry__child")})


@signed_in
def take_in(request: Request, pk: int) -> HttpResponse:
    """From the teacher's hand."""
    entry = _entry(request, pk)
    form = TakeInForm(sent(request))
    if form.is_valid():
        with refusal_shown_in(form):
            days.take_in(request.person, entry, **form.cleaned_data)
            return redirect("children:today", entry.group_id)
    return render(request, "children/take_in.html", {
        "form": form, "entry": entry, "health": entry.child.health}, status=422 if form.errors else 200)


@signed_in
def hand_out(request: Request, pk: int) -> HttpResponse:
    """To a collector: look at the face, type the code."""
    entry = _entry(request, pk)
    collectors = entry.child.collectors.filter(state=CollectorState.ACTIVE)
    heads = may(request.person, "children.keep_care", entry.group)
    form = HandOutForm(sent(request), collectors=collectors)
    if form.is_valid():
        given = form.cleaned_data
        with refusal_shown_in(form):
            if heads and given["note"].strip() and not given["code"].strip():
                days.hand_out_without_code(request.person, entry, given["collector"], note=given["note"])
            else:
                days.hand_out(request.person, entry, given["collector"], code=given["code"], looked=given["looked"])
            messages.success(request, _("%(who)s 交接好了，已告诉监护人。") % {"who": entry.child.name})
            return redirect("children:today", entry.group_id)
    return render(request, "children/hand_out.html", {
        "form": form, "entry": entry, "collectors": with_photo(request.person, collectors), "heads": heads,
        "blocks": CustodyBlock.current().filter(child=entry.child)}, status=422 if form.errors else 200)


@signed_in
@require_POST
def change_ask(request: Request, pk: int) -> HttpResponse:
    """Somebody rang: written down, and asked of the guardian."""
    entry = _entry(request, pk)
    what = request.POST.get("what", "")
    if what not in {"absent", "early"}:
        raise Refused("no_what", _("请选改成什么。"))
    days.ask_change(request.person, entry, what=what, told_by=request.POST.get("told_by", ""))
    messages.success(request, _("已请监护人在手机上确认，确认前按原来的。"))
    return redirect("children:today", entry.group_id)


@signed_in
def alarm(request: Request, pk: int) -> HttpResponse:
    """One alarm: who to ring, who has been told, who looks after it, and how it ends."""
    row = get_object_or_404(CareAlarm.objects.select_related(
        "entry__child__area", "entry__child__school", "entry__group__site", "entry__group__area",
        "entry__group__school", "taken_by"), pk=pk)
    permit(request.person, "children.care", row.entry)
    form = AlarmForm(sent(request))
    if request.method == "POST" and "take" in request.POST:
        days.take_alarm(request.person, row)
        return redirect("children:alarm", row.pk)
    if form.is_valid():
        with refusal_shown_in(form):
            days.settle_alarm(request.person, row, **form.cleaned_data)
            return redirect("children:today", row.entry.group_id)
    return render(request, "children/alarm.html", {
        "alarm": row, "entry": row.entry, "form": form, "guardians": guardians_of(row.entry.child),
        "collectors": row.entry.child.collectors.filter(state=CollectorState.ACTIVE),
        "rungs": row.rungs.all(), "ladder": ladder_of(row.kind)}, status=422 if form.errors else 200)


@signed_in
def roll(request: Request, pk: int) -> HttpResponse:
    """The school says who of the group is not at school today."""
    row = _group(request, pk, "children.school")
    days.prepare_day(row, today())
    entries = list(DayEntry.objects.filter(group=row, on=today()).select_related("child"))
    if request.method == "POST":
        away = {int(number) for number in request.POST.getlist("away") if number.isdecimal()}
        days.say_roll(request.person, row, today(), away & {entry.pk for entry in entries})
        messages.success(request, _("报好了。托管老师看得到。"))
        return redirect("children:roll", row.pk)
    return render(request, "children/roll.html", {
        "group": row, "entries": sorted(entries, key=lambda one: (one.child.school_class, one.child.name)),
        "meets": row.meeting(today())})

