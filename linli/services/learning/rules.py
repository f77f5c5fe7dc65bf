"""What this room counts and judges: pure functions; no database, no clock, no request."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from json import dumps

AGES = ("under_60", "60_69", "70_79", "80_up", "unknown")
CHANNEL_GROUPS = ("online", "window", "phone", "visit", "other")
_CHANNELS = {"app": "online", "web": "online", "wechat": "online", "api": "online", "mini": "online",
             "desk": "window", "window": "window", "walk_in": "window", "paper": "window", "kiosk": "window",
             "phone": "phone", "hotline": "phone", "visit": "visit", "patrol": "visit"}


def class_size(helpers: int, per_helper: int) -> int:
    """How many learners a class of `helpers` (its teacher among them) may have. Source: own, `learners_per_helper`."""
    return max(helpers, 0) * per_helper


def ask_again_on(level: str, told_on: date, days: int, *, was_asked: bool) -> date | None:
    """When to ask again whether one still can. Who was asked and can do it alone is left in peace."""
    if level == "not_yet" or (was_asked and level == "alone"):
        return None
    return told_on + timedelta(days=days)


def is_earned(skills: Collection[str], taught: Mapping[str, str], levels: Collection[str]) -> bool:
    """Has the teacher seen every skill of a module at one of `levels`?"""
    return bool(skills) and all(taught.get(code) in levels for code in skills)


def certificate_hash(facts: Mapping[str, object]) -> str:
    """Sixteen signs that stand on the paper and change with any fact of it."""
    return sha256(dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def counted_minutes(came: datetime, went: datetime, most: int) -> int:
    """Whole minutes between, never more than `most`."""
    return min(max(int((went - came).total_seconds() // 60), 0), most)


def health_claims(text: str, words: Iterable[str]) -> list[str]:
    """Those of `words` that stand in `text`."""
    return [word for word in words if word in text]


@dataclass(frozen=True)
class Wanted:
    """What an elder asks for, as the ranking sees it: no name, no door."""

    topics: frozenset[str]
    slots: frozenset[str]
    place: str  # the code of the grid cell or community they live in
    at_home: bool


@dataclass(frozen=True)
class Offered:
    """What a helper offers, and how much they have already. Whether they declined before is no part of it."""

    topics: frozenset[str]
    slots: frozenset[str]
    place: str
    goes_home: bool
    pairs: int
    is_checked: bool
    knows: bool = False  # they learned together before


@dataclass(frozen=True)
class Fit:
    """Points of a hundred with each reason; `cannot` says why it is out of the question."""

    points: int
    reasons: tuple[tuple[str, int], ...]
    cannot: tuple[str, ...]


def fit(wanted: Wanted, offered: Offered, weights: Mapping[str, int], pairs_most: int) -> Fit:
    """How well two would suit each other, with every reason. A proposal only: both may say no, at no cost."""
    cannot = []
    if not offered.is_checked:
        cannot.append("unchecked")
    if offered.pairs >= pairs_most:
        cannot.append("full")
    if wanted.at_home and not offered.goes_home:
        cannot.append("not_home")
    if wanted.topics and not wanted.topics & offered.topics:
        cannot.append("other_topics")
    reasons = [
        ("topics", _share(wanted.topics, offered.topics, weights["topics"])),
        ("slots", _share(wanted.slots, offered.slots, weights["slots"])),
        ("near", weights["near"] if wanted.place and wanted.place == offered.place else 0),
        ("free", weights["free"] * max(pairs_most - offered.pairs, 0) // pairs_most if pairs_most else 0),
        ("known", weights["known"] if offered.knows else 0),
    ]
    kept = tuple((name, points) for name, points in reasons if points)
    return Fit(sum(points for _name, points in kept), kept, tuple(cannot))


def _share(wanted: frozenset[str], offered: frozenset[str], weight: int) -> int:
    return weight * len(wanted & offered) // len(wanted) if wanted else weight


def age_band(birth_year: int | None, year: int) -> str:
    """By the year alone: who turns 70 this year counts as 70."""
    if birth_year is None:
        return "unknown"
    age = year - birth_year
    return "under_60" if age < 60 else "60_69" if age < 70 else "70_79" if age < 80 else "80_up"


def channel_group(channel: str) -> str:
    """The way somebody came, in the four the report knows."""
    return _CHANNELS.get(channel, "other")


def veiled(counts: Sequence[int], small: int) -> list[int | None]:
    """The counts of one row, small ones hidden so that nobody can work them out from the sum.

    A row whose sum is small is hidden whole. If one small count alone would be hidden, the next smallest goes with it.
    Zeros stay: that nobody came says nothing about anybody.
    """
    total = sum(counts)
    if 0 < total < small:
        return [None if count else 0 for count in counts]
    hidden = {place for place, count in enumerate(counts) if 0 < count < small}
    others = sorted((count, place) for place, count in enumerate(counts) if count and place not in hidden)
    if len(hidden) == 1 and others:
        hidden.add(others[0][1])
    return [None if place in hidden else count for place, count in enumerate(counts)]
