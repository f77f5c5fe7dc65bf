"""The published rules: a table for each, and what must hold whatever the facts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from linli.foundation.policy import policy
from linli.foundation.web import Refused
from linli.services.children import isbns
from linli.services.children.rules import (
    Score,
    SegmentFacts,
    age_on,
    bus_runs,
    care_capacity,
    is_vetted,
    length_m,
    may_renew,
    route_score,
    rungs_due,
    segment_score,
)

calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault of the rule
WEIGHTS: dict[str, Any] = {
    "speed_free_kmh": 30, "speed_each_10": 12, "crossing": {"none": 0, "bridge": 0, "signal": 8, "zebra": 18,
                                                             "unmarked": 35},
    "pavement": {"both": 0, "one": 6, "shared": 20, "none": 35}, "lighting": {"good": 0, "some": 8, "none": 18},
    "guard_share": 60, "hazard": 15, "hazards_most": 3, "worst_margin": 25}
FACTS = st.builds(
    SegmentFacts, length_m=st.floats(1, 2000), speed_kmh=st.integers(0, 120),
    crossing=st.sampled_from(sorted(WEIGHTS["crossing"])), pavement=st.sampled_from(sorted(WEIGHTS["pavement"])),
    lighting=st.sampled_from(sorted(WEIGHTS["lighting"])), has_guard=st.booleans(), hazards=st.integers(0, 6))


@pytest.mark.parametrize(("facts", "points"), [
    (SegmentFacts(100, 20, "none", "both", "good", False), 100),
    (SegmentFacts(100, 50, "zebra", "one", "some", False), 44),  # 24 + 18 + 6 + 8
    (SegmentFacts(100, 50, "zebra", "one", "some", True), 68),  # guard gives back 14 of 24 and 10 of 18
    (SegmentFacts(100, 20, "none", "both", "good", False, hazards=1), 85),
    (SegmentFacts(100, 80, "unmarked", "none", "none", False, hazards=5), 0),
])
def test_a_stretch_is_scored_as_published(facts: SegmentFacts, points: int) -> None:
    assert segment_score(facts, WEIGHTS).points == points


@calm
@given(FACTS)
def test_what_costs_points_adds_up(facts: SegmentFacts) -> None:
    score = segment_score(facts, WEIGHTS)
    assert score.points == max(0, 100 - sum(points for _name, points in score.taken))


@calm
@given(FACTS, st.integers(0, 60), st.integers(0, 3))
def test_more_danger_never_scores_better(facts: SegmentFacts, faster: int, more: int) -> None:
    worse = SegmentFacts(facts.length_m, facts.speed_kmh + faster, facts.crossing, facts.pavement, facts.lighting,
                         facts.has_guard, facts.hazards + more)
    guarded = SegmentFacts(facts.length_m, facts.speed_kmh, facts.crossing, facts.pavement, facts.lighting, True,
                           facts.hazards)
    assert segment_score(worse, WEIGHTS).points <= segment_score(facts, WEIGHTS).points
    assert segment_score(guarded, WEIGHTS).points >= segment_score(facts, WEIGHTS).points


@calm
@given(st.lists(st.tuples(st.floats(1, 1000), st.integers(0, 100)), min_size=1, max_size=8))
def test_a_good_way_never_hides_its_worst_stretch(parts: list[tuple[float, int]]) -> None:
    found = route_score([(length, Score(points, ())) for length, points in parts], WEIGHTS)
    worst = min(points for _length, points in parts)
    assert worst <= found <= min(worst + 25, max(points for _length, points in parts))


def test_a_line_is_as_long_as_on_the_ground() -> None:
    assert length_m([[120.0, 30.0], [120.0, 30.001]]) == pytest.approx(111.3, abs=0.2)
    assert length_m([[120.0, 30.0]]) == 0


@pytest.mark.parametrize(("facts", "children", "tight"), [
    ({"room_m2": 80, "staff": 3, "fire_limit": 60, "seats": 40, "meals": None}, 20, "room"),
    ({"room_m2": 79.99, "staff": 3, "fire_limit": 60, "seats": 40, "meals": None}, 19, "room"),
    ({"room_m2": 200, "staff": 1, "fire_limit": 60, "seats": 40, "meals": None}, 15, "staff"),
    ({"room_m2": 200, "staff": 3, "fire_limit": 20, "seats": 40, "meals": None}, 17, "fire"),  # the staff are heads too
    ({"room_m2": 200, "staff": 3, "fire_limit": 60, "seats": 12, "meals": None}, 12, "seats"),
    ({"room_m2": 200, "staff": 3, "fire_limit": 60, "seats": 40, "meals": 9}, 9, "meals"),
    ({"room_m2": 200, "staff": 0, "fire_limit": 60, "seats": 40, "meals": None}, 0, "staff"),
])
def test_the_smallest_limit_is_the_capacity(facts: dict[str, Any], children: int, tight: str) -> None:
    found = care_capacity(m2_each=4, ratio=15, **facts)
    assert (found.children, found.tight) == (children, tight)


@pytest.mark.parametrize(("checked", "good"), [
    (None, False), (date(2025, 11, 23), True), (date(2025, 11, 22), False), (date(2026, 11, 24), False)])
def test_the_look_up_holds_a_year(checked: date | None, good: bool) -> None:
    assert is_vetted(checked, date(2026, 11, 23), 365) is good


@pytest.mark.parametrize(("renewals", "waiting", "due", "why"), [
    (0, 0, date(2026, 11, 30), ""), (0, 1, date(2026, 11, 30), "waited_for"),
    (2, 0, date(2026, 11, 30), "renewed_enough"), (0, 0, date(2026, 11, 22), "overdue")])
def test_renewing(renewals: int, waiting: int, due: date, why: str) -> None:
    assert may_renew(renewals=renewals, renewals_most=2, waiting=waiting, due_on=due, today=date(2026, 11, 23)) == why


def test_a_birthday_completes_the_year() -> None:
    assert [age_on(date(2020, 2, 29), day) for day in (date(2026, 2, 28), date(2026, 3, 1))] == [5, 6]


@pytest.mark.parametrize(("late", "due"), [(-5, []), (9.9, []), (10, [0]), (16, [0, 1]), (2000, [0, 1, 2])])
def test_rungs_come_with_their_minute(late: float, due: list[int]) -> None:
    assert rungs_due(late, [{"after_min": 10}, {"after_min": 15}, {"after_min": 25}]) == due


@pytest.mark.parametrize(("adults", "children", "why"), [(0, 4, "nobody"), (1, 4, "too_few"), (2, 12, ""),
                                                         (2, 13, "too_few")])
def test_a_walking_bus_needs_its_adults(adults: int, children: int, why: str) -> None:
    assert bus_runs(adults, 2, children, 6) == why


@pytest.mark.parametrize(("typed", "kept"), [
    ("978-7-5321-1111-4", "9787532111114"), ("0-306-40615-2", "9780306406157"), ("", "")])
def test_an_isbn_is_kept_with_thirteen_digits(typed: str, kept: str) -> None:
    assert isbns.clean(typed) == kept


@calm
@given(st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_of_an_isbn_is_found(place: int, shift: int) -> None:
    digits = list("9787532111114")
    digits[place] = str((int(digits[place]) + shift) % 10)
    with pytest.raises(Refused):
        isbns.clean("".join(digits))


def test_the_weights_in_force_are_those_of_this_table() -> None:
    assert policy("children.route_weights", on=date(2026, 1, 1)) == WEIGHTS
