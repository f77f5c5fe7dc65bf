"""The earliest times at which everything needed can be had together, or which requirement is scarce."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.mechanisms.bookings.actions.resources import QUANTUM_S, is_open, quanta
from linli.mechanisms.bookings.matching import match
from linli.mechanisms.bookings.models import Quantum, Resource
from linli.mechanisms.bookings.rules import SHANGHAI


@dataclass(frozen=True)
class Need:
    """`count` resources of a kind whose `facts` are at least these (numbers: at least; others: equal), for `people`.

    `among`: only these, when the choice was made already.
    """

    kind: str
    count: int = 1
    facts: Mapping[str, Any] = field(default_factory=dict)
    people: int = 0
    among: Sequence[Resource] = ()


@dataclass(frozen=True)
class Fit:
    """A time and what serves each need, in the order of the needs."""

    starts: datetime
    ends: datetime
    resources: tuple[Resource, ...]


@dataclass(frozen=True)
class Found:
    """The earliest fits; without any, `scarce` is the kind that was missing most often, "" if nothing was asked."""

    fits: tuple[Fit, ...]
    scarce: str = ""


def earliest(
    needs: Sequence[Need], *, area: Area, minutes: int, since: datetime | None = None, days: int = 28, limit: int = 5,
    day_from: time = time(8), day_until: time = time(21), step_min: int = 15, weekdays: Sequence[int] = (),
) -> Found:
    """Search from `since` (now) for `days`, between the local times of day, in steps. One query for what is taken.

    Nothing is claimed: book by `add_session(resources=…)` or `acquire`, which refuse if somebody was faster.
    """
    begin = since or now()
    starts = _starts(begin, days, minutes, day_from, day_until, step_min, weekdays)
    return _search(needs, area, [(start, start + timedelta(minutes=minutes)) for start in starts], limit)


def in_windows(needs: Sequence[Need], windows: Sequence[tuple[datetime, datetime]], *, area: Area) -> Found:
    """Which of the given `windows` (starts, ends; in order) everything needed is free for. One query for what is taken.

    For promises that lie in fixed windows (somebody comes between eight and ten); nothing is claimed, as in `earliest`.
    """
    return _search(needs, area, windows, len(windows))


def _search(needs: Sequence[Need], area: Area, spans: Sequence[tuple[datetime, datetime]], limit: int) -> Found:
    candidates = [_candidates(need, area) for need in needs]
    everything = {one.pk: one for found in candidates for one in found}
    if not spans:
        return Found(())
    busy = _busy(list(everything), spans[0][0], max(end for _start, end in spans))
    missing: Counter[str] = Counter()
    fits: list[Fit] = []
    for start, end in spans:
        wanted: dict[tuple[int, int], list[int]] = {}
        for place, need in enumerate(needs):
            free = [one.pk for one in candidates[place]
                    if is_open(one, start, end) and not busy[one.pk].intersection(quanta(one, start, end))]
            wanted.update({(place, n): free for n in range(need.count)})
        matched, scarce = match(wanted)
        if scarce is not None:
            missing[needs[scarce[0]].kind] += 1
            continue
        fits.append(Fit(start, end, tuple(everything[matched[key]] for key in sorted(matched))))
        if len(fits) == limit:
            break
    return Found(tuple(fits), missing.most_common(1)[0][0] if missing and not fits else "")


def _candidates(need: Need, area: Area) -> list[Resource]:
    rows = list(need.among) or list(Resource.objects.filter(
        area__code__startswith=area.code, kind=need.kind, is_active=True).order_by("id"))
    return [one for one in rows if suits(one, need)]


def suits(resource: Resource, need: Need) -> bool:
    """Has the resource what the need asks for?"""
    if need.people and resource.people_max is not None and resource.people_max < need.people:
        return False
    for name, value in need.facts.items():
        got = resource.facts.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            if not isinstance(got, int | float) or got < value:
                return False
        elif isinstance(got, list):
            if value not in got:
                return False
        elif got != value:
            return False
    return True


def _busy(ids: Sequence[int], begin: datetime, end: datetime) -> dict[int, set[int]]:
    low, high = int(begin.timestamp()) // QUANTUM_S - 96, int(end.timestamp()) // QUANTUM_S + 96
    found: dict[int, set[int]] = {pk: set() for pk in ids}
    rows = Quantum.objects.filter(resource__in=ids, quantum__gte=low, quantum__lte=high)
    for pk, quantum in rows.values_list("resource", "quantum"):
        found[pk].add(quantum)
    return found


def _starts(
    begin: datetime, days: int, minutes: int, day_from: time, day_until: time, step_min: int, weekdays: Sequence[int],
) -> Sequence[datetime]:
    local = begin.astimezone(SHANGHAI)
    found = []
    for ahead in range(days + 1):
        day: date = local.date() + timedelta(days=ahead)
        if weekdays and day.isoweekday() not in weekdays:
            continue
        at = datetime.combine(day, day_from, SHANGHAI)
        end = datetime.combine(day, day_until, SHANGHAI)
        while at + timedelta(minutes=minutes) <= end:
            if at >= local:
                found.append(at)
            at += timedelta(minutes=step_min)
    return found
