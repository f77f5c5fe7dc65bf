"""The rules of the time bank, R1–R20 and R23: values in, value out. The terms come from `terms.py`, never from here.

An obstacle is a stable code; the sentence a person reads for it is in `sentences.py`.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from linli.services.timebank import terms as t

MINUTE_S = 60
EARTH_M = 6_371_000.0


def age(on: date, birth_year: int | None, birth_date: date | None = None) -> int | None:
    """Full years on the day; with only a year of birth, the years reached in that calendar year."""
    if birth_date is not None:
        return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))
    return None if birth_year is None else on.year - birth_year


# R1, R2, R3

def rounded(minutes: int, unit: t.Unit) -> int:
    """R1: down to whole units, when earned and never again."""
    step = unit.round_to or 1
    return minutes // step * step


def credit(check_in: datetime, check_out: datetime, agreed_minutes: int, terms: t.Credit, *, travel_minutes: int = 0,
           ) -> int:
    """R2: min(check-out − check-in, agreed + tolerance) in whole minutes, travel taken off, never below zero."""
    stayed = int((check_out - check_in).total_seconds() // MINUTE_S) - max(travel_minutes, 0)
    return max(0, min(stayed, agreed_minutes + (terms.tolerance or 0)))


def priced(minutes: int, item: str, price: t.Price) -> int:
    """R3: an hour for an hour; or by the item's price, minutes credited for an hour of it (unlisted: an hour)."""
    if price.mode == "one_to_one":
        return minutes
    return minutes * price.table.get(item, 60) // 60


# R4, R5

@dataclass(frozen=True)
class Who:
    """What the rules ask about a person on a day. `age` is None where no year of birth is known."""

    age: int | None
    is_registered: bool = True
    is_trained: bool = False
    is_resident: bool = True
    has_guardian_consent: bool = False
    in_group: bool = False
    in_hardship: bool = False
    is_key_empty_nest: bool = False
    spouse_age: int | None = None
    earned_minutes: int = 0


def earn_obstacles(who: Who, terms: t.Earning) -> list[str]:
    """R4: why this person cannot earn yet; empty when they can."""
    found = []
    if not who.is_registered:
        found.append("not_registered")
    if terms.training and not who.is_trained:
        found.append("not_trained")
    if terms.residence and not who.is_resident:
        found.append("not_resident")
    if terms.age_from is not None:
        if who.age is None:
            found.append("age_unknown")
        elif who.age < terms.age_from:
            found += _minor_obstacles(who, terms)
    return found


def _minor_obstacles(who: Who, terms: t.Earning) -> list[str]:
    if terms.minor == "no" or (terms.minor_age_from is not None and (who.age or 0) < terms.minor_age_from):
        return ["too_young"]
    if terms.minor == "group":
        return [] if who.in_group else ["minor_needs_group"]
    return [] if who.has_guardian_consent else ["minor_needs_guardian"]


def redeem_obstacles(who: Who, terms: t.Redeeming) -> list[str]:
    """R5: why minutes cannot be spent on this person yet; empty when they can."""
    if terms.after_earned is not None and who.earned_minutes < terms.after_earned and not who.is_key_empty_nest:
        return ["earn_more_first"]
    least = terms.age_from
    if least is None or who.is_key_empty_nest:
        return []
    ages = [who.age] + ([who.spouse_age] if "spouse" in terms.who else [])
    if any(one is not None and one >= least for one in ages):
        return []
    hardship = terms.hardship_age_from
    if who.in_hardship and hardship is not None and who.age is not None and who.age >= hardship:
        return []
    return ["age_unknown" if who.age is None else "not_old_enough"]


# R6, R7, R8

@dataclass(frozen=True)
class Split:
    """R6: where earned minutes go; the three add up to what was earned, always."""

    person: int
    pool: int
    honour: int

    @property
    def total(self) -> int:
        return self.person + self.pool + self.honour


def split_by_caps(minutes: int, caps: t.Caps, *, today_minutes: int, balance_minutes: int, lifetime_minutes: int,
                  is_group: bool = False) -> Split:
    """R6: as much to the person as the ceilings leave room for, the rest to the pool or the honour book.

    `today_minutes`, `balance_minutes`, `lifetime_minutes`: what counts against the ceilings before these.
    A group has no person's ceilings.
    """
    rooms = [minutes]
    if not is_group:
        pairs = ((caps.day, today_minutes), (caps.balance, balance_minutes), (caps.lifetime, lifetime_minutes))
        rooms += [max(0, cap - used) for cap, used in pairs if cap is not None]
    kept = min(rooms)
    rest = minutes - kept
    return Split(kept, rest if caps.overflow == "pool" else 0, rest if caps.overflow == "honour" else 0)


def gift_obstacles(minutes: int, terms: t.Gift, *, relation: str, recipient_age: int | None, given_this_year: int,
                   is_gifted: bool = False, is_group: bool = False) -> list[str]:
    """R7, R8: why this gift cannot be made. `relation`: the confirmed bond, "friend", or "" for none.

    `is_gifted`: the minutes came as a gift themselves; `is_group`: they were earned by a group.
    """
    found = []
    if minutes <= 0:
        found.append("no_minutes")
    if is_group:
        found.append("group_donates_only")
    if is_gifted and not terms.onward:
        found.append("no_onward_gift")
    if relation not in terms.relations and not (terms.friends and relation == "friend"):
        found.append("no_relation" if terms.relations or terms.friends else "no_gifts_here")
    if terms.recipient_age_from is not None:
        if recipient_age is None:
            found.append("recipient_age_unknown")
        elif recipient_age < terms.recipient_age_from:
            found.append("recipient_too_young")
    if terms.year_max is not None and given_this_year + minutes > terms.year_max:
        found.append("gift_limit")
    return found


def donate_obstacles(minutes: int, terms: t.Gift, *, to: str) -> list[str]:
    """R7, R8: a donation goes to the pool, an elder in hardship or an institution, as the city says."""
    found = [] if minutes > 0 else ["no_minutes"]
    return found if to in terms.donate_to else [*found, "not_to_them"]


# R9, R10

def issue_obstacles(minutes: int, terms: t.Treasury, who: Who, *, number: str, limit_minutes: int, issued_minutes: int,
                    person_year_minutes: int) -> list[str]:
    """R9: why time cannot be created. `limit_minutes`, `issued_minutes` of the decision; the last of the person."""
    found = []
    if not number.strip():
        found.append("no_decision_number")
    if minutes <= 0:
        found.append("no_minutes")
    if issued_minutes + minutes > limit_minutes:
        found.append("over_budget")
    entitled = {"key_empty_nest": who.is_key_empty_nest, "hardship": who.in_hardship}
    if not any(entitled.get(kind, False) for kind in terms.issued_to):
        found.append("not_entitled")
    if terms.person_year is not None and person_year_minutes + minutes > terms.person_year:
        found.append("person_limit")
    return found


@dataclass(frozen=True)
class Coverage:
    """R10: what the pool could pay of all that people hold. `percent` is None where nothing is outstanding."""

    pool: int
    outstanding: int
    percent: int | None
    is_low: bool


def coverage(pool_minutes: int, outstanding_minutes: int, terms: t.Cover) -> Coverage:
    if outstanding_minutes <= 0:
        return Coverage(pool_minutes, 0, None, False)
    percent = pool_minutes * 100 // outstanding_minutes
    return Coverage(pool_minutes, outstanding_minutes, percent,
                    terms.warn_percent is not None and percent < terms.warn_percent)


# R11, R12

def is_strong(in_kinds: Collection[str], out_kinds: Collection[str], terms: t.Proof) -> bool:
    """R12: both the coming and the going are proven by one of the strong combinations."""
    def proven(kinds: Collection[str]) -> bool:
        counted = set(kinds) & set(terms.accepted)
        return any(one <= counted for one in terms.strong)

    return proven(in_kinds) and proven(out_kinds)


def may_confirm_itself(checked_out: datetime, at: datetime, terms: t.Confirming, *, strong: bool, held: bool) -> bool:
    """R11: n days later, only on strong evidence, and never while something is disputed or under review."""
    if terms.auto_after is None or not strong or held:
        return False
    return at >= checked_out + timedelta(days=terms.auto_after)


def distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Metres between two WGS 84 positions (lon, lat), great circle."""
    lon1, lat1, lon2, lat2 = (math.radians(v) for v in (*a, *b))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_M * math.asin(min(1.0, math.sqrt(half)))


def fence_facts(place: tuple[float, float], at: tuple[float, float], accuracy_m: float, terms: t.Proof,
                ) -> dict[str, Any]:
    """R12: what is kept of a position: in or out, and how exact. The position itself is dropped here.

    Too coarse a position is neither: `inside` is None and proves nothing.
    """
    coarse = terms.accuracy_m is not None and accuracy_m > terms.accuracy_m
    inside = None if coarse or terms.fence_m is None else distance_m(place, at) <= terms.fence_m
    return {"inside": inside, "accuracy_m": round(min(accuracy_m, 99_999))}


def evidence_hash(before: str, facts: Mapping[str, Any]) -> str:
    """R12: SHA-256 over canonical JSON of the facts and the hash before, in hex."""
    text = json.dumps({"before": before, **facts}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


# R13, R14

def correction_obstacles(terms: t.Correcting, *, reason: str, by: int, asked_by: int | None) -> list[str]:
    """R13: a reason, and where the terms say so a second person; `by`, `asked_by` are the two people's ids."""
    found = [] if not terms.reason or len(reason.strip()) >= 4 else ["no_reason"]
    if terms.two_people and (asked_by is None or asked_by == by):
        found.append("second_person")
    return found


def claim_open_until(happened: date, terms: t.Claims) -> date | None:
    """R14: the last day on which a claim about what happened that day can be made; None = always."""
    return None if terms.within is None else happened + timedelta(days=terms.within)


def answer_by(made: date, terms: t.Claims) -> date | None:
    return None if terms.answer is None else made + timedelta(days=terms.answer)


def appeal_until(decided: date, terms: t.Claims) -> date | None:
    return None if terms.appeal is None else decided + timedelta(days=terms.appeal)


# R15–R20, R23

def stars(lifetime_minutes: int, terms: t.Certifying) -> int:
    """R15: how many of the steps are reached."""
    return sum(lifetime_minutes >= step for step in terms.stars)


def next_star(lifetime_minutes: int, terms: t.Certifying) -> int | None:
    """R15: minutes still missing to the next star; None when all are reached."""
    return next((step - lifetime_minutes for step in terms.stars if lifetime_minutes < step), None)


def certificate_hash(facts: Mapping[str, Any]) -> str:
    """R15: what the QR's page compares, so that a changed paper shows."""
    return evidence_hash("", facts)[:16]


def move_obstacles(terms: t.Moving, *, consented: bool, same: bool) -> list[str]:
    """R16: records move with the volunteer's own consent."""
    found = ["same_organisation"] if same else []
    return [*found, "no_consent"] if terms.consent and not consented else found


def exchange_room(terms: t.Exchanging, *, owed_minutes: int) -> int:
    """R17: minutes that may still go to the partner, `owed_minutes` being owed to it already (negative: it owes us)."""
    return 0 if terms.limit is None else max(0, terms.limit - owed_minutes)


def expired_issued(available_minutes: int, still_valid: Sequence[int]) -> int:
    """R18: how much issued time has run out. First in, first out: what is above the issues still valid is old."""
    return max(0, available_minutes - sum(still_valid))


def expires_on(given: date, terms: t.Expiring, *, issued: bool) -> date | None:
    """R18: None = never."""
    span = terms.issued if issued else terms.earned
    return None if span is None else given + timedelta(days=span)


def leaving_until(left: date, terms: t.Leaving) -> date | None:
    """R19: the last day on which relatives may take over; None = straight to the pool."""
    return None if terms.relatives is None else left + timedelta(days=terms.relatives)


def goods_obstacles(terms: t.Goods, *, back_to_time: bool) -> list[str]:
    """R20: only where the city allows, and never back into time."""
    found = [] if terms.allowed else ["no_goods_here"]
    return [*found, "never_back"] if back_to_time else found


def proxy_obstacles(terms: t.Paper, *, actor: int, subject: int) -> list[str]:
    """R23: somebody else may enter it where the terms allow; who acted for whom is then written down."""
    return [] if actor == subject or terms.proxy else ["no_proxy_here"]
