"""The papers of a barrier-free work, each on a page of its own that leads back to the case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Person
from linli.foundation.web import Denied
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, staff_only
from linli.mechanisms.cases.models import Case
from linli.mechanisms.cases.reach import may_on
from linli.services.access.actions import works as verbs
from linli.services.access.cards import papers
from linli.services.access.paper_forms import ConsentForm, MeasureForm, PlanForm, SurveyForm
from linli.services.access.queries import works
from linli.services.access.views.common import sent

Keep = Callable[..., Any]


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def paper(request: Request, number: str, what: str) -> HttpResponse:
    """survey, plan, consent or measure."""
    case = get_object_or_404(Case.objects.visible_to(request.person).filter(kind_code=works.KIND), number=number)
    if not may_on(request.person, "access.keep_work", case):
        raise Denied("access.keep_work")
    form, keep, title = _paper(request, case, what)
    if form.is_valid():
        with refusal_shown_in(form):
            keep(request.person, case, **form.cleaned_data)
            messages.success(request, _("存好了。"))
            if what == "measure" and any(item.value is None for item in works.acceptance(case)):
                return redirect("access:paper", number, what)
            return redirect("desk:case", number)
    return render(request, "access/paper.html", {
        **papers(case), "form": form, "heading": title, "what": what}, status=422 if form.errors else 200)


def _paper(request: Request, case: Case, what: str) -> tuple[forms.Form, Keep, str]:
    data = sent(request)
    person: Person = request.person
    assert person is not None
    if what == "survey":
        return SurveyForm(data, initial={"surveyed_on": today()}), verbs.keep_survey, _("勘查")
    if what == "plan":
        plan = works.plan_of(case)
        names = ("text", "consent_rule", "responsible", "builder", "cost", "paid_from")
        first = {name: getattr(plan, name) for name in names} if plan else None
        return PlanForm(data, initial=first, area_code=case.area_code), verbs.keep_plan, _("方案")
    if what == "consent":
        return ConsentForm(data, initial={"held_on": today()}), verbs.keep_consent, _("征求意见的结果")
    items = works.acceptance(case)
    if not items:
        raise Http404
    first_open = next((item.code for item in items if item.value is None), items[0].code)
    return MeasureForm(items, data, initial={"item": first_open}), verbs.keep_measurement, _("验收测量")
