"""The kitchen's rules as pure functions: values in, value out; no database, no clock, no request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True)
class Shelf:
    """A lot as the plan sees it: how much nobody has planned yet, in its measure."""

    lot: int
    ingredient: int
    expires_on: date
    free: int
    is_usable: bool = True
    allergens: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Need:
    """So much of an ingredient for one dish of the menu."""

    recipe: int
    ingredient: int
    amount: int


@dataclass(frozen=True)
class Pick:
    """Take so much of a lot for a dish."""

    recipe: int
    lot: int
    amount: int


@dataclass(frozen=True)
class Plan:
    """What to take from where; `short` is what no lot can give, by ingredient."""

    picks: tuple[Pick, ...] = ()
    short: Mapping[int, int] = field(default_factory=dict)


def first_expired_first_out(needs: Sequence[Need], shelves: Iterable[Shelf], on: date) -> Plan:
    """Fill `needs` from what expires first; what is past its date on `on`, or blocked, is not touched.

    Of lots with the same date the one with the smaller number (the older) goes first. The needs are served in order.
    """
    good = sorted((one for one in shelves if one.is_usable and one.free > 0 and one.expires_on >= on),
                  key=lambda one: (one.expires_on, one.lot))
    left = {one.lot: one.free for one in good}
    picks: list[Pick] = []
    short: dict[int, int] = {}
    for need in needs:
        wanted = need.amount
        for shelf in good:
            if shelf.ingredient != need.ingredient or not wanted:
                continue
            taken = min(wanted, left[shelf.lot])
            if taken:
                picks.append(Pick(need.recipe, shelf.lot, taken))
                left[shelf.lot] -= taken
                wanted -= taken
        if wanted:
            short[need.ingredient] = short.get(need.ingredient, 0) + wanted
    return Plan(tuple(picks), short)


def union(*parts: Iterable[str]) -> frozenset[str]:
    """Every allergen of every part: of the ingredients by their nature, and of the lots by their labels."""
    return frozenset(code for part in parts for code in part)


def diets_of(dishes: Sequence[Iterable[str]]) -> frozenset[str]:
    """A menu is right for a diet when every dish of it is."""
    if not dishes:
        return frozenset()
    first, *rest = [frozenset(one) for one in dishes]
    return first.intersection(*rest)


@dataclass(frozen=True)
class Fit:
    """How a menu suits a person: `allergens` and `strict` stop the order, `soft` is asked about."""

    allergens: frozenset[str] = frozenset()
    strict: frozenset[str] = frozenset()
    soft: frozenset[str] = frozenset()


def fit(*, menu_allergens: frozenset[str], menu_diets: frozenset[str], allergies: frozenset[str],
        diets: Iterable[str], strict: frozenset[str]) -> Fit:
    """What of the menu the person must not, or would rather not, eat."""
    missing = frozenset(diets) - menu_diets
    return Fit(menu_allergens & allergies, missing & strict, missing - strict)


def takes_orders(moment: datetime, cutoff: datetime) -> bool:
    """Up to the minute before the cut-off; at the cut-off itself it is too late."""
    return moment < cutoff


@dataclass(frozen=True)
class Share:
    """One line of the subsidy policy: `percent` of the price for at most `meals` a month."""

    code: str
    percent: int
    meals: int


def subsidy_cents(price: int, portions: int, share: Share, had: int) -> int:
    """What the community bears of `portions` at `price` cents each, when `had` subsidised meals were had this month.

    Only portions inside the quota are subsidised; each one is rounded down to the cent.
    """
    inside = max(0, min(portions, share.meals - had))
    return inside * (price * share.percent // 100)


def share_of(amount: int, part: int, whole: int) -> int:
    """How much of `amount` lies in `part` of `whole` equal portions, rounded down: never more than was used."""
    return amount * part // whole if whole else 0


def credited_minutes(came: datetime, went: datetime, starts: datetime, ends: datetime, over: int) -> int:
    """Minutes of a shift: from when one came, but not before it began; at most its length and `over` minutes."""
    began = max(came, starts)
    most = int((ends - starts).total_seconds() // 60) + over
    return max(0, min(int((went - began).total_seconds() // 60), most))
