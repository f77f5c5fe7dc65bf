"""Every door once, never worse than what was there, the same on every machine."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings, strategies as st

from linli.services.kitchen import routing
from linli.services.kitchen.routing import Door, Legs

KITCHEN = (120.1000, 30.2000)
LEGS = Legs()


def doors(count: int, seed: int, *, late: bool = False) -> list[Door]:
    chance = random.Random(seed)
    return [
        Door(n, 120.1 + chance.uniform(-0.004, 0.004), 30.2 + chance.uniform(-0.004, 0.004), chance.choice([1, 1, 2]),
             from_s=1_800 if late and n % 4 == 0 else 0, until_s=5_400) for n in range(1, count + 1)]


def chunks(rows: list[Door], bag: int) -> routing.Routes:
    """The order they came in, a bag after the other."""
    found: list[list[int]] = [[]]
    load = 0
    for door in rows:
        if load + door.portions > bag:
            found.append([])
            load = 0
        found[-1].append(door.key)
        load += door.portions
    return tuple(tuple(one) for one in found)


@pytest.mark.parametrize(("count", "carriers", "late"), [(1, 1, False), (3, 1, False), (9, 2, False), (24, 3, True)])
def test_never_worse_and_every_door_once(count: int, carriers: int, late: bool) -> None:
    rows = doors(count, seed=count, late=late)
    given_order = chunks(rows, 12)
    routes, by_solver = routing.best(KITCHEN, rows, given_order, carriers=carriers, bag=12, legs=LEGS, seed=7,
                                     iterations=150)
    assert routing.holds_each_once(routes, rows)
    price = routing.cost(KITCHEN, rows, routes, bag=12, legs=LEGS)
    assert price <= routing.cost(KITCHEN, rows, given_order, bag=12, legs=LEGS)
    assert price.over == 0
    assert by_solver is False or count >= routing.SOLVER_FROM


def test_the_solver_is_worth_it_where_the_order_is_bad() -> None:
    rows = doors(20, seed=3)
    given_order = chunks(rows, 12)
    routes, _by_solver = routing.best(KITCHEN, rows, given_order, carriers=2, bag=16, legs=LEGS, seed=1, iterations=300)
    before = routing.cost(KITCHEN, rows, given_order, bag=16, legs=LEGS).metres
    assert routing.cost(KITCHEN, rows, routes, bag=16, legs=LEGS).metres < before * 0.7


def test_the_same_doors_give_the_same_order() -> None:
    rows = doors(14, seed=5)
    once, again = [routing.best(KITCHEN, rows, carriers=2, bag=12, legs=LEGS, seed=9, iterations=120) for _ in "12"]
    assert once == again


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 12), st.integers(0, 10_000), st.integers(1, 4))
def test_the_plain_rule_fills_no_bag_over(count: int, seed: int, carriers: int) -> None:
    rows = doors(count, seed)
    routes = routing.plain(KITCHEN, rows, carriers=carriers, bag=6, legs=LEGS)
    assert routing.holds_each_once(routes, rows)
    assert routing.cost(KITCHEN, rows, routes, bag=6, legs=LEGS).over == 0


def test_a_door_that_is_home_late_is_waited_for() -> None:
    late = Door(1, 120.1001, 30.2, from_s=3_600, until_s=5_400)
    far = Door(2, 120.104, 30.2, until_s=5_400)
    assert routing.cost(KITCHEN, [late, far], ((2, 1),), bag=12, legs=LEGS).late_s == 0
    assert routing.cost(KITCHEN, [late, far], ((1, 2),), bag=12, legs=LEGS).late_s == 0
    near_end = Door(3, 120.1002, 30.2, until_s=100)
    assert routing.cost(KITCHEN, [late, near_end], ((1, 3),), bag=12, legs=LEGS).late_s > 0
    assert routing.best(KITCHEN, [late, near_end], ((1, 3),), carriers=1, bag=12, legs=LEGS, seed=1,
                        iterations=10)[0] == ((3, 1),)
