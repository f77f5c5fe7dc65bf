"""How the room's pages write amounts, money and codes of the policy; and the tabs of its desk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.translation import gettext as _

from linli.services.kitchen import words

register = template.Library()


@register.filter
def amount_of(number: int, measure: str) -> str:
    """ "3.2 公斤", "12 个"."""
    return words.amount(measure, number)


@register.filter
def yuan(cents: int) -> str:
    return words.money(cents)


@register.filter
def allergen_words(codes: Iterable[str]) -> str:
    return words.say("allergens", codes)


@register.filter
def diet_words(codes: Iterable[str]) -> str:
    return words.say("diets", codes)


@register.filter
def weekday_words(days: Iterable[int]) -> str:
    names = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))
    return _("、").join(names[day - 1] for day in days if 1 <= day <= 7)


@register.filter
def move_words(code: str) -> str:
    """What happened to some of a lot."""
    plain = {"given": _("收进来"), "cooked": _("做了餐"), "recalled": _("召回"), "counted": _("盘点改数"),
             "wasted": _("扔掉")}
    return plain.get(code) or words.say("waste_reasons", [code]) or code


@register.filter
def of_key(found: Mapping[Any, Any], key: Any) -> Any:
    return found.get(key, "")


@register.inclusion_tag("kitchen/desk_tabs.html", takes_context=True)
def kitchen_tabs(context: Any) -> dict[str, Any]:
    """The pages of the room's desk."""
    return {"request": context["request"], "tabs": [
        ("kitchen:desk", _("今天")), ("kitchen:desk_menus", _("菜单和订餐")), ("kitchen:stock", _("库存")),
        ("kitchen:desk_gifts", _("捐赠")), ("kitchen:desk_shifts", _("排班")), ("kitchen:alerts", _("没人开门")),
        ("kitchen:recalls", _("召回"))]}
