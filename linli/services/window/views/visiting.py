"""Staff: home visits. The wishes, the day's list, and the tablet that works without a line."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Person, RoleAssignment
from linli.foundation.people.permit import permit
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, sent, signed_in, staff_only
from linli.services.window.actions import visiting
from linli.services.window.forms import PlanForm, ReportForm, VisitForm
from linli.services.window.models import Visit, VisitState
from linli.services.window.models.visits import STAFF
from linli.services.window.views.common import seen, working_area

VERB = "window.visit"


@staff_only
@require_safe
def visits(request: Request) -> HttpResponse:
    """Who wants a visit, who has a day."""
    area = working_area(request, VERB)
    rows = Visit.objects.visible_to(request.person).filter(area=area).select_related("worker").order_by("-id")
    state = request.GET.get("state", "")
    if state in VisitState.values:
        rows = rows.filter(state=state)
    return render(request, "window/desk_visits.html", {
        "page": keyset_page(rows, request, size=30), "states": VisitState.choices, "state": state})


@staff_only
def visit_new(request: Request) -> HttpResponse:
    """Somebody rang and asks for a visit."""
    area = working_area(request, VERB)
    form = VisitForm(sent(request), initial={"wanted_on": today().isoformat()})
    if form.is_valid():
        with refusal_shown_in(form):
            row = visiting.ask(request.person, area, once=request.POST.get("once", "")[:64] or uuid4().hex,
                               **form.cleaned_data)
            return redirect("window:desk_visit", row.pk)
    return render(request, "window/desk_visit_new.html", {
        "form": form, "once": request.POST.get("once") or uuid4().hex}, status=422 if form.errors else 200)


def _visit(request: Request, pk: int) -> Visit:
    row: Visit = seen(Visit, request.person, pk, "area", "worker", "asked_by", "subject")
    permit(request.person, VERB, row)
    return row


def _workers(area_code: str) -> Any:
    held = RoleAssignment.objects.filter(role__in=STAFF, withdrawn=None, area__code=area_code)
    return Person.objects.filter(pk__in=held.values("person"), is_active=True).order_by("id")


@staff_only
def visit(request: Request, pk: int) -> HttpResponse:
    """One wish: give it a day; write down what happened."""
    row = _visit(request, pk)
    planning = PlanForm(sent(request) if "planned_on" in request.POST else None, workers=_workers(row.area_code),
                        initial={"worker": row.worker_id or request.person.pk,
                                 "planned_on": (row.planned_on or row.wanted_on).isoformat(),
                                 "planned_at": row.planned_at})
    reporting = ReportForm(sent(request) if "what" in request.POST or "note" in request.POST else None)
    if planning.is_bound and planning.is_valid():
        given = planning.cleaned_data
        with refusal_shown_in(planning):
            visiting.plan(request.person, row, worker=given["worker"], on=given["planned_on"], at=given["planned_at"])
            messages.success(request, _("排好了，已告诉对方。"))
            return redirect("window:desk_visit", row.pk)
    if reporting.is_bound and reporting.is_valid():
        with refusal_shown_in(reporting):
            visiting.report(request.person, row, once=request.POST.get("once", "")[:64] or uuid4().hex,
                            **reporting.cleaned_data)
            return redirect("window:desk_visit", row.pk)
    wrong = planning.errors or reporting.errors
    return render(request, "window/desk_visit.html", {
        "row": row, "planning": planning, "reporting": reporting, "once": request.POST.get("once") or uuid4().hex,
        "reports": row.reports.select_related("by")}, status=422 if wrong else 200)


@staff_only
@require_POST
def visit_off(request: Request, pk: int) -> HttpResponse:
    visiting.cancel(request.person, _visit(request, pk))
    messages.success(request, _("取消了。"))
    return redirect("window:desk_visits")


@staff_only
@require_safe
def day(request: Request) -> HttpResponse:
    """The tablet. The page names nobody: the device keeps it; the list lies on its shelf and goes with signing out."""
    working_area(request, VERB)
    return render(request, "window/day.html", {})


def _mine(person: Person, on: date) -> list[Visit]:
    return list(Visit.objects.filter(worker=person, planned_on=on, state__in=[
        VisitState.PLANNED, VisitState.ABSENT, VisitState.DONE]).order_by("planned_at", "id"))


@staff_only
@require_safe
@never_cache
def day_list(request: Request) -> JsonResponse:
    """Today's doors of who asks: only their own."""
    working_area(request, VERB)
    return JsonResponse({"taken": now().isoformat(), "rows": [
        {"visit": str(row.pk), "name": row.name, "phone": row.phone, "address": row.address, "words": row.words,
         "at": f"{row.planned_at:%H:%M}" if row.planned_at else "", "state": row.state}
        for row in _mine(request.person, today())]})


@staff_only
@require_POST
def day_sync(request: Request) -> JsonResponse:
    """`{"reports": [{visit, what, note, at, once}, …]}`. Sent again it adds nothing."""
    working_area(request, VERB)
    try:
        body = json.loads(request.body or b"{}")
        rows = [{"visit": int(one["visit"]), "what": str(one["what"]), "note": str(one.get("note") or ""),
                 "at": str(one.get("at") or ""), "once": str(one["once"])[:64]} for one in body["reports"]]
        for one in rows:
            visiting.moment_of(str(one["at"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return JsonResponse({"error": _("这份清单读不懂，请再传一次。")}, status=400)
    if len(rows) > visiting.REPORTS_MOST:
        return JsonResponse({"error": _("一次太多了，请分几次传。")}, status=400)
    return JsonResponse({"rows": visiting.sync(request.person, rows)})


@signed_in
@require_safe
def worker(request: Request) -> HttpResponse:
    """The service worker of the day's page alone; the page holds no personal data, so it may be kept."""
    files = [static("window/day.js")]
    line = f"self.FILES = {json.dumps(files)};\nself.PAGE = {json.dumps(reverse('window:day'))};\n"
    source = (Path(__file__).parent.parent / "static/window/day-worker.js").read_text(encoding="utf-8")
    answer = HttpResponse(line + source, content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    answer["Service-Worker-Allowed"] = reverse("window:day")
    return answer
