"""The pure rules: class size, asking again, the explained ranking, small sums; and the catalogue itself."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from linli.foundation.policy import policy
from linli.services.learning import catalogue, rules
from linli.services.learning.drills import messages
from linli.services.learning.models import Band
from linli.services.learning.queries.pairing import OBSTACLES, REASONS
from linli.services.learning.rules import Offered, Wanted

WEIGHTS = {"topics": 40, "slots": 25, "near": 15, "free": 10, "known": 10}
DAY = date(2026, 11, 25)
CODES = st.frozensets(st.sampled_from(["a", "b", "c", "d"]))


@pytest.mark.parametrize(("level", "was_asked", "days"), [
    ("alone", False, 30), ("help", False, 30), ("help", True, 30), ("alone", True, None), ("not_yet", False, None)])
def test_when_to_ask_again(level: str, was_asked: bool, days: int | None) -> None:
    expected = DAY + timedelta(days=days) if days else None
    assert rules.ask_again_on(level, DAY, 30, was_asked=was_asked) == expected


@pytest.mark.parametrize(("seen", "is_earned"), [
    ({"a": "alone", "b": "alone"}, True), ({"a": "alone", "b": "help"}, False), ({"a": "alone"}, False), ({}, False)])
def test_a_certificate_needs_every_skill_alone(seen: dict[str, str], is_earned: bool) -> None:
    assert rules.is_earned(["a", "b"], seen, ["alone"]) is is_earned


def test_a_module_without_skills_earns_nothing() -> None:
    assert not rules.is_earned([], {}, ["alone"])


def test_the_ranking_explains_each_point() -> None:
    wanted = Wanted(frozenset("ab"), frozenset("m"), "330106001001001", at_home=False)
    near = Offered(frozenset("ab"), frozenset("m"), "330106001001001", False, 0, True, True)
    found = rules.fit(wanted, near, WEIGHTS, 3)
    assert found.points == 100
    assert dict(found.reasons) == WEIGHTS
    half = Offered(frozenset("a"), frozenset(), "", False, 2, True)
    assert rules.fit(wanted, half, WEIGHTS, 3).reasons == (("topics", 20), ("free", 3))


@pytest.mark.parametrize(("changes", "code"), [
    ({"is_checked": False}, "unchecked"), ({"pairs": 3}, "full"), ({"goes_home": False}, "not_home"),
    ({"topics": frozenset("z")}, "other_topics")])
def test_what_is_out_of_the_question_says_why(changes: dict[str, object], code: str) -> None:
    wanted = Wanted(frozenset("a"), frozenset(), "", at_home=True)
    given_ = {"topics": frozenset("a"), "slots": frozenset(), "place": "", "goes_home": True, "pairs": 0,
              "is_checked": True, **changes}
    assert rules.fit(wanted, Offered(**given_), WEIGHTS, 3).cannot == (code,)  # type: ignore[arg-type]
    assert code in OBSTACLES


@given(CODES, CODES, CODES, CODES, st.integers(0, 5), st.booleans(), st.booleans())
def test_points_are_the_sum_of_reasons_and_more_skill_never_costs(
        topics: frozenset[str], slots: frozenset[str], more: frozenset[str], offers: frozenset[str], pairs: int,
        home: bool, knows: bool) -> None:
    wanted = Wanted(topics, slots, "x", home)
    less = rules.fit(wanted, Offered(offers, offers, "x", True, pairs, True, knows), WEIGHTS, 3)
    richer = rules.fit(wanted, Offered(offers | more, offers | more, "x", True, pairs, True, knows), WEIGHTS, 3)
    assert less.points == sum(points for _name, points in less.reasons)
    assert 0 <= less.points <= richer.points <= 100
    assert {name for name, _points in less.reasons} <= set(REASONS)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=6), st.integers(2, 8))
def test_no_small_number_can_be_worked_out(counts: list[int], small: int) -> None:
    """Neither shown, nor the one gap that a sum would fill; and nothing large is hidden without need."""
    shown = rules.veiled(counts, small)
    hidden = [count for count, one in zip(counts, shown, strict=True) if one is None]
    assert all(one is None or one == 0 or one >= small for one in shown)
    assert all(one is None or one == count for count, one in zip(counts, shown, strict=True))
    if sum(counts) >= small:
        assert len(hidden) != 1 or not any(shown)
    if not any(0 < count < small for count in counts):
        assert not hidden


@given(st.integers(1900, 2026))
def test_every_age_has_a_line(born: int) -> None:
    assert rules.age_band(born, 2026) in Band.values
    assert rules.age_band(None, 2026) == "unknown"


@pytest.mark.parametrize(("helpers", "learners"), [(0, 0), (1, 8), (3, 24)])
def test_eight_learners_to_a_helper(helpers: int, learners: int) -> None:
    assert rules.class_size(helpers, policy("learning.learners_per_helper", on=DAY)) == learners


def test_words_that_promise_a_cure_are_found() -> None:
    words = policy("learning.health_words", on=DAY)
    assert rules.health_claims("这个汤能降糖，包治百病", words) == ["包治", "降糖"]
    assert rules.health_claims("十分钟肩颈拉伸", words) == []


def test_the_catalogue_covers_what_the_rules_ask() -> None:
    assert list(catalogue.load()) == [
        "basics", "type", "call", "hospital", "pay", "gov", "transport", "linli", "safety"]
    fraud = " ".join(line.zh for lesson in catalogue.load()["safety"].lessons for line in (*lesson.text, *lesson.easy))
    for word in ("96110", "公检法", "退款", "投资", "保健品", "孙子", "声音", "挂掉", "打存着的号码", "问家人"):
        assert word in fraud


def test_easy_text_is_easy() -> None:
    for module in catalogue.load().values():
        for lesson in module.lessons:
            assert lesson.easy, lesson.code
            assert all(len(line.zh.rstrip("。")) <= catalogue.EASY_MOST for line in lesson.easy)


def test_a_drill_names_no_address_and_no_number() -> None:
    for message in messages().values():
        for text in message.text:
            assert "http" not in text
            assert not any(part.isdigit() and len(part) >= 7 for part in text.split())
        assert message.signs
