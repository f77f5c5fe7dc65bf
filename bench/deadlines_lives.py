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
    """Applications as they should go: received, accepted, one or two pauses that were told, sent up where a lower
    level reviews first, extended (40 %), decided (30 %); the events in a random order."""
    from linli.services.gov.procedure.tests.sequences import rules

    return [_proper(chance, chance.choice(rules())) for _number in range(size)]


def _proper(chance: random.Random, rule: Rule) -> Lived:
    from linli.services.gov.procedure import Event, Kind

    at = FIRST + timedelta(minutes=chance.randrange(800 * 1440))

    def later(most_days: int) -> datetime:
        nonlocal at
        at += timedelta(minutes=chance.randrange(1, most_days * 1440))
        return at

    events = [Event(at, Kind.RECEIVED), Event(later(4), Kind.ACCEPTED)]
    if rule.first_review:
        events.append(Event(later(10), Kind.TRANSFERRED))
    kinds = sorted(rule.pausable)
    for kind in chance.sample(kinds, min(len(kinds), chance.choice((1, 1, 2)))):
        events += [Event(later(3), Kind.PAUSE_TOLD, kind), Event(later(2), Kind.PAUSE_BEGUN, kind),
                   Event(later(15), Kind.PAUSE_ENDED, kind)]
    if rule.extension and chance.random() < 0.4:
        events.append(Event(later(3), Kind.EXTENSION_APPROVED, by="p1", office=rule.extension.approver,
                            reasons="听证以后要补充调查"))
    if chance.random() < 0.3:
        events.append(Event(later(3), Kind.DECIDED))
    chance.shuffle(events)
    return Lived(rule, events, at + timedelta(days=chance.randrange(10)))


def unruly(chance: random.Random, size: int) -> list[Lived]:
    """The random lives of the tests: much goes wrong in them, some make no sense; for comparison with the loop too."""
    from linli.services.gov.procedure.tests.sequences import sequence

    return [Lived(*sequence(chance)) for _number in range(size)]


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
