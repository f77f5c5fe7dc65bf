"""A fitter's own time: the hours in which visits are offered, when they are away, and what is promised."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from linli.foundation.people.models import RoleAssignment
from linli.foundation.people.permit import may
from linli.foundation.web import Denied
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, staff_only
from linli.mechanisms.bookings.models import Claim
from linli.services.repairs import actions, queries, slots
from linli.services.repairs.forms import AwayForm, HoursForm


def _role(request: Request, pk: int) -> RoleAssignment:
    """A worker of one of this person's companies. Raises `Denied`."""
    units = [one.pk for one in queries.companies_of(request.person)]
    role = RoleAssignment.objects.filter(
        pk=pk, role="property_worker", organisation__in=units, withdrawn=None).select_related(
        "organisation__area", "person").first()
    if not isinstance(role, RoleAssignment):
        raise Denied("repairs.keep_pool")
    return role


def _keeps(request: Request, role: RoleAssignment) -> bool:
    verb = "repairs.keep_pool" if role.person_id != request.person.pk else "repairs.own_shift"
    return may(request.person, verb, role.organisation)


@require_http_methods(["GET", "POST"])
@staff_only
def hours(request: Request, pk: int) -> HttpResponse:
    """Which hours of the week; and below them what is promised and when they are away."""
    role = _role(request, pk)
    form = HoursForm(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        with refusal_shown_in(form):
            actions.set_hours(request.person, role, form.hours)
            messages.success(request, _("存好了。约好的不变，新约的按这个来。"))
            return redirect("repairs:hours", role.pk)
    return _page(request, role, form=form)


@require_POST
@staff_only
def away(request: Request, pk: int) -> HttpResponse:
    """Away for some time: nothing is offered then."""
    role = _role(request, pk)
    form = AwayForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            actions.close_time(request.person, role, form.cleaned_data["starts"], form.cleaned_data["ends"],
                               reason=form.cleaned_data["reason"])
            messages.success(request, _("记下了，这段时间不会再约给他。"))
            return redirect("repairs:hours", role.pk)
    return _page(request, role, away_form=form)


@require_POST
@staff_only
def here(request: Request, pk: int) -> HttpResponse:
    """Not away after all."""
    role = _role(request, pk)
    claim = get_object_or_404(Claim, pk=request.POST.get("claim") if request.POST.get("claim", "").isdecimal() else 0)
    actions.reopen_time(request.person, role, claim)
    return redirect("repairs:hours", role.pk)


def _page(
    request: Request, role: RoleAssignment, *, form: HoursForm | None = None, away_form: AwayForm | None = None,
) -> HttpResponse:
    unit = role.organisation
    assert unit is not None
    calendar = slots.calendars([role.person], unit, unit.area.code)[0]
    shown = form or HoursForm(initial=HoursForm.first(calendar.hours, own=bool(calendar.facts.get(slots.OWN_HOURS))))
    bad = bool((form and form.errors) or (away_form and away_form.errors))
    return render(request, "repairs/hours.html", {
        "role": role, "form": shown, "away_form": away_form or AwayForm(), "keeps": _keeps(request, role),
        "duties": slots.duties(calendar), "calendar": calendar}, status=422 if bad else 200)
