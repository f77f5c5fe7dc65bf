"""Where law and standards speak: pure functions, values in, value out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

YES, NO, UNKNOWN = "yes", "no", "unknown"


@dataclass(frozen=True)
class Usable:
    """Can somebody with this need use the facility? `because` are (key, value) pairs that decided it."""

    answer: str
    because: tuple[tuple[str, str], ...] = ()


def usable(rule: Mapping[str, Any], facts: Mapping[str, str]) -> Usable:
    """The answer of one entry of `access.usable` for `facts` (key → value as text).

    One fact against is enough for no; otherwise one in favour is enough for yes; else nobody has looked. Stairs without
    a ramp or lift beside them count against who cannot climb them, where the rule says so.
    """
    against = [
        (key, facts[key]) for key, how, value in rule["never"] if key in facts and _holds(facts[key], how, value)
    ]
    steps = _number(facts.get("step_count"))
    if rule["stairs"] and steps and "yes" not in (facts.get("ramp"), facts.get("elevator")):
        against.append(("step_count", facts["step_count"]))
    if against:
        return Usable(NO, tuple(against))
    for_it = [
        (key, facts[key]) for key, how, value in rule["always"] if key in facts and _holds(facts[key], how, value)
    ]
    return Usable(YES, tuple(for_it)) if for_it else Usable(UNKNOWN)


def _holds(found: str, how: str, value: Any) -> bool:
    if how == "is":
        return bool(found == value)
    number = _number(found)
    if number is None:
        return False
    return number > float(value) if how == "over" else number < float(value)


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text not in (None, "") else None
    except ValueError:
        return None


@dataclass(frozen=True)
class Asked:
    """How owners were asked: heads and exclusive area (m²), of all, of those who took part, of those who agreed."""

    owners: int
    owners_took_part: int
    owners_agreed: int
    m2: Decimal
    m2_took_part: Decimal
    m2_agreed: Decimal


@dataclass(frozen=True)
class Reached:
    """The four shares against their lines; `is_reached` only when all hold."""

    took_part_heads: bool
    took_part_m2: bool
    agreed_heads: bool
    agreed_m2: bool

    @property
    def is_reached(self) -> bool:
        return self.took_part_heads and self.took_part_m2 and self.agreed_heads and self.agreed_m2


def consent(rule: Mapping[str, Any], asked: Asked) -> Reached:
    """Did the owners agree as `rule` (an entry of `access.consent_rules`) demands?

    民法典 第278条第2款: two thirds of heads and of area take part ("以上" includes the line, 第1259条); of those who
    took part, three quarters or more than half, again of heads and of area, agree.
    """
    part, agree = Fraction(*rule["take_part"]), Fraction(*rule["agree"])

    def share(one: int | Decimal, of: int | Decimal) -> Fraction:
        return Fraction(one) / Fraction(of) if of else Fraction(0)

    def enough(found: Fraction) -> bool:
        return found >= agree if rule["at_least"] else found > agree

    return Reached(
        share(asked.owners_took_part, asked.owners) >= part,
        share(asked.m2_took_part, asked.m2) >= part,
        enough(share(asked.owners_agreed, asked.owners_took_part)),
        enough(share(asked.m2_agreed, asked.m2_took_part)),
    )


def needs_consent(rule: Mapping[str, Any]) -> bool:
    """Must the owners be asked at all under this rule?"""
    return Fraction(*rule["take_part"]) > 0


def within(item: Mapping[str, Any], value: Decimal) -> bool:
    """Is a measured `value` what the entry of `access.acceptance` asks for? The limit itself is good enough."""
    limit = Decimal(str(item["limit"]))
    return value <= limit if item["how"] == "most" else value >= limit


def to_measure(items: Sequence[Mapping[str, Any]], category: str) -> list[Mapping[str, Any]]:
    """The items that a work of `category` is judged by."""
    return [item for item in items if category in item["for"]]


def interpreters_needed(minutes: float, two_over_min: float) -> int:
    """Two take turns when it lasts longer than `two_over_min` minutes."""
    return 2 if minutes > two_over_min else 1
