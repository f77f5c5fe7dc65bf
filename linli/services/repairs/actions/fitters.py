"""The fitters' own time: their calendar, the hours in which they go to homes, and when they are away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from django.db import IntegrityError
from django.db.transaction import atomic
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Organisation, Person, RoleAssignment
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.mechanisms.bookings.actions.appointments import hold_still
from linli.mechanisms.bookings.actions.resources import claim_all
from linli.mechanisms.bookings.models import Claim, Resource
from linli.services.repairs import slots
from linli.services.repairs.models import Fitter


def calendar_of(person: Person, unit: Organisation, area_code: str) -> Resource:
    """The one calendar of a fitter, made at the first promise, with the terms of the place. Inside an action."""
    row = Fitter.objects.select_related("resource").filter(person=person).first()
    if row is None:
        resource = slots.blank(person, unit)
        slots.with_terms(resource, area_code)
        try:
            with atomic():
                resource.save(force_insert=True)
                row = Fitter.objects.create(person=person, resource=resource)
        except IntegrityError:  # two first promises at once: one calendar
            row = Fitter.objects.select_related("resource").get(person=person)
        else:
            audit.record(None, "bookings.add_resource", resource, kind=slots.KIND)
    found: Resource = row.resource
    if slots.with_terms(found, area_code):
        found.save(update_fields=["hours", "buffer_after_min"])
    return found


@atomic
def set_hours(person: Person, role: RoleAssignment, hours: Mapping[str, Sequence[Sequence[str]]] | None) -> Resource:
    """When this fitter goes to homes, by ISO weekday; None: as everybody. What is promised already stays.

    Raises `Denied`, `Refused("no_worker" | "bad_hours")`.
    """
    unit = _theirs(person, role)
    resource = calendar_of(role.person, unit, unit.area.code)
    facts = {key: value for key, value in resource.facts.items() if key != slots.OWN_HOURS}
    resource.facts = facts if hours is None else {**facts, slots.OWN_HOURS: True}
    resource.hours = slots.usual_hours(unit.area.code) if hours is None else _checked(hours)
    resource.save(update_fields=["facts", "hours"])
    audit.record(person, "repairs.set_hours", role, own=hours is not None)
    return resource


def _checked(hours: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for day, spans in hours.items():
        rows = sorted((f"{time.fromisoformat(since):%H:%M}", f"{time.fromisoformat(until):%H:%M}")
                      for since, until in spans)
        last = ""
        for since, until in rows:
            if until <= since or since < last:
                raise Refused("bad_hours", _("每一段要先开始、后结束，几段不要重叠。"), field=f"day{day}")
            last = until
        found[day] = [list(row) for row in rows]
    return found


@atomic
def close_time(person: Person, role: RoleAssignment, starts: datetime, ends: datetime, *, reason: str) -> Claim:
    """This fitter is away: no visit is offered then. What is agreed for that time must be moved first.

    Raises `Denied`, `Refused("no_worker" | "order" | "past" | "has_visits")`.
    """
    unit = _theirs(person, role)
    if ends <= starts:
        raise Refused("order", _("结束时间要在开始之后。"), field="ends")
    if ends <= now():
        raise Refused("past", _("这段时间已经过去了。"), field="ends")
    resource = calendar_of(role.person, unit, unit.area.code)
    hold_still([resource])
    there = Claim.objects.filter(resource=resource, starts__lt=ends, ends__gt=starts).order_by("starts").first()
    if there is not None:
        raise Refused("has_visits", _("%(when)s 他已经有安排，请先改约，再记请假。") % {
            "when": f"{timezone.localtime(there.starts):%m-%d %H:%M}"}, field="starts")
    resource.hours, resource.buffer_after_min = {}, 0  # away is away, on whichever day; not saved
    claim = claim_all(person, [resource], starts, ends, reason=reason.strip()[:120] or _("请假"))[0]
    audit.record(person, "repairs.close_time", role, starts=starts.isoformat(), ends=ends.isoformat())
    return claim


@atomic
def reopen_time(person: Person, role: RoleAssignment, claim: Claim) -> None:
    """Here after all. Raises `Denied`, `Refused("no_worker" | "is_visit")`."""
    _theirs(person, role)
    row = Claim.objects.filter(pk=claim.pk, resource__person=role.person).first()
    if row is None:
        return
    if row.session_id is not None:
        raise Refused("is_visit", _("这是约好的上门，请到那件报修上改。"))
    row.delete()
    audit.record(person, "repairs.reopen_time", role, starts=claim.starts.isoformat())


def _theirs(person: Person, role: RoleAssignment) -> Organisation:
    """The company in whose name the calendar of `role` is kept: by the worker themselves, or by its desk."""
    permit(person, "repairs.keep_pool" if role.person_id != person.pk else "repairs.own_shift", role.organisation)
    if role.role != "property_worker" or role.organisation is None:
        raise Refused("no_worker", _("只有维修师傅有在班、下班。"))
    return role.organisation
