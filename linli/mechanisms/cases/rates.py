"""响应率, 解决率, 满意率: numerator, denominator, what was left out and why, and how sure one can be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from django.db.models import Count, Q

from linli.foundation.calendar.clock import today
from linli.foundation.people.models import prefix_q
from linli.foundation.policy import policy
from linli.mechanisms.cases.models import Outcome


@dataclass(frozen=True)
class Rate:
    """`share` is None where nothing was counted; `low`–`high` is the Wilson 95 % interval."""

    counted: int
    of: int

    @property
    def share(self) -> Fraction | None:
        return Fraction(self.counted, self.of) if self.of else None

    @property
    def percent(self) -> float:
        return round(100 * self.counted / self.of, 1) if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.counted, self.of)


@dataclass(frozen=True)
class Rates:
    """One period of one place or unit."""

    response: Rate
    solved: Rate
    satisfied: Rate
    in_first_limit: Rate
    in_extended_limit: Rate
    excluded: Mapping[str, int]
    ranks: bool
    score: float | None


def wilson(counted: int, of: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson score interval of a share, in percent (Wilson 1927)."""
    if not of:
        return 0.0, 0.0
    p, d = counted / of, 1 + z * z / of
    mid, half = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return round(100 * max(mid - half, 0) / d, 1), round(100 * min((mid + half) / d, 1), 1)


def rates(area_code: str, since: datetime, until: datetime, *, kind_code: str = "", unit: int | None = None) -> Rates:
    """The three rates of a place and period. Two statements.

    响应率 = contacted in time / to be answered; 解决率 = solved / called back and counted;
    满意率 = satisfied (4–5) / called back and counted. Anonymous cases are not in 响应率.
    Exclusions count only with a recorded reason and a second person.
    """
    rows = Outcome.objects.filter(prefix_q("area_code", area_code), proposed_at__gte=since, proposed_at__lt=until)
    if kind_code:
        rows = rows.filter(kind_code=kind_code)
    if unit:
        rows = rows.filter(unit_id=unit)
    out = ~Q(excluded_for="") & Q(excluded_second__isnull=False)
    excluded = dict(rows.filter(out).order_by().values_list("excluded_for").annotate(n=Count("pk")))
    answered = Q(answered_at__isnull=False) & ~Q(answered_by="no_answer")
    told = rows.exclude(out).aggregate(
        all=Count("pk"),
        named=Count("pk", filter=Q(case__is_anonymous=False)),
        contacted=Count("pk", filter=Q(case__is_anonymous=False, contacted=True)),
        answered=Count("pk", filter=answered),
        solved=Count("pk", filter=answered & Q(solved=True)),
        graded=Count("pk", filter=answered & Q(satisfied__isnull=False)),
        satisfied=Count("pk", filter=answered & Q(satisfied__gte=4)),
        first=Count("pk", filter=Q(in_first_limit=True)),
        extended=Count("pk", filter=Q(in_extended_limit=True)))
    found = [Rate(told["contacted"], told["named"]), Rate(told["solved"], told["answered"]),
             Rate(told["satisfied"], told["graded"])]
    weights = policy("cases.rates_weights", on=today(), area=area_code)
    floor = int(policy("cases.rates_floor_n", on=today(), area=area_code))
    ranks = told["answered"] >= floor
    score = None
    if ranks and all(rate.of for rate in found):
        score = round(sum(w * r.percent for w, r in zip(
            (weights["response"], weights["solved"], weights["satisfied"]), found, strict=True)), 1)
    response, solved, satisfied = found
    return Rates(response, solved, satisfied, Rate(told["first"], told["all"]), Rate(told["extended"], told["all"]),
                 excluded, ranks, score)
