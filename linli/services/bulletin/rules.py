"""Whom an announcement concerns, and why: values in, reasons out. No database, no clock, no request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

_LEVEL_DIGITS = (2, 4, 6, 9, 12, 15)
SMALLEST_GROUP = 5


class Why(StrEnum):
    """Why somebody sees an announcement among theirs."""

    PLACE = "place"  # for everybody of the place
    AREA = "area"  # for a part of the place (a grid cell, a community of the street) in which their home lies
    COMPOUND = "compound"
    BUILDING = "building"
    AGE = "age"
    AGE_NOT_USED = "age_not_used"  # it is for an age group, and this person's age is not looked at: they said so


@dataclass(frozen=True)
class Ages:
    """From–to in full years, both included; None is open."""

    start: int | None
    end: int | None

    def hold(self, birth_year: int, year: int) -> bool:
        """Does who was born in `birth_year` turn an age of this group in `year`? The year is all we keep."""
        age = year - birth_year
        return (self.start is None or age >= self.start) and (self.end is None or age <= self.end)


@dataclass(frozen=True)
class Place:
    """A target: exactly one of the three. `area_code` is a division code."""

    area_code: str = ""
    compound: int = 0
    building: int = 0


@dataclass(frozen=True)
class HomeAt:
    """Where a home lies: its building, compound, community code and grid code (empty if in no grid cell)."""

    building: int
    compound: int
    community_code: str
    grid_code: str = ""


@dataclass(frozen=True)
class Reader:
    """What may be known of who reads. `may_use_age`: they did not refuse to be profiled (个人信息保护法 第24条)."""

    area_codes: frozenset[str]
    homes: tuple[HomeAt, ...] = ()
    birth_year: int | None = None
    may_use_age: bool = True


@dataclass(frozen=True)
class Audience:
    """Whom an announcement is for: everybody before the board of `area_code`, or some places, or an age group."""

    area_code: str
    places: tuple[Place, ...] = ()
    ages: Ages | None = None


def reasons(audience: Audience, reader: Reader, year: int) -> tuple[Why, ...]:
    """Why it concerns `reader` in `year`, nearest place first; empty where it does not.

    A place and an age group must both hold. Who is not to be profiled is neither picked nor left out by age.
    An age that is not known is no age: such a person is not picked.
    """
    if not hangs_before(audience.area_code, reader.area_codes):
        return ()
    where = _nearest(audience.places, reader.homes) if audience.places else Why.PLACE
    if where is None:
        return ()
    if audience.ages is None:
        return (where,)
    if not reader.may_use_age:
        return (where, Why.AGE_NOT_USED)
    if reader.birth_year is None or not audience.ages.hold(reader.birth_year, year):
        return ()
    return (where, Why.AGE)


def _nearest(places: Sequence[Place], homes: Sequence[HomeAt]) -> Why | None:
    if any(place.building == home.building for place in places for home in homes if place.building):
        return Why.BUILDING
    if any(place.compound == home.compound for place in places for home in homes if place.compound):
        return Why.COMPOUND
    codes = [code for home in homes for code in (home.grid_code, home.community_code) if code]
    if any(code.startswith(place.area_code) for place in places if place.area_code for code in codes):
        return Why.AREA
    return None


def ancestors(code: str) -> list[str]:
    """The codes of `code`'s place and of every place above it: 330106001001 → 33, 3301, 330106, 330106001, itself."""
    return [code[:digits] for digits in _LEVEL_DIGITS if digits <= len(code)]


def hangs_before(board: str, codes: Iterable[str]) -> bool:
    """Does somebody who belongs to one of `codes` stand before the board of area `board`?

    A street's board hangs in all its communities; a grid cell's board is part of its community's.
    """
    return any(code and (code.startswith(board) or board.startswith(code)) for code in codes)


def safe_count(count: int) -> int | None:
    """The count, or None where it is below five and could point at somebody (0 points at nobody)."""
    return count if count == 0 or count >= SMALLEST_GROUP else None
