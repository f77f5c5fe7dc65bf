"""Verbs of ways to school: draw them, judge them, walk them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import today
from linli.foundation.events import emit
from linli.foundation.people.models import Organisation, Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.web import Denied, Refused
from linli.services.children.models import Bus, BusRider, BusTurn, Child, Route, Segment
from linli.services.children.vetting import refuse_unvetted

SEGMENTS_MAX = 30


@atomic
def save_route(person: Person, area: Area, route: Route | None = None, *, name: str, school: Organisation,
               starts_at: str, segments: Sequence[Mapping[str, Any]], is_published: bool = True,
               walked_on: date | None = None) -> Route:
    """Write a way and its stretches, in their order. `segments`: mappings with the fields of `Segment`.

    A stretch keeps its id where its place in the order is kept, so that its open hazards stay on it.
    Raises `Denied`, `Refused`: no_segments, too_many, bad_line, twice.
    """
    permit(person, "children.keep_routes", route or area)
    if not segments:
        raise Refused("no_segments", _("请至少写一段路。"))
    if len(segments) > SEGMENTS_MAX:
        raise Refused("too_many", _("一条路最多 %(most)s 段，请合并几段。") % {"most": SEGMENTS_MAX})
    for facts in segments:
        if len(facts["points"]) < 2 or any(not (-180 <= x <= 180 and -90 <= y <= 90) for x, y in facts["points"]):
            raise Refused("bad_line", _("「%(name)s」要有至少两个点，写成 经度,纬度。") % {"name": facts["name"]})
    same = Route.objects.filter(area=area, name=name.strip())
    if (same.exclude(pk=route.pk) if route else same).exists():
        raise Refused("twice", _("已经有一条叫这个名字的路，请换一个名字。"), field="name")
    row = route or Route(area=area)
    row.name, row.school, row.starts_at = name.strip(), school, starts_at.strip()
    row.is_published, row.walked_on = is_published, walked_on
    row.save()
    held = {one.order: one for one in row.segments.select_for_update()}
    for order, facts in enumerate(segments, start=1):
        one = held.pop(order, None) or Segment(route=row, order=order)
        for key, value in facts.items():
            setattr(one, key, value)
        one.save()
    Segment.objects.filter(pk__in=[one.pk for one in held.values()]).delete()
    audit.record(person, "children.keep_routes", row, segments=len(segments))
    return row


@atomic
def save_bus(person: Person, route: Route, bus: Bus | None = None, **facts: Any) -> Bus:
    """Begin or change a walking bus of `route`. `facts` are the fields of `Bus`.

    Raises `Denied`, `Refused("no_days")`.
    """
    permit(person, "children.keep_routes", route)
    if not facts.get("weekdays"):
        raise Refused("no_days", _("请选星期几走。"), field="weekdays")
    row = bus or Bus(area=route.area, route=route)
    for key, value in facts.items():
        setattr(row, key, value)
    row.save()
    audit.record(person, "children.keep_routes", row, running=row.is_running)
    return row


@atomic
def take_turn(person: Person, bus: Bus, on: date) -> BusTurn:
    """Walk the bus on that day. Who walks with children is looked up first (未成年人保护法 第62条).

    Raises `Denied`, `Refused`: no_bus, too_far, not_vetted.
    """
    permit(person, "children.walk", bus)
    if not bus.is_running or on.isoweekday() not in bus.weekdays or on < today():
        raise Refused("no_bus", _("这一天没有集体步行，请选别的日子。"))
    if on > today() + timedelta(days=policy("children.bus_ahead_days")):
        raise Refused("too_far", _("只排两周以内的班，到时候再来报名。"))
    refuse_unvetted(person, on)
    turn, made = BusTurn.objects.get_or_create(bus=bus, on=on, volunteer=person)
    if made:
        audit.record(person, "children.walk", bus, on=on.isoformat())
    return turn


@atomic
def leave_turn(person: Person, turn: BusTurn) -> None:
    """Give a turn back. Raises `Denied`, `Refused("past")`."""
    if turn.volunteer_id != person.pk:
        permit(person, "children.keep_routes", turn.bus)
    if turn.on < today():
        raise Refused("past", _("已经走过的班不能退。"))
    audit.record(person, "children.leave_turn", turn.bus, on=turn.on.isoformat())
    emit("children.turn_left", bus=turn.bus_id, on=turn.on.isoformat())
    turn.delete()


@atomic
def join_bus(person: Person, bus: Bus, child: Child) -> BusRider:
    """A guardian puts a child on the bus, from today. Raises `Denied`, `Refused("elsewhere")`."""
    permit(person, "children.guard", child)
    if child.area_code[:12] != bus.area_code[:12]:
        raise Denied("children.guard")
    rider, made = BusRider.objects.get_or_create(
        bus=bus, child=child, until=None, defaults={"by": person, "since": today()})
    if made:
        audit.record(person, "children.join_bus", bus)
    return rider


@atomic
def leave_bus(person: Person, rider: BusRider) -> None:
    """A guardian takes the child off. Raises `Denied`."""
    permit(person, "children.guard", rider.child)
    BusRider.objects.filter(pk=rider.pk, until=None).update(until=today())
    audit.record(person, "children.leave_bus", rider.bus)
