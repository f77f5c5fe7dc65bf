"""Guardians: enrol, today's state of my child, collectors and codes, notice of hand-over."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.calendar.clock import today
from linli.foundation.files import link, may_see, received, takes_files
from linli.foundation.files.queries import files_of
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.privacy.consents import current_text
from linli.foundation.web import Denied, Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, sent, signed_in
from linli.services.children import papers, queries
from linli.services.children.actions import care, days, people
from linli.services.children.actions.people import PHOTO
from linli.services.children.forms import ChildForm, CollectorForm, DetailsForm
from linli.services.children.models import (
    CareGroup,
    Child,
    Collector,
    CollectorState,
    DayEntry,
    Enrolment,
    PlanChange,
)
from linli.services.children.models.care import ChangeState
from linli.services.children.views.common import by_phone, own_area, seen


@signed_in
@require_safe
def care_home(request: Request) -> HttpResponse:
    """My children, where they are now, and the groups that take children."""
    place = own_area(request)
    children = []
    for child, claim in queries.children_of(request.person):
        places = [(one, queries.day_of(one, today())) for one in queries.enrolments_of(child)] if (
            claim.state == "verified") else []
        children.append((child, claim, places))
    return render(request, "children/care.html", {
        "children": children, "groups": queries.groups_for(request.person, place)})


@signed_in
def child_new(request: Request) -> HttpResponse:
    """Write a child down, with the guardian's separate consent."""
    place = own_area(request)
    permit(request.person, "children.add_child", place)
    form = ChildForm(sent(request), area=place)
    if form.is_valid():
        with refusal_shown_in(form):
            child = people.add_child(request.person, place, **form.cleaned_data)
            messages.success(request, _("登记好了。请带户口本或出生证明到社区窗口核一下，当天就能报名。"))
            return redirect(reverse("children:care") + f"#child-{child.pk}")
    return render(request, "children/child_new.html", {
        "form": form, "consent": current_text("children.care"), "consent_health": current_text("children.health"),
    }, status=422 if form.errors else 200)


def _mine(request: Request, pk: int) -> Child:
    """A child of the person's own: a guardian who is verified and not kept away. Others get 404."""
    child: Child = seen(Child, request.person, pk, "school", "area")
    if "@guardian" not in child.relations_to(request.person):
        raise Denied("children.guard")
    return child


def with_photo(person: Person, rows: Any) -> list[tuple[Collector, str]]:
    """Each collector with the address of the photograph, where the person may see it."""
    found = []
    for row in rows:
        photo = next((one for one in files_of(row) if may_see(person, one)), None)
        found.append((row, link(photo, person) if photo else ""))
    return found


@signed_in
@require_safe
def child(request: Request, pk: int) -> HttpResponse:
    """Today, who may collect, what to confirm, the last hand-overs."""
    row = _mine(request, pk)
    enrolments = [(one, queries.day_of(one, today()), queries.position_of(one)) for one in queries.enrolments_of(row)]
    collectors = row.collectors.exclude(state=CollectorState.ENDED)
    changes = PlanChange.objects.filter(entry__child=row, state=ChangeState.WAITING, entry__on=today())
    past = DayEntry.objects.filter(child=row, on__lte=today()).select_related("group").prefetch_related(
        "handovers__staff").order_by("-on", "-id")[:14]
    return render(request, "children/child.html", {
        "child": row, "enrolments": enrolments, "collectors": with_photo(request.person, collectors),
        "changes": changes.select_related("entry__group", "taken_by"), "past": past})


@signed_in
def child_edit(request: Request, pk: int) -> HttpResponse:
    """Correct class, contacts and health; name the other guardian."""
    row = _mine(request, pk)
    start = {"school": row.school, "school_class": row.school_class, "health": row.health,
             "second_name": row.second_name, "second_phone": row.second_phone, "agrees_health": bool(row.health)}
    form = DetailsForm(sent(request), initial=start, area=row.area)
    if form.is_valid():
        with refusal_shown_in(form):
            people.change_child(request.person, row, **form.cleaned_data)
            return redirect("children:child", row.pk)
    return render(request, "children/child_edit.html", {
        "form": form, "child": row, "consent_health": current_text("children.health")},
        status=422 if form.errors else 200)


@signed_in
@require_POST
def guardian_name(request: Request, pk: int) -> HttpResponse:
    """Name the other guardian by telephone number; staff verify."""
    row = _mine(request, pk)
    bond = request.POST.get("bond", "")
    if bond not in {"mother", "father", "grandparent", "other"}:
        raise Refused("no_bond", _("请选和孩子的关系。"))
    people.name_guardian(request.person, row, by_phone(request.POST.get("phone", "")), bond)
    messages.success(request, _("登记好了，社区核实以后他也能看孩子的情况。"))
    return redirect("children:child", row.pk)


@takes_files
@signed_in
def collector_new(request: Request, pk: int) -> HttpResponse:
    """Name who may collect, with a photograph."""
    row = _mine(request, pk)
    form = CollectorForm(sent(request))
    if form.is_valid():
        known = {key: form.cleaned_data[key] for key in ("name", "relation", "phone")}
        with refusal_shown_in(form):
            photos = received(request, "photo", purpose=PHOTO)
            made = people.add_collector(request.person, row, kept=photos[:1], is_me=form.cleaned_data["is_me"], **known)
            messages.success(request, _("%(who)s 可以接了。要接的那天，给他发一个接送码。") % {"who": made.shown_name})
            return redirect("children:child", row.pk)
    return render(request, "children/collector_new.html", {"form": form, "child": row},
                  status=422 if form.errors else 200)


def _collector(request: Request, pk: int) -> Collector:
    row: Collector = seen(Collector, request.person, pk, "child__area")
    if "@guardian" not in row.child.relations_to(request.person):
        raise Denied("children.guard")
    return row


@signed_in
@require_POST
def code(request: Request, pk: int) -> HttpResponse:
    """A fresh code, shown once on this page and kept nowhere in words."""
    row = _collector(request, pk)
    made = days.make_code(request.person, row)
    answer = render(request, "children/code.html", {"collector": row, "code": made, "child": row.child})
    answer["Cache-Control"] = "no-store"
    return answer


@signed_in
@require_POST
def collector_verb(request: Request, pk: int, verb: str) -> HttpResponse:
    row = _collector(request, pk)
    if verb == "confirm":
        people.confirm_collector(request.person, row)
    else:
        people.end_collector(request.person, row)
    return redirect("children:child", row.child_id)


@signed_in
@require_safe
def group(request: Request, pk: int) -> HttpResponse:
    """A group before enrolling: hours, place, papers, how many places and by which limit, which of my children."""
    row = seen(CareGroup, request.person, pk, "site__operator", "school", "area")
    children = [(one, next((e for e in queries.enrolments_of(one) if e.group_id == row.pk), None))
                for one, claim in queries.children_of(request.person) if claim.state == "verified"]
    return render(request, "children/group.html", {
        "group": row, "places": queries.places_of(row), "children": children, "capacity": care.capacity_of(row),
        "papers": papers.states_of(row.site, today(), has_meal=row.has_meal),
        "changes": row.changes.filter(on__gte=today())[:10], "weekdays": row.weekdays})


@signed_in
@require_POST
def enrol(request: Request, pk: int) -> HttpResponse:
    row = seen(CareGroup, request.person, pk, "site", "area")
    number = request.POST.get("child", "")
    if not number.isdecimal():
        raise Refused("no_child", _("请选是给哪个孩子报。"))
    made = care.enrol(request.person, row, _mine(request, int(number)))
    messages.success(request, _("报上了。") if made.state == "active" else _("满了，排上了候补，轮到就告诉您。"))
    return redirect("children:child", made.child_id)


@signed_in
@require_POST
def leave(request: Request, pk: int) -> HttpResponse:
    row = seen(Enrolment, request.person, pk, "child__area", "group__area")
    _mine(request, row.child_id)
    care.leave(request.person, row)
    return redirect("children:child", row.child_id)


@signed_in
@require_POST
def day_verb(request: Request, pk: int, verb: str) -> HttpResponse:
    """今天不来 / 还是来."""
    entry = seen(DayEntry, request.person, pk, "child__area", "group__area")
    _mine(request, entry.child_id)
    if verb == "absent":
        days.say_absent(request.person, entry, reason=request.POST.get("reason", ""))
    else:
        days.say_coming(request.person, entry)
    return redirect("children:child", entry.child_id)


@signed_in
@require_POST
def change_verb(request: Request, pk: int, verb: str) -> HttpResponse:
    """The guardian's yes or no to what somebody rang about."""
    rows = PlanChange.objects.visible_to(request.person).select_related("entry__child__area")
    change = get_object_or_404(rows, pk=pk)
    _mine(request, change.entry.child_id)
    days.answer_change(request.person, change, agree=verb == "confirm")
    return redirect("children:child", change.entry.child_id)
