"""A rule judged: yes, no or not yet known; with its proof and the facts that are missing. Pure functions.

A fact that is absent is not known. A fact that is there but empty (None, "", []) is known to be nothing: `exists` is
then no, and a comparison stays unknown. So more facts can only ever turn "not yet known" into an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from linli.mechanisms.forms.rules.comparing import (
    Unknown,
    as_date,
    broadcast,
    compared,
    is_nothing,
    is_number,
    ordered,
    plain,
    unless_unknown,
    years_between,
)
from linli.mechanisms.forms.rules.trees import TODAY, Tree, elements_of, expression_kind, kind_of

Facts = Mapping[str, Any]
_WORDS = {True: "yes", False: "no", None: "unknown"}


@dataclass(frozen=True)
class Line:
    """One line of a proof: a judgement of the tree and the values it was made with. `kind` is the node's."""

    answer: str
    clause: str = ""
    clause_en: str = ""
    kind: str = ""
    op: str = ""
    left: Any = None
    right: Any = None
    measure: str = ""  # what `left` is: "element", "years_since", "days_between", "count" …
    elements: tuple[str, ...] = ()
    parameter: str = ""


@dataclass(frozen=True)
class Verdict:
    """`answer` is "yes", "no" or "unknown"; `missing` the facts to ask, the most deciding first.

    `unsettled` are parameters that have no value on the day: asking more will not help, a person must.
    """

    answer: str
    proof: tuple[Line, ...] = ()
    missing: tuple[str, ...] = ()
    unsettled: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.answer == "yes"


@dataclass
class _Judged:
    answer: bool | None
    lines: list[Line] = field(default_factory=list)
    weights: dict[str, float] = field(default_factory=dict)  # missing fact → how much hangs on it
    unsettled: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Day:
    facts: Facts
    on: date
    parameters: Mapping[str, Any]


def evaluate(tree: Tree, facts: Facts, *, on: date, parameters: Mapping[str, Any] | None = None) -> Verdict:
    """Judge `tree` for `facts` on the day `on`. Raises `ValueError` for a tree that `check` would not let pass."""
    judged = _node(tree, _Day(facts, on, parameters or {}))
    missing: tuple[str, ...] = ()
    if judged.answer is None:
        order = {name: number for number, name in enumerate(judged.weights)}
        missing = tuple(sorted(judged.weights, key=lambda name: (-round(judged.weights[name], 9), order[name])))
    unsettled = tuple(dict.fromkeys(judged.unsettled)) if judged.answer is None else ()
    return Verdict(_WORDS[judged.answer], tuple(judged.lines), missing, unsettled)


def holds(tree: Tree | None, facts: Facts, *, on: date, parameters: Mapping[str, Any] | None = None) -> bool | None:
    """The bare answer: True, False, or None while it is not known. No tree holds always."""
    return True if tree is None else _node(tree, _Day(facts, on, parameters or {})).answer


def value_of(expression: Any, facts: Facts, *, on: date, parameters: Mapping[str, Any] | None = None) -> Any:
    """What an expression is worth; None while a fact is missing."""
    found = _value(expression, _Day(facts, on, parameters or {}))
    return None if isinstance(found, Unknown) else found


def parameter_on(parameters: Mapping[str, Any], key: str, on: date, *, seen: frozenset[str] = frozenset()) -> Any:
    """The value of a dated parameter on a day (`until` is its last day). Raises `LookupError` where none applies."""
    for line in parameters.get(key) or ():
        until = line.get("until")
        if str(line["from"]) <= on.isoformat() and (not until or on.isoformat() <= str(until)):
            value = line["value"]
            if isinstance(value, Mapping) and set(value) == {"parameter"}:
                other = str(value["parameter"])
                if other in seen:
                    raise LookupError(key)
                return parameter_on(parameters, other, on, seen=seen | {key})
            return value
    raise LookupError(key)


def _node(node: Any, day: _Day) -> _Judged:
    kind = kind_of(node)
    if not kind:
        raise ValueError(f"not a rule: {str(node)[:80]}")
    judged: _Judged = _JUDGES[kind](node[kind], day)
    clause, clause_en = str(node.get("clause") or ""), str(node.get("clause_en") or "")
    if clause and (kind in ("all", "any", "not") or judged.lines == []):
        # A clause on a branch speaks for everything under it.
        under = tuple(dict.fromkeys(name for line in judged.lines for name in line.elements))
        judged.lines = [Line(_WORDS[judged.answer], clause, clause_en, kind, elements=under), *judged.lines]
    elif clause:
        judged.lines = [replace(line, clause=clause, clause_en=clause_en) for line in judged.lines]
    return judged


def _all(children: Sequence[Any], day: _Day) -> _Judged:
    return _joined([_node(child, day) for child in children], decisive=False)


def _any(children: Sequence[Any], day: _Day) -> _Judged:
    return _joined([_node(child, day) for child in children], decisive=True)


def _joined(children: list[_Judged], *, decisive: bool) -> _Judged:
    """`decisive` False joins by and, True by or. One decisive child decides; else one unknown leaves it open."""
    deciding = [child for child in children if child.answer is decisive]
    if deciding:
        return _Judged(decisive, [line for child in deciding for line in child.lines])
    waiting = [child for child in children if child.answer is None]
    if not waiting:
        return _Judged(not decisive, [line for child in children for line in child.lines])
    found = _Judged(None, [line for child in waiting for line in child.lines])
    for child in waiting:
        found.unsettled += child.unsettled
        for name, weight in child.weights.items():
            # Each open branch can still decide alone; what stands in several of them weighs more.
            found.weights[name] = found.weights.get(name, 0.0) + weight / len(child.weights)
    return found


def _not(child: Any, day: _Day) -> _Judged:
    judged = _node(child, day)
    answer = None if judged.answer is None else not judged.answer
    return _Judged(answer, [_turned(line) for line in judged.lines], judged.weights, judged.unsettled)


_OPPOSITE = {"<": ">=", "<=": ">", "==": "!=", "!=": "==", ">=": "<", ">": "<=", "in": "not in", "not in": "in",
             "between": "not between", "not between": "between", "exists": "not exists", "not exists": "exists"}


def _turned(line: Line) -> Line:
    """The line as it reads under a `not`: 85 ≥ 80 holds where 85 < 80 does not."""
    turned = {"yes": "no", "no": "yes"}.get(line.answer, line.answer)
    return replace(line, answer=turned, op=_OPPOSITE.get(line.op, line.op))


def _compare(inner: Mapping[str, Any], day: _Day) -> _Judged:
    left, right = inner["left"], inner["right"]
    return _measured(left, _value(left, day), str(inner["op"]), right, _value(right, day), day)


def _between(inner: Mapping[str, Any], day: _Day) -> _Judged:
    value = _value(inner["value"], day)
    low, high = (_value(inner[side], day) for side in ("low", "high"))
    answer = unless_unknown([low, high], lambda: _between_any(value, low, high))
    found = _measured(inner["value"], value, "between", inner["low"], _pair(low, high), day, answer=answer)
    for name in _names(inner["low"]) | _names(inner["high"]) if found.answer is None else ():
        if not _has(day, name):
            found.weights.setdefault(name, 1.0)
    return found


def _between_any(value: Any, low: Any, high: Any) -> bool | None:
    return broadcast(value, lambda one: _both(ordered(one, ">=", low), ordered(one, "<=", high)))


def _both(first: bool | None, second: bool | None) -> bool | None:
    if first is False or second is False:
        return False
    return None if first is None or second is None else True


def _pair(low: Any, high: Any) -> Any:
    unknown = [side for side in (low, high) if isinstance(side, Unknown)]
    if unknown:
        return Unknown([name for one in unknown for name in one.missing],
                        [name for one in unknown for name in one.unsettled])
    return (low, high)


_UNDECIDED: Any = object()


def _measured(left_said: Any, left: Any, op: str, right_said: Any, right: Any, day: _Day, *,
              answer: Any = _UNDECIDED) -> _Judged:
    """A comparison with its line. A value of the wrong kind is no usable fact, and is asked again."""
    if answer is _UNDECIDED:
        answer = unless_unknown([left, right], lambda: compared(left, op, right))
    names = tuple(dict.fromkeys([*sorted(_names(left_said)), *sorted(_names(right_said))]))
    parameter = str(right_said["parameter"]) if expression_kind(right_said) == "parameter" else ""
    line = Line(
        _WORDS[answer], kind="compare" if op != "between" else "between", op=op,
        left=None if isinstance(left, Unknown) else left, right=None if isinstance(right, Unknown) else right,
        measure=expression_kind(left_said), elements=names, parameter=parameter)
    if answer is not None:
        return _Judged(answer, [line])
    unknown = [one for one in (left, right) if isinstance(one, Unknown)]
    missing = [name for one in unknown for name in one.missing]
    unsettled = [name for one in unknown for name in one.unsettled]
    if not missing and not unsettled:
        missing = list(names)
    return _Judged(None, [line], dict.fromkeys(missing, 1.0), unsettled)


def _names(expression: Any) -> frozenset[str]:
    return elements_of(expression)


def _exists(name: str, day: _Day) -> _Judged:
    if name not in day.facts:
        return _Judged(None, [Line("unknown", kind="exists", op="exists", elements=(name,))], {name: 1.0})
    answer = not is_nothing(day.facts[name])
    return _Judged(answer, [Line(_WORDS[answer], kind="exists", op="exists", elements=(name,))])


def _count(inner: Mapping[str, Any], day: _Day) -> _Judged:
    """How many members (of a repeated group, or of a list) satisfy `where`; unknown members widen it to a range."""
    of, where, op = str(inner["of"]), inner.get("where"), str(inner["op"])
    right = _value(inner["right"], day)
    members = _members(of, day)
    line = Line("unknown", kind="count", op=op, right=None if isinstance(right, Unknown) else right, measure="count",
                elements=(of,))
    if members is None:
        return _Judged(None, [line], {of: 1.0})
    judged = [_node(where, member) if where is not None else _Judged(True) for member in members]
    sure = sum(one.answer is True for one in judged)
    most = sure + sum(one.answer is None for one in judged)
    line = replace(line, left=sure if sure == most else None)
    if isinstance(right, Unknown):
        return _Judged(None, [line], dict.fromkeys(right.missing, 1.0), list(right.unsettled))
    answers = {compared(number, op, right) for number in range(sure, most + 1)}
    if len(answers) == 1 and (answer := answers.pop()) is not None:
        return _Judged(answer, [replace(line, answer=_WORDS[answer])])
    found = _Judged(None, [line])
    for one in judged:
        if one.answer is None:
            found.unsettled += one.unsettled
            for name, weight in one.weights.items():
                found.weights[name] = found.weights.get(name, 0.0) + weight
    if not found.weights and not found.unsettled:
        found.weights[of] = 1.0
    return found


def _members(of: str, day: _Day) -> list[_Day] | None:
    """The facts as each member sees them; None while it is not known how many there are."""
    if "." in of:
        if of not in day.facts:
            return None
        value = day.facts[of]
        values = value if isinstance(value, list | tuple) else ([] if is_nothing(value) else [value])
        return [replace(day, facts={**day.facts, of: one}) for one in values]
    given = day.facts.get(of)
    if isinstance(given, list | tuple):
        rows = [{(key if "." in key else f"{of}.{key}"): value for key, value in row.items()} for row in given]
    else:
        columns = {name: value for name, value in day.facts.items() if name.startswith(of + ".")}
        if not columns:
            return None
        lists = {name: value if isinstance(value, list | tuple) else [value] for name, value in columns.items()}
        length = max(len(values) for values in lists.values())
        rows = [{name: values[number] for name, values in lists.items() if number < len(values)}
                for number in range(length)]
    rest = {name: value for name, value in day.facts.items() if not name.startswith(of + ".") and name != of}
    # What a member left open is not known; only the person's own facts may be known to be nothing.
    return [replace(day, facts={**rest, **{name: value for name, value in row.items() if value is not None}})
            for row in rows]


def _value(expression: Any, day: _Day) -> Any:
    kind = expression_kind(expression)
    if not kind:
        raise ValueError(f"not an expression: {str(expression)[:80]}")
    return _VALUES[kind](expression[kind], day, expression)


def _element(name: str, day: _Day, _said: Any) -> Any:
    value = day.facts.get(name)
    return Unknown([name]) if is_nothing(value) else plain(value)


def _parameter(key: str, day: _Day, _said: Any) -> Any:
    try:
        return plain(parameter_on(day.parameters, key, day.on))
    except LookupError:
        return Unknown(unsettled=[key])


def _years_since(name: str, day: _Day, _said: Any) -> Any:
    return _from_days([_day_value(name, day)], lambda one: years_between(one[0], day.on), [name])


def _days_between(names: Sequence[str], day: _Day, _said: Any) -> Any:
    days = [_day_value(name, day) for name in names]
    return _from_days(days, lambda two: abs((two[1] - two[0]).days), [name for name in names if name != TODAY])


def _day_value(name: str, day: _Day) -> Any:
    if name == TODAY:
        return day.on
    value = day.facts.get(name)
    return Unknown([name]) if is_nothing(value) else value


def _from_days(values: list[Any], measure: Any, names: Sequence[str]) -> Any:
    unknown = [one for one in values if isinstance(one, Unknown)]
    if unknown:
        return Unknown([name for one in unknown for name in one.missing])
    if any(isinstance(one, list | tuple) for one in values):
        length = max(len(one) for one in values if isinstance(one, list | tuple))
        rows = [[one[number] if isinstance(one, list | tuple) and number < len(one)
                 else (None if isinstance(one, list | tuple) else one) for one in values] for number in range(length)]
        made = [_measure_one(row, measure) for row in rows]
        return made if any(one is not None for one in made) else Unknown(names)
    found = _measure_one(values, measure)
    return Unknown(names) if found is None else found


def _measure_one(values: Sequence[Any], measure: Any) -> Any:
    days = [as_date(one) for one in values]
    return None if any(one is None for one in days) else measure(days)


def _sum(inner: Sequence[Any], day: _Day, _said: Any) -> Any:
    return _totalled(inner, day, lambda total, one: total + one, 0)


def _product(inner: Sequence[Any], day: _Day, _said: Any) -> Any:
    return _totalled(inner, day, lambda total, one: total * one, 1)


def _totalled(inner: Sequence[Any], day: _Day, join: Any, start: Any) -> Any:
    total = start
    missing: list[str] = []
    unsettled: list[str] = []
    for one in inner:
        value = _value(one, day)
        if isinstance(value, Unknown):
            missing += value.missing
            unsettled += value.unsettled
            continue
        for number in value if isinstance(value, list) else [value]:
            if not is_number(number):
                missing += sorted(_names(one))
            else:
                total = join(total, number)
    return Unknown(dict.fromkeys(missing), dict.fromkeys(unsettled)) if missing or unsettled else total


def _choose(inner: Sequence[Any], day: _Day, said: Any) -> Any:
    for case in inner:
        judged = _node(case["when"], day)
        if judged.answer is None:
            return Unknown(judged.weights, judged.unsettled)
        if judged.answer:
            return _value(case["then"], day)
    return _value(said["otherwise"], day)


def _has(day: _Day, name: str) -> bool:
    return not is_nothing(day.facts.get(name))


_JUDGES: Mapping[str, Any] = {
    "all": _all, "any": _any, "not": _not, "compare": _compare, "between": _between, "exists": _exists,
    "count": _count,
}
_VALUES: Mapping[str, Any] = {
    "element": _element, "value": lambda value, _day, _said: plain(value), "parameter": _parameter,
    "years_since": _years_since, "days_between": _days_between,
    "today": lambda _value, day, _said: day.on.isoformat(), "sum": _sum, "product": _product, "choose": _choose,
}
