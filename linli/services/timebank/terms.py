"""R1–R24 as values: what a city's policy data says on one day, read into typed terms. No database, no clock."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

_SPAN = re.compile(r"(\d{1,6})(min|h|d)?")


class BadTerms(ValueError):  # noqa: N818 - read after "raises"
    """A rule is left out, or its value cannot be read; the text names the rule, in English, for files and logs."""


def minutes(text: Any) -> int | None:
    """`"none"` → None, `"90min"` → 90, `"2h"` → 120. Raises `BadTerms`."""
    return _span(text, {"min": 1, "h": 60})


def days(text: Any) -> int | None:
    """`"none"` → None, `"30d"` → 30. Raises `BadTerms`."""
    return _span(text, {"d": 1})


def number(text: Any) -> int | None:
    """`"none"` → None, `"60"` → 60 (an age, a percentage, metres, a count). Raises `BadTerms`."""
    return _span(text, {None: 1})


def yes(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadTerms(f"{value!r} is neither true nor false")
    return value


def words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadTerms(f"{value!r} is no list of words")
    return tuple(value)


def word(*allowed: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in allowed:
            raise BadTerms(f"{value!r} is none of {', '.join(allowed)}")
        return str(value)

    return read


def spans(value: Any) -> tuple[int, ...]:
    found = tuple(minutes(one) for one in words(value))
    if None in found:
        raise BadTerms("a step cannot be none")
    return tuple(one for one in found if one is not None)


def rates(value: Any) -> Mapping[str, int]:
    """Service item → minutes credited for an hour of it."""
    if not isinstance(value, dict):
        raise BadTerms(f"{value!r} is no table of prices")
    return {item: minutes(rate) or 0 for item, rate in value.items()}


def sets(value: Any) -> tuple[frozenset[str], ...]:
    """`["a+b", "c"]` → ({a, b}, {c}): any one of the sets is enough."""
    return tuple(frozenset(one.split("+")) for one in words(value))


def _span(text: Any, units: Mapping[str | None, int]) -> int | None:
    if text == "none":
        return None
    found = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if found is None or found[2] not in units:
        raise BadTerms(f"{text!r} is neither none nor a number with a unit that fits")
    return int(found[1]) * units[found[2]]


def read(how: Callable[[Any], Any]) -> Any:
    return field(metadata={"read": how})


@dataclass(frozen=True)
class Unit:
    """R1: whole minutes; rounded down to `round_to` once, when earned; `shown` as hours or coins."""

    round_to: int | None = read(minutes)
    shown: str = read(word("hours", "coins"))


@dataclass(frozen=True)
class Credit:
    """R2: min(check-out − check-in, agreed + `tolerance`); `travel` minutes are taken off."""

    tolerance: int | None = read(minutes)
    travel: str = read(word("excluded"))


@dataclass(frozen=True)
class Price:
    """R3: an hour for an hour, or a table by service item; one of the two for a whole book."""

    mode: str = read(word("one_to_one", "table"))
    table: Mapping[str, int] = read(rates)


@dataclass(frozen=True)
class Earning:
    """R4: who may earn."""

    age_from: int | None = read(number)
    minor: str = read(word("guardian", "group", "no"))
    minor_age_from: int | None = read(number)
    training: bool = read(yes)
    residence: bool = read(yes)


@dataclass(frozen=True)
class Redeeming:
    """R5: who may spend minutes on help. `who`: self, spouse. `issued_to`: those who may be given issued time."""

    age_from: int | None = read(number)
    hardship_age_from: int | None = read(number)
    who: tuple[str, ...] = read(words)
    after_earned: int | None = read(minutes)


@dataclass(frozen=True)
class Caps:
    """R6: ceilings; what is above goes to `overflow` and is never lost."""

    day: int | None = read(minutes)
    balance: int | None = read(minutes)
    lifetime: int | None = read(minutes)
    overflow: str = read(word("pool", "honour"))


@dataclass(frozen=True)
class Groups:
    """R7: what a group may do with the time it earned."""

    use: str = read(word("donate_only", "none"))


@dataclass(frozen=True)
class Gift:
    """R8: to whom time may be given. `friends` opens it beyond `relations`; a gift is never passed on."""

    relations: tuple[str, ...] = read(words)
    friends: bool = read(yes)
    recipient_age_from: int | None = read(number)
    year_max: int | None = read(minutes)
    donate_to: tuple[str, ...] = read(words)
    onward: bool = read(yes)


@dataclass(frozen=True)
class Treasury:
    """R9: time is created only under a decision with a number and a limit; `issued_to` these, `person_year` each."""

    issued_to: tuple[str, ...] = read(words)
    person_year: int | None = read(minutes)
    outside_from: tuple[str, ...] = read(words)


@dataclass(frozen=True)
class Cover:
    """R10: below this percentage of what is outstanding the pool's coverage is reported as low."""

    warn_percent: int | None = read(number)


@dataclass(frozen=True)
class Confirming:
    """R11: strong evidence confirms by itself after `auto_after`; a hold runs out after `hold_for`."""

    auto_after: int | None = read(days)
    hold_for: int | None = read(days)


@dataclass(frozen=True)
class Proof:
    """R12: which evidence counts, which combination is strong, and how near a position must be."""

    accepted: tuple[str, ...] = read(words)
    strong: tuple[frozenset[str], ...] = read(sets)
    fence_m: int | None = read(number)
    accuracy_m: int | None = read(number)


@dataclass(frozen=True)
class Correcting:
    """R13: a correction is a reversing entry with a reason; `two_people` for one that takes from a person."""

    reason: bool = read(yes)
    two_people: bool = read(yes)


@dataclass(frozen=True)
class Claims:
    """R14: days to make a claim, to answer it, to appeal."""

    within: int | None = read(days)
    answer: int | None = read(days)
    appeal: int | None = read(days)


@dataclass(frozen=True)
class Certifying:
    """R15: stars by lifetime minutes; a certificate is free."""

    stars: tuple[int, ...] = read(spans)
    free: bool = read(yes)


@dataclass(frozen=True)
class Moving:
    """R16: records move with the volunteer's consent only."""

    consent: bool = read(yes)


@dataclass(frozen=True)
class Exchanging:
    """R17: the most one community may owe another; none = no exchange."""

    limit: int | None = read(minutes)


@dataclass(frozen=True)
class Expiring:
    """R18: none = never. Issued time goes back to the pool."""

    earned: int | None = read(days)
    issued: int | None = read(days)


@dataclass(frozen=True)
class Leaving:
    """R19: relatives may come within `relatives`, then `then`."""

    relatives: int | None = read(days)
    then: str = read(word("pool"))


@dataclass(frozen=True)
class Goods:
    """R20: goods only where the city allows, from a book of their own that never converts back."""

    allowed: bool = read(yes)


@dataclass(frozen=True)
class Safety:
    """R21: levels of risk (`low`, `risky`, `professional`) that need a statement, insurance, a proven skill."""

    statement: tuple[str, ...] = read(words)
    insurance: tuple[str, ...] = read(words)
    skill: tuple[str, ...] = read(words)


@dataclass(frozen=True)
class Fraud:
    """R22: thresholds of the signals; they hold and ask a person, and punish nobody."""

    pair_count: int | None = read(number)
    pair_days: int | None = read(days)
    speed_kmh: int | None = read(number)
    bulk_count: int | None = read(number)
    bulk_within: int | None = read(minutes)
    sample_percent: int | None = read(number)
    sample_least: int | None = read(number)


@dataclass(frozen=True)
class Paper:
    """R23: passbook on paper; entries by the office show who acted for whom."""

    passbook: bool = read(yes)
    proxy: bool = read(yes)


@dataclass(frozen=True)
class Export:
    """R24: the layout of the export."""

    layout: str = read(word("national"))


@dataclass(frozen=True)
class Terms:
    """All twenty-four, in the order of their numbers."""

    unit: Unit
    credit: Credit
    price: Price
    earning: Earning
    redeeming: Redeeming
    caps: Caps
    groups: Groups
    gift: Gift
    treasury: Treasury
    coverage: Cover
    confirming: Confirming
    evidence: Proof
    correction: Correcting
    claims: Claims
    certificate: Certifying
    moving: Moving
    exchange: Exchanging
    expiry: Expiring
    leaving: Leaving
    goods: Goods
    safety: Safety
    fraud: Fraud
    paper: Paper
    export: Export


_KINDS: Mapping[str, type] = {
    "unit": Unit, "credit": Credit, "price": Price, "earning": Earning, "redeeming": Redeeming, "caps": Caps,
    "groups": Groups, "gift": Gift, "treasury": Treasury, "coverage": Cover, "confirming": Confirming,
    "evidence": Proof, "correction": Correcting, "claims": Claims, "certificate": Certifying, "moving": Moving,
    "exchange": Exchanging, "expiry": Expiring, "leaving": Leaving, "goods": Goods, "safety": Safety, "fraud": Fraud,
    "paper": Paper, "export": Export,
}
# "r01_unit" … "r24_export": how the rules are called in policy data.
RULES: tuple[str, ...] = tuple(f"r{place:02d}_{name}" for place, name in enumerate(_KINDS, start=1))


def parse_rule(rule: str, value: Any) -> Any:
    """The typed terms of one rule. Raises `BadTerms` when a part is missing, unknown or unreadable."""
    kind = _KINDS[rule[4:]]
    if not isinstance(value, dict):
        raise BadTerms(f"{rule} is {value!r}: write what it says, or none, part by part")
    parts = {one.name: one.metadata["read"] for one in fields(kind)}
    for name in value:
        if name not in parts:
            raise BadTerms(f"{rule} has no part {name!r}")
    found = {}
    for name, how in parts.items():
        if name not in value:
            raise BadTerms(f"{rule} leaves out {name!r}: write a value, or none with its source")
        try:
            found[name] = how(value[name])
        except BadTerms as error:
            raise BadTerms(f"{rule}.{name}: {error}") from None
    return kind(**found)


def parse(values: Mapping[str, Any]) -> Terms:
    """`{"r01_unit": {...}, …}` → `Terms`. Raises `BadTerms` when one of the twenty-four is left out."""
    missing = [rule for rule in RULES if rule not in values]
    if missing:
        raise BadTerms(f"{', '.join(missing)} left out: write a value, or none with its source")
    terms = Terms(**{rule[4:]: parse_rule(rule, values[rule]) for rule in RULES})
    if terms.price.mode == "one_to_one" and terms.price.table:
        raise BadTerms("r03_price: an hour for an hour and a table, never both in one book")
    if terms.gift.onward:
        raise BadTerms("r08_gift: a gift is never passed on")
    return terms
