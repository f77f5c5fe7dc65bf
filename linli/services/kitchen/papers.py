"""Papers as tagged PDFs, set by typst: the receipt, the agreement, packing labels, the list to ring at a recall."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation.calendar.clock import now
from linli.foundation.papers import set_paper
from linli.foundation.people.models import Person
from linli.services.kitchen import words
from linli.services.kitchen.models import Gift, Menu, Order, Recall, Receipt, ReceiptKind, Site
from linli.services.kitchen.queries import menus

_HERE = Path(__file__).parent / "typ"


def receipt(row: Receipt) -> bytes:
    """慈善法 第38条: donor, kind and quantity, body, handler, day; a body without the right says what this is not."""
    gift = row.gift
    official = row.kind == ReceiptKind.OFFICIAL
    return set_paper(_HERE / "paper.typ", {
        "title": str(row.get_kind_display()), "number": _("编号 %(number)s") % {"number": row.number},
        "intro": "", "rows": [
            [_("捐赠人"), gift.donor.name], [_("捐的是什么"), gift.what],
            [_("数量"), words.amount(gift.measure, gift.counted)], [_("品相"), str(gift.get_condition_display())],
            [_("收的单位"), row.body], [_("经办人"), row.handler.name or row.handler.shown_name],
            [_("日期"), row.on.isoformat()],
            *([[_("财政票据号码"), row.ticket]] if official else [])],
        "notes": [
            _("财政部门监制的捐赠票据另附，号码如上。") if official else _(
                "这是收讫凭证，不是公益事业捐赠票据，不能用来抵税。要捐赠票据，请捐给有资格的慈善组织。"),
            _("依据：慈善法第三十八条。您可以随时查询、复制捐赠物的去向（第四十二条）。")],
        "signs": []})


def agreement(gift: Gift) -> bytes:
    """慈善法 第39条: names, kind, quantity, quality, use, when it is handed over."""
    site = Site.objects.filter(area=gift.area).select_related("organisation").first()
    when = timezone.localtime(gift.collect_at).strftime("%Y-%m-%d %H:%M") if gift.collect_at else ""
    return set_paper(_HERE / "paper.typ", {
        "title": _("捐赠协议"), "number": _("编号 %(number)s") % {"number": f"XY-{gift.pk}"},
        "intro": _("双方依据慈善法第三十九条约定："), "rows": [
            [_("捐赠人"), gift.donor.name], [_("受赠方"), site.body if site else gift.area.name],
            [_("捐赠物"), gift.what], [_("数量"), words.amount(gift.measure, gift.amount)],
            [_("质量"), _("%(on)s 到期，%(storage)s保存") % {
                "on": gift.expires_on.isoformat(), "storage": gift.get_storage_display()}],
            [_("用途"), _("只用于爱心厨房做餐，不出售")],
            [_("交付时间和地点"), f"{when} {gift.collect_where}".strip()]],
        "notes": [_("捐赠人对自己生产的产品依法承担产品质量责任（慈善法第三十六条）。"),
                  _("用途改变要先征得捐赠人同意；捐赠人可以查询、复制去向（第四十二条）。")],
        "signs": [_("捐赠人（签字）"), _("受赠方（盖章）")]})


def labels(menu: Menu, orders: Sequence[Order]) -> bytes:
    """One label a meal: masked name, portions, what it contains, when it was cooked. No address: a box can be lost."""
    card = menus.card(menu)
    contains = words.say("allergens", card.allergens, menu.area)
    return set_paper(_HERE / "labels.typ", {
        "title": _("%(menu)s 餐盒标签") % {"menu": str(menu)}, "cells": [{
            "name": one.shown_name, "round": _("自取") if one.way == "pick_up" else (
                _("第 %(round)s 路 第 %(stop)s 家") % {"round": one.stop.round.number, "stop": one.stop.position}
                if hasattr(one, "stop") else _("送上门")),
            "portions": words.amount("meal", one.portions),
            "dishes": _("、").join(card.names),
            "contains": _("含：%(what)s") % {"what": contains} if contains else _("不含八类常见致敏物"),
            "made": _("%(code)s，%(at)s 出锅，请两小时内吃完") % {
                "code": one.batch.code, "at": timezone.localtime(one.batch.cooked_at).strftime("%H:%M")}
            if one.batch else "", "note": one.note[:40]} for one in orders]})


def call_list(recall: Recall, rows: Sequence[tuple[str, str, str]], person: Person) -> bytes:
    """Who to ring at a recall: name, number, what to say; printed by whom and when, because it is people's data."""
    return set_paper(_HERE / "calls.typ", {
        "title": _("召回电话名单"), "what": _("食材：%(lot)s。原因：%(reason)s") % {
            "lot": str(recall.lot), "reason": recall.reason},
        "say": _("请这样说：%(advice)s") % {"advice": recall.advice},
        "heads": [_("姓名"), _("电话"), _("吃了没有"), _("打过了")],
        "rows": [[*row, "☐"] for row in rows],
        "printed": _("%(who)s 于 %(at)s 打印，用完请销毁。") % {
            "who": person.shown_name, "at": timezone.localtime(now()).strftime("%Y-%m-%d %H:%M")}})
