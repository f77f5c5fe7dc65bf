"""When something is due: pure functions over the loaded notices; no database, no clock, no request.

Every moment is aware (`TypeError` otherwise); results are in Asia/Shanghai. A `calendar` is `24x7`, `days`
(the 24 hours of each worked day), `hours` (9–12 and 14–18 of each) or `hours:08:30-12:00,…` (see `hours`).
Apart from `24x7`, all raise `Unannounced(year)` where a notice is missing, unless their name says provisional.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from linli.foundation.calendar.allowance import DAYS, ROUND_THE_CLOCK
from linli.foundation.calendar.current import loaded
from linli.foundation.calendar.holidays import Unannounced
from linli.foundation.calendar.table import DAY_S, SHANGHAI, Table, local

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Due:
    """A deadline to be stored. `provisional`: a notice it depends on is not loaded, plain weeks stand in for it.

    `version` changes when the notices or the hours change: a stored deadline with another version is recomputed.
    """

    at: datetime
    provisional: bool
    version: str


@dataclass(frozen=True)
class Recomputed(Due):
    """A stored deadline computed anew. `at` is never later than what was promised; `computed` is what came out."""

    computed: datetime
    promised: datetime

    @property
    def moved(self) -> bool:
        """Is the deadline earlier now? Then it must be logged and told."""
        return self.at != self.promised

    @property
    def kept(self) -> bool:
        """Would the new notice allow more time than was promised? The promise stands."""
        return self.computed > self.promised


def is_workday(day: date) -> bool:
    """Is `day` worked, with 调休 both ways? Raises `Unannounced`, `TypeError` for a moment (its zone is unknown)."""
    if isinstance(day, datetime):
        raise TypeError("A day is a date: take the local date of the moment first.")
    return loaded().table(DAYS).is_worked(day)


def is_day_off(day: date) -> bool:
    """Is `day` a weekend day or holiday on which nobody works? Raises as `is_workday`."""
    return not is_workday(day)


def holiday(day: date) -> str:
    """The Chinese name of the holiday whose break `day` belongs to, or empty. Raises `Unannounced`."""
    is_workday(day)
    return loaded().holidays.off().get(day, "")


def announced_until() -> date:
    """The last day whose notice is loaded; what lies after it can only be provisional."""
    return loaded().holidays.last_day


def version(calendar: str) -> str:
    """What a timer stores beside its calendar, at most 12 characters; it changes with notices and hours."""
    return ROUND_THE_CLOCK if calendar == ROUND_THE_CLOCK else loaded().table(calendar).version


def due(start: datetime, allowance_s: int, calendar: str) -> datetime:
    """The first moment at which `allowance_s` seconds of `calendar` have run since `start`.

    Raises `Unannounced`, and `ValueError` for a negative allowance or an unknown calendar.
    """
    if calendar == ROUND_THE_CLOCK:
        return _round_the_clock(start, allowance_s)
    return loaded().table(calendar).due(start, allowance_s)


def due_or_provisional(start: datetime, allowance_s: int, calendar: str) -> Due:
    """As `due`, but an unannounced year counts as plain weeks, and the result says so.

    Raises `OverflowError` when the deadline lies more than 12 years beyond the last notice.
    """
    if calendar == ROUND_THE_CLOCK:
        return Due(_round_the_clock(start, allowance_s), False, ROUND_THE_CLOCK)
    table = _plain(calendar)
    try:
        at = table.due(start, allowance_s)
    except Unannounced as error:
        raise OverflowError(f"{allowance_s} s from {start} reach beyond every calendar.") from error
    return Due(at, not table.is_announced(start, at), table.version)


def worked_between(a: datetime, b: datetime, calendar: str) -> int:
    """Whole seconds of `calendar` between `a` and `b` (negative if `b` comes first), part of a second cut off.

    Cut off, because what a pause stores as consumed must never bring a deadline forward. Raises `Unannounced`.
    """
    return int(_worked(a, b, None if calendar == ROUND_THE_CLOCK else loaded().table(calendar)))


def worked_or_provisional(a: datetime, b: datetime, calendar: str) -> int:
    """As `worked_between`, with plain weeks for an unannounced year: a clock that runs in one must still pause."""
    try:
        return int(_worked(a, b, None if calendar == ROUND_THE_CLOCK else _plain(calendar)))
    except Unannounced as error:
        raise OverflowError(f"{a} to {b} reach beyond every calendar.") from error


def next_worked_moment(at: datetime, calendar: str) -> datetime:
    """`at` itself when `calendar` runs then, else the moment it runs again. Raises `Unannounced`."""
    return local(at) if calendar == ROUND_THE_CLOCK else loaded().table(calendar).next_worked(at)


def add_working_days(start: datetime, n: int) -> datetime:
    """`n` working days of 24 hours each, the time of day kept where the days allow. Raises `Unannounced`."""
    return due(start, n * DAY_S, DAYS)


def day_end(start: datetime, n_days: int) -> datetime:
    """The end of a statutory term of `n_days` calendar days that begins at `start`, as the midnight that ends it.

    The first day does not count (民法典 第201条); a last day off moves to the next working day, and the
    term ends at 24:00 of the last day (第203条). Raises `Unannounced`.
    """
    return _day_end(start, n_days, loaded().table(DAYS))


def day_end_or_provisional(start: datetime, n_days: int) -> Due:
    """As `day_end`, with plain weeks for an unannounced year; provisional if the last day lies in one."""
    table = _plain(DAYS)
    try:
        at = _day_end(start, n_days, table)
    except Unannounced as error:
        raise OverflowError(f"{n_days} days from {start} reach beyond every calendar.") from error
    # Only the last days are looked up, so a term that merely began long ago depends on no missing notice.
    return Due(at, not table.is_announced(at - _DAY, at), table.version)


def working_day_end(start: datetime, n: int) -> datetime:
    """As `day_end`, for a term given in working days: the day of `start` does not count, `n` worked days follow."""
    table = loaded().table(DAYS)
    midnight = _midnight_after(start)
    return table.due(midnight, n * DAY_S)


def recompute(start: datetime, allowance_s: int, calendar: str, stored_due: datetime) -> Recomputed:
    """A stored deadline under the notices loaded now; never later than `stored_due`, which was promised."""
    return keep_promise(due_or_provisional(start, allowance_s, calendar), stored_due)


def keep_promise(fresh: Due, stored_due: datetime) -> Recomputed:
    """`fresh`, held to the promise already given; for deadlines that are not `due` (such as `day_end`)."""
    promised = local(stored_due)
    return Recomputed(min(fresh.at, promised), fresh.provisional, fresh.version, computed=fresh.at, promised=promised)


def _plain(calendar: str) -> Table:
    return loaded().table(calendar, plain=True)


def _round_the_clock(start: datetime, allowance_s: int) -> datetime:
    if allowance_s < 0:
        raise ValueError("An allowance is never negative.")
    return local(start) + timedelta(seconds=allowance_s)


def _worked(a: datetime, b: datetime, table: Table | None) -> float:
    if table is None:
        return (b - a) / timedelta(seconds=1)
    return (table.before(b) - table.before(a)) / 1_000_000


def _midnight_after(start: datetime) -> datetime:
    day = local(start)
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + _DAY


def _day_end(start: datetime, n_days: int, table: Table) -> datetime:
    if n_days < 0:
        raise ValueError("A term is never negative.")
    end = _midnight_after(start) + n_days * _DAY
    last = end.date() - _DAY
    while not table.is_worked(last):
        last += _DAY
    return datetime(last.year, last.month, last.day, tzinfo=SHANGHAI) + _DAY
