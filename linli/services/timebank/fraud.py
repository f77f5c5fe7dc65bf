"""R22 and R21 as pure functions: signals that ask a person to look, and what must be right before risky help."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from linli.services.timebank import terms as t
from linli.services.timebank.rules import distance_m


@dataclass(frozen=True)
class Done:
    """One service as the signals see it. `place` is (lon, lat) of the help asked for, not of anybody's phone."""

    id: int
    helper: int
    helped: int
    began: datetime
    ended: datetime
    place: tuple[float, float] | None = None
    helper_device: str = ""
    helped_device: str = ""
    confirmed: datetime | None = None
    confirmed_by: int | None = None


def signals(one: Done, others: Sequence[Done], terms: t.Fraud) -> list[str]:
    """R22: which signals `one` gives beside `others` (same helper, same helped, or same confirmer). Order is fixed.

    reciprocal: the two help each other again and again; overlap: two services at one time; travel: two places that
    nobody reaches in the time between; device: one device for both sides; bulk: many confirmed at once by one hand.
    A signal holds and asks; it decides nothing.
    """
    rest = [other for other in others if other.id != one.id]
    checks = (
        ("reciprocal", _is_reciprocal(one, rest, terms)),
        ("overlap", any(o.helper == one.helper and o.began < one.ended and one.began < o.ended for o in rest)),
        ("travel", any(_is_impossible(one, other, terms) for other in rest if other.helper == one.helper)),
        ("device", bool(one.helper_device) and one.helper_device == one.helped_device),
        ("bulk", _is_bulk(one, rest, terms)),
    )
    return [name for name, is_so in checks if is_so]


def _is_reciprocal(one: Done, rest: Sequence[Done], terms: t.Fraud) -> bool:
    if terms.pair_count is None or terms.pair_days is None:
        return False
    since = one.ended - timedelta(days=terms.pair_days)
    near = [other for other in rest if since <= other.ended <= one.ended]
    there = 1 + sum(o.helper == one.helper and o.helped == one.helped for o in near)
    back = sum(o.helper == one.helped and o.helped == one.helper for o in near)
    return back > 0 and there + back >= terms.pair_count


def _is_impossible(one: Done, other: Done, terms: t.Fraud) -> bool:
    if terms.speed_kmh is None or one.place is None or other.place is None:
        return False
    first, second = (one, other) if one.ended <= other.began else (other, one)
    gap_h = (second.began - first.ended).total_seconds() / 3600
    if gap_h < 0:
        return False  # an overlap, and named as such
    km = distance_m(one.place, other.place) / 1000
    return km > 0.5 and km > terms.speed_kmh * gap_h


def _is_bulk(one: Done, rest: Sequence[Done], terms: t.Fraud) -> bool:
    if terms.bulk_count is None or terms.bulk_within is None or one.confirmed is None:
        return False
    span = timedelta(minutes=terms.bulk_within)
    near = [o for o in rest if o.confirmed_by == one.confirmed_by and o.confirmed is not None
            and abs(o.confirmed - one.confirmed) <= span]
    return len(near) + 1 >= terms.bulk_count


def sample(ids: Sequence[int], seed: str, terms: t.Fraud) -> list[int]:
    """The month's random audit sample: anybody with the ids and the seed draws the same. In order of drawing.

    Each id's lot is HMAC-SHA-256(seed, id) read as an integer; the smallest lots are drawn.
    """
    unique = sorted(set(ids))
    wanted = max(terms.sample_least or 0, -(-len(unique) * (terms.sample_percent or 0) // 100))
    lots = sorted((hmac.new(seed.encode(), str(one).encode(), hashlib.sha256).digest(), one) for one in unique)
    return [one for _lot, one in lots[:wanted]]


@dataclass(frozen=True)
class Ready:
    """R21: what is known of a volunteer before the help begins."""

    statement_read: bool
    insured_until: date | None
    skills: frozenset[str]
    unfit_for: frozenset[str] = frozenset()


def safety_obstacles(ready: Ready, terms: t.Safety, *, item: str, risk: str, skill: str, on: date) -> list[str]:
    """R21: risk told, insured on the day, skilled, fit. Source: 志愿服务条例 第12、15、16、17条."""
    found = []
    if risk in terms.statement and not ready.statement_read:
        found.append("risk_not_read")
    if risk in terms.insurance and (ready.insured_until is None or ready.insured_until < on):
        found.append("not_insured")
    if risk in terms.skill and skill and skill not in ready.skills:
        found.append("no_skill")
    if item in ready.unfit_for:
        found.append("not_fit")
    return found
