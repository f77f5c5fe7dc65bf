"""What law and fairness say of activities, as pure functions: values in, value out; no database, no clock.

大型群众性活动安全管理条例 (国务院令第505号, in force 2007-10-01) speaks of events of 1,000 and more; the rest is own.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from hashlib import sha256
from statistics import median

ADULT = 18
LARGE_CLASSES = ("sport", "performance", "exhibition", "fair", "job")  # 第2条: the five, and no others


class Authority(StrEnum):
    """Whose permit an event needs (第12条)."""

    NONE = ""
    COUNTY = "county"
    CITY = "city"


@dataclass(frozen=True)
class LargeRule:
    """Persons a session from which a permit is needed, from which the city decides, and days to apply before."""

    from_persons: int
    city_from: int
    apply_days: int


def authority_for(
    persons: int, event_class: str, rule: LargeRule, *, is_public: bool = True, by_body: bool = True,
    is_daily_business: bool = False, by_government: bool = False,
) -> Authority:
    """Whose permit an event of `persons` expected in one session needs.

    Source: 第2条 (legal person or other body, open to the public, 1,000 and more, the five classes; not what theatres
    and parks do in their daily business), 第12条 (county below 5,000, city from 5,000: both wordings include
    the number, so exactly 5,000 goes to the city), 第25条 (no permit for what a government holds itself, but a
    stricter plan).
    """
    if not (is_public and by_body) or is_daily_business or by_government:
        return Authority.NONE
    if event_class not in LARGE_CLASSES or persons < rule.from_persons:
        return Authority.NONE
    return Authority.CITY if persons >= rule.city_from else Authority.COUNTY


def apply_by(first_day: date, rule: LargeRule) -> date:
    """The last day on which the application is in time, so many days before the day of the event (第13条)."""
    return first_day - timedelta(days=rule.apply_days)


@dataclass(frozen=True)
class Event:
    """What a permit is about: when (from the first start to the last end), where, what (a digest), how many."""

    starts: datetime
    ends: datetime
    place: str
    content: str
    persons: int


def uncovered(planned: Event, approved: Event) -> list[str]:
    """What of `planned` the permit of `approved` does not cover: time, place, content, size. Smaller is covered.

    An approved event without a digest was approved for a content that is still to be written here.
    Source: 第15条 (another time needs consent; another place, content or a larger size a new permit), 第7条第4项.
    """
    faults = []
    if planned.starts < approved.starts or planned.ends > approved.ends:
        faults.append("time")
    if planned.place.strip() != approved.place.strip():
        faults.append("place")
    if approved.content and planned.content != approved.content:
        faults.append("content")
    if planned.persons > approved.persons:
        faults.append("size")
    return faults


def content_digest(*parts: str) -> str:
    """What an event is, as one number; white space does not count."""
    return sha256("\n".join(" ".join(part.split()) for part in parts).encode()).hexdigest()


def most_at_once(sessions: Iterable[tuple[datetime, datetime, int]]) -> int:
    """The most persons there at one moment, by sessions of (start, end, persons); one that ends makes room first."""
    steps = sorted(step for starts, ends, persons in sessions for step in ((starts, 1, persons), (ends, 0, -persons)))
    here = most = 0
    for _moment, _order, persons in steps:
        here += persons
        most = max(most, here)
    return most


# ── ages ──

def is_under(birth_year: int | None, years: int, on: date) -> bool:
    """May this person be younger than `years` on that day? By the year of birth alone, so in doubt yes."""
    return birth_year is not None and on.year - birth_year <= years


@dataclass(frozen=True)
class AgeClass:
    """An age class of a call for works; bounds in years, inclusive."""

    code: str
    name: str
    age_from: int
    age_to: int


def class_of(classes: Sequence[AgeClass], birth_year: int, on: date) -> AgeClass | None:
    """The class of somebody born in that year: the age reached in the year of the deadline counts."""
    age = on.year - birth_year
    return next((one for one in classes if one.age_from <= age <= one.age_to), None)


# ── judging ──

METHODS = ("mean", "trimmed")
TIES = ("shared", "median", "spread")


def mean_of(points: Sequence[int], *, cut: int = 0) -> Fraction:
    """The exact mean without the `cut` highest and lowest. Raises `ValueError` when nothing would be left."""
    if len(points) <= 2 * cut:
        raise ValueError(f"{len(points)} scores, {cut} of each end to leave out: none is left")
    kept = sorted(points)[cut: len(points) - cut]
    return Fraction(sum(kept), len(kept))


@dataclass(frozen=True)
class Place:
    """A work's place: equal ranks are shared, the next rank is skipped (1, 2, 2, 4)."""

    work: int
    points: Fraction
    rank: int


def ranking(scores: Mapping[int, Sequence[int]], *, method: str, cut: int = 1, tie: str = "shared") -> list[Place]:
    """The places by the announced method and tie rule, best first; independent of the order of works and scores.

    `tie`: "shared" shares the place; "median" lets the higher median go first; "spread" the work on which the jurors
    agreed more (smaller highest − lowest). What is still equal shares the place.
    """
    if method not in METHODS or tie not in TIES:
        raise ValueError(f"{method!r} or {tie!r} is not known")
    rows = []
    for work, points in scores.items():
        mean = mean_of(points, cut=cut if method == "trimmed" else 0)
        breaker = {"shared": Fraction(0), "median": Fraction(median(points)),
                   "spread": Fraction(min(points) - max(points))}[tie]
        rows.append((mean, breaker, work))
    rows.sort(key=lambda row: (-row[0], -row[1], row[2]))
    places: list[Place] = []
    for at, (mean, breaker, work) in enumerate(rows):
        is_equal = at > 0 and (mean, breaker) == rows[at - 1][:2]
        places.append(Place(work, mean, places[-1].rank if is_equal else at + 1))
    return places


def counted(votes: Mapping[int, int]) -> list[Place]:
    """The places by number of votes; equal numbers share."""
    rows = sorted(votes.items(), key=lambda row: (-row[1], row[0]))
    places: list[Place] = []
    for at, (work, count) in enumerate(rows):
        is_equal = at > 0 and count == rows[at - 1][1]
        places.append(Place(work, Fraction(count), places[-1].rank if is_equal else at + 1))
    return places


def shuffled(works: Iterable[int], *, secret: str, person: int) -> list[int]:
    """The works in an order of this person's own: stable for them, unrelated for others; nobody is always first."""
    def key(work: int) -> bytes:
        return hmac.digest(secret.encode(), f"{person}.{work}".encode(), "sha256")

    return sorted(works, key=key)


# ── programme ──

def overlap(starts: datetime, ends: datetime, others: Iterable[tuple[datetime, datetime]]) -> bool:
    """Does the time touch one of `others` on the same stage? End and start may meet."""
    return any(starts < end and begin < ends for begin, end in others)
