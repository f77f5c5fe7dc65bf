"""The programme at the desk: stages, what happens on them, volunteers' shifts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, signed_in
from linli.services.activities import queries
from linli.services.activities.actions import festival as actions
from linli.services.activities.forms import ItemForm, ShiftForm, StageForm
from linli.services.activities.models import Activity, ProgrammeItem, Shift
from linli.services.activities.views.common import running


@signed_in
@require_safe
def festival(request: Request, pk: int) -> HttpResponse:
    """The grid with everything in it, and the forms to fill it."""
    return _page(request, running(request, pk))


def _page(request: Request, row: Activity, *, verb: str = "", form: Any = None) -> HttpResponse:
    items = queries.items_of(row, rehearsals=True)
    made = {"stage": StageForm(), "item": ItemForm(activity=row, initial={"starts": row.starts}), "shift": ShiftForm(
        initial={"starts": row.starts})}
    return render(request, "activities/desk_festival.html", {
        "activity": row, "items": items, "grids": queries.grid_of(row, items), "stages": list(row.stages.all()),
        "shifts": queries.shifts_of(row, request.person), "forms": {**made, **({verb: form} if verb else {})},
        "verb": verb, "form": form}, status=422 if form is not None and form.errors else 200)


@signed_in
@require_POST
def festival_add(request: Request, pk: int, verb: str) -> HttpResponse:
    """One more stage, line or shift."""
    row = running(request, pk)
    form: Any = {"stage": StageForm, "shift": ShiftForm}.get(verb, StageForm)(request.POST) if verb != "item" else (
        ItemForm(request.POST, activity=row))
    if form.is_valid():
        given = dict(form.cleaned_data)
        if "minutes" in given:
            given["ends"] = given["starts"] + timedelta(minutes=given.pop("minutes"))
        with refusal_shown_in(form):
            if verb == "stage":
                actions.add_stage(request.person, row, **given)
            elif verb == "item":
                actions.put_item(request.person, given.pop("stage"), **given)
            else:
                actions.add_shift(request.person, row, **given)
            messages.success(request, _("加好了。"))
            return redirect("activities:festival", row.pk)
    return _page(request, row, verb=verb, form=form)


@signed_in
@require_POST
def item_drop(request: Request, pk: int) -> HttpResponse:
    item = get_object_or_404(ProgrammeItem.objects.select_related("stage__activity__area"), pk=pk)
    row = running(request, item.stage.activity_id)
    actions.drop_item(request.person, item)
    messages.success(request, _("去掉了。"))
    return redirect("activities:festival", row.pk)


@signed_in
@require_POST
def shift_drop(request: Request, pk: int) -> HttpResponse:
    shift = get_object_or_404(Shift.objects.select_related("activity__area"), pk=pk)
    row = running(request, shift.activity_id)
    actions.drop_shift(request.person, shift, reason=request.POST.get("reason", ""))
    messages.success(request, _("取消了，报名的人都会收到消息。"))
    return redirect("activities:festival", row.pk)
