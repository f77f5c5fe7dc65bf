"""What `policy()` answers: by date, by place, by file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given, strategies as st

from linli.foundation.calendar import clock
from linli.foundation.policy import NoPolicyYet, UnknownPolicy, checks, overlays, policy
from linli.foundation.policy.overlays import Overlay
from linli.foundation.policy.shapes import Misshapen, require_shape
from linli.foundation.policy.shipped import Entry, Rule, collect

FIRST = date(2020, 1, 1)


@pytest.mark.usefixtures("demo_rules")
def test_a_value_is_the_one_in_force_on_the_day() -> None:
    assert policy("demo.answer_days", on=date(2025, 12, 31)) == 7
    assert policy("demo.answer_days", on=date(2026, 1, 1)) == 5
    with clock.at(datetime(2025, 12, 31, 17, tzinfo=UTC)):  # already New Year in Shanghai
        assert policy("demo.answer_days") == 5
        assert policy("demo.answer_days", on=clock.now()) == 5


@pytest.mark.usefixtures("demo_rules")
def test_undeclared_keys_and_days_before_the_first_are_errors() -> None:
    with pytest.raises(UnknownPolicy) as raised:
        policy("demo.answer_day")
    assert isinstance(raised.value, KeyError)
    with pytest.raises(NoPolicyYet):
        policy("demo.answer_days", on=date(2019, 12, 31))
    with pytest.raises(NoPolicyYet):
        policy("demo.later")


@pytest.mark.usefixtures("demo_rules")
def test_a_caller_cannot_change_the_rule_by_changing_its_copy() -> None:
    policy("demo.radius_m")["lift"] = 9999
    assert policy("demo.radius_m") == {"lift": 20, "other": 250}


@given(st.lists(st.dates(FIRST, date(2060, 1, 1)), min_size=1, unique=True).map(sorted), st.dates(FIRST))
def test_the_entry_in_force_is_the_last_that_has_begun(starts: list[date], day: date) -> None:
    rule = Rule("demo.x", "demo", "x.yaml", tuple(Entry(start, str(start), "s") for start in starts))
    begun = [start for start in starts if start <= day]
    if begun:
        assert rule.on(day).since == max(begun)
    else:
        with pytest.raises(NoPolicyYet):
            rule.on(day)


codes = st.sampled_from(["33", "3301", "330106", "330106001", "330106001001", "330106001002", "330106002", "44"])
spans = st.tuples(st.integers(0, 40), st.none() | st.integers(0, 40))


@given(st.lists(st.tuples(codes, spans), max_size=12), st.integers(0, 90))
def test_the_longest_prefix_in_force_wins(placed: list[tuple[str, Any]], on: int) -> None:
    known: dict[str, list[Overlay]] = {}
    for number, (code, (start, lasts)) in enumerate(placed):
        begins = FIRST + timedelta(start)
        ends = None if lasts is None else begins + timedelta(lasts)
        known.setdefault(code, []).append(Overlay(number, code, number, "s", begins, ends))
    for rows in known.values():
        rows.sort(key=lambda overlay: overlay.valid_from, reverse=True)
    day, place = FIRST + timedelta(on), "330106001001"
    running = [
        overlay for rows in known.values() for overlay in rows
        if place.startswith(overlay.area_code) and overlay.valid_from <= day
        and (overlay.valid_until is None or day < overlay.valid_until)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overlays, "_current", lambda: {"demo.x": known})
        found = overlays.find("demo.x", place, day)
    if not running:
        assert found is None
        return
    assert found is not None
    longest = max(len(overlay.area_code) for overlay in running)
    latest = max(overlay.valid_from for overlay in running if len(overlay.area_code) == longest)
    assert (len(found.area_code), found.valid_from) == (longest, latest)


ENTRY = "[{from: 2020-01-01, value: 1, source: s}]"


@pytest.mark.parametrize(("text", "complaint"), [
    ("a: 3", "write a list of {from, value, source}"),
    ("a: []", "write a list"),
    ("- a", "write a mapping of key to list of values"),
    ("a: [{from: 2020-01-01, value: 1}]", "names no source"),
    ("a: [{from: 2020-01-01, value: 1, source: ' '}]", "names no source"),
    ("a: [{from: 2020-01-01, source: s}]", "has no value"),
    ("a: [{from: soon, value: 1, source: s}]", "is no date"),
    ("a: [{from: 2020-01-01T08:00:00, value: 1, source: s}]", "is no date"),
    ("a: [{from: 2020-01-01, value: 1, source: s, until: 2021-01-01}]", "unknown entry 'until'"),
    ("a: [{from: 2021-01-01, value: 1, source: s}, {from: 2020-01-01, value: 2, source: s}]", "sort by date"),
    ("a: [{from: 2020-01-01, value: 1, source: s}, {from: 2020-01-01, value: 2, source: s}]", "one value a day"),
    ("a: [{from: 2020-01-01, value: 1, source: s}, {from: 2021-01-01, value: x, source: s}]", "text, expected integer"),
    ("a: [{from: 2020-01-01, value: 22:00, source: s}]", "quote times"),  # YAML reads a number to base 60
    ("a: [{from: 2020-01-01, value: 2020-02-02, source: s}]", "quote dates"),
    ("a: [{from: 2020-01-01, value: {on: 1}, source: s}]", "quote it"),
    ("a: [{from: 2020-01-01, value: .nan, source: s}]", "no number"),
    (f"off: {ENTRY}", "quote on, off, yes, no"),
    (f"Answer-Days: {ENTRY}", "lower case letters"),
    (f"a: {ENTRY}\na: {ENTRY}", "is written twice"),
    ("a: [", "line"),
])
def test_a_file_that_is_wrong_stops_the_start_and_says_where(
    declare: Callable[..., tuple[str, ...]], text: str, complaint: str,
) -> None:
    wrong = declare(text)
    assert len(wrong) == 1
    assert complaint in wrong[0]
    assert wrong[0].startswith("demo/policy/0.yaml: ")
    assert [error.msg for error in checks.policy_files_are_usable()] == list(wrong)
    with pytest.raises(ImproperlyConfigured):
        policy("demo.a")


def test_one_key_in_two_files_is_refused(declare: Callable[..., tuple[str, ...]]) -> None:
    assert declare(f"a: {ENTRY}", f"a: {ENTRY}") == (
        "demo/policy/1.yaml: demo.a: is declared in demo/policy/0.yaml already.",)


def test_the_rooms_of_this_program_declare_well() -> None:
    assert checks.policy_files_are_usable() == []
    assert collect([]) == ({}, ())


@pytest.mark.parametrize(("model", "value", "fits"), [
    (1, 2, True), (1, 2.5, False), (1, True, False), (1, "2", False), (1, None, False),
    (0.5, 1, True), (0.5, 0.7, True), (0.5, True, False), (0.5, float("inf"), False),
    (True, False, True), (True, 1, False), (None, None, True), (None, 1, False),
    ("a", "b", True), ("a", 1, False),
    ([1], [], True), ([1], [2, 3], True), ([1], [2, "3"], False), ([1], {"a": 1}, False), ([], ["x", 1], True),
    ({"a": 1}, {"a": 2}, True), ({"a": 1}, {"a": 2, "b": "new"}, True), ({"a": 1}, {"b": 1}, False),
    ({"a": {"b": 1}}, {"a": {"b": "1"}}, False), ([{"a": 1}], [{"a": 1}, {"a": 2}], True), ([{"a": 1}], [{}], False),
])
def test_which_values_may_stand_in_for_which(model: Any, value: Any, fits: bool) -> None:
    if fits:
        require_shape(model, value)
    else:
        with pytest.raises(Misshapen):
            require_shape(model, value)
