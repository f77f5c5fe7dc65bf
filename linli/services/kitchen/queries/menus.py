"""Menus as people read them: dishes, allergens and diets computed from what goes in, portions left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Person
from linli.mechanisms.ledger.queries import AccountBalance
from linli.services.kitchen import books, rules
from linli.services.kitchen.models import Ingredient, Lot, LotState, Menu, MenuLot, Recipe, RecipeLine


@dataclass(frozen=True)
class Card:
    """One menu with what stands behind it. `allergens` is the union of every ingredient's and every planned lot's."""

    menu: Menu
    dishes: tuple[Recipe, ...]
    allergens: frozenset[str]
    diets: frozenset[str]
    left: int
    held: int

    @property
    def is_takable(self) -> bool:
        return self.menu.takes_orders(now())

    @property
    def names(self) -> list[str]:
        return [dish.name for dish in self.dishes]


def cards(menus: Iterable[Menu]) -> list[Card]:
    """Those menus with dishes, allergens and places; a handful of queries for any number of menus."""
    rows = list(menus)
    numbers = {pk for menu in rows for pk in menu.dishes}
    dishes: Mapping[int, Recipe] = Recipe.objects.in_bulk(numbers)
    natural: dict[int, frozenset[str]] = {}
    for line in RecipeLine.objects.filter(recipe__in=numbers).select_related("ingredient"):
        natural[line.recipe_id] = rules.union(natural.get(line.recipe_id, frozenset()), line.ingredient.allergens)
    labelled: dict[int, frozenset[str]] = {}
    for planned in MenuLot.objects.filter(menu__in=rows).select_related("lot"):
        labelled[planned.menu_id] = rules.union(labelled.get(planned.menu_id, frozenset()), planned.lot.allergens)
    places = books.left_to_order(rows)
    found = []
    for menu in rows:
        on_it = tuple(dishes[pk] for pk in menu.dishes if pk in dishes)
        found.append(Card(
            menu, on_it,
            rules.union(labelled.get(menu.pk, frozenset()), *[natural.get(dish.pk, frozenset()) for dish in on_it]),
            rules.diets_of([dish.diets for dish in on_it]), places[menu.pk].available, places[menu.pk].pending_out))
    return found


def card(menu: Menu) -> Card:
    """One menu."""
    return cards([menu])[0]


def week(person: Person, area: Area, *, since: date | None = None, days: int = 8) -> list[Card]:
    """What `person` may see of the days to come."""
    start = since or today()
    rows: QuerySet[Menu] = Menu.objects.visible_to(person).filter(
        area=area, on__gte=start, on__lt=start + timedelta(days=days)).exclude(state="cancelled")
    return cards(rows.select_related("area").order_by("on", "-serving", "pk"))


def needs_of(menu: Menu) -> list[rules.Need]:
    """So much of each ingredient for all portions, dish by dish."""
    lines = RecipeLine.objects.filter(recipe__in=menu.dishes).order_by("recipe", "pk")
    by_dish: dict[int, list[RecipeLine]] = {}
    for line in lines:
        by_dish.setdefault(line.recipe_id, []).append(line)
    return [rules.Need(dish, line.ingredient_id, line.amount * menu.portions)
            for dish in menu.dishes for line in by_dish.get(dish, ())]


def shelves_for(menu: Menu, needs: Sequence[rules.Need]) -> list[rules.Shelf]:
    """What the plan may take from: usable lots, what other menus keep left out, what this menu keeps given back."""
    wanted = {need.ingredient for need in needs}
    lots = list(Lot.objects.filter(
        area=menu.area, ingredient__in=wanted, state=LotState.USABLE).select_related("ingredient"))
    standing: Mapping[int, AccountBalance] = books.left_of(lots)
    own: dict[int, int] = {}
    for row in menu.lots.filter(is_used=False):
        own[row.lot_id] = own.get(row.lot_id, 0) + row.amount
    return [rules.Shelf(lot.pk, lot.ingredient_id, lot.expires_on, standing[lot.pk].available + own.get(lot.pk, 0),
                        allergens=frozenset(lot.allergens)) for lot in lots]


def proposal(menu: Menu) -> rules.Plan:
    """What the menu would take now, first expired first; and what is missing."""
    needs = needs_of(menu)
    return rules.first_expired_first_out(needs, shelves_for(menu, needs), menu.on)


def missing(menu: Menu) -> list[tuple[Ingredient, int]]:
    """What the menu needs and does not keep: after a recall, an expiry, or before it is planned at all."""
    kept: dict[tuple[int, int], int] = {}
    for row in menu.lots.select_related("lot"):
        key = (row.recipe_id, row.lot.ingredient_id)
        kept[key] = kept.get(key, 0) + row.amount
    short: dict[int, int] = {}
    for need in needs_of(menu):
        lack = need.amount - kept.get((need.recipe, need.ingredient), 0)
        if lack > 0:
            short[need.ingredient] = short.get(need.ingredient, 0) + lack
    names: Mapping[int, Ingredient] = Ingredient.objects.in_bulk(short)
    return [(names[pk], amount) for pk, amount in short.items()]


def recent(person: Person, area: Area) -> QuerySet[Menu]:
    """The desk's list: the last week and what is to come."""
    rows: QuerySet[Menu] = Menu.objects.visible_to(person).filter(
        Q(on__gte=today() - timedelta(days=7)), area=area)
    return rows.select_related("area").order_by("on", "-serving", "pk")
