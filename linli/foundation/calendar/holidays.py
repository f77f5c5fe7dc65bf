"""What the State Council's notices say: which days are off, which weekends are worked, for which years."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

SHIPPED = Path(__file__).parent / "data"
_DAY = timedelta(days=1)
_LONGEST_BREAK_DAYS = 12


class BadHolidayData(ValueError):  # noqa: N818 - read after "raises"
    """A holiday file that cannot be used; its text names the file and says what to mend."""


class Unannounced(LookupError):  # noqa: N818
    """The State Council's notice for `year` is not loaded, so nobody knows yet which of its days are worked."""

    def __init__(self, year: int) -> None:
        super().__init__(f"The holiday notice for {year} is not loaded.")
        self.year = year


@dataclass(frozen=True)
class Notice:
    """One year's notice. `off` maps a day off to its holiday's name; `worked` are weekend days that are worked."""

    year: int
    source: str
    off: Mapping[date, str]
    worked: frozenset[date]


@dataclass(frozen=True)
class Holidays:
    """The notices that are loaded, for an unbroken run of years."""

    notices: tuple[Notice, ...]
    version: str

    @property
    def first_day(self) -> date:
        return date(self.notices[0].year, 1, 1)

    @property
    def last_day(self) -> date:
        """The last day whose notice is loaded; everything after it is unannounced."""
        return date(self.notices[-1].year, 12, 31)

    def off(self) -> dict[date, str]:
        """Every day off that a notice names; a later notice overrides an earlier one (it may touch last December)."""
        days: dict[date, str] = {}
        for notice in self.notices:
            days.update(notice.off)
            for day in notice.worked:
                days.pop(day, None)
        return days

    def worked(self) -> frozenset[date]:
        days: set[date] = set()
        for notice in self.notices:
            days -= notice.off.keys()
            days |= notice.worked
        return frozenset(days)


def load(folders: Iterable[Path]) -> Holidays:
    """Read every `YYYY.yaml` of `folders`; a later folder's year replaces an earlier one's.

    Raises `BadHolidayData` for a file that is wrong, or when the years have a gap.
    """
    paths: dict[str, Path] = {}
    for folder in folders:
        paths |= {path.stem: path for path in sorted(folder.glob("[0-9][0-9][0-9][0-9].yaml"))}
    notices = tuple(read(paths[stem]) for stem in sorted(paths))
    if not notices:
        raise BadHolidayData("No holiday notice is loaded: add at least one YYYY.yaml.")
    for one, other in pairwise(notices):
        if other.year != one.year + 1:
            raise BadHolidayData(f"Holiday notices jump from {one.year} to {other.year}: add {one.year + 1}.yaml.")
    return Holidays(notices, _version(notices))


def read(path: Path) -> Notice:
    """One year's file. Raises `BadHolidayData` with the file's name and what is wrong with it."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(data, dict):
            raise BadHolidayData("is not a mapping with year, source, days_off and workdays")
        return _notice(data, int(path.stem))
    except (BadHolidayData, yaml.YAMLError) as error:
        raise BadHolidayData(f"{path.name}: {error}") from None


def _notice(data: Mapping[str, Any], year: int) -> Notice:
    unknown = data.keys() - {"year", "source", "days_off", "workdays"}
    if unknown:
        raise BadHolidayData(f"unknown entry {sorted(map(str, unknown))[0]!r}")
    if data.get("year") != year:
        raise BadHolidayData(f"says year {data.get('year')!r}, but is named {year}")
    source = data.get("source")
    if not isinstance(source, str) or not source.strip():
        raise BadHolidayData("names no source: write the notice it was taken from")
    off: dict[date, str] = {}
    for entry in data.get("days_off") or ():
        name, first, last = entry.get("name"), _day(entry.get("from"), year), _day(entry.get("to"), year)
        if not name or not first <= last <= first + _LONGEST_BREAK_DAYS * _DAY:
            raise BadHolidayData(f"{name or 'a holiday'}: {first} to {last} is no holiday")
        day = first
        while day <= last:
            if day in off:
                raise BadHolidayData(f"{day} is off twice ({off[day]}, {name})")
            off[day] = str(name)
            day += _DAY
    if not off:
        raise BadHolidayData("has no day off")
    worked = frozenset(_day(day, year) for day in data.get("workdays") or ())
    for day in sorted(worked):
        if day in off:
            raise BadHolidayData(f"{day} is both off and worked")
        if day.weekday() < 5:
            raise BadHolidayData(f"{day} is no weekend day, so it is worked anyway")
    return Notice(year, source.strip(), off, worked)


def _day(value: object, year: int) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise BadHolidayData(f"{value!r} is no date: write YYYY-MM-DD")
    # A notice may move days of the December before its own year.
    if value.year != year and not (value.year == year - 1 and value.month == 12):
        raise BadHolidayData(f"{value} does not belong to {year}")
    return value


def _version(notices: Iterable[Notice]) -> str:
    facts = [[n.year, sorted(map(str, n.off)), sorted(map(str, n.worked))] for n in notices]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:12]
