"""Pure rules of the room: values in, value out; no database, no clock, no request.

Sources: 未成年人保护法 第62条, 第130条 (who is with children is looked up, each year); 公共图书馆法 第44条 (return in
time); 深圳令323号 2019 and 东莞 2025 (4 m² a pupil). The score of a way to school is our own and published as it is.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import cos, hypot, radians
from typing import Any

Points = Sequence[Sequence[float]]
_METRES_A_DEGREE = 111_320.0


def length_m(points: Points) -> float:
    """Metres along a line of [lon, lat] in WGS 84; good to a few parts in a thousand over a neighbourhood."""
    total = 0.0
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        total += hypot((x1 - x0) * cos(radians((y0 + y1) / 2)), y1 - y0) * _METRES_A_DEGREE
    return total


@dataclass(frozen=True)
class SegmentFacts:
    """What is known of one stretch; the words are the codes of the models."""

    length_m: float
    speed_kmh: int
    crossing: str
    pavement: str
    lighting: str
    has_guard: bool
    hazards: int = 0


@dataclass(frozen=True)
class Score:
    """0 … 100, and what cost how many points: (code, points), largest first."""

    points: int
    taken: tuple[tuple[str, int], ...]

    @property
    def grade(self) -> str:
        """good ≥ 80, fair ≥ 60, poor below."""
        return "good" if self.points >= 80 else "fair" if self.points >= 60 else "poor"


def segment_score(facts: SegmentFacts, weights: Mapping[str, Any]) -> Score:
    """100 less what each fact costs by `weights` (policy `children.route_weights`), never below 0.

    speed: points for each full 10 km/h above `speed_free_kmh`; crossing, pavement, lighting: points by word; a guard
    gives back `guard_share` percent of what speed and crossing cost; each open hazard costs `hazard`, up to
    `hazards_most` of them. More speed, worse words, more hazards never raise a score; a guard never lowers it.
    """
    taken: dict[str, int] = {}
    over = max(0, facts.speed_kmh - weights["speed_free_kmh"])
    taken["speed"] = (over // 10) * weights["speed_each_10"]
    taken["crossing"] = weights["crossing"][facts.crossing]
    if facts.has_guard:
        for name in ("speed", "crossing"):
            taken[name] -= taken[name] * weights["guard_share"] // 100
    taken["pavement"] = weights["pavement"][facts.pavement]
    taken["lighting"] = weights["lighting"][facts.lighting]
    taken["hazards"] = min(facts.hazards, weights["hazards_most"]) * weights["hazard"]
    costs = tuple(sorted(((n, p) for n, p in taken.items() if p), key=lambda pair: (-pair[1], pair[0])))
    return Score(max(0, 100 - sum(taken.values())), costs)


def route_score(segments: Sequence[tuple[float, Score]], weights: Mapping[str, Any]) -> int:
    """The mean of the stretches weighted by length, but at most `worst_margin` above the worst of them.

    A long quiet lane must not hide one bad crossing. No stretches: 0.
    """
    total = sum(length for length, _score in segments)
    if not segments:
        return 0
    mean = sum(length * s.points for length, s in segments) / total if total else min(s.points for _l, s in segments)
    worst = min(s.points for _length, s in segments)
    return round(min(mean, worst + int(weights["worst_margin"])))


@dataclass(frozen=True)
class Capacity:
    """How many children a group may take, and which limit is the tight one."""

    children: int
    limits: Mapping[str, int]

    @property
    def tight(self) -> str:
        """room, staff, fire, seats or meals."""
        return min(self.limits, key=lambda name: self.limits[name]) if self.limits else ""


def care_capacity(*, room_m2: float, m2_each: float, staff: int, ratio: int, fire_limit: int, seats: int,
                  meals: int | None) -> Capacity:
    """min(room m² ÷ m² a child, staff × ratio, fire limit less the staff, seats, meals if there are any).

    The fire limit counts every head in the room, the staff's too. Source of 4 m²: see the policy's entry.
    """
    limits = {
        "room": int(room_m2 // m2_each), "staff": staff * ratio, "fire": max(0, fire_limit - staff), "seats": seats}
    if meals is not None:
        limits["meals"] = meals
    return Capacity(max(0, min(limits.values())), limits)


def is_vetted(checked_on: date | None, today: date, valid_days: int) -> bool:
    """Was the look-up done, and not longer ago than allowed? (未成年人保护法 第62条: each year.)"""
    return checked_on is not None and checked_on <= today <= checked_on + timedelta(days=valid_days)


def may_renew(*, renewals: int, renewals_most: int, waiting: int, due_on: date, today: date) -> str:
    """The code of why not ("waited_for", "renewed_enough", "overdue"), or nothing."""
    if waiting:
        return "waited_for"
    if renewals >= renewals_most:
        return "renewed_enough"
    return "overdue" if due_on < today else ""


def age_on(born: date, day: date) -> int:
    """Completed years on `day` (民法典 第17条, 第201条: the birthday itself completes the year)."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def rungs_due(minutes_late: float, ladder: Sequence[Mapping[str, Any]]) -> list[int]:
    """The numbers (from 0) of the rungs whose `after_min` has come, in order."""
    return [n for n, rung in enumerate(ladder) if minutes_late >= rung["after_min"]]


def bus_runs(adults: int, adults_min: int, children: int, each: int) -> str:
    """Why a walking bus may not leave ("nobody", "too_few"), or nothing: adults ≥ minimum, ≤ `each` children each."""
    if not adults:
        return "nobody"
    return "too_few" if adults < adults_min or children > adults * each else ""
