"""The words of a letter: templates of `texts.yaml` filled with facts, once, in both languages. Pure.

What is composed is what is kept: a page of plain strings that a later template cannot change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypedDict

import yaml

LANGUAGES = ("zh", "en")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")
_REMEDIES = {
    "review": {"zh": "行政复议", "en": "Administrative review"},
    "lawsuit": {"zh": "行政诉讼", "en": "Going to court"},
    "complaint": {"zh": "投诉", "en": "Complaints"},
}
_ROWS = {
    "number": {"zh": "单号", "en": "Number"}, "letter": {"zh": "文号", "en": "Letter"},
    "department": {"zh": "谁来办", "en": "Handled by"}, "window": {"zh": "窗口", "en": "Counter"},
    "address": {"zh": "地址", "en": "Address"}, "hours": {"zh": "时间", "en": "Hours"},
    "phone": {"zh": "电话", "en": "Telephone"},
}
# A fact: a date, words, words in both languages, a list of things with lines; None and "" are "not there".
Fact = date | str | int | bool | None | Mapping[str, str] | Sequence[Mapping[str, Any]]


class Page(TypedDict):
    """A letter in one language, ready to be set."""

    title: str
    to: str
    paragraphs: list[str]
    list_title: str
    rows: list[dict[str, Any]]
    boxes: bool
    remedies_title: str
    remedies: list[list[str]]
    pairs: list[list[str]]
    signer: str
    day: str
    seal: str
    url: str
    check: str


@cache
def templates() -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = yaml.safe_load(
        (Path(__file__).parent / "texts.yaml").read_text(encoding="utf-8"))
    return found


def compose(kind: str, facts: Mapping[str, Fact]) -> dict[str, Page]:
    """The letter in every language. Raises `KeyError` for a kind without a template, and for a fact that a paragraph
    names and nobody gave."""
    template = templates()[kind]
    return {language: _page(template, facts, language) for language in LANGUAGES}


def _page(template: Mapping[str, Any], facts: Mapping[str, Fact], language: str) -> Page:
    told = {name: told_in(language, value) for name, value in facts.items()}
    listed = template.get("list")
    rows = _rows(facts.get(listed["of"]), language) if listed is not None else []
    remedies = [[_REMEDIES[name][language], told[f"remedy_{name}"]] for name in template.get("remedies", ())
                if told.get(f"remedy_{name}")]
    if template.get("remedies") and not remedies:
        remedies = [[_REMEDIES["complaint"][language], {"zh": "打 12345", "en": "Call 12345"}[language]]]
    return {
        "title": template["title"][language],
        "to": {"zh": "%s：", "en": "To %s"}[language] % told["applicant"] if told.get("applicant") else "",
        "paragraphs": [one[language].format_map(told) for one in template["paragraphs"] if _is_said(one, facts)],
        "list_title": listed["title"][language] if listed is not None and rows else "", "rows": rows,
        "boxes": bool(listed and listed["boxes"]),
        "remedies_title": {"zh": "不同意怎么办", "en": "If you do not agree"}[language] if remedies else "",
        "remedies": remedies,
        "pairs": [[title[language], told[name]] for name, title in _ROWS.items() if told.get(name)],
        "signer": told.get("signer", ""), "day": told.get("day", ""),
        "seal": {"zh": "（纸质件在这里盖章）", "en": "(sealed here when given on paper)"}[language],
        "url": told.get("url", ""),
        "check": {"zh": "扫码看办到哪一步", "en": "Scan to see how far it is"}[language],
    }


def _is_said(paragraph: Mapping[str, Any], facts: Mapping[str, Fact]) -> bool:
    when, unless = paragraph.get("when"), paragraph.get("unless")
    return (not when or bool(facts.get(when))) and not (unless and facts.get(unless))


def _rows(value: Fact, language: str) -> list[dict[str, Any]]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    return [{"name": told_in(language, one["name"]), "lines": [
        text for text in (told_in(language, line) for line in one.get("lines", ())) if text]} for one in value]


def told_in(language: str, value: Any) -> str:
    """A fact as words of that language."""
    if value is None or isinstance(value, bool) or (isinstance(value, Sequence) and not isinstance(value, str)):
        return ""
    if isinstance(value, date):
        return told_day(language, value)
    if isinstance(value, Mapping):
        return str(value.get(language) or value.get("zh") or "")
    return str(value)


def told_day(language: str, day: date) -> str:
    if language == "en":
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"


def told_days(days: int, unit: str) -> dict[str, str]:
    """A number of days in both languages; `unit` is working_day or calendar_day."""
    working = unit == "working_day"
    one = {"zh": "个工作日" if working else "天", "en": "working day" if working else "day"}
    return {"zh": f"{days} {one['zh']}", "en": f"{days} {one['en']}{'' if days == 1 else 's'}"}
