"""Changes of a draft, one at a time, on its plain mapping; and what has changed since the published version."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import yaml
from django.utils.translation import gettext as _

from linli.foundation.web import Refused
from linli.mechanisms.forms import dictionary
from linli.mechanisms.forms.definition import OWN
from linli.mechanisms.forms.elements import CHOOSING, Element, in_language, parse as parse_element

Body = dict[str, Any]
QUESTION_TYPES = ("choice", "choices", "yes_no", "text", "long_text", "number", "money", "date", "phone", "files")
_WORDS = ("title", "title_en", "intro", "intro_en", "consent", "consent_en")


@dataclass(frozen=True)
class Change:
    """One line of the difference: `sign` is "+", "-" or " "."""

    sign: str
    text: str


def apply(body: Mapping[str, Any], verb: str, given: Mapping[str, Any]) -> Body:
    """The body after one change. Raises `Refused` for what cannot be done as it was asked."""
    changed = deepcopy(dict(body))
    if verb not in _VERBS:
        raise Refused("no_verb", _("没有这个动作，请刷新后再试。"))
    _VERBS[verb](changed, given)
    return changed


def _words(body: Body, given: Mapping[str, Any]) -> None:
    for name in _WORDS:
        _set(body, name, _line(given, name, 600 if name not in ("title", "title_en") else 80))
    if not body.get("title"):
        raise Refused("no_title", _("请给表起个名字。"), field="title")


def _page_add(body: Body, given: Mapping[str, Any]) -> None:
    title = _line(given, "title", 30)
    if not title:
        raise Refused("no_title", _("请给这一页起个名字。"), field="title")
    taken = {page["key"] for page in body["pages"]}
    number = len(taken) + 1
    while f"page-{number}" in taken:
        number += 1
    page: Body = {"key": f"page-{number}", "title": title, "fields": []}
    _set(page, "title_en", _line(given, "title_en", 60))
    body["pages"].append(page)


def _page_words(body: Body, given: Mapping[str, Any]) -> None:
    page = _page(body, given)
    if not _line(given, "title", 30):
        raise Refused("no_title", _("请给这一页起个名字。"), field="title")
    for name, most in (("title", 30), ("title_en", 60), ("intro", 400), ("intro_en", 600)):
        _set(page, name, _line(given, name, most))


def _page_remove(body: Body, given: Mapping[str, Any]) -> None:
    page = _page(body, given)
    if len(body["pages"]) == 1:
        raise Refused("last_page", _("表里至少要有一页。"))
    body["pages"].remove(page)
    _tidy(body)


def _page_move(body: Body, given: Mapping[str, Any]) -> None:
    _move(body["pages"], body["pages"].index(_page(body, given)), str(given.get("way", "")))


def _field_add(body: Body, given: Mapping[str, Any]) -> None:
    page, element = _page(body, given), str(given.get("element", ""))
    if element not in dictionary.elements():
        raise Refused("no_element", _("请从列表里选一项。"), field="element")
    if any(one.get("element") == element for other in body["pages"] for one in other["fields"]):
        raise Refused("asked_twice", _("这一项已经问了。一样东西只问一次。"), field="element")
    field: Body = {"element": element}
    if given.get("required"):
        field["required"] = True
    page["fields"].append(field)


def _question_add(body: Body, given: Mapping[str, Any]) -> None:
    """A question of this form's own."""
    page, title, kind = _page(body, given), _line(given, "title", 80), str(given.get("type", ""))
    if not title:
        raise Refused("no_title", _("请写问题。"), field="title")
    if kind not in QUESTION_TYPES:
        raise Refused("no_type", _("请选怎么答。"), field="type")
    own = body.setdefault("elements", [])
    number = max([int(found[1]) for one in own if (found := re.fullmatch(r"own\.q(\d+)", one["id"]))], default=0) + 1
    entry: Body = {"id": f"{OWN}.q{number}", "title": title, "type": kind,
                   "sensitivity": "plain" if kind in (*CHOOSING, "yes_no", "number", "date") else "personal"}
    _set(entry, "title_en", _line(given, "title_en", 120))
    if kind == "phone":
        entry["mask"] = "phone"
    if kind in CHOOSING:
        lines = [" ".join(line.split()) for line in str(given.get("options", "")).splitlines() if line.strip()]
        if len(lines) < 2:
            raise Refused("options", _("可选的答案至少写两个，一行一个。"), field="options")
        entry["options"] = [_option(number, line) for number, line in enumerate(lines[:20], start=1)]
    _element, faults = parse_element({"purpose": "forms.answer", **entry})
    if faults:
        raise Refused("question", faults[0].sentence, field="title")
    own.append(entry)
    field: Body = {"element": entry["id"]}
    if given.get("required"):
        field["required"] = True
    page["fields"].append(field)


def _option(number: int, line: str) -> Body:
    """「同意 | I agree」: the English behind a bar."""
    title, _bar, english = (part.strip() for part in line.partition("|"))
    return {"value": f"a{number}", "title": title[:80], **({"title_en": english[:120]} if english else {})}


def _note_add(body: Body, given: Mapping[str, Any]) -> None:
    note = _line(given, "note", 400)
    if not note:
        raise Refused("no_note", _("请写说明。"), field="note")
    entry: Body = {"note": note}
    _set(entry, "note_en", _line(given, "note_en", 600))
    _page(body, given)["fields"].append(entry)


def _field_set(body: Body, given: Mapping[str, Any]) -> None:
    """Required or not; and the one condition that the page can make: another answer is this."""
    page = _page(body, given)
    field = page["fields"][_place(page, given)]
    if "element" in field and not field.get("computed") and not isinstance(field.get("required"), Mapping):
        field.pop("required", None)
        if given.get("required"):
            field["required"] = True
    picked = str(given.get("when", ""))
    if picked == "keep":
        return
    field.pop("when", None)
    if picked:
        name, _bar, value = picked.partition("=")
        element = element_of(body, name)
        if element is None:
            raise Refused("no_element", _("请从列表里选一项。"), field="when")
        field["when"] = condition(element, value)


def condition(element: Element, value: str) -> Body:
    """The rule "the answer is this"; of several answers, "this is among them"."""
    plain: Any = value == "yes" if element.type == "yes_no" else value
    return {"compare": {"left": {"element": element.id}, "op": "==", "right": {"value": plain}}}


def _field_remove(body: Body, given: Mapping[str, Any]) -> None:
    page = _page(body, given)
    del page["fields"][_place(page, given)]
    _tidy(body)


def _field_move(body: Body, given: Mapping[str, Any]) -> None:
    page = _page(body, given)
    _move(page["fields"], _place(page, given), str(given.get("way", "")))


_VERBS: Mapping[str, Callable[[Body, Mapping[str, Any]], None]] = {
    "words": _words, "page_add": _page_add, "page_words": _page_words, "page_remove": _page_remove,
    "page_move": _page_move, "field_add": _field_add, "question_add": _question_add, "note_add": _note_add,
    "field_set": _field_set, "field_remove": _field_remove, "field_move": _field_move,
}


def _tidy(body: Body) -> None:
    """Own questions that no page asks any more go with their field."""
    asked = {one.get("element") for page in body["pages"] for one in page["fields"]}
    kept = [one for one in body.get("elements") or [] if one["id"] in asked]
    _set(body, "elements", kept)


def _page(body: Body, given: Mapping[str, Any]) -> Body:
    found = next((page for page in body["pages"] if page["key"] == given.get("page")), None)
    if found is None:
        raise Refused("no_page", _("这一页不在了，请刷新后再试。"))
    return found  # type: ignore[no-any-return]  # a page of the mapping


def _place(page: Body, given: Mapping[str, Any]) -> int:
    text = str(given.get("place", ""))
    if not text.isdecimal() or int(text) >= len(page["fields"]):
        raise Refused("no_field", _("这一项不在了，请刷新后再试。"))
    return int(text)


def _move(rows: list[Any], place: int, way: str) -> None:
    other = place + (1 if way == "down" else -1)
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]


def _line(given: Mapping[str, Any], name: str, most: int) -> str:
    return str(given.get(name, "")).strip()[:most]


def _set(row: Body, name: str, value: Any) -> None:
    if value:
        row[name] = value
    else:
        row.pop(name, None)


def element_of(body: Mapping[str, Any], name: str) -> Element | None:
    """An element of the dictionary or of the form's own questions, as far as it is sound."""
    if name in dictionary.elements():
        return dictionary.elements()[name]
    for entry in body.get("elements") or []:
        if entry.get("id") == name:
            return parse_element({"sensitivity": "personal", "purpose": "forms.answer", **entry})[0]
    return None


def conditions_for(body: Mapping[str, Any], page_key: str, place: int) -> list[tuple[str, str]]:
    """(value, words) of the simple conditions a field may have: answers to choose from, asked before it."""
    found: list[tuple[str, str]] = []
    for page in body["pages"]:
        for number, one in enumerate(page["fields"]):
            if page["key"] == page_key and number >= place:
                return found
            element = element_of(body, str(one.get("element", "")))
            if element is None or page.get("repeat"):
                continue
            options = [("yes", _("是")), ("no", _("否"))] if element.type == "yes_no" else [
                (option.value, option.label) for option in element.options]
            found += [(f"{element.id}={value}", _("「%(question)s」答「%(answer)s」") % {
                "question": element.label, "answer": label}) for value, label in options]
    return found


def as_yaml(body: Mapping[str, Any]) -> str:
    """The body as it is written in a file."""
    text: str = yaml.safe_dump(dict(body), allow_unicode=True, sort_keys=False, width=110)
    return text


def outline(body: Mapping[str, Any]) -> list[str]:
    """The form in lines that can be compared: pages, questions, what is required, conditions."""
    lines = [_("表名：%(text)s") % {"text": body.get("title", "")}]
    for name, label in (("intro", _("开头：%(text)s")), ("consent", _("承诺：%(text)s"))):
        if body.get(name):
            lines.append(label % {"text": body[name]})
    for page in body["pages"]:
        lines.append(_("页：%(title)s") % {"title": page["title"]})
        if page.get("when"):
            lines.append(_("　只在这时出现：%(rule)s") % {"rule": as_rule(page["when"])})
        if page.get("repeat"):
            lines.append(_("　一位一位地问：%(group)s") % {"group": page["repeat"].get("group", "")})
        lines += [_outline_of(body, one) for one in page["fields"]]
    return lines


def _outline_of(body: Mapping[str, Any], one: Mapping[str, Any]) -> str:
    if "note" in one:
        return _("　说明：%(text)s") % {"text": one["note"]}
    element = element_of(body, str(one.get("element", "")))
    line = _("　问：%(label)s") % {"label": element.label if element else one.get("element", "")}
    if element is not None and element.options and element.group == OWN:
        line += "（" + " / ".join(in_language(option.title, option.title_en) for option in element.options) + "）"
    if one.get("required"):
        line += _("，必填") if one["required"] is True else _("，有条件必填")
    if one.get("computed"):
        line += _("，自动算")
    if one.get("when"):
        line += _("，只在这时问：%(rule)s") % {"rule": as_rule(one["when"])}
    return line


def as_rule(rule: Any) -> str:
    """A rule on one line."""
    return " ".join(str(yaml.safe_dump(rule, allow_unicode=True, default_flow_style=True, width=1000)).split())[:300]


def difference(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> list[Change]:
    """The lines of both, marked; empty where they read the same."""
    before, after = outline(old) if old else [], outline(new)
    if before == after:
        return []
    found: list[Change] = []
    for tag, first, last, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            found += _context(before[first:last])
        else:
            found += [Change("-", line) for line in before[first:last]]
            found += [Change("+", line) for line in after[start:end]]
    return found


def _context(lines: Sequence[str]) -> list[Change]:
    """Of what has not changed, only the line beside a change."""
    if len(lines) <= 3:
        return [Change(" ", line) for line in lines]
    return [Change(" ", lines[0]), Change(" ", "…"), Change(" ", lines[-1])]
