"""The demo community: made by code from a seed number, by the same actions people use. No real person is in it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module

from linli.foundation.areas.models import Area, Building, Compound, Facility, Home
from linli.foundation.calendar import clock
from linli.foundation.events.delivery import deliver_all
from linli.foundation.events.models import OutboxEvent
from linli.foundation.people.models import Organisation, Person, RoleAssignment
from linli.foundation.web.manifest import manifests
from linli.mechanisms.cases import timers
from linli.mechanisms.ledger import jobs as books


@dataclass
class Demo:
    """What a room's `furnish(demo)` works with."""

    seed: int
    street: Area
    area: Area
    other: Area
    random: random.Random
    compounds: list[Compound] = field(default_factory=list)
    buildings: list[Building] = field(default_factory=list)
    homes: list[Home] = field(default_factory=list)
    facilities: list[Facility] = field(default_factory=list)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    residents: list[Person] = field(default_factory=list)
    home_of: dict[int, Home] = field(default_factory=dict)
    stars: dict[str, Person] = field(default_factory=dict)  # the people one can sign in as, by a short name
    small: bool = False

    def people(self, role: str) -> list[Person]:
        """Everybody who holds `role` in the demo community or above it."""
        held = RoleAssignment.objects.filter(role=role, withdrawn=None).select_related("person__community")
        return [row.person for row in held.order_by("id")]

    def resident(self, number: int) -> Person:
        """The resident of that number, counted round."""
        return self.residents[number % len(self.residents)]

    @property
    def worker(self) -> Person:
        return self.people("worker")[0]

    @contextmanager
    def days_ago(self, days: float, *, hour: float | None = None) -> Iterator[None]:
        """Within the block the clock of the house stands `days` back (at `hour` of that day, if given)."""
        from django.utils import timezone

        moment = timezone.localtime() - timedelta(days=days)
        if hour is not None:
            moment = moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(hours=hour)
        moment = min(moment, timezone.localtime())
        with clock.at(moment):
            yield


def seed(number: int = 2026, *, small: bool = False, say: object = print) -> Demo:
    """Make the demo community and let every room furnish its part. `small` is for tests: a tenth of it."""
    from linli.interfaces.cli.demo_town import build

    demo = build(number, small=small)
    for manifest in manifests():
        if manifest.demo:
            module, _, name = manifest.demo.rpartition(".")
            if callable(say):
                say(f"  {manifest.name} …")
            getattr(import_module(module), name)(demo)
    live_through()
    return demo


TOLD_DAYS = 2


def live_through(days: int = 92) -> None:
    """Let the clocks of those days run, a quarter of a day at a time, and tell people what is newer than two days.

    What is older was told and read long ago: a demo that greets its people with 5,000 notices helps nobody.
    """
    present = clock.now()
    for quarter in range(days * 4, -1, -1):
        with clock.at(present - timedelta(hours=6 * quarter)):
            while timers.fire_due(500):
                pass
    OutboxEvent.objects.filter(at__lt=present - timedelta(days=TOLD_DAYS)).delete()
    deliver_all()
    books.check()  # as every night
