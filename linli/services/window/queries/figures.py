"""Served, missed, waits, by topic and by class, day by day: what the desk sees and exports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median

from linli.foundation.calendar.clock import today
from linli.services.window.models import Hall, Ticket, TicketState


@dataclass
class Line:
    """One group of tickets; waits and services in minutes, None where none was measured."""

    name: str
    taken: int = 0
    served: int = 0
    missed: int = 0
    left: int = 0
    waits: list[float] = field(default_factory=list)
    services: list[float] = field(default_factory=list)

    def add(self, row: Ticket) -> None:
        self.taken += 1
        self.served += row.state == TicketState.SERVED
        self.missed += row.state == TicketState.MISSED
        self.left += row.state == TicketState.LEFT
        if row.started_at:
            self.waits.append((row.started_at - row.taken_at).total_seconds() / 60)
        if row.started_at and row.ended_at and row.state == TicketState.SERVED:
            self.services.append((row.ended_at - row.started_at).total_seconds() / 60)

    @property
    def wait(self) -> int | None:
        return round(median(self.waits)) if self.waits else None

    @property
    def longest(self) -> int | None:
        return round(max(self.waits)) if self.waits else None

    @property
    def service(self) -> int | None:
        return round(median(self.services)) if self.services else None


def tickets(hall: Hall, since: date) -> Iterable[Ticket]:
    return Ticket.objects.filter(hall=hall, day__gte=since).order_by("-day", "serial")


def by(hall: Hall, what: str, *, days: int) -> list[Line]:
    """Grouped by `what` ("day", "topic", "klass"). One statement."""
    found: dict[str, Line] = {}
    for row in tickets(hall, today() - timedelta(days=days - 1)):
        name = str(getattr(row, what))
        found.setdefault(name, Line(name)).add(row)
    return list(found.values())
