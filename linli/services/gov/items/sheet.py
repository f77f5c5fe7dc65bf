"""An item laid out for readers: the page, the paper and the assistant show these words and no others. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from linli.services.gov.items import codes, reading


@dataclass(frozen=True)
class Paper:
    """One thing to bring. `brought` is what the resident does: bring, show, nothing, later."""

    key: str
    name: str
    need: str
    who: str
    brought: str
    copies: str = ""
    medium: str = ""
    sample: str = ""
    validity: str = ""
    basis: str = ""
    note: str = ""
    condition: str = ""


@dataclass(frozen=True)
class Basis:
    law: str
    article: str
    date: str
    says: str
    is_checked: bool


@dataclass(frozen=True)
class Sheet:
    """Everything an item says to the public, in one manner."""

    slug: str
    name: str
    summary: str
    department: str
    level: str
    kind: str
    code: str
    code_title: str
    audience: str
    topics: Sequence[str]
    promised: str
    statutory: str
    fee: str
    visits: str
    channels: str
    channel_codes: Sequence[str]
    papers: Sequence[Paper]
    steps: Sequence[tuple[str, str, str]]  # (what, how long, whether the clock stands)
    pauses: Sequence[tuple[str, str]]
    fees: Sequence[tuple[str, str, str, str]]  # (what, how much, basis, reductions)
    results: Sequence[tuple[str, str]]
    conditions: Sequence[str]
    has_rule: bool
    contact: Mapping[str, str]
    appointment: str
    delegation: str
    remedies: Sequence[tuple[str, str]]
    bases: Sequence[Basis]
    faq: Sequence[tuple[str, str]]
    uncheckable: Sequence[str]
    situations: Sequence[str]
    url: str = ""
    platform: str = ""
    joint: str = ""
    themes: Sequence[str] = ()
    unread_bases: int = field(default=0)


def sheet(body: Mapping[str, Any], manner: str = "official") -> Sheet:
    """A body in words. What it does not say is empty."""
    said = reading.spoken(body, manner)
    base, local = said["base"], said["local"]
    clock = local.get("clock") or {}
    contact = {key: str(value) for key, value in (local.get("contact") or {}).items() if value}
    steps = [(one["name"], reading.limit(one.get("limit")),
              _("这段时间不计入时限") if one.get("clock") == "pauses" else "") for one in local.get("steps") or []]
    bases = [Basis(str(one["law"]), str(one["article"]), str(one.get("date") or ""), str(one.get("says") or ""),
                   one.get("checked") is True) for one in base.get("basis") or []]
    code = str(local.get("code") or base.get("code") or "")
    return Sheet(
        slug=str(said["slug"]), name=str(base["name"]), summary=str(said.get("summary") or ""),
        department=str(local.get("department") or ""), level=reading.level(str(local.get("level") or "")),
        kind=str(base.get("type") or ""), code=code,
        code_title=_code_title(local.get("code"), str(base.get("code") or "")),
        audience=_("、").join(reading.audience(str(one)) for one in local.get("audience") or []),
        topics=[reading.topic(str(one)) for one in local.get("topics") or []],
        promised=reading.limit(clock.get("promised")), statutory=reading.limit(clock.get("statutory")),
        fee=_fee(local), visits=_visits(local),
        channels=_("、").join(reading.channel(one) for one in shown_channels(local)),
        channel_codes=list(local.get("channels") or []), papers=[_paper(one) for one in local.get("materials") or []],
        steps=steps, pauses=[(one["name"], reading.limit(one)) for one in clock.get("special") or []
                             if one.get("pauses", True)],
        fees=[(one["name"], reading.money(int(one["amount_cents"])), str(one.get("basis") or ""),
               str(one.get("reductions") or "")) for one in local.get("fees") or []],
        results=[(one["name"], _valid(one)) for one in local.get("results") or []],
        conditions=_conditions(said, manner), has_rule=(said.get("eligibility") or {}).get("rule") is not None,
        contact=contact, appointment=_appointment(local), delegation=_delegation(local), remedies=_remedies(local),
        bases=bases, faq=[(str(one["q"]), str(one["a"])) for one in said.get("faq") or []],
        uncheckable=[str(one) for one in said.get("uncheckable") or []],
        situations=[str(one["name"]) for one in local.get("situations") or []], url=_web(str(local.get("url") or "")),
        platform=str(local.get("platform") or ""), joint=str(local.get("joint") or ""),
        themes=list(local.get("themes") or []), unread_bases=sum(1 for one in bases if not one.is_checked))


def shown_channels(local: Mapping[str, Any]) -> list[str]:
    """The ways that are open today: at the kiosk one reads and takes a ticket, so a page must not promise more."""
    return [str(one) for one in local.get("channels") or [] if one != "kiosk"]


def _code_title(place_code: Any, base: str) -> str:
    if place_code:
        return _("实施编码")
    return _("本地编号") if codes.is_own(base) else _("基本编码")


def _fee(local: Mapping[str, Any]) -> str:
    if "fees" not in local:
        return ""
    total = sum(int(one.get("amount_cents") or 0) for one in local["fees"])
    return reading.money(total) if total else _("不收费")


def _valid(one: Mapping[str, Any]) -> str:
    months = one.get("valid_months")
    return _("有效 %(count)s 个月") % {"count": months} if months else ""


def _visits(local: Mapping[str, Any]) -> str:
    visits = local.get("visits")  # none at all would be over the net, which is not open here yet
    return _("%(count)s 次") % {"count": visits} if visits else ""


def _paper(one: Mapping[str, Any]) -> Paper:
    need, source = str(one.get("need") or "required"), str(one.get("source") or "")
    brought = "nothing" if source in ("shared", "generated") else "show" if source == "e_licence" else (
        "later" if need == "tolerated" else "bring")
    media = [_("电子") if medium == "electronic" else _("纸质") for medium in one.get("medium") or []]
    return Paper(
        key=str(one["key"]), name=str(one["name"]), need=reading.need(need), who=reading.source(source),
        brought=brought,
        copies=reading.copies(one.get("copies")), medium=_("、").join(media), sample=str(one.get("sample") or ""),
        validity=str(one.get("validity") or ""), basis=str(one.get("basis") or ""), note=str(one.get("note") or ""),
        condition=str((one.get("when") or {}).get("clause") or "") if isinstance(one.get("when"), Mapping) else "")


def _conditions(said: Mapping[str, Any], manner: str) -> list[str]:
    told = reading.clauses(said, manner)
    imported = str(said["local"].get("conditions") or "")
    return told or ([imported] if imported else [])


def _appointment(local: Mapping[str, Any]) -> str:
    given = local.get("appointment") or {}
    if given.get("needed"):
        return str(given.get("how") or "") or _("要先预约")
    return _("不用预约") if given else ""


def _delegation(local: Mapping[str, Any]) -> str:
    given = local.get("delegation") or {}
    if not given:
        return ""
    return (str(given.get("needs") or "") or _("可以请人代办")) if given.get("allowed") else _("要本人来办")


def _remedies(local: Mapping[str, Any]) -> list[tuple[str, str]]:
    titles = {"complaint": _("投诉"), "review": _("行政复议"), "lawsuit": _("行政诉讼")}
    given = local.get("remedies") or {}
    return [(title, str(given[key])) for key, title in titles.items() if given.get(key)]


def _web(url: str) -> str:
    return url if url.startswith(("https://", "http://")) else ""
