"""Procedures in the bench `deadlines`: bare terms and whole lives of applications, beside a loop over days."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from linli.services.gov.procedure import Days, Event, Rule, Term

FIRST, LAST = datetime(2024, 1, 2, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


class Bare(NamedTuple):
    """A term and the moment at which it begins."""

    start: datetime
    term: Term


class Lived(NamedTuple):
    """An application: its rule, what happened to it, and the moment at which its clock is asked for."""

    rule: Rule
    events: list[Event]
    now: datetime


def bares(chance: random.Random, size: int) -> list[Bare]:
    """Terms of 1 to 45 days, two thirds of them in working days."""
    from linli.services.gov.procedure import Term

    width = int((LAST - FIRST).total_seconds())
    return [Bare(FIRST + timedelta(seconds=chance.randrange(width)), Term(chance.randrange(1, 46), number % 3 > 0))
            for number in range(size)]


def lives(chance: random.Random, size: int) -> list[Lived]:
    """Random lives with at least one pause and four events each, the events in a random order."""
    from linli.services.gov.procedure import Kind
    from linli.services.gov.procedure.tests.sequences import sequence

    found: list[Lived] = []
    while len(found) < size:
        life = Lived(*sequence(chance))
        if len(life.events) >= 4 and any(event.kind == Kind.PAUSE_BEGUN for event in life.events):
            found.append(life)
    return found


def rate(things: Sequence[Any], work: Callable[[Any], object]) -> float:
    """How many of `things` a second. Nothing is kept between them; the collector runs before, not meanwhile."""
    gc.collect()
    began = time.perf_counter()
    for one in things:
        work(one)
    return len(things) / (time.perf_counter() - began)


def ours(days: Days) -> tuple[Callable[[Bare], datetime], Callable[[Lived], Any]]:
    """What the product calls: one bare deadline; the whole state of one clock."""
    from linli.services.gov.procedure import clock

    return lambda one: days.due(one.start, one.term), lambda one: clock(one.events, one.rule, days, one.now)


def by_days(days: Days) -> tuple[Callable[[Bare], datetime], Callable[[Lived], Any]]:
    """The same by walking from day to day, with the worked days in a set."""
    from linli.foundation.calendar import SHANGHAI
    from linli.services.gov.procedure.tests.day_by_day import live

    worked: set[date] = {days.dates[index] for index in days.numbers}

    def due(one: Bare) -> datetime:
        day, left = one.start.astimezone(SHANGHAI).date(), one.term.days
        while left:
            day += _DAY
            left -= not one.term.working or day in worked
        while day not in worked:
            day += _DAY
        return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + _DAY

    return due, lambda one: live(one.events, one.rule, one.now, worked.__contains__)


def differ(state: Any, days_say: dict[str, Any]) -> bool:
    """Do the clock and the loop disagree about anything both know?"""
    from linli.services.gov.procedure.tests.facts import facts

    return facts(state) != days_say


def state_of(row: dict[str, Any]) -> dict[str, object]:
    """What the clock says to a vector of `clock` (as in an item), `events` and `now`, by the names of the vector."""
    from linli.services.gov.procedure import announced, clock, read, read_events

    rule = read(row["clock"], steps=row.get("steps", ()), first_review=bool(row.get("first_review")))
    found = clock(read_events(row["events"]), rule, announced(), datetime.fromisoformat(row["now"]))
    said = {"phase": found.phase.code, "problems": [problem.code for problem in found.problems],
            "tacit": [tacit.effect for tacit in found.tacit], "missed": [missed.limit for missed in found.missed]}
    return {name: said[name] if name in said else _plain(getattr(found, name)) for name in row["expect"]}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
