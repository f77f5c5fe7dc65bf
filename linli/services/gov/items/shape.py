"""The form of an item folder's files: what may stand where. A table, and one walk over it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from linli.services.gov.items.faults import Fault, Where

TYPES = ("行政许可", "行政确认", "行政给付", "行政奖励", "行政裁决", "其他行政权力", "公共服务")
LEVELS = ("community", "street", "district", "city", "province")
TOPICS = ("elders", "children", "health", "work", "housing", "identity", "family", "disability", "hardship", "pets",
          "volunteering")
LIFE_EVENTS = ("birth", "school", "work", "retirement", "illness", "moving", "death", "disability")
CHANNELS = ("online", "window", "phone", "home_visit", "kiosk", "agent")
HUMAN_CHANNELS = frozenset({"window", "phone", "home_visit", "agent"})
AUDIENCES = ("natural_person", "legal_person", "organisation")
UNITS = ("working_day", "calendar_day", "hour", "month")
PROCEDURES = ("licence", "licence_joint", "registration", "promised")
NEEDS = ("required", "conditional", "tolerated", "promised")
SOURCES = ("applicant", "shared", "e_licence", "generated")
LONG, SHORT = 4_000, 400


@dataclass(frozen=True)
class Leaf:
    """One value: text, int, bool, date, number or any (looked at by somebody else)."""

    kind: str = "text"
    among: tuple[str, ...] = ()
    nullable: bool = False
    pattern: str = ""
    most: int = LONG


@dataclass(frozen=True)
class Part:
    """A mapping with these keys and no other."""

    must: Mapping[str, Shape]
    may: Mapping[str, Shape]
    nullable: bool = False


@dataclass(frozen=True)
class Many:
    """A list; where `keyed`, every entry has its own `key`."""

    of: Shape
    keyed: bool = False
    least: int = 0
    most: int = 200


@dataclass(frozen=True)
class Named:
    """A mapping from any name to a shape."""

    of: Shape


Shape = Leaf | Part | Many | Named

TEXT, INT, BOOL, DATE, ANY = Leaf(), Leaf("int"), Leaf("bool"), Leaf("date"), Leaf("any")
LINE = Leaf(most=SHORT)
SLUG = Leaf(pattern=r"[a-z0-9]+(-[a-z0-9]+)*", most=60)
KEY = Leaf(pattern=r"[a-z][a-z0-9_]*", most=60)
LIMIT = Part({"days": INT, "unit": Leaf(among=UNITS)}, {"basis": TEXT})
MAYBE_LIMIT = Part(LIMIT.must, LIMIT.may, nullable=True)
BASIS = Part({"law": LINE, "article": LINE, "checked": BOOL, "says": TEXT}, {"date": DATE, "note": TEXT})
MATERIAL = Part(
    {"key": KEY, "name": LINE, "need": Leaf(among=NEEDS)},
    {"when": ANY, "source": Leaf(among=SOURCES), "licence": Leaf(nullable=True), "basis": TEXT, "sample": TEXT,
     "copies": Part({}, {"original": INT, "copy": INT}), "medium": Many(Leaf(among=("electronic", "paper"))),
     "validity": Leaf(nullable=True), "note": TEXT})
STEP = Part(
    {"key": KEY, "name": LINE},
    {"role": Leaf(among=("receives", "reviews", "decides", "delivers")), "limit": MAYBE_LIMIT,
     "clock": Leaf(among=("counts", "pauses")), "action": TEXT})
CLOCK = Part(
    {"procedure": Leaf(among=PROCEDURES), "promised": MAYBE_LIMIT},
    {"statutory": MAYBE_LIMIT, "tacit": Leaf(among=("none", "granted")), "note": TEXT,
     "extension": Part({"days": INT, "approver": LINE}, {"basis": TEXT, "unit": Leaf(among=UNITS)}, nullable=True),
     "special": Many(Part({"key": KEY, "name": LINE, "days": INT, "unit": Leaf(among=UNITS)},
                          {"pauses": BOOL, "basis": TEXT}), keyed=True)})
CONTACT = Part({}, {"window": LINE, "address": LINE, "phone": LINE, "hours": LINE, "complaints": LINE})
QUESTIONS = Many(Part({"q": TEXT, "a": TEXT}, {}))
FIELD = Part({}, {"purpose": LINE, "basis": TEXT, "necessity": TEXT, "retention_days": INT})
LOCAL = Part(
    {"department": LINE, "level": Leaf(among=LEVELS), "audience": Many(Leaf(among=AUDIENCES), least=1),
     "topics": Many(Leaf(among=TOPICS), least=1), "channels": Many(Leaf(among=CHANNELS)), "clock": CLOCK,
     "steps": Many(STEP, keyed=True), "materials": Many(MATERIAL, keyed=True), "contact": CONTACT},
    {"life_events": Many(Leaf(among=LIFE_EVENTS)), "code": Leaf(most=40), "visits": INT, "courier": BOOL, "url": LINE,
     "delegation": Part({"allowed": BOOL}, {"needs": TEXT, "basis": TEXT}),
     "appointment": Part({"needed": BOOL}, {"how": TEXT}),
     "situations": Many(Part({"key": KEY, "name": LINE}, {"when": ANY, "note": TEXT}), keyed=True),
     "fees": Many(Part({"name": LINE, "amount_cents": INT}, {"basis": TEXT, "reductions": TEXT, "unit": LINE})),
     "results": Many(Part({"key": KEY, "name": LINE, "kind": Leaf(among=("certificate", "notice", "entry", "payment"))},
                          {"licence": Leaf(nullable=True), "valid_months": Leaf("int", nullable=True),
                           "note": TEXT}), keyed=True),
     "remedies": Part({}, {"review": TEXT, "lawsuit": TEXT, "complaint": TEXT}),
     "fields": Named(FIELD)})
ITEM = Part(
    {"slug": SLUG, "summary": TEXT, "local": LOCAL,
     "base": Part({"name": LINE, "code": Leaf(most=12), "type": Leaf(among=TYPES), "basis": Many(BASIS)}, {})},
    {"faq": QUESTIONS, "wordings": Many(LINE), "uncheckable": Many(TEXT),
     "checked": Part({"by": LINE, "on": DATE}, {"months": INT}),
     "eligibility": Part({"none": TEXT}, {"none_en": TEXT})})
BUNDLE = Part(
    {"slug": SLUG, "name": LINE, "summary": TEXT, "lead": LINE, "order": Leaf(among=("parallel", "sequence")),
     "members": Many(Part({"item": SLUG}, {"after": Many(SLUG), "note": TEXT}), least=2)},
    {"name_en": LINE, "summary_en": TEXT, "lead_en": LINE, "easy": TEXT, "limit": MAYBE_LIMIT, "pages": Many(LINE),
     "wordings": Many(LINE), "checked": Part({"by": LINE, "on": DATE}, {"months": INT}), "note": TEXT,
     "uncheckable": Many(TEXT), "life_events": Many(Leaf(among=LIFE_EVENTS)), "topics": Many(Leaf(among=TOPICS)),
     "contact": CONTACT, "contact_en": CONTACT, "faq": QUESTIONS, "faq_en": QUESTIONS, "uncheckable_en": Many(TEXT)})


def faults_of(shape: Shape, value: Any, where: Where = ()) -> list[Fault]:
    """Every place where `value` has not this shape; each blocks loading."""
    if value is None and getattr(shape, "nullable", False):
        return []
    if isinstance(shape, Leaf):
        wrong = _leaf(shape, value)
        return [Fault("shape", wrong, where, "load")] if wrong else []
    if isinstance(shape, Many):
        return _many(shape, value, where)
    if not isinstance(value, Mapping):
        return [Fault("shape", _("这里应是「名称: 值」的一组，请照说明缩进着写。"), where, "load")]
    if isinstance(shape, Named):
        return [fault for key, one in value.items() for fault in faults_of(shape.of, one, (*where, key))]
    known = {**shape.must, **shape.may}
    found = [Fault("missing", _("缺「%(key)s」，请补上。") % {"key": key}, where, "load")
             for key in shape.must if key not in value]
    for key, one in value.items():
        if key not in known:
            found.append(Fault("unknown_key", _("不认识「%(key)s」。这里可以写：%(known)s。") % {
                "key": key, "known": "、".join(known)}, (*where, key), "load"))
        else:
            found += faults_of(known[key], one, (*where, key))
    return found


def _many(shape: Many, value: Any, where: Where) -> list[Fault]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return [Fault("shape", _("这里应是一列，每项前面加「- 」。"), where, "load")]
    found: list[Fault] = []
    if not shape.least <= len(value) <= shape.most:
        found.append(Fault("shape", _("这里要写 %(least)s 到 %(most)s 项，现在是 %(count)s 项。") % {
            "least": shape.least, "most": shape.most, "count": len(value)}, where, "load"))
    seen: set[Any] = set()
    for number, one in enumerate(value):
        found += faults_of(shape.of, one, (*where, number))
        key = one.get("key") if shape.keyed and isinstance(one, Mapping) else None
        if key is not None and key in seen:
            found.append(Fault("twice", _("「%(key)s」写了两遍，请删掉一处。") % {"key": key}, (*where, number),
                               "load"))
        seen.add(key if isinstance(key, str) else number)
    return found


def _leaf(shape: Leaf, value: Any) -> str:
    if shape.kind == "any":
        return ""
    if shape.kind == "bool":
        return "" if isinstance(value, bool) else _("这里写 true 或 false。")
    if shape.kind == "int":
        fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9
        return "" if fits else _("这里写一个不小于 0 的整数。")
    if shape.kind == "date":
        return "" if is_day(value) else _("这里写日期，例如 2026-11-20。")
    if not isinstance(value, str) and not (isinstance(value, int) and not shape.among and not shape.pattern):
        return _("这里写文字；像数字的请加引号。")
    text = str(value)
    if shape.among and text not in shape.among:
        return _("「%(value)s」不在可选的里面，请用：%(among)s。") % {
            "value": text[:40], "among": "、".join(shape.among)}
    if shape.pattern and not re.fullmatch(shape.pattern, text, re.ASCII):
        return _("「%(value)s」写法不对，只用小写英文字母、数字和连接号。") % {"value": text[:40]}
    if not text.strip():
        return _("这里空着，请写上，或者删掉这一行。")
    if len(text) > shape.most:
        return _("这里最多 %(most)s 字，现在是 %(count)s 字。") % {"most": shape.most, "count": len(text)}
    return ""


def is_day(value: Any) -> bool:
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return False
    return True
