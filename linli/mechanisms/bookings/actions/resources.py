"""Resources: who has the room, the teacher, the chair, and when. A quarter of an hour is a unique row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError
from django.db.models import Model, Sum
from django.db.transaction import atomic
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area, Facility
from linli.foundation.people.models import Organisation, Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.mechanisms.bookings.models import Claim, Quantum, Resource, Session

QUANTUM_S = 900


@atomic
def add_resource(
    person: Person, area: Area, *, kind: str, name: str, owner: Model | str = "", verb: str = "bookings.manage",
    manage_verb: str = "bookings.manage", organisation: Organisation | None = None, who: Person | None = None,
    facility: Facility | None = None, title_key: str = "", is_exclusive: bool = True, people_max: int | None = None,
    buffer_before_min: int = 0, buffer_after_min: int = 0, facts: Mapping[str, Any] | None = None,
    hours: Mapping[str, Any] | None = None,
) -> Resource:
    """A room, teacher (`who`), interpreter, chair, book copy (`title_key`). Raises `Denied`."""
    from linli.mechanisms.bookings.actions.offering import owner_of

    permit(person, verb, area)
    resource = Resource.objects.create(
        area=area, kind=kind, name=name[:80], organisation=organisation, person=who, facility=facility,
        title_key=title_key, is_exclusive=is_exclusive, people_max=people_max, buffer_before_min=buffer_before_min,
        buffer_after_min=buffer_after_min, facts=dict(facts or {}), hours=dict(hours or {}), manage_verb=manage_verb,
        **owner_of(owner))
    audit.record(person, "bookings.add_resource", resource, kind=kind)
    return resource


@atomic
def acquire(
    person: Person, resources: Sequence[Resource], starts: datetime, ends: datetime, *, about: Model | str = "",
    reason: str = "",
) -> list[Claim]:
    """All of `resources` for that time, with their buffers, or none. `about`: the service's thing they are for.

    Raises `Denied`, `Refused("resource_taken" | "resource_closed")` naming which and when.
    """
    for resource in resources:
        permit(person, resource.manage_verb, resource)
    claims = claim_all(person, resources, starts, ends, about=about, reason=reason)
    for resource in resources:
        audit.record(person, "bookings.acquire", resource, starts=starts, ends=ends)
    return claims


@atomic
def let_go(person: Person, claim: Claim) -> None:
    """Give a resource back before its time. Raises `Denied`."""
    permit(person, claim.resource.manage_verb, claim.resource)
    audit.record(person, "bookings.let_go", claim.resource, starts=claim.starts, ends=claim.ends)
    claim.delete()


def let_go_of(about: Model | str) -> int:
    """Free everything claimed for a thing of a service, inside that service's own action. Returns how many."""
    count, _rows = Claim.objects.filter(about=_about(about)).delete()
    return count


def claim_all(
    person: Person | None, resources: Sequence[Resource], starts: datetime, ends: datetime, *,
    session: Session | None = None, about: Model | str = "", reason: str = "", people: int = 0,
) -> list[Claim]:
    """The rows; in id order, so that two who want the same never wait in a circle. For actions that asked already."""
    made = []
    for resource in sorted(resources, key=lambda one: one.pk):
        if not resource.is_active or not is_open(resource, starts, ends):
            raise Refused("resource_closed", _("%(what)s在这个时间不开放，请换个时间。") % {"what": resource.name},
                          resource=str(resource.pk))
        _venue_limit(resource, starts, ends, people, session)
        claim = Claim.objects.create(
            resource=resource, session=session, about=_about(about), starts=starts, ends=ends, reason=reason[:120],
            created_by=person)
        if resource.is_exclusive:
            try:
                with atomic():
                    Quantum.objects.bulk_create([
                        Quantum(resource=resource, quantum=one, claim=claim)
                        for one in quanta(resource, starts, ends)])
            except IntegrityError:
                raise Refused("resource_taken", _("%(what)s在 %(at)s 已经有人用，请换个时间，或者换一个。") % {
                    "what": resource.name, "at": f"{timezone.localtime(starts):%Y-%m-%d %H:%M}"},
                    resource=str(resource.pk), at=starts.isoformat()) from None
        made.append(claim)
    return made


def quanta(resource: Resource, starts: datetime, ends: datetime) -> range:
    """The quarters of an hour it is not there for others, buffers included."""
    begin = starts - timedelta(minutes=resource.buffer_before_min)
    end = ends + timedelta(minutes=resource.buffer_after_min)
    return range(int(begin.timestamp()) // QUANTUM_S, -(-int(end.timestamp()) // QUANTUM_S))


def is_open(resource: Resource, starts: datetime, ends: datetime) -> bool:
    """Do its own opening hours hold the whole time? Without hours it is always open."""
    if not resource.hours:
        return True
    begin, end = timezone.localtime(starts), timezone.localtime(ends)
    if begin.date() != end.date():
        return False
    return any(since <= f"{begin:%H:%M}" and f"{end:%H:%M}" <= until
               for since, until in resource.hours.get(str(begin.isoweekday()), ()))


def _venue_limit(resource: Resource, starts: datetime, ends: datetime, people: int, session: Session | None) -> None:
    """The fire limit caps the sum of overlapping sessions."""
    if resource.people_max is None or session is None:
        return
    list(Resource.objects.select_for_update().filter(pk=resource.pk))
    others = Session.objects.filter(claims__resource=resource, claims__starts__lt=ends, claims__ends__gt=starts)
    there = others.exclude(pk=session.pk).distinct().aggregate(sum=Sum("capacity"))["sum"] or 0
    if there + people > resource.people_max:
        raise Refused("venue_full", _("%(what)s同时最多 %(most)s 人，这个时间还能来 %(left)s 人。请减少名额。") % {
            "what": resource.name, "most": resource.people_max, "left": max(resource.people_max - there, 0)},
            field="capacity")


def _about(about: Model | str) -> str:
    return about if isinstance(about, str) else f"{about._meta.label_lower}:{about.pk}"
