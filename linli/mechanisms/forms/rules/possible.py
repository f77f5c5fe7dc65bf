"""Can a rule come true at all? A search for one way through the tree whose demands do not contradict each other.

It errs on one side only: what it calls impossible is impossible (for one person, or one member of a group); what it
cannot follow it lets pass.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from linli.mechanisms.forms.elements import Element
from linli.mechanisms.forms.rules.comparing import as_date, is_number
from linli.mechanisms.forms.rules.evaluation import parameter_on, value_of
from linli.mechanisms.forms.rules.trees import Tree, elements_of, expression_kind, expressions, kind_of, walk

_BUDGET = 20_000
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_TURNED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==", "in": "not in"}
_OTHER = "\0something else"


@dataclass(frozen=True)
class _Demand:
    """`measure` must stand to `bound` as `op` says; `element` is what is measured, `kind` how."""

    measure: str
    kind: str
    op: str
    bound: Any
    elements: frozenset[str] = frozenset()


@dataclass
class _Search:
    parameters: Mapping[str, Any]
    elements: Mapping[str, Element]
    on: date
    left: int = _BUDGET


def can_hold(tree: Tree, parameters: Mapping[str, Any] | None = None, *, on: date | None = None,
             elements: Mapping[str, Element] | None = None, is_denied: bool = False) -> bool:
    """Is there any person for whom `tree` is true (`is_denied`: false), on `on` or on any day its parameters know?"""
    given = parameters or {}
    days = [on] if on else _days(tree, given)
    return any(_search(_Search(given, elements or {}, day), [(tree, not is_denied)], []) for day in days)


def _days(tree: Tree, parameters: Mapping[str, Any]) -> list[date]:
    used = {str(one["parameter"]) for _at, one in expressions(tree) if expression_kind(one) == "parameter"}
    starts = {as_date(line.get("from")) for key in used for line in parameters.get(key) or ()}
    return sorted(day for day in starts if day) or [date(2026, 1, 1)]


def _search(state: _Search, pending: list[tuple[Any, bool]], demands: list[_Demand]) -> bool:
    state.left -= 1
    if state.left <= 0:
        return True
    if not pending:
        return True
    (node, wanted), rest = pending[0], pending[1:]
    kind = kind_of(node)
    inner = node[kind]
    if kind == "not":
        return _search(state, [(inner, not wanted), *rest], demands)
    if kind in ("all", "any"):
        if (kind == "all") is wanted:
            return _search(state, [*((child, wanted) for child in inner), *rest], demands)
        return any(_search(state, [(child, wanted), *rest], demands) for child in inner)
    if kind == "between":
        sides: list[Any] = [{"compare": {"left": inner["value"], "op": ">=", "right": inner["low"]}},
                            {"compare": {"left": inner["value"], "op": "<=", "right": inner["high"]}}]
        return _search(state, [({"all": sides}, wanted), *rest], demands)
    made = _demand(state, kind, inner, wanted)
    if made is None:
        return _search(state, rest, demands)
    more = [*demands, made]
    return _is_consistent(state, more, made) and _search(state, rest, more)


def _demand(state: _Search, kind: str, inner: Any, wanted: bool) -> _Demand | None:
    """The demand of a leaf; None where it cannot be followed and is let pass."""
    if kind == "exists":
        return _Demand(f"exists:{inner}", "flag", "==", wanted, frozenset({str(inner)}))
    op = str(inner["op"])
    if kind == "count":
        bound = _constant(inner["right"], state)
        measure = f"count:{inner['of']}:{json.dumps(inner.get('where'), sort_keys=True, default=str)}"
        return _Demand(measure, "count", op if wanted else _TURNED[op], bound) if is_number(bound) else None
    left, right = inner["left"], inner["right"]
    bound = _constant(right, state)
    if bound is None and op in _FLIPPED and (turned := _constant(left, state)) is not None:
        left, op, bound = right, _FLIPPED[op], turned
    measured = expression_kind(left)
    if bound is None or measured not in ("element", "years_since", "days_between", "sum", "product"):
        return None
    names = elements_of(left)
    if any(state.elements[name].type == "choices" for name in names if name in state.elements):
        return None  # several answers at once: one way does not exclude another
    how = {"element": "element", "years_since": "years", "days_between": "days"}.get(measured, "number")
    return _Demand(json.dumps(left, sort_keys=True, default=str), how, op if wanted else _TURNED[op], bound, names)


def _constant(expression: Any, state: _Search) -> Any:
    kind = expression_kind(expression)
    if kind == "value":
        return value_of(expression, {}, on=state.on)
    if kind == "parameter":
        try:
            return parameter_on(state.parameters, str(expression["parameter"]), state.on)
        except LookupError:
            return None
    return None


def _is_consistent(state: _Search, demands: Sequence[_Demand], made: _Demand) -> bool:
    absent = {name for one in demands if one.measure.startswith("exists:") and one.bound is False
              for name in one.elements}
    if any(one.elements & absent for one in demands if not one.measure.startswith("exists:")):
        return False  # what is known to be nothing cannot be compared
    same = [one for one in demands if one.measure == made.measure]
    return any(all(_fits(value, one) for one in same) for value in _candidates(state, same))


def _candidates(state: _Search, same: Sequence[_Demand]) -> list[Any]:
    """Values that stand for all: on, and just beside, every bound."""
    one = same[0]
    if one.kind == "flag":
        return [True, False]
    bounds = [value for demand in same
              for value in (demand.bound if isinstance(demand.bound, list | tuple) else [demand.bound])]
    element = state.elements.get(next(iter(one.elements))) if one.kind == "element" and one.elements else None
    if element is not None and element.type == "yes_no":
        return [True, False]
    if element is not None and element.options:
        return [option.value for option in element.options]
    numbers = [float(value) for value in bounds if is_number(value)]
    if numbers:
        return _numbers(one, numbers, element)
    if any(isinstance(value, bool) for value in bounds):
        return [True, False]
    days = [day for value in bounds if (day := as_date(value))]
    if days:
        return [(day + timedelta(days=step)).isoformat() for day in days for step in (-1, 0, 1)]
    return [*map(str, bounds), _OTHER]


def _numbers(one: _Demand, numbers: list[float], element: Element | None) -> list[float]:
    points = sorted({point for number in numbers for point in (number - 1, number, number + 1)})
    if one.kind in ("element", "number"):
        points += [(first + second) / 2 for first, second in pairwise(points)]
    else:  # years, days and members are counted whole
        points = [float(round(point)) for point in points] + [0.0]
    low = 0.0 if one.kind in ("days", "count", "years") else None
    high = 130.0 if one.kind == "years" else None
    if element is not None and element.type in ("number", "money"):
        low, high = element.check.get("min", low), element.check.get("max", high)
        points += [float(edge) for edge in (low, high) if edge is not None]
    return [point for point in points if (low is None or point >= low) and (high is None or point <= high)]


def _fits(value: Any, demand: _Demand) -> bool:
    bound = demand.bound
    if demand.op in ("in", "not in"):
        among = bound if isinstance(bound, list | tuple) else [bound]
        return any(_same(value, other) for other in among) is (demand.op == "in")
    if demand.op in ("==", "!="):
        return _same(value, bound) is (demand.op == "==")
    if is_number(value) and is_number(bound):
        first, second = float(value), float(bound)
    elif (day := as_date(value)) and (other := as_date(bound)):
        first, second = float(day.toordinal()), float(other.toordinal())
    else:
        return False
    return {"<": first < second, "<=": first <= second, ">": first > second, ">=": first >= second}[demand.op]


def _same(value: Any, other: Any) -> bool:
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    if is_number(value) and is_number(other):
        return float(value) == float(other)
    return str(value) == str(other)


def branches(tree: Tree) -> list[tuple[tuple[str | int, ...], Any]]:
    """Every branch of an `any`: each is there to come true for somebody."""
    return [((*at, "any", number), child) for at, kind, node in walk(tree) if kind == "any"
            for number, child in enumerate(node["any"])]
