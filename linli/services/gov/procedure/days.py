"""The calendar as whole numbers: a term that skips pauses costs a few look-ups and no loop over days.

A day is its index in the arrays. A term of n days that begins on day s counts the days after s (民法典 第201条:
the first day does not count) and ends at 24:00 of the n-th. A pause (a, b] takes the days after a up to b out: a
pause is itself a period whose first day does not count, so one that ends on the day it began takes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from linli.foundation.calendar import SHANGHAI, Unannounced
from linli.foundation.calendar.allowance import DAYS
from linli.foundation.calendar.current import loaded
from linli.foundation.calendar.table import PLAIN_YEARS

# Shanghai's midnight, written in UTC: moments come from the database in UTC, and China has kept one offset since 1992.
ORIGIN = datetime(1999, 12, 31, 16, tzinfo=UTC)
ORIGIN_DAY = date(2000, 1, 1).toordinal()
_DAY = timedelta(days=1)
Spans = Sequence[tuple[int, int]]  # pauses (a, b], sorted, apart, as day indices


class Term(NamedTuple):
    """So many days, of which kind, and by what rule."""

    days: int
    working: bool = True
    basis: str = ""

    @property
    def unit(self) -> str:
        return "working_day" if self.working else "calendar_day"


class Days:
    """Which days are worked, from `first` on; `provisional` where plain weeks stand in for missing notices.

    Everything raises `Unannounced` for a day outside; a provisional calendar raises `OverflowError` beyond its end.
    """

    __slots__ = ("dates", "first", "numbers", "offset", "provisional", "rank", "roll", "version")

    def __init__(self, first: date, until: date, is_worked: Callable[[date], bool], *, provisional: bool = False,
                 version: str = "") -> None:
        self.first, self.provisional, self.version = first, provisional, version
        self.offset = first.toordinal() - ORIGIN_DAY
        self.dates = [first + n * _DAY for n in range((until - first).days + 1)]
        self.numbers: list[int] = []  # the index of every worked day
        self.rank: list[int] = []     # how many worked days up to and with each day
        self.roll: list[int] = []     # the first worked day on or after each day
        for index, day in enumerate(self.dates):
            if is_worked(day):
                self.numbers.append(index)
                self.roll += [index] * (index + 1 - len(self.roll))
            self.rank.append(len(self.numbers))

    def index(self, moment: datetime) -> int:
        """The index of the local day of `moment`. Raises `TypeError` for a naive moment."""
        day = (moment - ORIGIN).days - self.offset
        if not 0 <= day < len(self.dates):
            raise self.beyond(day)
        return day

    def index_of(self, day: date) -> int:
        """The index of `day`."""
        found = day.toordinal() - ORIGIN_DAY - self.offset
        if not 0 <= found < len(self.dates):
            raise self.beyond(found)
        return found

    def beyond(self, day: int) -> Exception:
        """What to raise for an index outside."""
        if self.provisional:
            return OverflowError("The day lies beyond every calendar.")
        return Unannounced((self.first if day < 0 else self.dates[-1] + _DAY).year)

    def end(self, start: int, n: int, working: bool, pauses: Spans = ()) -> int:
        """The last day of a term of `n` days that begins on `start`: its n-th counted day outside the pauses.

        Days are worked days, or calendar days whose last, if off or inside a pause, moves to the next worked day
        outside (民法典 第203条). n = 0 is "on the spot": the same day, or the first worked one.
        """
        try:
            if working and n:
                rank, numbers = self.rank, self.numbers
                target = rank[start] + n - 1
                for since, until in pauses:
                    if until <= start:
                        continue
                    if numbers[target] <= since:
                        break
                    target += rank[until] - rank[since if since > start else start]
                return numbers[target]
            roll, last = self.roll, start + n
            for since, until in pauses:
                if until <= start:
                    continue
                if roll[last] <= since:
                    break
                last = last + until - max(since, start) if last > since else until + 1
            return roll[last]
        except IndexError:
            raise self.beyond(len(self.dates)) from None

    def used(self, start: int, day: int, working: bool, pauses: Spans = ()) -> int:
        """How many days count from `start` up to and with `day`."""
        if day <= start:
            return 0
        at: Sequence[int] = self.rank if working else range(len(self.dates))
        count = at[day] - at[start]
        for since, until in pauses:
            if since < day and until > start:
                count -= at[until if until < day else day] - at[since if since > start else start]
        return count

    def spent(self, start: int, today: int, n: int, working: bool, pauses: Spans, end: int) -> int:
        """How many days of a term of `n` that ends on `end` are spent on `today`: n at most while it runs, then more.

        A pause that begins after the last day gives nothing back.
        """
        if today > end:
            return n + max(1, self.used(end, today, working))
        used = self.used(start, today, working, pauses)
        return used if used < n else n

    def due(self, start: datetime, term: Term) -> datetime:
        """The bare deadline: the midnight, in Shanghai, that ends a term which begins at `start`."""
        day = (start - ORIGIN).days - self.offset
        if day < 0:
            raise self.beyond(day)
        try:
            last = self.numbers[self.rank[day] + term[0] - 1] if term[1] and term[0] else self.roll[day + term[0]]
            return midnight_after(self.dates[last])
        except IndexError:
            raise self.beyond(len(self.dates)) from None


def midnight_after(day: date) -> datetime:
    """24:00 of `day` in Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + _DAY


_compiled: dict[tuple[str, bool], Days] = {}


def announced() -> Days:
    """The calendar of the years whose notices are loaded now; it raises `Unannounced` outside them."""
    return _compile(False)


def plain() -> Days:
    """The same with Monday-to-Friday weeks for the years nobody has announced, for provisional deadlines."""
    return _compile(True)


def _compile(provisional: bool) -> Days:
    now = loaded()
    table = now.table(DAYS, plain=provisional)
    key = now.holidays.version, provisional
    try:
        return _compiled[key]
    except KeyError:
        first, until = now.holidays.first_day, now.holidays.last_day
        if provisional:
            first, until = date(2000, 1, 1), date(until.year + PLAIN_YEARS, 12, 31)
        found = Days(first, until, table.is_worked, provisional=provisional, version=table.version)
        _compiled[key] = found
        return found
