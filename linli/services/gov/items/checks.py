"""What an item must pass before it is published: each check ends a known complaint. A table of pure functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from linli.services.gov.items import codes, judging
from linli.services.gov.items.faults import Fault, Where
from linli.services.gov.items.shape import HUMAN_CHANNELS

Body = Mapping[str, Any]
WORDINGS_LEAST = 5
CHECK_MONTHS = 6  # where an item does not say how long its check holds
_VAGUE = re.compile(r"(其他|其它|相关|有关|等)(必要)?(证明)?(材料|资料|证件|文件)|等$|等[)）]$")


@dataclass(frozen=True)
class World:
    """What checks need from outside: the day, and the search that residents use (None: not looked at)."""

    today: date
    find: Callable[[str], Sequence[str]] | None = None  # words → slugs, best first


@dataclass(frozen=True)
class Check:
    """One rule: what is demanded, in words, and the function that names every breach."""

    code: str
    title: str | Promise
    run: Callable[[Body, World], Iterable[tuple[Where, str]]]


Found = Iterator[tuple[Where, str]]


def no_other_papers(body: Body, world: World) -> Found:
    for where, one in _each(body, "materials"):
        if _VAGUE.search(str(one["name"]).strip()):
            yield (*where, "name"), _("「%(name)s」说不清要带什么，请逐样写出来。") % {"name": one["name"]}


def papers_complete(body: Body, world: World) -> Found:
    titles = {"source": _("谁提供"), "copies": _("份数"), "medium": _("形式"), "basis": _("依据"), "sample": _("样例")}
    for where, one in _each(body, "materials"):
        lacking = [title for key, title in titles.items() if not one.get(key)]
        if one.get("copies") and not any(one["copies"].get(key) for key in ("original", "copy")):
            lacking.append(titles["copies"])
        if one.get("need") == "conditional" and not one.get("when"):
            lacking.append(_("什么情况才要"))
        if lacking:
            yield where, _("「%(name)s」没写：%(lacking)s。") % {"name": one["name"], "lacking": "、".join(lacking)}


def promise_within_law(body: Body, world: World) -> Found:
    clock = body["local"]["clock"]
    promised, statutory = clock.get("promised"), clock.get("statutory")
    if not promised:
        yield ("local", "clock"), _("没写承诺多久办好。")
    if not promised or not statutory:
        return
    if promised["unit"] != statutory["unit"]:
        yield ("local", "clock", "promised"), _("承诺时限和法定时限要用同一个单位。")
    elif promised["days"] > statutory["days"]:
        yield ("local", "clock", "promised"), _("承诺 %(promised)s 比法定 %(statutory)s 还长。") % {
            "promised": promised["days"], "statutory": statutory["days"]}


def steps_complete(body: Body, world: World) -> Found:
    if not body["local"]["steps"]:
        yield ("local", "steps"), _("没写办理步骤。")
    for where, one in _each(body, "steps"):
        if not one.get("role") or not one.get("limit"):
            yield where, _("步骤「%(name)s」要写谁办、多久办好。") % {"name": one["name"]}


def fees_founded(body: Body, world: World) -> Found:
    for where, one in _each(body, "fees"):
        if not str(one.get("basis") or "").strip():
            yield where, _("收费「%(name)s」没写依据。没有依据就不能收。") % {"name": one["name"]}


def contact_complete(body: Body, world: World) -> Found:
    contact, remedies = body["local"].get("contact") or {}, body["local"].get("remedies") or {}
    titles = {"window": _("窗口"), "address": _("地址"), "phone": _("电话"), "hours": _("时间"),
              "complaints": _("投诉电话")}
    for key, title in titles.items():
        if not str(contact.get(key) or "").strip():
            yield ("local", "contact"), _("没写%(what)s。") % {"what": title}
    if not (remedies.get("review") or remedies.get("lawsuit") or remedies.get("complaint")):
        yield ("local", "remedies"), _("没写不服怎么办（复议、诉讼或投诉）。")


def human_channel(body: Body, world: World) -> Found:
    if not HUMAN_CHANNELS & set(body["local"]["channels"]):
        yield ("local", "channels"), _("至少留一个有人的渠道：窗口、电话、上门或代办。")


def nothing_asked_twice(body: Body, world: World) -> Found:
    seen: dict[str, Where] = {}
    known = {one.title: name for name, one in judging.elements().items() if one.known}
    for page_number, page in enumerate(body["form"].get("pages") or []):
        for number, one in enumerate(page["fields"]):
            name = one.get("element")
            if not name or one.get("computed"):
                continue
            where: Where = ("form", "pages", page_number, "fields", number)
            if name in seen and not one.get("when") and not page.get("when"):
                yield where, _("「%(name)s」问了两遍，请删掉一处。") % {"name": name}
            seen.setdefault(name, where)
            element = judging.elements().get(name)
            twin = known.get(element.title) if element else None
            if twin and twin != name and name.split(".")[0] == twin.split(".")[0]:
                yield where, _("「%(name)s」已经有「%(twin)s」知道了，请改用它，不要再问。") % {
                    "name": name, "twin": twin}
    for where, one in _each(body, "materials"):
        if one.get("source") in ("shared", "generated") and f"file.{one['key']}" in seen:
            yield where, _("「%(name)s」不用申请人交，表里却要上传。") % {"name": one["name"]}


def sensitive_justified(body: Body, world: World) -> Found:
    fields = body["local"].get("fields") or {}
    titles = {"purpose": _("用途"), "basis": _("依据"), "necessity": _("为什么必须"), "retention_days": _("保存多久")}
    for name in dict.fromkeys(form_elements(body)):
        element = judging.elements().get(name)
        if element is None or not element.is_sensitive:
            continue
        lacking = [title for key, title in titles.items() if not (fields.get(name) or {}).get(key)]
        if lacking:
            yield ("local", "fields"), _("敏感信息「%(name)s」没写：%(lacking)s。") % {
                "name": name, "lacking": "、".join(lacking)}


def rule_tested(body: Body, world: World) -> Found:
    eligibility = body["eligibility"]
    rule = eligibility.get("rule")
    if rule is None:
        if not eligibility.get("none"):
            yield ("eligibility",), _("没写谁能办：请写 rules/eligibility.yaml，人人可办的写明为什么。")
        return
    for fault in judging.untested(eligibility, body["tests"]):
        yield ("eligibility", "rule", *fault.where), fault.sentence
    expected = {str(test["expect"]) for test in body["tests"]}
    if not {"yes", "no"} <= expected:
        yield ("tests",), _("规则测试里要有「能办」和「不能办」的例子。")


def rule_right(body: Body, world: World) -> Found:
    if body["eligibility"].get("rule") is None:
        return
    for number, sentence in judging.failed(body["eligibility"], body["tests"]):
        yield ("tests", number), sentence


def easy_there(body: Body, world: World) -> Found:
    easy = body["texts"].get("easy") or {}
    if not easy.get("summary"):
        yield ("texts", "easy"), _("没有简明版：请写 texts/easy.yaml，至少一句话说明和材料名称。")
    elif body["local"]["materials"] and not any(
            path.startswith("local.materials.") and path.endswith(".name") for path in easy):
        yield ("texts", "easy"), _("简明版里没有材料名称。")


def wordings_enough(body: Body, world: World) -> Found:
    wordings = body.get("wordings") or []
    if len(set(wordings)) < WORDINGS_LEAST:
        yield ("wordings",), _("居民说法至少写 %(least)s 种，现在是 %(count)s 种。") % {
            "least": WORDINGS_LEAST, "count": len(set(wordings))}
    if world.find is None:
        return
    for number, words in enumerate(wordings):
        if body["slug"] not in list(world.find(words))[:3]:
            yield ("wordings", number), _("居民这么说「%(words)s」，搜出来的前三个里没有这件事。") % {"words": words}


def checked_lately(body: Body, world: World) -> Found:
    checked = body.get("checked") or {}
    if not checked.get("by") or not checked.get("on"):
        yield ("checked",), _("没写谁在哪天核对过。")
        return
    due = due_for_check(str(checked["on"]), int(checked.get("months") or CHECK_MONTHS))
    if due <= world.today:
        yield ("checked",), _("上次核对是 %(on)s，已经超过 %(months)s 个月，请重新核对。") % {
            "on": checked["on"], "months": checked.get("months") or CHECK_MONTHS}


def basis_named(body: Body, world: World) -> Found:
    if not body["base"]["basis"]:
        yield ("base", "basis"), _("没写依据哪部法、哪一条。")


def codes_well_formed(body: Body, world: World) -> Found:
    wrong = codes.base_fault(str(body["base"]["code"]))
    if wrong:
        yield ("base", "code"), wrong
    code = body["local"].get("code")
    if code:
        wrong = codes.code_fault(str(code), base=str(body["base"]["code"]))
        if wrong:
            yield ("local", "code"), wrong


CHECKS: tuple[Check, ...] = (
    Check("no_other_papers", gettext_lazy("材料里没有「其他材料」「等材料」"), no_other_papers),
    Check("papers_complete", gettext_lazy("每样材料写明谁提供、份数、形式、依据、样例"), papers_complete),
    Check("promise_within_law", gettext_lazy("承诺时限不长于法定时限，单位相同"), promise_within_law),
    Check("steps_complete", gettext_lazy("每个步骤写明谁办、多久"), steps_complete),
    Check("fees_founded", gettext_lazy("收费有依据"), fees_founded),
    Check("contact_complete", gettext_lazy("窗口、地址、电话、时间、投诉和救济都写了"), contact_complete),
    Check("human_channel", gettext_lazy("至少一个有人的渠道"), human_channel),
    Check("nothing_asked_twice", gettext_lazy("知道的不再问"), nothing_asked_twice),
    Check("sensitive_justified", gettext_lazy("敏感信息写明用途、依据、必要和保存多久"), sensitive_justified),
    Check("rule_tested", gettext_lazy("资格规则的每条界线两边都有测试"), rule_tested),
    Check("rule_right", gettext_lazy("规则测试都算得对"), rule_right),
    Check("easy_there", gettext_lazy("有简明版"), easy_there),
    Check("wordings_enough", gettext_lazy("至少 5 种居民说法，每种都搜得到"), wordings_enough),
    Check("checked_lately", gettext_lazy("核对没有过期"), checked_lately),
    Check("basis_named", gettext_lazy("写明依据"), basis_named),
    Check("codes_well_formed", gettext_lazy("编码写法正确"), codes_well_formed),
)


def failing(body: Body, world: World, *, only: Sequence[str] = ()) -> list[Fault]:
    """Every breach of every check (or of those named), in the order of the table."""
    return [Fault(check.code, sentence, where)
            for check in CHECKS if not only or check.code in only
            for where, sentence in check.run(body, world)]


def due_for_check(on: str, months: int) -> date:
    """The day from which a check made on `on` no longer holds."""
    return date.fromisoformat(on[:10]) + relativedelta(months=months)


def form_elements(body: Body) -> list[str]:
    """Every element that the form asks for, in its order."""
    return [str(one["element"]) for page in body["form"].get("pages") or [] for one in page["fields"]
            if isinstance(one, Mapping) and one.get("element")]


def _each(body: Body, name: str) -> Iterator[tuple[Where, Mapping[str, Any]]]:
    for number, one in enumerate(body["local"].get(name) or []):
        yield ("local", name, number), one
