"""Who is next: nobody starves, nobody is lost, an appointment is kept; the wait is honest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from linli.services.window.rules import (
    Terms,
    Wait,
    Waiting,
    back_in_line,
    estimate,
    is_preferred,
    order,
    pick,
    streak_after,
)

NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
# A machine that others use too may be slow at the first draw; that says nothing of the rule.
HURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
ticket = st.tuples(st.sampled_from(["", "", "elder", "disabled"]), st.integers(0, 120), st.booleans())


def queue_of(rows: list[tuple[str, int, bool]]) -> list[Waiting]:
    return [Waiting(n, NOON - timedelta(minutes=ago), klass, NOON if booked else None)
            for n, (klass, ago, booked) in enumerate(rows)]


@HURRIED
@given(st.lists(ticket, max_size=30), st.integers(0, 9), st.integers(1, 4))
def test_everybody_is_called_once(rows: list[tuple[str, int, bool]], streak: int, in_a_row: int) -> None:
    queue = queue_of(rows)
    assert sorted(one.key for one in order(queue, streak, NOON, Terms(in_a_row))) == [one.key for one in queue]


@HURRIED
@given(st.lists(ticket, min_size=1, max_size=20), st.integers(0, 9), st.integers(1, 4))
def test_an_ordinary_ticket_is_never_starved(
    rows: list[tuple[str, int, bool]], streak: int, in_a_row: int,
) -> None:
    """However many preferred ones keep coming, n ordinary ones before me means (n + 1) × (in_a_row + 1) calls."""
    terms = Terms(in_a_row)
    queue = queue_of(rows)
    ordinary = sorted((one for one in queue if not is_preferred(one, NOON, terms)), key=lambda one: (
        one.since, one.key))
    new = 1000
    called: dict[int, int] = {}
    for turn in range(1, 200):
        queue.append(Waiting(new, NOON, "elder"))  # a preferred one comes before every single call
        new += 1
        one = pick(queue, streak, NOON, terms)
        assert one is not None
        streak = streak_after(one, streak, NOON, terms)
        queue.remove(one)
        called[one.key] = turn
    for n, one in enumerate(ordinary):
        assert called[one.key] <= (n + 1) * (in_a_row + 1)


@HURRIED
@given(st.lists(ticket, max_size=20), st.integers(1, 4))
def test_the_same_class_goes_by_arrival(rows: list[tuple[str, int, bool]], in_a_row: int) -> None:
    plain = [(klass, ago, False) for klass, ago, _booked in rows]
    lined = order(queue_of(plain), 0, NOON, Terms(in_a_row))
    for preferred in (True, False):
        found = [one.since for one in lined if bool(one.klass) is preferred]
        assert found == sorted(found)


@pytest.mark.parametrize(("minutes_to_due", "came_before_due", "timely"), [
    (15, 30, False), (10, 30, True), (0, 5, True), (-30, -20, True), (-30, -21, False)])
def test_an_appointment_has_its_time(minutes_to_due: int, came_before_due: int, timely: bool) -> None:
    due = NOON + timedelta(minutes=minutes_to_due)
    one = Waiting(1, due - timedelta(minutes=came_before_due), "", due)
    assert is_preferred(one, NOON, Terms()) is timely


def test_a_counter_takes_its_own_class_first() -> None:
    rows = [Waiting(1, NOON - timedelta(minutes=9), "disabled"), Waiting(2, NOON, "elder")]
    assert [one.key for one in order(rows, 0, NOON, Terms(first=frozenset({"elder"})))] == [2, 1]


@pytest.mark.parametrize(("ahead", "counters", "measured", "expected"), [
    (4, 0, [5.0] * 9, None), (4, 2, [5.0] * 4, None), (0, 1, [8.0] * 5, Wait(0, 5)),
    (4, 2, [4, 6, 8, 10, 12], Wait(10, 20)), (3, 1, [3, 5, 7, 9, 30], Wait(15, 30))])
def test_the_wait_is_a_range_or_not_known(
    ahead: int, counters: int, measured: list[float], expected: Wait | None,
) -> None:
    assert estimate(ahead, counters, measured, least=5) == expected


def test_who_comes_back_stands_behind_two() -> None:
    line = [NOON + timedelta(minutes=n) for n in range(4)]
    assert line[1] < back_in_line(line, 2, NOON + timedelta(hours=1)) < line[2]
    assert back_in_line(line[:1], 2, NOON) == NOON
