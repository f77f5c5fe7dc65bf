"""The rota of the walking buses: who walks on which day, and what families hear when nobody does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.foundation.calendar import is_day_off
from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Person
from linli.foundation.policy import policy
from linli.services.children.actions.people import tell_guardians
from linli.services.children.models import Bus, BusRider, BusTurn
from linli.services.children.rules import bus_runs

EVENING = 18  # local hour from which tomorrow's bus is settled


@dataclass(frozen=True)
class BusDay:
    """One day of a bus: who walks, and why it may not leave ("nobody", "too_few", or nothing)."""

    on: date
    turns: list[BusTurn]
    lacks: str
    mine: BusTurn | None

    @property
    def adults(self) -> int:
        return len(self.turns)


def rota(bus: Bus, person: Person | None = None) -> list[BusDay]:
    """The days of the coming two weeks on which the bus walks; days off are left out. Two queries."""
    first, ahead = today(), policy("children.bus_ahead_days")
    days = [day for n in range(ahead + 1) if walks_on(bus, day := first + timedelta(days=n))]
    turns: dict[date, list[BusTurn]] = {}
    for turn in bus.turns.filter(on__in=days).select_related("volunteer"):
        turns.setdefault(turn.on, []).append(turn)
    riders, each = bus.riders.filter(until=None).count(), policy("children.bus_children_each_adult")
    found = []
    for day in days:
        here = turns.get(day, [])
        mine = next((turn for turn in here if person is not None and turn.volunteer_id == person.pk), None)
        found.append(BusDay(day, here, bus_runs(len(here), bus.adults_min, riders, each), mine))
    return found


def walks_on(bus: Bus, day: date) -> bool:
    """A weekday of the bus that is no day off (a year without a notice counts by the weekday)."""
    if not bus.is_running or day.isoweekday() not in bus.weekdays:
        return False
    try:
        return not is_day_off(day)
    except LookupError:
        return day.isoweekday() < 6


def tell_families() -> int:
    """From six in the evening: families of a bus that lacks adults tomorrow are told, once for each day."""
    if timezone.localtime(now()).hour < EVENING:
        return 0
    day, told, each = today() + timedelta(days=1), 0, policy("children.bus_children_each_adult")
    for bus in Bus.objects.filter(is_running=True).select_related("route"):
        if not walks_on(bus, day):
            continue
        riders = list(BusRider.objects.filter(bus=bus, until=None).select_related("child"))
        if riders and bus_runs(bus.turns.filter(on=day).count(), bus.adults_min, len(riders), each):
            for rider in riders:
                told += tell_guardians(
                    rider.child, _("明天的集体步行（%(bus)s）大人不够，走不成。请自己送孩子。"),
                    key=f"children.bus.{bus.pk}.{day}.{rider.pk}", values={"bus": bus.name})
    return told
