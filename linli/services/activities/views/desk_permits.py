"""The permit of a large event and its safety plan."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.calendar.clock import now
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, staff_only
from linli.services.activities import permits
from linli.services.activities.actions import permits as actions
from linli.services.activities.forms import ApplyForm, GrantForm, RefuseForm, TimeForm
from linli.services.activities.models import Activity, Permit
from linli.services.activities.views.common import running, working_area

FORMS: dict[str, Any] = {"apply": ApplyForm, "grant": GrantForm, "refuse": RefuseForm, "time": TimeForm}


@staff_only
@require_safe
def permits_desk(request: Request) -> HttpResponse:
    """Every event that is still to come and may need a permit, with the days that matter."""
    area = working_area(request, "activities.keep")
    rows = Activity.objects.visible_to(request.person).filter(
        area__code__startswith=area.code, ends__gt=now()).exclude(state="cancelled").select_related(
        "area", "organisation").order_by("starts", "id")
    found = [(row, gate) for row in rows[:300] for gate in [permits.gate_of(row)] if (
        gate.is_needed or gate.warns or gate.permit or gate.faults)]
    return render(request, "activities/desk_permits.html", {"rows": found, "rule": permits.large_rule()})


@staff_only
@require_safe
def permit(request: Request, pk: int) -> HttpResponse:
    """What is needed, by when, and the nine points."""
    return _page(request, running(request, pk, "activities.keep"))


def _page(request: Request, row: Activity, *, verb: str = "", form: Any = None) -> HttpResponse:
    gate = permits.gate_of(row)
    written = {one.code: one for one in row.plan_points.all()}
    start = {"grant": {"persons": gate.applied.persons if gate.applied else None}}
    forms = {name: form if name == verb else made(initial=start.get(name)) for name, made in FORMS.items()}
    return render(request, "activities/desk_permit.html", {
        "activity": row, "gate": gate, "faults": [permits.fault_words(gate, one) for one in gate.faults],
        "points": [(one, written.get(one["code"])) for one in permits.plan_points()], "papers": permits.papers_needed(),
        "history": list(row.permits.select_related("noted_by").prefetch_related("consents")), "forms": forms,
        "verb": verb, "form": form, "now_covers": permits.approved(gate.permit) if gate.permit else None},
        status=422 if form is not None and form.errors else 200)


@staff_only
@require_POST
def point(request: Request, pk: int) -> HttpResponse:
    """One of the nine points, in words."""
    row = running(request, pk, "activities.keep")
    code = request.POST.get("code", "")[:12]
    actions.write_point(request.person, row, code, request.POST.get("text", ""))
    messages.success(request, _("记下了。"))
    return redirect("activities:permit", row.pk)


@staff_only
@require_POST
def permit_verb(request: Request, pk: int, verb: str) -> HttpResponse:
    """Applied; the number; refused; another time agreed to."""
    row = running(request, pk, "activities.keep")
    form = FORMS[verb](request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            given = dict(form.cleaned_data)
            if verb == "apply":
                given["persons"] = given["persons"] or 0
                actions.apply(request.person, row, **given)
            else:
                of = get_object_or_404(Permit.objects.select_related("activity__area"), pk=_number(request),
                                       activity=row)
                steps: dict[str, Any] = {"grant": actions.grant, "refuse": actions.refuse, "time": actions.agree_time}
                steps[verb](request.person, of, **given)
            messages.success(request, _("记下了。"))
            return redirect("activities:permit", row.pk)
    return _page(request, row, verb=verb, form=form)


def _number(request: Request) -> int:
    typed = request.POST.get("permit", "")
    return int(typed) if typed.isdecimal() and len(typed) < 20 else 0
