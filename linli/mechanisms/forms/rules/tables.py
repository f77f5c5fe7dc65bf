"""The table of tests that lies beside a rule: run, and looked over for boundaries of which it knows one side only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from linli.mechanisms.forms import located, shapes
from linli.mechanisms.forms.elements import Element
from linli.mechanisms.forms.faults import Fault, Where, placed
from linli.mechanisms.forms.rules.checking import check, check_parameters
from linli.mechanisms.forms.rules.comparing import as_date, is_number
from linli.mechanisms.forms.rules.evaluation import evaluate, value_of
from linli.mechanisms.forms.rules.trees import ORDERED, Tree, elements_of, walk

_TEST = {"name": "!text", "on": "!date", "facts": "!map", "expect": "!any", "missing": "list"}
_RULES = {"parameters": "map", "rule": "!map", "note": "text"}
ANSWERS = ("yes", "no", "unknown")


@dataclass(frozen=True)
class Failure:
    """A line of the table that the rule does not keep."""

    name: str
    expected: str
    got: str
    missing: tuple[str, ...]
    number: int

    def __str__(self) -> str:
        return _("「%(name)s」应是 %(expected)s，算出来是 %(got)s（还缺：%(missing)s）。") % {
            "name": self.name, "expected": self.expected, "got": self.got, "missing": "、".join(self.missing) or "—"}


def run(tree: Tree, parameters: Mapping[str, Any] | None, tests: Sequence[Mapping[str, Any]]) -> list[Failure]:
    """The lines the rule fails. `missing` of a line, where given, is the set of facts asked, in any order."""
    found: list[Failure] = []
    for number, test in enumerate(tests):
        on = as_date(test["on"])
        assert on is not None, "the shape was checked before"
        verdict = evaluate(tree, test["facts"], on=on, parameters=parameters)
        wanted, expected = test.get("missing"), expected_of(test)
        if verdict.answer != expected or (wanted is not None and set(wanted) != set(verdict.missing)):
            found.append(Failure(test["name"], expected, verdict.answer, verdict.missing, number))
    return found


def expected_of(test: Mapping[str, Any]) -> str:
    """The answer a line expects; YAML reads a bare yes and no as true and false."""
    said = test.get("expect")
    return ("yes" if said else "no") if isinstance(said, bool) else str(said)


def boundaries(tree: Tree) -> Iterator[tuple[Where, Any, Any, str]]:
    """Every place where an answer turns: (way, what is measured, the bound, op). A `between` has two."""
    for at, kind, node in walk(tree):
        inner = node[kind] if kind else None
        if not isinstance(inner, Mapping):
            continue
        if kind == "compare" and inner["op"] in ORDERED:
            yield (*at, kind), inner["left"], inner["right"], inner["op"]
        elif kind == "between":
            yield (*at, kind, "low"), inner["value"], inner["low"], ">="
            yield (*at, kind, "high"), inner["value"], inner["high"], "<="


def untested(tree: Tree, parameters: Mapping[str, Any] | None, tests: Sequence[Mapping[str, Any]]) -> list[Fault]:
    """Boundaries that the table does not meet on both sides, each within one step (a year, a day, a yuan, one)."""
    found: list[Fault] = []
    for where, left, right, op in boundaries(tree):
        sides: set[bool] = set()
        for test in tests:
            on = as_date(test.get("on"))
            facts = test.get("facts")
            if on is None or not isinstance(facts, Mapping):
                continue
            bound = value_of(right, facts, on=on, parameters=parameters)
            measured = value_of(left, facts, on=on, parameters=parameters)
            for one in measured if isinstance(measured, list) else [measured]:
                if _is_near(one, bound, _step(left, right)):
                    sides.add(_holds(one, op, bound, on))
        if len(sides) < 2:
            found.append(Fault("untested", _("tests.yaml 没有把这个界线的两边都试到（相差一步以内），请补上。"), where))
    return found


def _step(left: Any, right: Any) -> int:
    names = elements_of(left) | elements_of(right)
    return 100 if any("cents" in name for name in names) else 1


def _is_near(measured: Any, bound: Any, step: int) -> bool:
    if is_number(measured) and is_number(bound):
        return bool(abs(measured - bound) <= step)
    first, second = as_date(measured), as_date(bound)
    return first is not None and second is not None and abs((first - second).days) <= 1


def _holds(measured: Any, op: str, bound: Any, on: date) -> bool:
    judged = evaluate({"compare": {"left": {"value": measured}, "op": op, "right": {"value": bound}}}, {}, on=on)
    return judged.answer == "yes"


def check_folder(path: Path, elements: Mapping[str, Element] | None = None) -> list[Fault]:
    """Everything wrong with a `rules/` folder: eligibility.yaml, tests.yaml, coverage, lines that fail; with lines."""
    rule = located.read(path / "eligibility.yaml")
    table = located.read(path / "tests.yaml")
    found = [*rule.faults, *table.faults]
    if found:
        return found
    wrong = shapes.faults_of(rule.data, _RULES)
    if wrong:
        return placed(wrong, rule.file, rule.lines)
    parameters = rule.data.get("parameters") or {}
    wrong = [fault.under("parameters") for fault in check_parameters(parameters)]
    wrong = wrong or check(rule.data["rule"], parameters=parameters, elements=elements, where=("rule",))
    found += placed(wrong, rule.file, rule.lines)
    bad_table = list(_table_faults(table.data))
    found += placed(bad_table, table.file, table.lines)
    if found:
        return found
    found += placed([fault.under("rule") for fault in untested(rule.data["rule"], parameters, table.data)],
                    rule.file, rule.lines)
    found += placed([Fault("test_fails", str(one), (one.number,)) for one in run(
        rule.data["rule"], parameters, table.data)], table.file, table.lines)
    return found


def _table_faults(tests: Any) -> Iterator[Fault]:
    if not isinstance(tests, list) or not tests:
        yield Fault("shape", _("tests.yaml 应是一列例子：name、on、facts、expect。"))
        return
    for number, test in enumerate(tests):
        yield from shapes.faults_of(test, _TEST, (number,))
        if isinstance(test, Mapping) and expected_of(test) not in ANSWERS:
            yield Fault("shape", _("expect 要写 yes、no 或 unknown。"), (number, "expect"))
