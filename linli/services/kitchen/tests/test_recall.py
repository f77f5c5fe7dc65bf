"""A bad lot in one action: shelf, pots, plates, people, books; and the way from a sack to plates and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused
from linli.mechanisms.ledger import queries as reads
from linli.services.kitchen import books
from linli.services.kitchen.actions import cooking, delivering, planning, recalling
from linli.services.kitchen.models import Lot, LotState, Menu, Order, OrderState, Recall, RecallCall, Round, Stop
from linli.services.kitchen.queries import menus, stock
from linli.services.kitchen.tests.conftest import CUTOFF, at, books_are_clean

pytestmark = pytest.mark.django_db
NOON = at(11, 30, day=25)
WORDS = {"reason": "菌落超标", "advice": "没吃完的不要再吃"}


def balance(area: Area, unit: str, name: str) -> int:
    return reads.balance(books.side(books.book(area, unit), name)).posted


@pytest.fixture
def half_way(make_menu: Callable[..., Menu], shelve: Callable[..., Lot], make_person: Any, community: Area,
             worker: Person, neighbour: Person, order: Callable[..., Order], cook: Callable[..., Any],
             walk: Callable[[Menu], Round]) -> tuple[Lot, Menu, list[Order]]:
    """Tofu for ten portions out of a sack of 3 kg; four orders: one eaten, three still on their way (one without a
    telephone)."""
    lot = shelve("tofu", 3_000)
    menu = make_menu("tofu", portions=10, stocked=True)
    people = [make_person(f"居民{n}", community, **({"phone": None} if n == 2 else {})) for n in range(4)]
    placed = [order(menu, one, portions=2 if n == 0 else 1) for n, one in enumerate(people)]
    cook(menu)
    row = walk(menu)
    with clock.at(NOON):
        stop = Stop.objects.select_related("round__area", "round__menu").get(order=placed[0])
        delivering.report(neighbour, stop, what="delivered", once="1")
    assert row.stops.count() == 4
    return lot, menu, placed


def test_recall_in_one_action(half_way: tuple[Lot, Menu, list[Order]], worker: Person, neighbour: Person,
                              community: Area, make_menu: Callable[..., Menu]) -> None:
    lot, menu, placed = half_way
    later = make_menu("tofu", portions=5, stocked=True, on=date(2026, 11, 27))  # plans with the same sack
    assert menus.missing(later) == []
    with clock.at(NOON):
        made = recalling.recall(worker, lot, **WORDS)
        assert recalling.recall(worker, lot, **WORDS).pk == made.pk  # a double tap
    lot.refresh_from_db()
    assert lot.state == LotState.RECALLED
    # 3,000 g: 1,200 into the pot, 1,800 on the shelf; of ten portions two were eaten
    assert (made.shelf, made.pots, made.stopped, made.eaten, made.spare) == (1_800, 960, 3, 2, 5)
    assert {one.state for one in Order.objects.exclude(pk=placed[0].pk)} == {OrderState.STOPPED}
    assert [one.name for one, _amount in menus.missing(later)] == ["豆腐"]
    # the books
    assert (balance(community, "gram", "recalled"), balance(community, "gram", "cooked")) == (2_760, 240)
    assert reads.balance(books.shelf(lot)).posted == 0
    assert (balance(community, "meal", "recalled"), balance(community, "meal", "served")) == (8, 2)
    assert reads.balance(books.portions(menu)).posted == 0
    for unit in ("gram", "meal"):
        assert reads.trial_balance(books.book(community, unit)).is_balanced
    assert books_are_clean()
    # the people
    calls = {call.order_id: call for call in RecallCall.objects.all()}
    assert {pk: (call.had_it, call.by_phone) for pk, call in calls.items()} == {
        placed[0].pk: (True, False), placed[1].pk: (False, False), placed[2].pk: (False, True),
        placed[3].pk: (False, False)}
    told = Notice.objects.get(person=placed[0].person, key__startswith="kitchen.recall")
    assert told.urgent
    assert WORDS["advice"] in told.sentence
    # a meal on its way is not handed over any more
    stop = Stop.objects.select_related("round__area", "round__menu").get(order=placed[1])
    with pytest.raises(Refused, match="stopped"):
        delivering.report(neighbour, stop, what="delivered", once="9")
    recalling.called(worker, calls[placed[2].pk], answer="没吃")
    assert RecallCall.objects.get(order=placed[2]).called_by == worker
    with clock.at(NOON):
        cooking.close_menu(worker, menu)
    assert books_are_clean()


def test_from_a_sack_to_the_plates_and_back(half_way: tuple[Lot, Menu, list[Order]]) -> None:
    lot, _menu, placed = half_way
    trace = stock.forward(lot)
    assert {order.pk for order in trace.orders} == {one.pk for one in placed}
    assert (trace.served, [pot.amount for pot in trace.pots]) == (2, [1_200])
    for order in Order.objects.all():
        assert [row.lot_id for row in stock.back(order)] == [lot.pk]


def test_a_recall_before_cooking_stops_no_meal(make_menu: Callable[..., Menu], shelve: Callable[..., Lot],
                                               worker: Person, resident: Person,
                                               order: Callable[..., Order]) -> None:
    bad = shelve("tofu", 2_000, date(2026, 11, 27))
    menu = make_menu("tofu", portions=10, stocked=True)
    placed = order(menu, resident)
    made = recalling.recall(worker, bad, **WORDS)
    assert (made.shelf, made.stopped, made.eaten) == (2_000, 0, 0)
    placed.refresh_from_db()
    assert placed.state == OrderState.PLACED
    with clock.at(CUTOFF):
        planning.lock_menu(menu)
        with pytest.raises(Refused, match="short"):
            cooking.cook(worker, menu, portions=10, celsius=Decimal("80"), sample_grams=130)
        shelve("tofu", 2_000)
        assert planning.fill(worker, menu) == []
        cooking.cook(worker, menu, portions=10, celsius=Decimal("80"), sample_grams=130)
    assert books_are_clean()


def test_a_good_pot_still_feeds_who_is_not_packed(make_menu: Callable[..., Menu], shelve: Callable[..., Lot],
                                                  worker: Person, resident: Person, neighbour: Person,
                                                  order: Callable[..., Order], cook: Callable[..., Any]) -> None:
    first = shelve("tofu", 600, date(2026, 11, 26))
    shelve("tofu", 600, date(2026, 12, 26))
    menu = make_menu("tofu", portions=10, stocked=True)
    one, other = order(menu, resident), order(menu, neighbour)
    cook(menu, portions=10, packed=False)
    # both sacks went into the one pot: nothing is good any more
    made = recalling.recall(worker, first, **WORDS)
    one.refresh_from_db(), other.refresh_from_db()
    assert (one.state, other.state, made.stopped, made.spare) == ("stopped", "stopped", 2, 8)
    assert books_are_clean()


def test_a_second_pot_takes_over(make_menu: Callable[..., Menu], shelve: Callable[..., Lot], worker: Person,
                                 resident: Person, order: Callable[..., Order], cook: Callable[..., Any]) -> None:
    bad = shelve("tofu", 600, date(2026, 11, 26))
    menu = make_menu("tofu", portions=5, stocked=True)
    shelve("tofu", 600)
    planning.change_portions(worker, menu, 10)
    placed = order(menu, resident)
    cook(menu, portions=5, packed=False)
    made = recalling.recall(worker, bad, **WORDS)  # five more can still be cooked
    placed.refresh_from_db()
    assert (placed.state, made.stopped) == ("placed", 0)
    assert books_are_clean()


def test_who_may_recall(shelve: Callable[..., Lot], resident: Person, other_worker: Person, worker: Person) -> None:
    lot = shelve("tofu", 600)
    for person in (resident, other_worker):
        with pytest.raises(Denied):
            recalling.recall(person, lot, **WORDS)
    for facts, code in (({"reason": ""}, "no_reason"), ({"advice": " "}, "no_advice")):
        with pytest.raises(Refused, match=code):
            recalling.recall(worker, lot, **{**WORDS, **facts})
    assert not Recall.objects.exists()
