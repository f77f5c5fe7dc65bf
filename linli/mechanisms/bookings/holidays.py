"""Sessions of a series that a newer holiday notice touches: on a day off, or on a weekend day that is worked.

Staff confirm what becomes of each; nothing is moved or cancelled by the notice itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q

from linli.foundation import calendar
from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Person
from linli.mechanisms.bookings import recurrence
from linli.mechanisms.bookings.models import Session, SessionState
from linli.mechanisms.bookings.models.offers import offer_kept
from linli.mechanisms.bookings.rules import SHANGHAI

MOST = 200
NEAR = timedelta(days=15)  # a worked weekend day this near may take the session that a holiday took away


@dataclass(frozen=True)
class Touched:
    """One session, the holiday it falls on ("": a weekend day that is worked), and the start that is proposed."""

    session: Session
    holiday: str
    proposed: datetime | None

    @property
    def advice(self) -> str:
        """What is chosen beforehand: a day off is skipped, a worked weekend day is left to who keeps the offer."""
        if not self.holiday:
            return "keep"
        return "move" if self.proposed is not None and self.session.series is not None and (
            self.session.series.holidays == "as_weekday") else "skip"


def marked_days(first: date, last: date) -> tuple[dict[date, str], set[date]]:
    """The statutory days off with their names, and the worked weekend days, as far as notices are loaded."""
    off: dict[date, str] = {}
    worked: set[date] = set()
    day, end = first, min(last, calendar.announced_until())
    while day <= end:
        name = calendar.holiday(day)
        if name:
            off[day] = name
        elif day.isoweekday() > 5 and calendar.is_workday(day):
            worked.add(day)
        day += timedelta(days=1)
    return off, worked


def touched(person: Person | None, *, weeks: int = 52) -> list[Touched]:
    """Of the offers `person` keeps (None: of all), soonest first; what staff said to keep is not asked again.

    Two statements; at most `MOST`.
    """
    off, worked = marked_days(today(), today() + timedelta(weeks=weeks))
    spans = Q(pk__in=[])
    for first, last in _runs(sorted({*off, *worked})):
        spans |= Q(starts__gte=_at(first), starts__lt=_at(last + timedelta(days=1)))
    rows = Session.objects.filter(spans, series__isnull=False, starts__gt=now()).exclude(
        state=SessionState.CANCELLED).exclude(series__holidays="keep").select_related("offer__area", "series")
    if person is not None:
        rows = rows.filter(offer_kept("offer__", person))
    found = [row for row in rows.order_by("starts", "id")[:MOST * 2] if not _is_settled(row)][:MOST]
    busy = _busy_days({row.series_id for row in found if row.series_id})
    return [Touched(row, off.get(_day(row), ""), _proposal(row, off, worked, busy)) for row in found]


def _is_settled(row: Session) -> bool:
    series = row.series
    assert series is not None
    moved = row.changed_by_hand and not row.occurrence.startswith(_day(row).isoformat())
    return moved or row.occurrence in series.rdates or row.occurrence in series.pattern.get("kept", [])


def _proposal(row: Session, off: dict[date, str], worked: set[date], busy: set[tuple[int, date]]) -> datetime | None:
    """The nearest worked weekend day without a session of the series, for what a holiday takes away."""
    day = _day(row)
    if day not in off or row.series_id is None:
        return None
    near = [one for one in worked if abs(one - day) <= NEAR and (row.series_id, one) not in busy and one > today()]
    if not near:
        return None
    best = min(near, key=lambda one: (abs(one - day), one))
    return datetime.combine(best, recurrence.wall(row.starts).time(), SHANGHAI)


def _busy_days(series: set[int]) -> set[tuple[int, date]]:
    rows = Session.objects.filter(series__in=series, starts__gt=now()).exclude(state=SessionState.CANCELLED)
    return {(pk, recurrence.wall(starts).date()) for pk, starts in rows.values_list("series_id", "starts")}


def _runs(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Days in a row, as their first and last."""
    first = last = None
    for day in days:
        if first is not None and last is not None and day == last + timedelta(days=1):
            last = day
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = day
    if first is not None and last is not None:
        yield first, last


def _at(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)


def _day(row: Session) -> date:
    return recurrence.wall(row.starts).date()
