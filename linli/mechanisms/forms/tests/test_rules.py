"""Rules in three-valued logic: tables for what they say, properties for what they never do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from linli.mechanisms.forms import rules
from linli.mechanisms.forms.rules.comparing import years_between

ON = date(2026, 11, 25)
Tree = dict[str, Any]


def compare(name: str, op: str, value: Any) -> Tree:
    return {"compare": {"left": {"element": name}, "op": op, "right": {"value": value}}}


def age(op: str, years: int, name: str = "person.birth_date") -> Tree:
    return {"compare": {"left": {"years_since": name}, "op": op, "right": {"value": years}}}


@pytest.mark.parametrize(("born", "on", "years"), [
    ("1946-11-25", "2026-11-25", 80), ("1946-11-26", "2026-11-25", 79), ("2008-02-29", "2026-02-28", 17),
    ("2008-02-29", "2026-03-01", 18), ("2008-02-29", "2028-02-29", 20), ("2026-11-25", "2026-11-25", 0),
])
def test_full_years(born: str, on: str, years: int) -> None:
    assert years_between(date.fromisoformat(born), date.fromisoformat(on)) == years


@pytest.mark.parametrize(("tree", "facts", "answer", "missing"), [
    (age(">=", 80), {"person.birth_date": "1946-11-25"}, "yes", ()),
    (age(">=", 80), {"person.birth_date": "1946-11-26"}, "no", ()),
    (age(">=", 80), {}, "unknown", ("person.birth_date",)),
    (age(">=", 80), {"person.birth_date": "not a day"}, "unknown", ("person.birth_date",)),
    ({"all": [compare("a.x", "==", 1), compare("a.y", "==", 1)]}, {"a.x": 2}, "no", ()),
    ({"any": [compare("a.x", "==", 1), compare("a.y", "==", 1)]}, {"a.x": 1}, "yes", ()),
    ({"any": [compare("a.x", "==", 1), compare("a.y", "==", 1)]}, {"a.x": 2}, "unknown", ("a.y",)),
    ({"not": compare("a.x", "==", 1)}, {"a.x": 2}, "yes", ()),
    ({"not": compare("a.x", "==", 1)}, {}, "unknown", ("a.x",)),
    ({"exists": "a.x"}, {"a.x": None}, "no", ()),
    ({"exists": "a.x"}, {"a.x": 0}, "yes", ()),
    ({"exists": "a.x"}, {}, "unknown", ("a.x",)),
    ({"between": {"value": {"element": "a.x"}, "low": {"value": 3}, "high": {"value": 5}}}, {"a.x": 5}, "yes", ()),
    ({"between": {"value": {"element": "a.x"}, "low": {"value": 3}, "high": {"value": 5}}}, {"a.x": 6}, "no", ()),
    (compare("a.x", "in", ["p", "q"]), {"a.x": "q"}, "yes", ()),
    (compare("a.x", "==", "p"), {"a.x": ["q", "p"]}, "yes", ()),
    (compare("a.x", "!=", "p"), {"a.x": ["q", "p"]}, "no", ()),
    (compare("a.x", "==", True), {"a.x": 1}, "no", ()),
    (compare("a.x", "<", 3), {"a.x": "word"}, "unknown", ("a.x",)),
    ({"compare": {"left": {"days_between": ["a.x", "today"]}, "op": "<=", "right": {"value": 30}}},
     {"a.x": "2026-10-26"}, "yes", ()),
    ({"compare": {"left": {"days_between": ["a.x", "today"]}, "op": "<=", "right": {"value": 30}}},
     {"a.x": "2026-10-25"}, "no", ()),
    ({"compare": {"left": {"sum": [{"element": "a.x"}, {"element": "a.y"}]}, "op": "<", "right": {"value": 10}}},
     {"a.x": 4, "a.y": 5}, "yes", ()),
    ({"compare": {"left": {"sum": [{"element": "a.x"}, {"element": "a.y"}]}, "op": "<", "right": {"value": 10}}},
     {"a.x": 4}, "unknown", ("a.y",)),
])
def test_what_a_rule_says(tree: Tree, facts: dict[str, Any], answer: str, missing: tuple[str, ...]) -> None:
    verdict = rules.evaluate(tree, facts, on=ON)
    assert (verdict.answer, verdict.missing) == (answer, missing)


CHILDREN = {"count": {"of": "child", "where": age("<", 3, "child.birth_date"), "op": ">=", "right": {"value": 2}}}


@pytest.mark.parametrize(("facts", "answer", "missing"), [
    ({}, "unknown", ("child",)),
    ({"child.birth_date": ["2025-01-01", "2024-06-01", "2010-01-01"]}, "yes", ()),
    ({"child.birth_date": ["2025-01-01", "2010-06-01"]}, "no", ()),
    ({"child.birth_date": ["2025-01-01", None]}, "unknown", ("child.birth_date",)),
    ({"child.birth_date": ["2010-01-01", None]}, "no", ()),
    ({"child.name": []}, "no", ()),
    ({"child": [{"birth_date": "2025-01-01"}, {"child.birth_date": "2025-05-01"}]}, "yes", ()),
])
def test_counting_members(facts: dict[str, Any], answer: str, missing: tuple[str, ...]) -> None:
    verdict = rules.evaluate(CHILDREN, facts, on=ON)
    assert (verdict.answer, verdict.missing) == (answer, missing)


DATED = {"age": [{"from": "2020-01-01", "until": "2025-12-31", "value": 80, "source": "旧"},
                 {"from": "2026-01-01", "value": 75, "source": "新"}]}
BY_PARAMETER = {"compare": {"left": {"years_since": "person.birth_date"}, "op": ">=", "right": {"parameter": "age"}}}


@pytest.mark.parametrize(("on", "answer"), [("2025-12-31", "no"), ("2026-01-01", "yes"), ("2019-12-31", "unknown")])
def test_a_parameter_has_its_days(on: str, answer: str) -> None:
    verdict = rules.evaluate(BY_PARAMETER, {"person.birth_date": "1950-06-01"}, on=date.fromisoformat(on),
                             parameters=DATED)
    assert verdict.answer == answer
    assert verdict.unsettled == (("age",) if answer == "unknown" else ())
    assert verdict.missing == ()


def test_the_most_deciding_fact_comes_first() -> None:
    tree = {"all": [{"any": [compare("a.x", "==", 1), compare("a.y", "==", 1), compare("a.z", "==", 1)]},
                    compare("a.w", "==", 1)]}
    assert rules.evaluate(tree, {}, on=ON).missing[0] == "a.w"
    both = {"all": [{"any": [compare("a.x", "==", 1), compare("a.y", "==", 1)]},
                    {"any": [compare("a.y", "==", 2), compare("a.z", "==", 1)]}]}
    assert rules.evaluate(both, {}, on=ON).missing[0] == "a.y"


def test_a_proof_names_the_clause_and_the_numbers() -> None:
    tree = {"all": [{**age(">=", 80), "clause": "年满 80 周岁", "clause_en": "Aged 80 or more"},
                    compare("person.hukou_local", "==", True)]}
    verdict = rules.evaluate(tree, {"person.birth_date": "1948-01-01", "person.hukou_local": True}, on=ON)
    assert verdict.answer == "no"
    assert [rules.told(line) for line in verdict.proof] == ["年满 80 周岁：出生日期到今天满几年 78 ≥ 80"]
    denied = rules.evaluate({"not": age("<", 80)}, {"person.birth_date": "1940-01-01"}, on=ON)
    assert [(line.answer, rules.told(line)) for line in denied.proof] == [("yes", "出生日期到今天满几年 86 ≥ 80")]


# ── properties ──
NAMES = ("a.x", "a.y", "a.z")
VALUES = st.one_of(st.integers(0, 3), st.booleans(), st.sampled_from(["p", "q"]))
LEAVES = st.one_of(
    st.builds(lambda name, op, value: compare(name, op, value), st.sampled_from(NAMES),
              st.sampled_from(["<", "<=", "==", "!=", ">=", ">"]), st.integers(0, 3)),
    st.builds(lambda name, value: compare(name, "==", value), st.sampled_from(NAMES), VALUES),
    st.builds(lambda name: {"exists": name}, st.sampled_from(NAMES)),
    st.builds(lambda name, low, high: {"between": {"value": {"element": name}, "low": {"value": low},
                                                   "high": {"value": high}}},
              st.sampled_from(NAMES), st.integers(0, 3), st.integers(0, 3)),
    st.builds(lambda first, second: {"compare": {"left": {"element": first}, "op": "<", "right": {"element": second}}},
              st.sampled_from(NAMES), st.sampled_from(NAMES)))
TREES = st.recursive(LEAVES, lambda inner: st.one_of(
    st.builds(lambda nodes: {"all": nodes}, st.lists(inner, min_size=1, max_size=3)),
    st.builds(lambda nodes: {"any": nodes}, st.lists(inner, min_size=1, max_size=3)),
    st.builds(lambda node: {"not": node}, inner)), max_leaves=8)
FACTS = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 3), max_size=3)


@settings(max_examples=400, deadline=None)
@given(TREES, FACTS, FACTS)
def test_more_facts_never_take_an_answer_back(tree: Tree, facts: dict[str, Any], more: dict[str, Any]) -> None:
    first = rules.evaluate(tree, facts, on=ON)
    if first.answer != "unknown":
        assert rules.evaluate(tree, {**more, **facts}, on=ON).answer == first.answer


@settings(max_examples=400, deadline=None)
@given(TREES, st.fixed_dictionaries({name: st.integers(0, 3) for name in NAMES}), FACTS)
def test_the_facts_that_are_asked_are_enough(tree: Tree, whole: dict[str, Any], known: dict[str, Any]) -> None:
    """Asking only the first missing fact, again and again, ends with the answer that all facts would give."""
    known = {name: whole[name] for name in known}
    verdict = rules.evaluate(tree, known, on=ON)
    asked = 0
    while verdict.answer == "unknown" and verdict.missing and verdict.missing[0] not in known:
        assert set(verdict.missing).isdisjoint(known)
        known[verdict.missing[0]] = whole[verdict.missing[0]]
        verdict, asked = rules.evaluate(tree, known, on=ON), asked + 1
        assert asked <= len(NAMES)
    assert verdict.answer == rules.evaluate(tree, whole, on=ON).answer


@settings(max_examples=300, deadline=None)
@given(TREES, FACTS)
def test_an_unknown_is_answered_both_ways_or_the_rule_does_not_need_it(tree: Tree, facts: dict[str, Any]) -> None:
    """Where a verdict stands, no value of the facts still missing changes it."""
    verdict = rules.evaluate(tree, facts, on=ON)
    if verdict.answer == "unknown":
        return
    for name in NAMES:
        if name not in facts:
            for value in (0, 1, 2, 3):
                assert rules.evaluate(tree, {**facts, name: value}, on=ON).answer == verdict.answer


@settings(max_examples=300, deadline=None)
@given(TREES, st.fixed_dictionaries({name: st.integers(0, 3) for name in NAMES}))
def test_what_is_called_impossible_never_happens(tree: Tree, facts: dict[str, Any]) -> None:
    if rules.evaluate(tree, facts, on=ON).answer == "yes":
        assert rules.can_hold(tree)


# ── what is checked before anybody relies on a rule ──
@pytest.mark.parametrize(("tree", "code"), [
    ({"all": []}, "rule_shape"), ({}, "rule_shape"), ({"all": [], "any": []}, "rule_shape"),
    (compare("person.nothing", "==", 1), "unknown_element"),
    (compare("person.name", "<", 1), "wrong_type"),
    (compare("person.gender", "==", "woman"), "unknown_option"),
    (compare("person.hukou_local", "==", "yes"), "wrong_type"),
    ({"compare": {"left": {"element": "person.name"}, "op": "~", "right": {"value": "x"}}}, "rule_op"),
    ({"compare": {"left": {"elemnt": "person.name"}, "op": "==", "right": {"value": "x"}}}, "expression"),
    ({"compare": {"left": {"years_since": "person.name"}, "op": "<", "right": {"value": 3}}}, "wrong_type"),
    ({"compare": {"left": {"years_since": "person.birth_date"}, "op": "<", "right": {"parameter": "p"}}},
     "unknown_parameter"),
    ({"all": [age("<", 3), age(">=", 80)]}, "never_true"),
    ({"all": [age(">", 17), age("<", 18)]}, "never_true"),
    ({"all": [compare("person.gender", "==", "male"), compare("person.gender", "==", "female")]}, "never_true"),
    ({"any": [age("<", 3), {"all": [age(">", 90), age("<", 60)]}]}, "never_true"),
    ({"all": [{"not": {"exists": "person.birth_date"}}, age("<", 3)]}, "never_true"),
    (compare("child.order", ">", 40), "never_true"),
    (age("<", 0), "never_true"),
    ({"any": [age("<", 60), age(">=", 60)]}, "always_true"),
    ({"count": {"of": "child", "where": {"all": [age("<", 3, "child.birth_date"), age(">", 6, "child.birth_date")]},
                "op": ">=", "right": {"value": 1}}}, "never_true"),
])
def test_what_is_refused(tree: Tree, code: str) -> None:
    assert code in {fault.code for fault in rules.check(tree)}


@pytest.mark.parametrize("tree", [
    {"all": [age(">=", 60), age("<", 80), compare("person.hukou_local", "==", True)]},
    {"any": [{"all": [age(">=", 60), compare("person.gender", "==", "male")]}, age(">=", 65)]},
    CHILDREN,
])
def test_what_passes(tree: Tree) -> None:
    assert rules.check(tree) == []


@pytest.mark.parametrize(("rows", "code"), [
    ({"a": [{"from": "2020-01-01", "value": 1, "source": "x"}, {"from": "2021-01-01", "value": 2, "source": "x"}]},
     "parameter"),
    ({"a": [{"from": "2020-01-01", "until": "2020-06-30", "value": 1, "source": "x"},
            {"from": "2020-08-01", "value": 2, "source": "x"}]}, "parameter"),
    ({"a": [{"from": "2020-01-01", "value": 1}]}, "missing_key"),
    ({"a": [{"from": "2020-01-01", "value": {"parameter": "b"}, "source": "x"}],
      "b": [{"from": "2020-01-01", "value": {"parameter": "a"}, "source": "x"}]}, "parameter_cycle"),
])
def test_parameters_are_checked(rows: Any, code: str) -> None:
    assert code in {fault.code for fault in rules.check_parameters(rows)}


RULE = """parameters:
  age:
    - {from: 2020-01-01, value: 80, source: 示例}
rule:
  all:
    - compare: {left: {years_since: person.birth_date}, op: ">=", right: {parameter: age}}
      clause: 年满 80 周岁
"""
TABLE = """- {name: 刚满, on: 2026-11-25, facts: {person.birth_date: 1946-11-25}, expect: "yes"}
- {name: 差一天, on: 2026-11-25, facts: {person.birth_date: 1946-11-26}, expect: "no"}
- {name: 不知道, on: 2026-11-25, facts: {}, expect: unknown, missing: [person.birth_date]}
"""


def test_a_rules_folder(write: Callable[[str, str], Path]) -> None:
    folder = write("rules/eligibility.yaml", RULE).parent
    write("rules/tests.yaml", TABLE)
    assert rules.check_folder(folder) == []
    write("rules/tests.yaml", TABLE.replace('"no"', '"yes"'))
    assert [(fault.code, fault.line) for fault in rules.check_folder(folder)] == [("test_fails", 2)]
    write("rules/tests.yaml", "\n".join(TABLE.splitlines()[:1]))
    wrong = rules.check_folder(folder)
    assert [(fault.code, fault.line) for fault in wrong] == [("untested", 6)]
    assert "两边都试到" in wrong[0].sentence
    write("rules/tests.yaml", TABLE)
    write("rules/eligibility.yaml", RULE.replace("person.birth_date", "person.birthday"))
    unknown = rules.check_folder(folder)[0]
    assert str(unknown).startswith(f"{folder}/eligibility.yaml:6: ")
    assert "person.birth_date" in unknown.sentence
