"""Who is called next, and how long it may take: pure functions, values in, values out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

ORDINARY = ""


@dataclass(frozen=True)
class Waiting:
    """One ticket in the queue. `since`: when it took its place; `due`: the time of its appointment, if it has one."""

    key: int
    since: datetime
    klass: str = ORDINARY
    due: datetime | None = None


@dataclass(frozen=True)
class Terms:
    """`in_a_row`: so many preferred tickets may be called one after another while an ordinary one waits (≥ 1)."""

    in_a_row: int = 2
    early: timedelta = timedelta(minutes=10)
    late: timedelta = timedelta(minutes=20)
    first: frozenset[str] = frozenset()  # classes this counter takes before the other preferred ones


def is_timely(one: Waiting, moment: datetime, terms: Terms) -> bool:
    """Is it an appointment whose time has come? `since` says whether its holder was there in time."""
    return one.due is not None and moment >= one.due - terms.early and one.since <= one.due + terms.late


def is_preferred(one: Waiting, moment: datetime, terms: Terms) -> bool:
    """Is it of a class that goes first, or an appointment whose time has come?"""
    return one.klass != ORDINARY or is_timely(one, moment, terms)


def pick(queue: Sequence[Waiting], streak: int, moment: datetime, terms: Terms) -> Waiting | None:
    """The next of `queue`, or None when nobody waits. `streak`: how many preferred ones were called in a row before.

    Appointments whose time has come, then preferred classes, then the ordinary, each in the order of arrival; but
    after `in_a_row` preferred ones the longest waiting ordinary ticket has its turn. So an ordinary ticket with `n`
    ordinary ones before it is called within (n + 1) × (in_a_row + 1) calls, whatever else arrives.
    """
    preferred = [one for one in queue if is_preferred(one, moment, terms)]
    ordinary = [one for one in queue if not is_preferred(one, moment, terms)]
    if ordinary and (not preferred or streak >= terms.in_a_row):
        return min(ordinary, key=lambda one: (one.since, one.key))
    if not preferred:
        return None
    return min(preferred, key=lambda one: (
        0 if one.klass in terms.first else 1, 0 if is_timely(one, moment, terms) else 1, one.since, one.key))


def streak_after(one: Waiting, streak: int, moment: datetime, terms: Terms) -> int:
    """The streak once `one` was called."""
    return streak + 1 if is_preferred(one, moment, terms) else 0


def order(queue: Sequence[Waiting], streak: int, moment: datetime, terms: Terms) -> list[Waiting]:
    """The order in which the queue would be called if nobody else came."""
    left, found = list(queue), []
    while (one := pick(left, streak, moment, terms)) is not None:
        streak = streak_after(one, streak, moment, terms)
        left.remove(one)
        found.append(one)
    return found


@dataclass(frozen=True)
class Wait:
    """From–to in minutes, both multiples of five."""

    low: int
    high: int


def estimate(ahead: int, counters: int, measured_min: Sequence[float], *, least: int) -> Wait | None:
    """How long somebody with `ahead` people before them waits, from measured minutes of service; None = not known.

    Honest: too few measurements or no open counter give no number. The range is the middle half of what was measured.
    """
    if counters < 1 or len(measured_min) < least:
        return None
    rows = sorted(measured_min)
    quarter, three = rows[len(rows) // 4], rows[(3 * len(rows)) // 4]
    turns = ceil(ahead / counters)
    low, high = int(turns * quarter // 5 * 5), ceil(turns * three / 5) * 5
    return Wait(low, max(high, 5))


def back_in_line(since: Sequence[datetime], places: int, moment: datetime) -> datetime:
    """The place of who missed their call and came back: behind the first `places` who wait."""
    rows = sorted(since)
    return rows[places - 1] + timedelta(microseconds=1) if 0 < places <= len(rows) else moment
