"""Which keys a mapping may have and of what type: the one way in which files of this room are looked over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy

from linli.mechanisms.forms.faults import Fault, Where

_NAMES = {
    "text": gettext_lazy("文字"), "number": gettext_lazy("数字"), "whole": gettext_lazy("整数"),
    "flag": gettext_lazy("true 或 false"), "date": gettext_lazy("日期（如 2026-11-25）"),
    "list": gettext_lazy("一列（每行以 - 开头）"), "map": gettext_lazy("一组「名称: 值」"), "any": gettext_lazy("值"),
}


def is_type(value: Any, kind: str) -> bool:
    """Is `value` of the named type? A whole number is also a number; true is neither."""
    if kind == "any":
        return True
    if kind == "flag":
        return isinstance(value, bool)
    if kind in ("number", "whole"):
        return not isinstance(value, bool) and isinstance(value, int if kind == "whole" else int | float)
    if kind == "date":
        return isinstance(value, date) or is_iso_date(value)
    return isinstance(value, {"text": str, "list": list, "map": Mapping}[kind])


def is_iso_date(value: Any) -> bool:
    if not isinstance(value, str) or len(value) != 10:
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def faults_of(value: Any, shape: Mapping[str, str], where: Where = ()) -> list[Fault]:
    """`shape`: key → type, with "!" before the type where the key must be there."""
    if not isinstance(value, Mapping):
        return [Fault("shape", _("这里应是%(kind)s。") % {"kind": _NAMES["map"]}, where)]
    found: list[Fault] = []
    for key in value:
        if key not in shape:
            near = get_close_matches(str(key), list(shape), n=1)
            mend = (_("是不是「%(near)s」？") % {"near": near[0]} if near
                    else _("可以写的有：%(keys)s。") % {"keys": "、".join(shape)})
            found.append(Fault("unknown_key", _("不认识「%(key)s」。") % {"key": key} + mend, (*where, str(key))))
    for key, kind in shape.items():
        if key not in value or value[key] is None:
            if kind.startswith("!"):
                found.append(Fault("missing_key", _("缺「%(key)s」，请补上。") % {"key": key}, where))
        elif not is_type(value[key], kind.lstrip("!")):
            found.append(Fault("wrong_type", _("「%(key)s」应是%(kind)s，现在是「%(value)s」。") % {
                "key": key, "kind": _NAMES[kind.lstrip("!")], "value": str(value[key])[:40]}, (*where, key)))
        elif kind == "!text" and not str(value[key]).strip():
            found.append(Fault("missing_key", _("「%(key)s」是空的，请写上。") % {"key": key}, (*where, key)))
    return found
