"""RFC 5545 recurrence in local wall time: pure functions. 上海 has no summer time: wall time plus zone is a moment."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile

from dateutil.rrule import rrulestr

from linli.mechanisms.bookings.rules import SHANGHAI

MOST = 1_000  # sessions of one rule; no term and no weekly course comes near it
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_UNTIL_UTC = re.compile(r"UNTIL=(\d{8}T\d{6})Z", re.IGNORECASE)
_SAFE = re.compile(r"[A-Z0-9=;,+\-]{6,300}", re.IGNORECASE)


class BadRule(ValueError):  # noqa: N818 - read after "raises"
    """A rule that cannot be read or would never end within reason; the text says why."""


def parts(rrule: str) -> dict[str, str]:
    """`FREQ=WEEKLY;BYDAY=TU` as a mapping, names in capitals."""
    text = rrule.strip().removeprefix("RRULE:").upper()
    if not _SAFE.fullmatch(text):
        raise BadRule(f"{rrule!r} is no RRULE")
    return dict(part.partition("=")[::2] for part in text.split(";") if part)


def joined(found: Mapping[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in found.items())


def occurrences(
    rrule: str, first: datetime, until: date, *, after: datetime | None = None, rdates: Iterable[datetime] = (),
    exdates: Iterable[datetime] = (),
) -> list[datetime]:
    """The local starts of RRULE + RDATE − EXDATE from `first` to the day `until` (inclusive), ascending.

    `after`: only later ones. `first` is naive wall time. UNTIL in UTC is read as the RFC demands.
    Raises `BadRule` for what is no rule or has more than `MOST` occurrences.
    """
    local = _UNTIL_UTC.sub(lambda hit: f"UNTIL={_local(hit.group(1)):%Y%m%dT%H%M%S}", joined(parts(rrule)))
    try:
        rule = rrulestr(local, dtstart=first)
    except (ValueError, TypeError) as error:
        raise BadRule(f"{rrule!r}: {error}") from error
    end = datetime.combine(until, time.max)
    found = set()
    for one in takewhile(lambda at: at <= end, rule):
        found.add(one)
        if len(found) > MOST:
            raise BadRule(f"{rrule!r} has more than {MOST} occurrences until {until}")
    found |= {one for one in rdates if first <= one <= end}
    found -= set(exdates)
    return sorted(one for one in found if after is None or one > after)


def _local(utc: str) -> datetime:
    return datetime.strptime(utc + "+0000", "%Y%m%dT%H%M%S%z").astimezone(SHANGHAI).replace(tzinfo=None)


def check(rrule: str, first: datetime) -> str:
    """The rule tidied, if it suits bookings: at most daily, and `first` is its first occurrence. Raises `BadRule`."""
    found = parts(rrule)
    if found.get("FREQ") not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        raise BadRule("FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY")
    if any(name in found for name in ("BYHOUR", "BYMINUTE", "BYSECOND")):
        raise BadRule("one time of day for a rule")
    return joined(found)


@dataclass(frozen=True)
class Planned:
    """The starts to make, and what holidays took away (start, name of the holiday)."""

    starts: tuple[datetime, ...]
    skipped: tuple[tuple[datetime, str], ...]


def plan(
    starts: Iterable[datetime], mode: str, holiday: Callable[[date], str], stands_for: Mapping[date, int],
) -> Planned:
    """Apply holidays. `keep`: none. `skip`: no session on a statutory holiday. `as_weekday`: as skip, and a worked
    weekend day that stands for ISO weekday n (`stands_for`, chosen by the staff: notices do not say it) takes the
    session of that weekday which a holiday within fifteen days took away.
    """
    kept: list[datetime] = []
    skipped: list[tuple[datetime, str]] = []
    for one in starts:
        name = holiday(one.date()) if mode != "keep" else ""
        if name:
            skipped.append((one, name))
        else:
            kept.append(one)
    if mode == "as_weekday":
        for day, weekday in sorted(stands_for.items()):
            lost = [one for one, _name in skipped if one.isoweekday() == weekday
                    and abs((one.date() - day).days) <= 15]
            if lost and not any(one.date() == day for one in kept):
                kept.append(datetime.combine(day, lost[0].time()))
    return Planned(tuple(sorted(kept)), tuple(skipped))


def ended_before(rrule: str, at: datetime) -> str:
    """The rule that ends before the local moment `at`: what the old part of a split says."""
    found = {name: value for name, value in parts(rrule).items() if name not in ("COUNT", "UNTIL")}
    last = (at - timedelta(seconds=1)).replace(tzinfo=SHANGHAI).astimezone(UTC)
    return joined({**found, "UNTIL": f"{last:%Y%m%dT%H%M%SZ}"})


def moved(rrule: str, first: datetime, last: datetime | None, shift: timedelta) -> str:
    """The rule of the new part of a split whose occurrences move by `shift`; COUNT becomes an UNTIL at `last`.

    Raises `BadRule` when days move and the rule names several days: then a new rule must be given.
    """
    found = {name: value for name, value in parts(rrule).items() if name not in ("COUNT", "UNTIL")}
    if first.date() != (first + shift).date():
        byday = found.get("BYDAY", "")
        if byday in DAYS:
            found["BYDAY"] = DAYS[(first + shift).weekday()]
        elif "BYDAY" in found or "BYMONTHDAY" in found or "BYYEARDAY" in found or "BYWEEKNO" in found:
            raise BadRule("the days move and the rule names several: give the new rule")
    if last is not None:
        end = (last + shift).replace(tzinfo=SHANGHAI).astimezone(UTC)
        found["UNTIL"] = f"{end:%Y%m%dT%H%M%SZ}"
    return joined(found)


def is_bounded(rrule: str) -> bool:
    return bool({"COUNT", "UNTIL"} & set(parts(rrule)))


def aware(local: datetime) -> datetime:
    return local.replace(tzinfo=SHANGHAI)


def wall(moment: datetime) -> datetime:
    """The local wall time of an aware moment."""
    return moment.astimezone(SHANGHAI).replace(tzinfo=None)
