"""What stands in a rule: walked, never judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from linli.mechanisms.forms.faults import Where

NODES = ("all", "any", "not", "compare", "between", "exists", "count")
EXPRESSIONS = ("element", "value", "parameter", "years_since", "days_between", "today", "sum", "product", "choose")
OPS = ("<", "<=", "==", "!=", ">=", ">", "in")
ORDERED = ("<", "<=", ">=", ">")
WORDS = frozenset({"clause", "clause_en", "note"})
TODAY = "today"
_SIDES = {"compare": ("left", "right"), "between": ("value", "low", "high"), "count": ("right",)}

Tree = Mapping[str, Any]


def kind_of(node: Any) -> str:
    """Which of `NODES` a node is; empty where it is none, or two at once."""
    found = [key for key in node if key in NODES] if isinstance(node, Mapping) else []
    return found[0] if len(found) == 1 else ""


def expression_kind(expression: Any) -> str:
    """Which of `EXPRESSIONS` this is; empty where it is none."""
    if not isinstance(expression, Mapping):
        return ""
    found = [key for key in expression if key != "otherwise"]
    return found[0] if len(found) == 1 and found[0] in EXPRESSIONS else ""


def walk(node: Any, where: Where = ()) -> Iterator[tuple[Where, str, Any]]:
    """Every node of a tree with its way and kind, the root first."""
    kind = kind_of(node)
    yield where, kind, node
    inner = node[kind] if kind else None
    if kind in ("all", "any") and isinstance(inner, list):
        for number, one in enumerate(inner):
            yield from walk(one, (*where, kind, number))
    elif kind == "not":
        yield from walk(inner, (*where, kind))
    elif kind == "count" and isinstance(inner, Mapping) and inner.get("where") is not None:
        yield from walk(inner["where"], (*where, kind, "where"))


def expressions(node: Any, where: Where = ()) -> Iterator[tuple[Where, Any]]:
    """Every expression of a tree that stands directly in a node, with its way."""
    for at, kind, one in walk(node, where):
        inner = one[kind] if kind else None
        if isinstance(inner, Mapping):
            for name in _SIDES.get(kind, ()):
                if name in inner:
                    yield (*at, kind, name), inner[name]


def parts(expression: Any, where: Where = ()) -> Iterator[tuple[Where, Any]]:
    """An expression and every expression within it; the conditions of a `choose` are nodes, see `conditions`."""
    yield where, expression
    kind = expression_kind(expression)
    inner = expression[kind] if kind else None
    if kind in ("sum", "product") and isinstance(inner, list):
        for number, one in enumerate(inner):
            yield from parts(one, (*where, kind, number))
    elif kind == "choose" and isinstance(inner, list):
        for number, one in enumerate(inner):
            if isinstance(one, Mapping):
                yield from parts(one.get("then"), (*where, kind, number, "then"))
        if "otherwise" in expression:
            yield from parts(expression["otherwise"], (*where, "otherwise"))


def conditions(expression: Any, where: Where = ()) -> Iterator[tuple[Where, Any]]:
    """The nodes that decide within an expression."""
    for at, one in parts(expression, where):
        if expression_kind(one) == "choose" and isinstance(one["choose"], list):
            for number, case in enumerate(one["choose"]):
                if isinstance(case, Mapping):
                    yield (*at, "choose", number, "when"), case.get("when")


def named_in(node: Any, where: Where = ()) -> list[tuple[Where, str]]:
    """Every data element (or group) a tree reads, with the place where it is named."""
    found: list[tuple[Where, str]] = []
    for at, kind, one in walk(node, where):
        if kind == "exists":
            found.append(((*at, kind), str(one[kind])))
        elif kind == "count" and isinstance(one[kind], Mapping):
            found.append(((*at, kind, "of"), str(one[kind].get("of", ""))))
    for at, expression in expressions(node, where):
        found += named_in_expression(expression, at)
    return found


def named_in_expression(expression: Any, where: Where = ()) -> list[tuple[Where, str]]:
    """Every data element an expression reads."""
    found: list[tuple[Where, str]] = []
    for at, one in parts(expression, where):
        kind = expression_kind(one)
        if kind in ("element", "years_since"):
            found.append(((*at, kind), str(one[kind])))
        elif kind == "days_between" and isinstance(one[kind], Sequence):
            found += [((*at, kind), str(name)) for name in one[kind] if name != TODAY]
    for at, node in conditions(expression, where):
        found += named_in(node, at)
    return found


def elements_in(node: Any) -> frozenset[str]:
    """The ids of what a tree reads."""
    return frozenset(name for _where, name in named_in(node)) if node is not None else frozenset()


def elements_of(expression: Any) -> frozenset[str]:
    """The ids of what an expression reads."""
    return frozenset(name for _where, name in named_in_expression(expression))
