"""A line of a proof in words, in the reader's language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from linli.mechanisms.forms.elements import Element, in_language
from linli.mechanisms.forms.rules.evaluation import Line

_SIGNS = {"<": "<", "<=": "≤", "==": "=", "!=": "≠", ">=": "≥", ">": ">"}


def told(line: Line) -> str:
    """「年满 80 周岁：出生日期 78 < 80」; without a clause only what was compared."""
    clause = in_language(line.clause, line.clause_en)
    said = _said(line)
    return f"{clause}{_('：')}{said}" if clause and said else clause or said


def _said(line: Line) -> str:
    if line.kind in ("all", "any", "not"):
        return ""
    label = _("、").join(_label(name) for name in line.elements) or "—"
    if line.answer == "unknown":
        return _("还不知道：%(what)s") % {"what": label}
    if line.kind == "exists":
        return (_("有：%(what)s") if line.op == "exists" else _("没有：%(what)s")) % {"what": label}
    if line.measure == "years_since":
        label = _("%(what)s到今天满几年") % {"what": label}
    elif line.measure == "days_between":
        label = _("%(what)s相隔几天") % {"what": label}
    elif line.measure == "count":
        label = _("%(what)s的个数") % {"what": label}
    left, right = _shown(line, line.left), _shown(line, line.right)
    if line.op in ("between", "not between"):
        words = _("%(what)s %(value)s，在 %(range)s 之间") if line.op == "between" else _(
            "%(what)s %(value)s，不在 %(range)s 之间")
        return words % {"what": label, "value": left, "range": right}
    if line.op in ("in", "not in"):
        words = _("%(what)s %(value)s，属于 %(range)s") if line.op == "in" else _(
            "%(what)s %(value)s，不属于 %(range)s")
        return words % {"what": label, "value": left, "range": right}
    return f"{label} {left} {_SIGNS[line.op]} {right}"


def _element(name: str) -> Element | None:
    from linli.mechanisms.forms import dictionary

    return dictionary.elements().get(name)


def _label(name: str) -> str:
    element = _element(name)
    return element.label if element else name


def _shown(line: Line, value: Any) -> str:
    if isinstance(value, tuple):
        return "–".join(_shown(line, one) for one in value)
    if isinstance(value, list):
        return _("、").join(_shown(line, one) for one in value)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    element = _element(line.elements[0]) if line.elements and line.measure == "element" else None
    if element is not None and (option := element.option(value)):
        return option.label
    if element is not None and element.type == "money" and isinstance(value, int | float):
        return _("%(yuan)s 元") % {"yuan": f"{value / 100:.2f}"}
    return str(value)
