"""Ordering: the minute of the cut-off, what one may not eat, quotas, the queue, family, standing orders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Mandate, Person
from linli.foundation.privacy.actions import withdraw_consent
from linli.foundation.privacy.consents import has_consent
from linli.foundation.privacy.models import Consent
from linli.foundation.web import Denied, Refused
from linli.mechanisms.ledger import queries as reads
from linli.services.kitchen import books, jobs, listeners
from linli.services.kitchen.actions import eating, ordering, planning
from linli.services.kitchen.models import Eater, Menu, MenuState, Order, OrderState
from linli.services.kitchen.queries import menus, orders
from linli.services.kitchen.tests.conftest import CUTOFF, WEDNESDAY, books_are_clean

pytestmark = pytest.mark.django_db
Place = Callable[..., Order]


def test_up_to_the_minute_of_the_cut_off(menu: Menu, resident: Person, neighbour: Person, order: Place) -> None:
    with clock.at(CUTOFF - timedelta(seconds=1)):
        placed = order(menu, resident)
        assert placed.state == OrderState.PLACED
    with clock.at(CUTOFF):
        with pytest.raises(Refused, match="cut_off"):
            order(menu, neighbour)
        with pytest.raises(Refused, match="cut_off"):
            ordering.cancel(resident, placed)
        assert planning.lock_menu(menu) is True
        assert planning.lock_menu(menu) is False
    menu.refresh_from_db()
    assert menu.state == MenuState.LOCKED


def test_the_clock_locks_no_minute_early(menu: Menu) -> None:
    with clock.at(CUTOFF - timedelta(seconds=1)):
        assert jobs.lock_orders() == 0
    with clock.at(CUTOFF):
        assert jobs.lock_orders() == 1


def test_a_double_tap_is_one_order(menu: Menu, resident: Person, order: Place) -> None:
    assert order(menu, resident).pk == order(menu, resident).pk
    with pytest.raises(Refused, match="already"):
        order(menu, resident, once="b")
    assert reads.balance(books.portions(menu)).available == 9


def test_what_somebody_is_allergic_to_is_refused_in_words(menu: Menu, resident: Person, order: Place,
                                                          know: Callable[..., None]) -> None:
    know(resident, allergies=["egg", "milk"], agrees_health=True)
    with pytest.raises(Refused, match="allergy") as refused:
        order(menu, resident)
    assert "蛋" in str(refused.value.sentence)
    assert "奶" not in str(refused.value.sentence)
    assert not Order.objects.exists()


def test_allergies_need_their_own_yes_and_are_sealed(resident: Person, know: Callable[..., None]) -> None:
    with pytest.raises(Refused, match="no_health_consent"):
        know(resident, allergies=["egg"])
    know(resident, allergies=["egg"], agrees_health=True)
    assert has_consent(resident, "kitchen.health")
    with connection.cursor() as cursor:
        cursor.execute("SELECT allergies, door FROM kitchen_eater")
        assert not {"egg", "1单元702"} & set(cursor.fetchone())
    withdraw_consent(resident, "kitchen.health")
    for _again in range(2):
        listeners.on_consent_withdrawn(consent=Consent.objects.get(person=resident, purpose="kitchen.health").pk)
    row = Eater.objects.get()
    assert (row.allergies, row.door) == ("", "1单元702")


@pytest.mark.parametrize(("names", "diets", "knows", "code"), [
    (("rice", "egg"), ["vegetarian"], True, "diet"), (("rice", "tofu"), ["soft"], False, "diet_soft"),
    (("rice", "tofu"), ["soft"], True, None), (("rice", "tofu"), ["vegetarian", "halal"], False, None)])
def test_diets(names: tuple[str, ...], diets: list[str], knows: bool, code: str | None, resident: Person,
               make_menu: Callable[..., Menu], order: Place, know: Callable[..., None]) -> None:
    know(resident, diets=diets)
    menu = make_menu(*names)
    if code is None:
        assert order(menu, resident, knows_diet=knows).state == OrderState.PLACED
    else:
        with pytest.raises(Refused, match=code):
            order(menu, resident, knows_diet=knows)


def test_a_meal_to_the_door_needs_a_door(menu: Menu, neighbour: Person) -> None:
    with pytest.raises(Refused, match="no_door"):
        ordering.place(neighbour, menu, neighbour, once="a")
    assert ordering.place(neighbour, menu, neighbour, way="pick_up", once="a").state == OrderState.PLACED


def test_no_more_portions_than_one_may_have(menu: Menu, resident: Person, order: Place) -> None:
    with pytest.raises(Refused, match="too_many"):
        order(menu, resident, portions=3)


def test_the_subsidy_ends_with_its_quota(worker: Person, community: Area, resident: Person, order: Place,
                                         make_menu: Callable[..., Menu], know: Callable[..., None],
                                         monkeypatch: pytest.MonkeyPatch) -> None:
    know(resident)
    eating.set_subsidy(worker, community, resident, code="age80", source="身份证")
    table = [{"code": "age80", "percent": 50, "meals": 3}, {"code": "none", "percent": 0, "meals": 0}]
    real = ordering.policy
    monkeypatch.setattr(
        ordering, "policy", lambda key, **more: table if key == "kitchen.subsidy" else real(key, **more))
    found = []
    for number in range(2):
        menu = make_menu(on=WEDNESDAY + timedelta(days=number))
        placed = order(menu, resident, portions=2, once=f"o{number}")
        found.append((placed.price, placed.subsidy, placed.own_cents))
    assert found == [(2400, 1200, 1200), (2400, 600, 1800)]  # of the second two, one is inside the three
    assert ordering.had_this_month(resident, date(2026, 12, 1)) == 0


def test_nobody_gives_themselves_a_subsidy(worker: Person, community: Area, stranger: Person) -> None:
    for person in (worker, stranger):
        with pytest.raises(Denied):
            eating.set_subsidy(worker, community, person, code="hardship", source="低保证")


def test_who_waits_moves_up_when_a_meal_comes_free(make_menu: Callable[..., Menu], make_person: Any, community: Area,
                                                   worker: Person, order: Place) -> None:
    menu = make_menu(portions=2)
    people = [make_person(f"居民{n}", community) for n in range(4)]
    first, second, big, small = [order(menu, one, portions=2 if n == 2 else 1) for n, one in enumerate(people)]
    assert [one.state for one in (first, second, big, small)] == ["placed", "placed", "waiting", "waiting"]
    assert [orders.place_in_queue(one) for one in (big, small)] == [1, 2]
    ordering.cancel(people[0], first)
    big.refresh_from_db(), small.refresh_from_db()
    assert (big.state, small.state) == ("waiting", "placed")  # one portion fits who wants one
    planning.change_portions(worker, menu, 4)
    big.refresh_from_db()
    assert big.state == "placed"
    assert Notice.objects.filter(key=f"kitchen.promoted.{big.pk}").exists()
    assert reads.balance(books.portions(menu)).available == 0
    assert books_are_clean()


def test_at_the_cut_off_who_still_waits_is_told(make_menu: Callable[..., Menu], resident: Person, neighbour: Person,
                                                order: Place) -> None:
    menu = make_menu(portions=1)
    order(menu, resident)
    late = order(menu, neighbour)
    with clock.at(CUTOFF):
        planning.lock_menu(menu)
    late.refresh_from_db()
    assert late.state == OrderState.UNSERVED
    assert Notice.objects.filter(person=neighbour, key=f"kitchen.unserved.{late.pk}").exists()


def test_never_fewer_portions_than_were_ordered(make_menu: Callable[..., Menu], worker: Person, resident: Person,
                                                neighbour: Person, order: Place) -> None:
    menu = make_menu(portions=5)
    order(menu, resident, portions=2)
    order(menu, neighbour)
    with pytest.raises(Refused, match="ordered"):
        planning.change_portions(worker, menu, 2)
    menu.refresh_from_db()
    assert menu.portions == 5
    assert planning.change_portions(worker, menu, 3).portions == 3
    assert reads.balance(books.portions(menu)).available == 0
    assert books_are_clean()


def test_family_orders_by_mandate(menu: Menu, resident: Person, neighbour: Person, know: Callable[..., None]) -> None:
    know(resident)
    with pytest.raises(Denied):
        ordering.place(neighbour, menu, resident, once="a")
    Mandate.objects.create(subject=resident, agent=neighbour, scope=["kitchen"], agreed_at=clock.now())
    placed = ordering.place(neighbour, menu, resident, once="a")
    assert (placed.person, placed.by, placed.channel) == (resident, neighbour, "family")
    assert ordering.cancel(neighbour, placed).state == OrderState.CANCELLED


def test_the_desk_orders_for_who_rings(menu: Menu, worker: Person, resident: Person, stranger: Person,
                                       other_worker: Person, know: Callable[..., None]) -> None:
    know(resident)
    assert ordering.place(worker, menu, resident, channel="phone", once="a").channel == "phone"
    with pytest.raises(Denied):
        ordering.place(worker, menu, stranger, channel="phone", once="b")
    with pytest.raises(Denied):
        ordering.place(other_worker, menu, resident, channel="phone", once="c")


def test_standing_orders_are_made_once_and_say_why_not(resident: Person, community: Area, know: Callable[..., None],
                                                       make_menu: Callable[..., Menu]) -> None:
    know(resident, allergies=["egg"], agrees_health=True)
    ordering.save_standing(resident, community, resident, weekdays=[3, 4], serving="lunch", portions=1, way="deliver")
    tofu, egg = make_menu("tofu"), make_menu("egg", on=date(2026, 11, 26))
    make_menu("tofu", on=date(2026, 11, 27))  # a Friday
    for _run in range(2):
        jobs.make_standing_orders()
    placed = Order.objects.get()
    assert (placed.menu, placed.channel) == (tofu, "standing")
    told = Notice.objects.get(person=resident)
    assert told.key.endswith(f".{egg.pk}")
    assert "蛋" in told.sentence
    ordering.cancel(resident, placed)
    jobs.make_standing_orders()  # what was cancelled is not ordered again
    assert Order.objects.count() == 1


def test_calling_a_menu_off_gives_everything_back(menu: Menu, worker: Person, resident: Person, order: Place) -> None:
    order(menu, resident)
    with pytest.raises(Refused, match="no_reason"):
        planning.cancel_menu(worker, menu, why=" ")
    for _twice in range(2):
        planning.cancel_menu(worker, menu, why="停气")
    assert Order.objects.get().state == OrderState.CANCELLED
    assert menu.lots.count() == 0
    assert reads.balance(books.portions(menu)).posted == 0
    assert menus.cards([menu])[0].held == 0
    assert books_are_clean()


def test_who_may_not_eat_the_new_lots_is_told(menu: Menu, worker: Person, resident: Person, order: Place,
                                              know: Callable[..., None], shelve: Callable[..., Any]) -> None:
    know(resident, allergies=["nuts"], agrees_health=True)
    placed = order(menu, resident)
    shelve("rice", 50_000, date(2026, 11, 26), allergens=["nuts"])  # expires first, so the plan takes it
    planning.fill(worker, menu)
    assert [(one.pk, codes) for one, codes in ordering.conflicts(menu)] == [(placed.pk, {"nuts"})]
    assert Notice.objects.filter(person=resident, urgent=True).count() == 1
