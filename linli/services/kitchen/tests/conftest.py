"""A Monday in the kitchen of 梧桐里: rice, eggs and tofu on the shelf, a menu for Wednesday, doors that are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from linli.foundation.areas.models import Area, Building, Facility
from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.mechanisms.ledger import checking
from linli.services.kitchen.actions import cooking, delivering, eating, ordering, planning, stocking
from linli.services.kitchen.models import Ingredient, Lot, Menu, Order, Recipe, Round, Site

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)
WEDNESDAY = date(2026, 11, 25)
CUTOFF = datetime(2026, 11, 24, 17, 0, tzinfo=SHANGHAI)


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    """A moment of that Monday (or of another day of November 2026), in Shanghai."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def books_are_clean() -> bool:
    """As `linli ledger check`: every balance is what its entries give, every book adds up to zero."""
    found = checking.check()
    assert found.problems == []
    return True


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.at(MONDAY):
        yield


@pytest.fixture
def canteen(community: Area) -> Facility:
    return Facility.objects.create(area=community, kind="canteen", name="长者食堂", lon=120.1000, lat=30.2000)


@pytest.fixture
def site(worker: Person, community: Area, canteen: Facility) -> Site:
    return stocking.save_site(worker, community, name="梧桐里爱心厨房", phone="0571-00000041", facility=canteen)


@pytest.fixture
def goods(worker: Person, community: Area) -> dict[str, Ingredient]:
    rows = (("rice", "大米", "gram", []), ("egg", "鸡蛋", "piece", ["egg"]), ("tofu", "豆腐", "gram", ["soy"]))
    return {key: stocking.save_ingredient(worker, community, name=name, measure=measure, allergens=allergens)
            for key, name, measure, allergens in rows}


@pytest.fixture
def shelve(worker: Person, community: Area, site: Site, goods: dict[str, Ingredient]) -> Callable[..., Lot]:
    def put(what: str, amount: int, expires_on: date = date(2026, 12, 31), **more: Any) -> Lot:
        return stocking.shelve(worker, community, ingredient=goods[what], amount=amount, expires_on=expires_on,
                               storage="room", source="采购", **more)

    return put


@pytest.fixture
def dishes(worker: Person, community: Area, goods: dict[str, Ingredient]) -> dict[str, Recipe]:
    rows = (("rice", "米饭", ["halal", "vegetarian", "soft"], {"rice": 100}),
            ("egg", "蒸蛋", ["halal", "soft"], {"egg": 2}),
            ("tofu", "豆腐", ["halal", "vegetarian"], {"tofu": 120}))
    return {key: planning.save_recipe(worker, community, name=name, diets=diets, lines={
        goods[one].pk: amount for one, amount in lines.items()}) for key, name, diets, lines in rows}


@pytest.fixture
def make_menu(worker: Person, community: Area, dishes: dict[str, Recipe],
              shelve: Callable[..., Lot]) -> Callable[..., Menu]:
    """An open menu for Wednesday; what it needs is put on the shelf first unless `stocked` says it is there."""

    def make(*names: str, portions: int = 10, on: date = WEDNESDAY, stocked: bool = False, opened: bool = True,
             serving: str = "lunch", price: int = 1200) -> Menu:
        chosen = names or ("rice", "egg")
        if not stocked:
            for name in chosen:
                shelve(name, portions * {"rice": 100, "egg": 2, "tofu": 120}[name] + 500)
        begins = datetime(on.year, on.month, on.day, 11, 0, tzinfo=SHANGHAI)
        menu = planning.make_menu(
            worker, community, on=on, serving=serving, dishes=[dishes[name] for name in chosen], portions=portions,
            price=price, serves_from=begins, serves_until=begins + timedelta(minutes=90),
            cutoff_at=begins - timedelta(hours=18))
        planning.fill(worker, menu)
        return planning.open_menu(worker, menu) if opened else menu

    return make


@pytest.fixture
def menu(make_menu: Callable[..., Menu]) -> Menu:
    return make_menu()


@pytest.fixture
def know(community: Area, building: Building) -> Callable[..., None]:
    """Write down a person's door, and what else is given."""

    def tell(person: Person, **facts: Any) -> None:
        eating.save_eater(person, community, person, building=facts.pop("building", building),
                          door=facts.pop("door", "1单元702"), **facts)

    return tell


@pytest.fixture
def order(know: Callable[..., None]) -> Callable[..., Order]:
    """Order for oneself, with a door that is known."""

    def place(menu: Menu, person: Person, **facts: Any) -> Order:
        from linli.services.kitchen.models import Eater

        if not Eater.objects.filter(person=person).exists():
            know(person)
        return ordering.place(person, menu, person, **{"once": "a", "knows_diet": True, **facts})

    return place


@pytest.fixture
def cook(worker: Person) -> Callable[..., Any]:
    """Lock the menu at its cut-off, cook all of it (or `portions`) on its day, and pack."""

    def done(menu: Menu, *, portions: int | None = None, packed: bool = True) -> Any:
        with clock.at(CUTOFF):
            planning.lock_menu(menu)
        with clock.at(at(9, 30, day=25)):
            batch = cooking.cook(worker, menu, portions=portions or menu.portions, celsius=Decimal("82"),
                                 sample_grams=130)
            if packed:
                cooking.pack(worker, menu)
        return batch

    return done


@pytest.fixture
def walk(worker: Person, neighbour: Person) -> Callable[..., Round]:
    """Put the packed meals into one bag; 赵先生 carries it."""

    def out(menu: Menu) -> Round:
        with clock.at(at(10, 30, day=25)):
            row, *_others = delivering.make_rounds(worker, menu, carriers=1)
            return delivering.name_carrier(worker, row, neighbour)

    return out
