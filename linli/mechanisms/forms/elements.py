"""One data element: what is asked, how it is checked, how much of it others read, what it is kept for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language, gettext as _

from linli.foundation.privacy.masks import ELEMENTS as MASKED
from linli.mechanisms.forms import shapes
from linli.mechanisms.forms.faults import Fault, Where

TYPES = ("text", "long_text", "number", "money", "date", "yes_no", "choice", "choices", "phone", "id_number",
         "credit_code", "address", "home", "file", "files", "signature")
SENSITIVITIES = ("plain", "personal", "sensitive")
FILES = frozenset({"file", "files"})
CHOOSING = frozenset({"choice", "choices"})
_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_SHAPE = {
    "id": "!text", "title": "!text", "title_en": "text", "easy": "text", "hint": "text", "hint_en": "text",
    "type": "!text", "options": "list", "check": "map", "sensitivity": "!text", "mask": "text", "purpose": "text",
    "known": "text",
}
_OPTION = {"value": "!any", "title": "!text", "title_en": "text"}
_CHECK = {"max": "number", "min": "number", "pattern": "text", "not_future": "flag", "not_past": "flag"}


@dataclass(frozen=True)
class Option:
    """One answer to choose."""

    value: str
    title: str
    title_en: str = ""

    @property
    def label(self) -> str:
        return in_language(self.title, self.title_en)


@dataclass(frozen=True)
class Element:
    """A data element. `check` is declarative: max, min (length of text, else value), pattern, not_future, not_past."""

    id: str
    title: str
    type: str
    title_en: str = ""
    easy: str = ""
    hint: str = ""
    hint_en: str = ""
    options: tuple[Option, ...] = ()
    check: Mapping[str, Any] = field(default_factory=dict)
    sensitivity: str = "personal"
    mask: str = ""
    purpose: str = ""
    known: str = ""

    @property
    def group(self) -> str:
        return self.id.split(".")[0]

    @property
    def label(self) -> str:
        """The question in the reader's language."""
        return in_language(self.title, self.title_en)

    @property
    def help(self) -> str:
        return in_language(self.hint, self.hint_en)

    @property
    def is_sensitive(self) -> bool:
        return self.sensitivity == "sensitive"

    @property
    def is_file(self) -> bool:
        return self.type in FILES

    def option(self, value: object) -> Option | None:
        return next((one for one in self.options if one.value == value), None)


def in_language(chinese: str, english: str) -> str:
    """The words for the reader; Chinese where there is no English."""
    return english if english and (get_language() or "").startswith("en") else chinese


def parse(data: Any, where: Where = ()) -> tuple[Element | None, list[Fault]]:
    """One entry of a dictionary and what is wrong with it. Whether its purpose is declared, the caller checks."""
    found = shapes.faults_of(data, _SHAPE, where)
    if found:
        return None, found
    if not _ID.fullmatch(data["id"]):
        found.append(Fault("element_id", _("「%(id)s」不能做编号，请写成 组.名 的小写英文，例如 child.name。") % {
            "id": data["id"]}, (*where, "id")))
    for key, allowed in (("type", TYPES), ("sensitivity", SENSITIVITIES)):
        if data[key] not in allowed:
            found.append(Fault("element_" + key, _("「%(key)s」不能是「%(value)s」，请用：%(all)s。") % {
                "key": key, "value": data[key], "all": "、".join(allowed)}, (*where, key)))
    if data.get("mask") not in (None, "none", "", *MASKED):
        found.append(Fault("element_mask", _("没有「%(mask)s」这种遮盖，请用：%(all)s、none。") % {
            "mask": data["mask"], "all": "、".join(MASKED)}, (*where, "mask")))
    found += _options_faults(data, where) + _check_faults(data, where)
    if found:
        return None, found
    options = tuple(Option(plain_value(one["value"]), one["title"], one.get("title_en") or "")
                    for one in data.get("options") or [])
    words = {key: data.get(key) or "" for key in ("title_en", "easy", "hint", "hint_en", "purpose", "known")}
    mask = data.get("mask") or ""
    return Element(
        id=data["id"], title=data["title"], type=data["type"], options=options, check=dict(data.get("check") or {}),
        sensitivity=data["sensitivity"], mask="" if mask == "none" else mask, **words), []


def plain_value(value: object) -> str:
    """A value to choose as it is kept: text. YAML reads yes and 1 as something else."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _options_faults(data: Mapping[str, Any], where: Where) -> list[Fault]:
    options = data.get("options") or []
    if data["type"] not in CHOOSING:
        if not options:
            return []
        return [Fault("options", _("只有 choice 和 choices 能写 options，请去掉。"), (*where, "options"))]
    if len(options) < 2:
        return [Fault("options", _("可选的答案至少写两个。"), (*where, "options"))]
    found: list[Fault] = []
    for number, one in enumerate(options):
        found += shapes.faults_of(one, _OPTION, (*where, "options", number))
    if not found:
        values = [plain_value(one["value"]) for one in options]
        found += [Fault("options", _("答案「%(value)s」写了两遍，请删掉一个。") % {"value": value},
                        (*where, "options", number))
                  for number, value in enumerate(values) if value in values[:number]]
    return found


def _check_faults(data: Mapping[str, Any], where: Where) -> list[Fault]:
    check = data.get("check") or {}
    at = (*where, "check")
    found = shapes.faults_of(check, _CHECK, at)
    if found:
        return found
    if "pattern" in check:
        try:
            re.compile(check["pattern"])
        except re.error as error:
            found.append(Fault("pattern", _("pattern 写错了：%(why)s。") % {"why": str(error)}, (*at, "pattern")))
        if len(check["pattern"]) > 200:
            found.append(Fault("pattern", _("pattern 太长，请在 200 个字符以内。"), (*at, "pattern")))
    if "min" in check and "max" in check and check["min"] > check["max"]:
        found.append(Fault("check", _("min 比 max 还大，请改过来。"), (*at, "min")))
    if data["type"] != "date" and (check.get("not_future") or check.get("not_past")):
        found.append(Fault("check", _("not_future 和 not_past 只用在日期上，请去掉。"), at))
    return found
