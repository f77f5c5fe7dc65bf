"""A calendar compiled into prefix sums, so that a deadline costs a few additions and no loop over days."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from linli.foundation.calendar.holidays import Holidays, Unannounced

SHANGHAI = ZoneInfo("Asia/Shanghai")
# Wall-clock arithmetic from here on is exact: China has kept one offset since 1992.
ORIGIN = datetime(2000, 1, 1, tzinfo=SHANGHAI)
_ORIGIN_DAY = ORIGIN.toordinal()
DAY_S = 86_400
_US = 1_000_000
_DAY_US = DAY_S * _US
# How far a provisional deadline may reach into years nobody has announced.
PLAIN_YEARS = 12

Segments = tuple[tuple[int, int], ...]  # (from, to) in seconds after midnight, sorted, disjoint
WHOLE_DAY: Segments = ((0, DAY_S),)


class Table:
    """Worked time as a function of the moment, and back, over the days it knows.

    All sums are whole microseconds since `first`. `plain` adds the unannounced years before and
    after the notices as Monday-to-Friday weeks; without it, they raise `Unannounced`.
    """

    def __init__(self, holidays: Holidays, segments: Segments, *, plain: bool = False) -> None:
        self.version = _version(holidays.version, segments)
        self._announced = (_index(holidays.first_day), _index(holidays.last_day) + 1)
        first, end = self._announced
        if plain:
            first, end = 0, _index(date(holidays.last_day.year + PLAIN_YEARS, 12, 31)) + 1
        self._first, self._end = first, end
        off, worked = holidays.off(), holidays.worked()
        self._segments = tuple((start * _US, stop * _US) for start, stop in segments)
        self._per_day = sum(stop - start for start, stop in self._segments)
        # Worked time of a day before each segment begins, to find the segment a remainder falls into.
        self._before: list[int] = []
        total = 0
        for start, stop in self._segments:
            self._before.append(total)
            total += stop - start
        self._worked = bytearray()  # one byte a day: is it worked?
        self._sum = [0]  # worked days before each day
        self._days: list[int] = []  # the index of every worked day
        for index in range(first, end):
            day = date.fromordinal(_ORIGIN_DAY + index)
            is_worked = day in worked or (day.weekday() < 5 and day not in off)
            self._worked.append(is_worked)
            self._sum.append(self._sum[-1] + is_worked)
            if is_worked:
                self._days.append(index)

    def is_worked(self, day: date) -> bool:
        """Is `day` a working day? Raises `Unannounced`."""
        index = day.toordinal() - _ORIGIN_DAY
        if not self._first <= index < self._end:
            raise Unannounced(day.year)
        return bool(self._worked[index - self._first])

    def before(self, moment: datetime) -> int:
        """Worked microseconds from the table's beginning to `moment`. Raises `Unannounced`."""
        since = moment - ORIGIN
        index = since.days - self._first
        if index < 0:
            raise Unannounced(moment.astimezone(SHANGHAI).year)
        try:
            if not self._worked[index]:
                return self._sum[index] * self._per_day
        except IndexError:
            # Midnight at the end of the last announced year still belongs to it.
            if index == len(self._worked) and not since.seconds and not since.microseconds:
                return self._sum[index] * self._per_day
            raise Unannounced(moment.astimezone(SHANGHAI).year) from None
        of_day = since.seconds * _US + since.microseconds
        total = self._sum[index] * self._per_day
        for start, stop in self._segments:
            if of_day <= start:
                break
            total += (of_day if of_day < stop else stop) - start
        return total

    def reached(self, total: int) -> datetime:
        """The first moment at which `total` (> 0) microseconds have been worked. Raises `Unannounced`."""
        day, left = divmod(total - 1, self._per_day)
        if day >= len(self._days):
            raise Unannounced(date.fromordinal(_ORIGIN_DAY + self._end).year)
        left += 1
        segment = bisect_left(self._before, left) - 1
        of_day = self._segments[segment][0] + left - self._before[segment]
        return ORIGIN + timedelta(self._days[day], 0, of_day)

    def due(self, start: datetime, allowance_s: int) -> datetime:
        """The first moment at which `allowance_s` seconds have been worked since `start`."""
        if allowance_s <= 0:
            if allowance_s < 0:
                raise ValueError("An allowance is never negative.")
            self.before(start)
            return local(start)
        return self.reached(self.before(start) + allowance_s * _US)

    def next_worked(self, moment: datetime) -> datetime:
        """`moment` itself if it is worked, else the beginning of the next worked segment."""
        # One microsecond of work after `moment` ends one microsecond after that beginning.
        return self.reached(self.before(moment) + 1) - timedelta(microseconds=1)

    def is_announced(self, start: datetime, end: datetime) -> bool:
        """Does every notice that `start`–`end` depends on lie before us?"""
        first, last = self._announced
        return ORIGIN + timedelta(first) <= start and end <= ORIGIN + timedelta(last)


def local(moment: datetime) -> datetime:
    """`moment` in Asia/Shanghai. Unlike `astimezone`, this refuses a naive moment (`TypeError`)."""
    return ORIGIN + (moment - ORIGIN)


def _index(day: date) -> int:
    return day.toordinal() - _ORIGIN_DAY


def _version(data: str, segments: Sequence[tuple[int, int]]) -> str:
    return hashlib.sha256(f"{data} {segments}".encode()).hexdigest()[:12]
