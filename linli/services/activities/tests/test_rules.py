"""Tables for the law, properties for the arithmetic: no database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from linli.services.activities.rules import (
    AgeClass,
    Authority,
    Event,
    LargeRule,
    apply_by,
    authority_for,
    class_of,
    content_digest,
    counted,
    is_under,
    mean_of,
    most_at_once,
    overlap,
    ranking,
    shuffled,
    uncovered,
)

LAW = LargeRule(1000, 5000, 20)
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault of the rule
POINTS = st.lists(st.integers(0, 100), min_size=3, max_size=9)


@pytest.mark.parametrize("event_class", ["sport", "performance", "exhibition", "fair", "job"])
@pytest.mark.parametrize(("persons", "authority"), [
    (999, Authority.NONE), (1000, Authority.COUNTY), (4999, Authority.COUNTY), (5000, Authority.CITY)])
def test_whose_permit(persons: int, authority: Authority, event_class: str) -> None:
    assert authority_for(persons, event_class, LAW) == authority


@pytest.mark.parametrize("persons", [999, 1000, 4999, 5000, 50_000])
@pytest.mark.parametrize(("event_class", "facts"), [
    ("", {}), ("wedding", {}), ("lecture", {}), ("fair", {"is_public": False}), ("fair", {"by_body": False}),
    ("performance", {"is_daily_business": True}), ("sport", {"by_government": True})])
def test_what_the_law_does_not_mean(persons: int, event_class: str, facts: dict[str, bool]) -> None:
    assert authority_for(persons, event_class, LAW, **facts) == Authority.NONE


def test_apply_twenty_days_before() -> None:
    assert apply_by(date(2026, 12, 21), LAW) == date(2026, 12, 1)
    assert apply_by(date(2027, 1, 10), LAW) == date(2026, 12, 21)


NINE = datetime(2026, 12, 20, 9, tzinfo=UTC)
APPROVED = Event(NINE, NINE + timedelta(hours=4), "广场", "c", 3000)


@pytest.mark.parametrize(("planned", "faults"), [
    (APPROVED, []),
    (Event(NINE + timedelta(hours=1), NINE + timedelta(hours=3), " 广场 ", "c", 10), []),
    (Event(NINE - timedelta(minutes=1), NINE + timedelta(hours=3), "广场", "c", 10), ["time"]),
    (Event(NINE, NINE + timedelta(hours=5), "操场", "d", 3001), ["time", "place", "content", "size"]),
])
def test_what_a_permit_covers(planned: Event, faults: list[str]) -> None:
    assert uncovered(planned, APPROVED) == faults


def test_a_permit_for_words_still_to_be_written_covers_any() -> None:
    assert uncovered(APPROVED, Event(NINE, APPROVED.ends, "广场", "", 3000)) == []
    assert content_digest("灯会 ", "猜  灯谜") == content_digest("灯会", "猜 灯谜") != content_digest("灯会", "猜谜")


def test_sessions_side_by_side_add_up() -> None:
    hour = timedelta(hours=1)
    assert most_at_once([(NINE, NINE + hour, 600), (NINE + hour, NINE + 2 * hour, 600)]) == 600
    assert most_at_once([(NINE, NINE + 2 * hour, 600), (NINE + hour, NINE + 3 * hour, 600)]) == 1200
    assert most_at_once([]) == 0


@pytest.mark.parametrize(("born", "young"), [(2011, False), (2012, True), (2013, True), (2020, True), (None, False)])
def test_under_fourteen_in_doubt_yes(born: int | None, young: bool) -> None:
    assert is_under(born, 14, date(2026, 6, 1)) is young


def test_classes_by_the_age_of_the_year() -> None:
    classes = [AgeClass("6-12", "少儿", 6, 12), AgeClass("13-17", "少年", 13, 17)]
    found = [class_of(classes, year, date(2026, 12, 31)) for year in (2021, 2020, 2014, 2013, 2009, 2008)]
    assert [one.code if one else "" for one in found] == ["", "6-12", "6-12", "13-17", "13-17", ""]


@calm
@given(POINTS)
def test_a_mean_without_its_ends_lies_between_them(points: list[int]) -> None:
    trimmed = mean_of(points, cut=1)
    kept = sorted(points)[1:-1]
    assert min(kept) <= trimmed <= max(kept)
    assert mean_of(points) == Fraction(sum(points), len(points))
    assert mean_of(list(reversed(points)), cut=1) == trimmed


@calm
@given(POINTS, st.integers(0, 8), st.integers(1, 20))
def test_a_better_score_never_harms(points: list[int], at: int, more: int) -> None:
    better = list(points)
    better[at % len(points)] += more
    assert mean_of(better, cut=1) >= mean_of(points, cut=1)


@calm
@given(POINTS, st.integers(101, 10_000))
def test_one_juror_alone_cannot_lift_a_trimmed_mean(points: list[int], wild: int) -> None:
    assert mean_of([*points, wild], cut=1) <= max(points)


def test_nothing_left_to_average() -> None:
    with pytest.raises(ValueError, match="none is left"):
        mean_of([80, 90], cut=1)


SCORES = st.dictionaries(st.integers(1, 30), POINTS, min_size=1, max_size=12)


@calm
@given(SCORES, st.sampled_from(["mean", "trimmed"]), st.sampled_from(["shared", "median", "spread"]), st.randoms())
def test_places_depend_on_scores_alone(scores: dict[int, list[int]], method: str, tie: str, chance: object) -> None:
    places = ranking(scores, method=method, tie=tie)
    items = list(scores.items())
    chance.shuffle(items)  # type: ignore[attr-defined]  # a random.Random
    for _work, points in items:
        chance.shuffle(points)  # type: ignore[attr-defined]  # a random.Random
    again = ranking(dict(items), method=method, tie=tie)
    assert again == places
    assert {one.work for one in places} == set(scores)
    assert places[0].rank == 1
    for position, place in enumerate(places):
        before = places[position - 1] if position else None
        assert place.rank == position + 1 or (before is not None and place.rank == before.rank)
        assert before is None or before.points >= place.points


@pytest.mark.parametrize(("tie", "ranks"), [
    ("shared", {1: 1, 2: 1, 3: 1}), ("median", {1: 1, 2: 2, 3: 2}), ("spread", {1: 2, 2: 1, 3: 2})])
def test_ties_as_announced(tie: str, ranks: dict[int, int]) -> None:
    scores = {1: [70, 85, 85], 2: [78, 80, 82], 3: [75, 75, 90]}  # mean 80 each; medians 85, 80, 75; spreads 15, 4, 15
    if tie == "median":
        scores[3] = [75, 80, 85]
    assert {one.work: one.rank for one in ranking(scores, method="mean", tie=tie)} == ranks


def test_votes_share_places() -> None:
    assert [(one.work, one.rank) for one in counted({5: 3, 4: 7, 9: 3, 1: 0})] == [(4, 1), (5, 2), (9, 2), (1, 4)]


@calm
@given(st.sets(st.integers(1, 999), min_size=2, max_size=40), st.integers(1, 9999))
def test_an_order_of_ones_own(works: set[int], person: int) -> None:
    mine = shuffled(works, secret="s", person=person)
    assert sorted(mine) == sorted(works)
    assert shuffled(list(works)[::-1], secret="s", person=person) == mine


def test_nobody_is_always_first() -> None:
    firsts = {shuffled(range(5), secret="s", person=person)[0] for person in range(60)}
    assert firsts == set(range(5))


def test_one_thing_at_a_time_on_a_stage() -> None:
    hour = timedelta(hours=1)
    assert not overlap(NINE, NINE + hour, [(NINE + hour, NINE + 2 * hour), (NINE - hour, NINE)])
    assert overlap(NINE, NINE + hour, [(NINE + timedelta(minutes=59), NINE + 2 * hour)])
