"""Orders as reads: mine, the day's, the queue, who is near their quota."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q, QuerySet, Sum

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.people.queries import subjects_for
from linli.services.kitchen.models import (
    LIVE,
    Attending,
    Certificate,
    Eater,
    Menu,
    Order,
    OrderState,
    Shift,
    Standing,
)


def family(person: Person) -> list[Person]:
    """Oneself, and those for whom one may order."""
    return [person, *subjects_for(person, "kitchen")]


def mine(person: Person) -> QuerySet[Order]:
    """One's own orders and those of family, the newest day first."""
    rows: QuerySet[Order] = Order.objects.filter(person__in=[one.pk for one in family(person)])
    return rows.select_related("menu__area", "area", "person").order_by("-placed_at", "-pk")


def place_in_queue(order: Order) -> int:
    """How many stand before a waiting order, plus one."""
    before = Order.objects.filter(menu=order.menu_id, state=OrderState.WAITING).filter(
        Q(placed_at__lt=order.placed_at) | Q(placed_at=order.placed_at, pk__lt=order.pk))
    return before.count() + 1


def standings(person: Person, area: Area) -> QuerySet[Standing]:
    """Standing orders of oneself and family."""
    rows: QuerySet[Standing] = Standing.objects.filter(
        area=area, person__in=[one.pk for one in family(person)], ended_at=None)
    return rows.select_related("person", "area").order_by("-since", "-pk")


def of_menu(menu: Menu) -> QuerySet[Order]:
    """The day's list for the desk: living ones by batch and time, then the others."""
    rows: QuerySet[Order] = Order.objects.filter(menu=menu)
    return rows.select_related("person", "batch", "area", "menu").order_by("placed_at", "pk")


@dataclass(frozen=True)
class Counts:
    """A menu in numbers of portions."""

    placed: int
    waiting: int
    deliver: int
    pick_up: int
    done: int
    cents: int
    subsidy: int


def counts(menu: Menu) -> Counts:
    """One query."""
    live = Q(state__in=LIVE)
    done = Q(state__in=[OrderState.DELIVERED, OrderState.LEFT])
    sums = Order.objects.filter(menu=menu).aggregate(
        placed=Sum("portions", filter=live), waiting=Sum("portions", filter=Q(state=OrderState.WAITING)),
        deliver=Sum("portions", filter=live & Q(way="deliver")),
        pick_up=Sum("portions", filter=live & Q(way="pick_up")),
        done=Sum("portions", filter=done), cents=Sum("price", filter=live | done),
        subsidy=Sum("subsidy", filter=live | done))
    return Counts(**{name: value or 0 for name, value in sums.items()})


def profile(area: Area, person: Person) -> Eater | None:
    """What the kitchen knows of a person here."""
    found: Eater | None = Eater.objects.filter(area=area, person=person).select_related("building", "person").first()
    return found


def shifts(person: Person, area: Area) -> QuerySet[Shift]:
    """Shifts still to come, and those that run now."""
    rows: QuerySet[Shift] = Shift.objects.visible_to(person).filter(area=area, ends__gt=now() - timedelta(hours=2))
    return rows.select_related("area").order_by("starts", "pk")


def attending(shifts_shown: Sequence[Shift], person: Person | None = None) -> dict[int, list[Attending]]:
    """Who came to which of those shifts; of one person where one is named."""
    rows = Attending.objects.filter(shift__in=shifts_shown).select_related("person", "shift__area")
    if person is not None:
        rows = rows.filter(person=person)
    found: dict[int, list[Attending]] = {}
    for row in rows.order_by("came_at", "pk"):
        found.setdefault(row.shift_id, []).append(row)
    return found


def certificates(person: Person, area: Area) -> list[Certificate]:
    """The newest certificate of each volunteer, the one that runs out first on top."""
    newest: dict[int, Certificate] = {}
    rows = Certificate.objects.visible_to(person).filter(area=area).select_related("person")
    for row in rows.order_by("valid_until", "pk"):
        newest[row.person_id] = row
    return sorted(newest.values(), key=lambda one: (one.valid_until, one.pk))


def tastes(menu: Menu, least: int) -> dict[str, int] | None:
    """How it was, as sums; None below `least` answers."""
    found = dict(Order.objects.filter(menu=menu).exclude(taste="").values_list("taste").annotate(Count("pk")))
    return found if sum(found.values()) >= least else None
