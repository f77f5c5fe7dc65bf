"""One record of a provincial directory as a body: mapped field by field, nothing added, nothing guessed.

The records are those of the Guangdong government service site, crawled in 2021, 42 fields each; 「无」 means nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from linli.services.gov.items import codes

SOURCE = "广东政务服务网"
NOTHING = frozenset({"", "无", "null", "None", "暂无", "-"})
_DAYS = re.compile(r"(\d+)\s*[（(]?\s*(工作日|自然日|天|日)?")
_AUDIENCE = {"自然人": "natural_person", "行政机关": "organisation", "其他组织": "organisation"}
_TOPICS = {
    "生小孩": "family", "生育收养": "family", "婚姻登记": "family", "结婚": "family", "儿童青少年": "children",
    "教育科研": "children", "义务教育": "children", "升学": "children", "医疗卫生": "health",
    "社会保障（社会保险、社会救助）": "work", "找工作": "work", "就业创业": "work", "失业": "work", "职业资格": "work",
    "人才": "work", "高校毕业生": "work", "创业": "work", "退休": "elders", "社会救助": "hardship",
    "残疾人": "disability",
    "住房保障": "housing", "买房子": "housing", "抵押质押": "housing", "证件办理": "identity", "户籍办理": "identity",
    "出境入境": "identity", "迁居": "identity",
}
_LIFE = {"生小孩": "birth", "生育收养": "birth", "升学": "school", "义务教育": "school", "找工作": "work",
         "就业创业": "work", "退休": "retirement", "迁居": "moving", "买房子": "moving"}
WANTED = ("conditions", "materials", "promised", "statutory", "address", "hours", "phone", "complaints", "basis",
          "fees", "steps", "remedies", "easy", "wordings", "rule")


@dataclass(frozen=True)
class Record:
    """A record that was understood. `missing`: what it does not say of `WANTED`."""

    ident: str
    body: dict[str, Any]
    area_code: str
    code_fault: str
    missing: tuple[str, ...] = field(default=())


def said(record: Mapping[str, Any], key: str) -> str:
    """The text of a field; empty where the record says 「无」."""
    value = str(record.get(key) if record.get(key) is not None else "").strip()
    return "" if value in NOTHING else value


def days(text: str) -> dict[str, Any] | None:
    """「7(工作日)」 as a limit; None where there is none."""
    found = _DAYS.match(text)
    if not found:
        return None
    return {"days": int(found.group(1)), "unit": "working_day" if (found.group(2) or "工作日") == "工作日" else
            "calendar_day"}


def read(record: Mapping[str, Any]) -> Record:
    """The record mapped. Raises `ValueError` for one without a name or a code."""
    name, code, base = said(record, "TASK_NAME"), said(record, "TASK_CODE"), said(record, "CATAID")
    if not name or not code:
        raise ValueError("no TASK_NAME or no TASK_CODE")
    themes = [str(one) for one in record.get("theme_category") or []]
    # The directory writes "no window" where an address would stand.
    address = said(record, "handle_location").removeprefix("办理地点：")
    address = "" if address == "无线下办理窗口" else address
    papers = record.get("material_intro")
    contact = {"address": address, "phone": said(record, "consult_phone"), "complaints": said(record, "complain_phone")}
    local: dict[str, Any] = {
        "department": said(record, "DEPT_NAME"),
        "level": "province" if said(record, "matter_level") == "省级" else "city",
        "code": code, "audience": _audience(record), "topics": _mapped(themes, _TOPICS), "themes": themes,
        "life_events": _mapped(themes, _LIFE), "channels": _channels(record, address, contact["phone"]),
        "clock": {"procedure": "licence" if said(record, "TASK_TYPE_TEXT") == "行政许可" else "promised",
                  "statutory": days(said(record, "handle_time")), "promised": days(said(record, "handle_time_limit"))},
        "steps": [], "materials": [
            {"key": f"m{number}", "name": str(one).strip(), "need": "required"}
            for number, one in enumerate(papers if isinstance(papers, list) else [], start=1) if str(one).strip()],
        "contact": {key: value for key, value in contact.items() if value},
        "conditions": said(record, "accept_standard"), "url": said(record, "URL"),
        "joint": said(record, "co_department"), "platform": said(record, "bear_paltform"),
        "area": said(record, "AREA_CODE_TEXT"),
    }
    visits = said(record, "visit_number")
    if visits.isdigit():
        local["visits"] = int(visits)
    told = [said(record, key) for key in ("matter_short", "matter_daily")]
    wordings = [one.strip() for text in told for one in re.split(r"[，,、；;]", text) if one.strip()]
    body = {
        "slug": slug_of(code), "summary": said(record, "CATANAME") if said(record, "CATANAME") != name else "",
        "base": {"name": name, "code": base, "type": said(record, "TASK_TYPE_TEXT"), "basis": []},
        "local": local, "wordings": wordings, "faq": [], "form": {}, "eligibility": {}, "tests": [], "texts": {},
        "source": {"name": SOURCE, "ident": code, "matter_code": said(record, "matter_code")},
    }
    return Record(code, body, said(record, "AREACODE").rstrip("0"), codes.code_fault(code), _missing(body))


def slug_of(code: str) -> str:
    return "gd-" + re.sub(r"[^0-9a-z]", "", code.lower())


def _missing(body: Mapping[str, Any]) -> tuple[str, ...]:
    local = body["local"]
    has = {
        "conditions": local["conditions"], "materials": local["materials"], "promised": local["clock"]["promised"],
        "statutory": local["clock"]["statutory"], "address": local["contact"].get("address"),
        "phone": local["contact"].get("phone"), "complaints": local["contact"].get("complaints"),
        "wordings": body["wordings"]}
    return tuple(name for name in WANTED if not has.get(name))


def _mapped(themes: list[str], table: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(table[theme] for theme in themes if theme in table))


def _audience(record: Mapping[str, Any]) -> list[str]:
    names = [str(one) for one in record.get("service_object_name") or []]
    return list(dict.fromkeys(_AUDIENCE.get(name, "legal_person") for name in names))


def _channels(record: Mapping[str, Any], address: str, phone: str) -> list[str]:
    found = ["online"] if said(record, "ONLINECHECK") == "1" else []
    return [*found, *(["window"] if address else []), *(["phone"] if phone else [])]
