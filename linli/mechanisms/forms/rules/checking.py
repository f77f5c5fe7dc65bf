"""A rule looked over before anybody relies on it: shape, names, kinds, dated parameters, can it come true at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from linli.mechanisms.forms import shapes
from linli.mechanisms.forms.elements import CHOOSING, Element, plain_value
from linli.mechanisms.forms.faults import Fault, Where
from linli.mechanisms.forms.rules import possible
from linli.mechanisms.forms.rules.comparing import as_date, is_number
from linli.mechanisms.forms.rules.trees import (
    EXPRESSIONS,
    NODES,
    OPS,
    ORDERED,
    TODAY,
    WORDS,
    conditions,
    expression_kind,
    expressions,
    named_in,
    named_in_expression,
    parts,
    walk,
)

Elements = Mapping[str, Element]
_LINE = {"from": "!date", "until": "date", "value": "!any", "source": "!text", "note": "text"}
_NUMERIC = frozenset({"number", "money"})


def check(tree: Any, *, parameters: Mapping[str, Any] | None = None, elements: Elements | None = None,
          where: Where = ()) -> list[Fault]:
    """Everything wrong with a rule. `elements`: those it may read; the whole dictionary where left out."""
    given = parameters or {}
    found = list(_shape(tree, where))
    if found:
        return found
    known = _dictionary() if elements is None else elements
    found = _names(named_in(tree, where), known)
    for at, expression in expressions(tree, where):
        found += _expression(expression, given, known, at)
    for at, kind, node in walk(tree, where):
        if kind == "compare":
            found += _kinds(node[kind], known, (*at, kind))
    return found or _possible(tree, given, known, where)


def check_expression(expression: Any, *, parameters: Mapping[str, Any] | None = None,
                     elements: Elements | None = None, where: Where = ()) -> list[Fault]:
    """Everything wrong with the expression of a computed value."""
    known = _dictionary() if elements is None else elements
    found = list(_expression_shape(expression, where))
    for at, node in conditions(expression, where) if not found else ():
        found += check(node, parameters=parameters, elements=elements, where=at)
    if found:
        return found
    return [*_names(named_in_expression(expression, where), known),
            *_expression(expression, parameters or {}, known, where)]


def check_parameters(parameters: Any, where: Where = ()) -> list[Fault]:
    """Dated parameters: each line with its source, one after the other without overlap, gap or circle."""
    if not isinstance(parameters, Mapping):
        return [Fault("shape", _("parameters 应是「参数名: 几行带日期的值」。"), where)]
    found: list[Fault] = []
    for key, rows in parameters.items():
        at = (*where, key)
        if not isinstance(rows, list) or not rows:
            found.append(Fault("parameter", _("参数「%(key)s」至少写一行 from、value、source。") % {"key": key}, at))
            continue
        wrong = [fault for number, row in enumerate(rows) for fault in shapes.faults_of(row, _LINE, (*at, number))]
        found += wrong or _row_faults(key, rows, at)
    if not found:
        found += [Fault("parameter_cycle", _("参数「%(keys)s」绕成了一圈，请把其中一个写成数。") % {
            "keys": " → ".join(circle)}, (*where, circle[0])) for circle in _circles(parameters)]
    return found


def _row_faults(key: str, rows: list[Any], at: Where) -> Iterator[Fault]:
    last: date | None = None
    for number, row in enumerate(rows):
        starts, until = as_date(row["from"]), as_date(row.get("until"))
        if starts is None:
            continue
        if until is not None and until < starts:
            yield Fault("parameter", _("until 比 from 还早，请改过来。"), (*at, number, "until"))
        if number and last is None:
            yield Fault("parameter", _("上一行没有写到哪天为止（until），两行会同时算数。请补上。"), (*at, number - 1))
        elif last is not None and starts <= last:
            yield Fault("parameter", _("这一行从 %(day)s 开始，上一行还没结束。请错开。") % {"day": starts},
                        (*at, number, "from"))
        elif last is not None and starts > last + timedelta(days=1):
            yield Fault("parameter", _("%(first)s 到 %(last)s 之间没有值，请接上。") % {
                "first": last + timedelta(days=1), "last": starts - timedelta(days=1)}, (*at, number, "from"))
        last = until


def _circles(parameters: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    leads = {key: [str(row["value"]["parameter"]) for row in rows
                   if isinstance(row["value"], Mapping) and "parameter" in row["value"]]
             for key, rows in parameters.items()}
    done: set[str] = set()
    for start in leads:
        way = [start]
        if start not in done and _round(start, leads, way):
            done.update(way)
            yield tuple(way)


def _round(at: str, leads: Mapping[str, list[str]], way: list[str]) -> bool:
    """Does the way come back to where it began? It is left in `way`, closed."""
    for following in leads.get(at, []):
        if following == way[0]:
            way.append(following)
            return True
        if following not in way:
            way.append(following)
            if _round(following, leads, way):
                return True
            way.pop()
    return False


def _dictionary() -> Elements:
    from linli.mechanisms.forms import dictionary

    return dictionary.elements()


def _shape(tree: Any, where: Where) -> Iterator[Fault]:
    for at, kind, node in walk(tree, where):
        if not kind:
            yield Fault("rule_shape", _("规则的每一层写一个判断，请用：%(kinds)s。") % {"kinds": "、".join(NODES)}, at)
            continue
        for key in node:
            if key != kind and key not in WORDS:
                yield Fault("unknown_key", _("规则里不认识「%(key)s」，请去掉或改正。") % {"key": key}, (*at, str(key)))
        yield from _node_shape(kind, node[kind], (*at, kind))
    for at, expression in expressions(tree, where):
        yield from _expression_shape(expression, at)


def _node_shape(kind: str, inner: Any, at: Where) -> Iterator[Fault]:
    if kind in ("all", "any"):
        if not isinstance(inner, list) or not inner:
            yield Fault("rule_shape", _("「%(kind)s」下面至少写一条判断。") % {"kind": kind}, at)
    elif kind == "exists":
        if not isinstance(inner, str):
            yield Fault("rule_shape", _("exists 后面写一个数据项的编号。"), at)
    elif kind != "not":
        wanted = {"compare": {"left": "!map", "op": "!text", "right": "!map"},
                  "between": {"value": "!map", "low": "!map", "high": "!map"},
                  "count": {"of": "!text", "where": "map", "op": "!text", "right": "!map"}}[kind]
        yield from shapes.faults_of(inner, wanted, at)
        if isinstance(inner, Mapping) and "op" in wanted and inner.get("op") not in OPS:
            yield Fault("rule_op", _("op 请用：%(ops)s（要加引号）。") % {"ops": " ".join(OPS)}, (*at, "op"))


def _expression_shape(expression: Any, where: Where) -> Iterator[Fault]:
    for at, one in parts(expression, where):
        kind = expression_kind(one)
        if not kind:
            yield Fault("expression", _("这里写一个值，请用：%(kinds)s。") % {"kinds": "、".join(EXPRESSIONS)}, at)
        elif kind == "days_between":
            if not (isinstance(one[kind], list) and len(one[kind]) == 2 and all(isinstance(x, str) for x in one[kind])):
                yield Fault("expression", _("days_between 后面写两个日期项，例如 [child.birth_date, today]。"), at)
        elif kind in ("element", "years_since", "parameter"):
            if not isinstance(one[kind], str):
                yield Fault("expression", _("「%(kind)s」后面写一个编号。") % {"kind": kind}, at)
        elif kind in ("sum", "product"):
            if not isinstance(one[kind], list) or not one[kind]:
                yield Fault("expression", _("「%(kind)s」后面写一列值。") % {"kind": kind}, at)
        elif kind == "choose":
            good = isinstance(one[kind], list) and one[kind] and all(
                isinstance(case, Mapping) and set(case) == {"when", "then"} for case in one[kind])
            if not good or "otherwise" not in one:
                yield Fault("expression", _("choose 写一列 when 和 then，最后写 otherwise。"), at)


def _names(named: list[tuple[Where, str]], known: Elements) -> list[Fault]:
    groups = {element.group for element in known.values()}
    found: list[Fault] = []
    for at, name in named:
        if name in known or (name in groups and ("of" in at or "exists" in at)):
            continue
        near = sorted(one for one in known if one.split(".")[0] == name.split(".")[0])[:6]
        found.append(unknown_element(name, near, at))
    return found


def unknown_element(name: str, near: list[str], where: Where) -> Fault:
    """The fault of an id that nobody declared; `near` are ids that might have been meant."""
    sentence = _("没有「%(name)s」这个数据项。请改成已有的（%(near)s），或写进 elements/*.yaml。")
    return Fault("unknown_element", sentence % {"name": name, "near": "、".join(near) or "—"}, where)


def _expression(expression: Any, parameters: Mapping[str, Any], known: Elements, where: Where) -> Iterator[Fault]:
    for at, one in parts(expression, where):
        kind = expression_kind(one)
        if kind == "parameter" and one[kind] not in parameters:
            yield Fault("unknown_parameter", _("没有「%(key)s」这个参数，请写进 parameters。") % {"key": one[kind]}, at)
        for name in {"years_since": [one.get("years_since")], "days_between": one.get("days_between")}.get(kind) or ():
            element = known.get(str(name))
            if name != TODAY and element is not None and element.type != "date":
                yield Fault("wrong_type", _("「%(name)s」不是日期，不能拿来算年数或天数。") % {"name": name}, at)


def _kinds(inner: Mapping[str, Any], known: Elements, at: Where) -> Iterator[Fault]:
    """A comparison of things that cannot be compared, or with an answer that nobody can give."""
    for side, other in (("left", "right"), ("right", "left")):
        if expression_kind(inner[side]) != "element":
            continue
        element = known.get(str(inner[side]["element"]))
        if element is None:
            continue
        if inner["op"] in ORDERED and element.type not in _NUMERIC | {"date"}:
            yield Fault("wrong_type", _("「%(name)s」分不出大小，请用 ==、!= 或 in。") % {"name": element.id},
                        (*at, "op"))
        if expression_kind(inner[other]) == "value":
            value = inner[other]["value"]
            for one in value if isinstance(value, list) else [value]:
                yield from _value_kind(element, one, (*at, other))


def _value_kind(element: Element, value: Any, at: Where) -> Iterator[Fault]:
    if element.type in CHOOSING and element.option(plain_value(value)) is None:
        yield Fault("unknown_option", _("「%(name)s」没有「%(value)s」这个答案，可以选：%(all)s。") % {
            "name": element.id, "value": value, "all": "、".join(one.value for one in element.options)}, at)
    elif element.type in CHOOSING and not isinstance(value, str):
        yield Fault("wrong_type", _("答案要加引号：\"%(value)s\"。") % {"value": plain_value(value)}, at)
    elif element.type == "yes_no" and not isinstance(value, bool):
        yield Fault("wrong_type", _("「%(name)s」只能和 true 或 false 比。") % {"name": element.id}, at)
    elif element.type in _NUMERIC and not is_number(value):
        yield Fault("wrong_type", _("「%(name)s」只能和数比。") % {"name": element.id}, at)
    elif element.type == "date" and as_date(value) is None:
        yield Fault("wrong_type", _("「%(name)s」只能和日期比。") % {"name": element.id}, at)


def _possible(tree: Any, parameters: Mapping[str, Any], known: Elements, where: Where) -> list[Fault]:
    if not possible.can_hold(tree, parameters, elements=known):
        return [Fault("never_true", _("这条规则永远不会成立：条件互相矛盾。请检查数和日期。"), where)]
    found = [Fault("never_true", _("这一支永远不会成立：条件互相矛盾。请改正或去掉。"), (*where, *at))
             for at, branch in possible.branches(tree)
             if not possible.can_hold(branch, parameters, elements=known)]
    for at, kind, node in walk(tree, where):
        inner = node[kind]
        if kind == "count" and inner.get("where") and not possible.can_hold(inner["where"], parameters, elements=known):
            found.append(Fault("never_true", _("没有人会被数到：条件互相矛盾。请检查数和日期。"), (*at, kind, "where")))
    if not found and not possible.can_hold(tree, parameters, elements=known, is_denied=True):
        found.append(Fault("always_true", _("这条规则谁都符合，等于没有。请去掉或改正。"), where))
    return found
