"""The rules as tables and properties; no database."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from linli.services.kitchen import rules
from linli.services.kitchen.rules import Need, Share, Shelf

DAY = date(2026, 11, 25)
shelves = st.lists(st.builds(
    Shelf, lot=st.integers(1, 10_000), ingredient=st.integers(1, 3),
    expires_on=st.integers(-5, 40).map(lambda days: DAY + timedelta(days=days)), free=st.integers(0, 5_000),
    is_usable=st.booleans()), max_size=12, unique_by=lambda one: one.lot)
needs = st.lists(st.builds(Need, recipe=st.integers(1, 3), ingredient=st.integers(1, 3),
                           amount=st.integers(1, 4_000)), max_size=6)


@given(needs, shelves)
def test_first_expired_first_out(needs: list[Need], shelves: list[Shelf]) -> None:
    plan = rules.first_expired_first_out(needs, shelves, DAY)
    by_lot = {one.lot: one for one in shelves}
    taken: dict[int, int] = {}
    for pick in plan.picks:
        shelf = by_lot[pick.lot]
        assert shelf.is_usable
        assert shelf.expires_on >= DAY
        taken[pick.lot] = taken.get(pick.lot, 0) + pick.amount
    assert all(taken[lot] <= by_lot[lot].free for lot in taken)
    for ingredient in {need.ingredient for need in needs}:
        good = [one for one in shelves if one.ingredient == ingredient and one.is_usable and one.expires_on >= DAY]
        wanted = sum(need.amount for need in needs if need.ingredient == ingredient)
        got = sum(taken.get(one.lot, 0) for one in good)
        # nothing is said to be missing while something is left, and all that is needed is taken or said to be missing
        assert got == min(wanted, sum(one.free for one in good))
        assert plan.short.get(ingredient, 0) == wanted - got
        used = [one for one in good if taken.get(one.lot)]
        if used:
            last = max(one.expires_on for one in used)
            # whatever expires before the last lot that was touched is empty
            assert all(taken.get(one.lot, 0) == one.free for one in good if one.expires_on < last)


@given(needs, shelves, st.randoms(use_true_random=False))
def test_the_order_of_the_shelf_does_not_matter(needs: list[Need], shelves: list[Shelf], chance: object) -> None:
    mixed = list(shelves)
    chance.shuffle(mixed)  # type: ignore[attr-defined]  # random.Random
    assert rules.first_expired_first_out(needs, shelves, DAY) == rules.first_expired_first_out(needs, mixed, DAY)


@pytest.mark.parametrize(("minute", "takes"), [
    (datetime(2026, 11, 24, 16, 59, 59), True), (datetime(2026, 11, 24, 17, 0, 0), False),
    (datetime(2026, 11, 24, 17, 0, 1), False)])
def test_the_minute_of_the_cut_off(minute: datetime, takes: bool) -> None:
    assert rules.takes_orders(minute, datetime(2026, 11, 24, 17, 0)) is takes


@pytest.mark.parametrize(("price", "portions", "percent", "meals", "had", "cents"), [
    (1200, 1, 50, 31, 0, 600), (1200, 2, 50, 31, 30, 600), (1200, 2, 50, 31, 31, 0), (1201, 1, 50, 31, 0, 600),
    (1200, 1, 100, 62, 61, 1200), (1200, 3, 0, 0, 0, 0), (0, 2, 50, 31, 0, 0), (1200, 1, 50, 31, 99, 0)])
def test_the_subsidy_stays_inside_its_quota(price: int, portions: int, percent: int, meals: int, had: int,
                                            cents: int) -> None:
    assert rules.subsidy_cents(price, portions, Share("x", percent, meals), had) == cents


@given(st.integers(0, 10**6), st.integers(1, 500), st.integers(0, 500))
def test_a_share_is_never_more_than_there_was(amount: int, whole: int, part: int) -> None:
    part = min(part, whole)
    assert 0 <= rules.share_of(amount, part, whole) <= amount
    assert rules.share_of(amount, whole, whole) == amount
    assert rules.share_of(amount, part, whole) + rules.share_of(amount, whole - part, whole) <= amount


@pytest.mark.parametrize(("dishes", "right_for"), [
    ([["soft", "halal"], ["soft"]], {"soft"}), ([["soft"], []], set()), ([], set()), ([["halal"]], {"halal"})])
def test_a_menu_is_right_for_a_diet_when_each_dish_is(dishes: list[list[str]], right_for: set[str]) -> None:
    assert rules.diets_of(dishes) == right_for


@pytest.mark.parametrize(("came", "went", "minutes"), [
    ("09:50", "12:00", 120), ("10:20", "12:00", 100), ("10:00", "12:20", 140), ("10:00", "14:00", 150),
    ("11:00", "11:00", 0)])
def test_minutes_of_a_shift(came: str, went: str, minutes: int) -> None:
    def when(text: str) -> datetime:
        return datetime.fromisoformat(f"2026-11-23T{text}")

    assert rules.credited_minutes(when(came), when(went), when("10:00"), when("12:00"), 30) == minutes


def test_who_may_not_eat_it() -> None:
    found = rules.fit(menu_allergens=frozenset({"egg", "soy"}), menu_diets=frozenset({"soft"}),
                      allergies=frozenset({"egg", "milk"}), diets=["halal", "soft", "low_salt"],
                      strict=frozenset({"halal", "vegetarian"}))
    assert (found.allergens, found.strict, found.soft) == ({"egg"}, {"halal"}, {"low_salt"})
