"""Open cases that may be the same trouble, shown before a new one is sent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

from rapidfuzz import fuzz

from linli.foundation.calendar.clock import now, today
from linli.foundation.policy import policy
from linli.mechanisms.cases.kinds import Kind
from linli.mechanisms.cases.models import Case
from linli.mechanisms.cases.queries import shared_q


@dataclass(frozen=True)
class Likeness:
    """A candidate and why it is one: `same` is facility, building or near; `score` 0–100 is of the words."""

    case: Case
    score: float
    same: str


def candidates(
    kind: Kind, area_code: str, *, category: str, text: str, building_id: int | None = None,
    facility_id: int | None = None, lon: float | None = None, lat: float | None = None, limit: int = 3,
) -> list[Likeness]:
    """Same family of category, same lift or building or within the category's radius, in the last 12 weeks.

    Only what neighbours may see; the text's likeness (rapidfuzz) orders them.
    """
    weeks = int(policy("cases.similar_weeks", on=today(), area=area_code))
    family = category.partition(".")[0]
    rows = Case.objects.filter(
        shared_q(), area_code=area_code[:12], is_open=True, kind_code=kind.code,
        created__gte=now() - timedelta(weeks=weeks),
    ).order_by("-created").select_related("building")[:400]
    radius = (kind.category(category).radius_m if kind.category(category) else 0) or int(  # type: ignore[union-attr]
        policy("cases.similar_radius_m", on=today(), area=area_code))
    found = []
    for case in rows:
        if family and case.category.partition(".")[0] != family:
            continue
        same = _same(case, building_id, facility_id, lon, lat, radius)
        score = fuzz.token_set_ratio(_grams(text), _grams(f"{case.title} {case.text}"))
        if same == "facility" or (same and score >= 30) or (score >= 75 and same != ""):
            found.append(Likeness(case, score, same))
    order = {"facility": 0, "building": 1, "near": 2}
    return sorted(found, key=lambda like: (order[like.same], -like.score))[:limit]


def _same(case: Case, building: int | None, facility: int | None, lon: float | None, lat: float | None,
          radius: int) -> str:
    if facility and case.facility_id == facility:
        return "facility"
    if case.facility_id and facility:
        return ""
    if building and case.building_id == building:
        return "building"
    here = None not in (lon, lat, case.lon, case.lat)
    return "near" if here and distance_m(lon, lat, case.lon, case.lat) <= radius else ""  # type: ignore[arg-type]


def distance_m(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Metres between two WGS 84 positions (haversine, mean radius 6,371,008.8 m)."""
    a, b = math.radians(lat1), math.radians(lat2)
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(math.sqrt(h))


def _grams(text: str) -> str:
    clean = "".join(ch for ch in text if ch.isalnum())
    return " ".join(clean[i:i + 2] for i in range(max(len(clean) - 1, 1)))


