"""Several at once: the last meal is given once, and one sack is not planned twice. Threads with own connections."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.foundation.web import Refused
from linli.mechanisms.ledger import queries as reads
from linli.services.kitchen import books
from linli.services.kitchen.actions import ordering, planning, stocking
from linli.services.kitchen.models import Lot, Menu, Order
from linli.services.kitchen.tests.conftest import MONDAY, books_are_clean

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 6


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """What each call returned, or the code of its refusal; all begin together."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            with clock.at(MONDAY):
                gate.wait(20)
                return call()
        except Refused as refusal:
            return refusal.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def needs_a_server() -> None:
    if connection.vendor == "sqlite" and connection.is_in_memory_db():  # type: ignore[attr-defined]  # SQLite's own
        pytest.skip("threads share an in-memory SQLite; run with --postgresql or a file")


def test_the_last_meal_is_given_once(make_menu: Callable[..., Menu], community: Area, make_person: Any) -> None:
    needs_a_server()
    menu = make_menu(portions=2)
    people = [make_person(f"居民{n}", community) for n in range(CLIENTS)]
    found = at_once([lambda one=one: ordering.place(one, menu, one, way="pick_up", once="a") for one in people])
    assert sorted(one.state for one in found) == ["placed"] * 2 + ["waiting"] * (CLIENTS - 2)
    standing = reads.balance(books.portions(menu))
    assert (standing.available, standing.pending_out) == (0, 2)
    # two leave at the same moment: two who waited longest move up, nobody twice
    held = [one for one in found if one.state == "placed"]
    at_once([lambda one=one: ordering.cancel(Person.objects.get(pk=one.person_id), one) for one in held])
    assert Order.objects.filter(state="placed").count() == 2
    assert reads.balance(books.portions(menu)).available == 0
    assert books_are_clean()


def test_one_sack_is_thrown_away_and_planned_once(make_menu: Callable[..., Menu], shelve: Callable[..., Lot],
                                                  worker: Person) -> None:
    needs_a_server()
    lot = shelve("rice", 1_000)
    menu = make_menu("rice", portions=10, stocked=True, opened=False)
    other = make_menu("rice", portions=10, stocked=True, opened=False, on=date(2026, 11, 26))
    at_once([
        lambda: planning.fill(worker, menu), lambda: planning.fill(worker, other),
        lambda: stocking.waste(worker, lot, amount=700, reason="spoiled", once="x"),
        lambda: stocking.waste(worker, lot, amount=700, reason="spoiled", once="y")])
    standing = books.left_of([lot])[lot.pk]
    assert standing.posted >= 0
    assert standing.available >= 0
    assert books_are_clean()
