"""The desk: the matching board, devices, drills, the report."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages
from django.db.transaction import atomic
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation import audit
from linli.foundation.calendar.clock import today
from linli.foundation.people.permit import may, permit
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, staff_only
from linli.services.learning import exporting
from linli.services.learning.actions import devices as lending, drilling, pairing as verbs, reporting, visits
from linli.services.learning.forms import (
    AskForForm,
    ConditionForm,
    DeviceForm,
    DrillStartForm,
    HelperForm,
    LendForm,
    StuckForm,
    WipeForm,
)
from linli.services.learning.models import AskState, Device, DeviceState, HelpAsk, Helper, Visit
from linli.services.learning.queries import devices, drilling as drills, pairing, report as reads
from linli.services.learning.views.common import doors, learner_at_desk, seen, somebody, working_area


@staff_only
@require_safe
def pairs(request: Request) -> HttpResponse:
    """The board: who asks, who was proposed, who else would suit and why; lessons that want something of us."""
    working_area(request, "learning.match")
    state = request.GET.get("state", AskState.OPEN)
    state = state if state in AskState.values or not state else AskState.OPEN
    page = keyset_page(pairing.asks_at_desk(request.person, state=state), request, size=10)
    lessons = list(pairing.visits_at_desk(request.person)[:20])
    return render(request, "learning/desk_pairs.html", {
        "page": page, "rows": pairing.board(list(page)), "state": state, "states": AskState.choices,
        "helpers": list(pairing.helpers_at_desk(request.person)[:50]),
        "visits": [(row, HelperForm(pairing.seconds_for(row)) if row.at_home and row.second is None else None)
                   for row in lessons],
        "desk_doors": doors(request), "tab": "pairs"})


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def ask_for(request: Request) -> HttpResponse:
    """Somebody at the window wants to be taught alone: with an account, or with a name alone."""
    area = working_area(request, "learning.match")
    form = AskForForm(request.POST) if request.method == "POST" else AskForForm(initial={"once": uuid4().hex})
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form), atomic():  # who is registered for it and then refused is not left behind
            given = form.cleaned_data
            verbs.ask_help(
                request.person, learner=learner_at_desk(request.person, area, given), topics=given["topics"],
                slots=given["slots"], at_home=given["at_home"], note=given["note"], once=given["once"])
            messages.success(request, _("替他提了。"))
            return redirect("learning:desk_pairs")
    return render(request, "learning/desk_ask.html", {"form": form}, status=422 if form.errors else 200)


@staff_only
@require_POST
def propose(request: Request, pk: int) -> HttpResponse:
    row: HelpAsk = seen(pairing.asks_at_desk(request.person), pk)
    chosen: Helper = seen(pairing.helpers_at_desk(request.person), _number(request.POST.get("helper", "")))
    verbs.propose(request.person, row, chosen)
    messages.success(request, _("告诉双方了，行不行由他们自己说。"))
    return redirect("learning:desk_pairs")


@staff_only
@require_POST
def check_helper(request: Request, pk: int) -> HttpResponse:
    row: Helper = seen(pairing.helpers_at_desk(request.person), pk)
    verbs.check_helper(request.person, row)
    messages.success(request, _("记下了，可以给他配人了。"))
    return redirect("learning:desk_pairs")


@staff_only
@require_POST
def name_second(request: Request, pk: int) -> HttpResponse:
    row: Visit = seen(pairing.visits_at_desk(request.person), pk)
    chosen: Helper = seen(pairing.helpers_at_desk(request.person), _number(request.POST.get("helper", "")))
    visits.name_second(request.person, row, chosen)
    messages.success(request, _("告诉他了，来不来由他自己说。"))
    return redirect("learning:desk_pairs")


@staff_only
@require_safe
def device_desk(request: Request) -> HttpResponse:
    return _devices(request)


def _devices(request: Request, **bad: object) -> HttpResponse:
    working_area(request, "learning.lend")
    state = request.GET.get("state", "")
    page = keyset_page(devices.at_desk(request.person, state=state), request, size=30)
    return render(request, "learning/desk_devices.html", {
        "page": page, "rows": devices.with_loans(list(page)), "form": DeviceForm(), "state": state,
        "states": DeviceState.choices, "desk_doors": doors(request), "tab": "devices", **bad},
        status=422 if bad else 200)


@staff_only
@require_POST
def device_add(request: Request) -> HttpResponse:
    area = working_area(request, "learning.lend")
    form = DeviceForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            lending.add_device(request.person, area, **form.cleaned_data)
            messages.success(request, _("登记好了。"))
            return redirect("learning:desk_devices")
    return _devices(request, form=form)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def device(request: Request, pk: int) -> HttpResponse:
    """One device: hand it out, take it back, wipe it; whichever is next."""
    row: Device = seen(devices.at_desk(request.person), pk)
    permit(request.person, "learning.lend", row)
    kind = {DeviceState.READY: LendForm, DeviceState.LENT: ConditionForm, DeviceState.TO_WIPE: WipeForm}.get(
        DeviceState(row.state))
    form = None if kind is None else kind(request.POST) if request.method == "POST" else kind()
    if form is not None and form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            given = form.cleaned_data
            if row.state == DeviceState.READY:
                lending.lend(request.person, row, somebody(row.area, given["phone"]), condition=given["condition"])
                messages.success(request, _("借出去了。"))
            elif row.state == DeviceState.LENT:
                kept = lending.take_back(request.person, row, condition=given["condition"])
                messages.success(request, _("还回来了，先清干净。下一位在等。") if kept else _("还回来了，先清干净。"))
            else:
                lending.wipe(request.person, row, **given)
                messages.success(request, _("清干净了，可以借给下一位。"))
            return redirect("learning:desk_device", row.pk)
    ((_row, loan, hold),) = devices.with_loans([row])
    return render(request, "learning/desk_device.html", {
        "device": row, "form": form, "loan": loan, "hold": hold, "history": devices.history(row)},
        status=422 if form is not None and form.errors else 200)


@staff_only
@require_POST
def device_rest(request: Request, pk: int) -> HttpResponse:
    row: Device = seen(devices.at_desk(request.person), pk)
    lending.rest(request.person, row, resting=row.state != DeviceState.RESTING)
    messages.success(request, _("存好了。"))
    return redirect("learning:desk_device", row.pk)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def drill_desk(request: Request) -> HttpResponse:
    """Send one; and the sums of those sent, in which nobody can be recognised."""
    area = working_area(request, "learning.keep_drills")
    form = DrillStartForm(request.POST) if request.method == "POST" else DrillStartForm()
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            drilling.start(request.person, area, form.cleaned_data["message"])
            messages.success(request, _("发出去了。收到的人点开就知道是演练。"))
            return redirect("learning:desk_drills")
    page = keyset_page(drills.at_desk(request.person), request, size=10)
    return render(request, "learning/desk_drills.html", {
        "form": form, "page": page, "sums": drills.sums(list(page)), "signed_up": drills.signed_up(area),
        "desk_doors": doors(request), "tab": "drills"}, status=422 if form.errors else 200)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: Request) -> HttpResponse:
    """By which way people of which age come, and which pages they could not get through."""
    area = working_area(request, "learning.report")
    notes = may(request.person, "learning.note_stuck", area)
    if request.method == "POST":
        permit(request.person, "learning.note_stuck", area)
    form = StuckForm(request.POST) if request.method == "POST" else StuckForm()
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            reporting.note_stuck(request.person, area, **form.cleaned_data)
            messages.success(request, _("记下了，算进报表。"))
            return redirect("learning:desk_report")
    return render(request, "learning/desk_report.html", {
        "report": reads.report(area), "form": form, "notes": notes, "desk_doors": doors(request), "tab": "report"},
        status=422 if form.errors else 200)


@staff_only
@require_safe
def export(request: Request, what: str) -> HttpResponse:
    """The report, or the courses with their numbers, as a table: sums, no learner's name."""
    area = working_area(request, "learning.report" if what == "report" else "learning.keep_courses")
    text = exporting.report_csv(reads.report(area)) if what == "report" else exporting.courses_csv(area)
    audit.record(request.person, "learning.export", area, what=what)
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="learning-{what}-{today():%Y%m%d}.csv"'
    return answer


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 20 else 0
