"""The words repairs show for their own codes: who pays, the lines of danger, how to enter a home."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PAYERS: dict[str, str | Promise] = {
    "owner": _("业主自己付（自家里面）"),
    "company": _("物业付（日常保养，含在物业费里）"),
    "fund": _("维修资金付（要业主表决）"),
    "fund_urgent": _("维修资金应急付（由业主大会或业委会申请）"),
    "builder": _("开发商付（还在保修期内）"),
    "utility": _("水电气热通信单位付（他们的管线）"),
    "culprit": _("弄坏的人付"),
}
PAYER_NOTES: dict[str, str | Promise] = {
    "danger_company_mends": _("有危险又不修的，经业主大会同意可以由物业先修，费用找责任人要。"),
    "developer_pays_for_unsold": _("没卖出去的房子，由开发商分摊。"),
}
# Whoever is proposed here, the person who lives there is not asked for money.
NOT_THE_RESIDENT = frozenset({"company", "fund", "fund_urgent", "builder", "utility"})

ENTRY: tuple[tuple[str, str | Promise], ...] = (
    ("call", _("来之前先打电话")),
    ("knock", _("到了直接敲门")),
    ("outside", _("不用进家门")),
)
AT_HOME: tuple[tuple[str, str | Promise], ...] = (
    ("alone", _("家里只有老人或病人")),
    ("child", _("家里有小孩")),
    ("pet", _("家里有猫狗")),
)


@dataclass(frozen=True)
class DangerLine:
    """What to do at once, and whom to ring: `phones` are numbers or keys of `repairs.phones`."""

    text: str | Promise
    phones: Sequence[tuple[str, str | Promise]]


_FIRE, _RESCUE, _DOCTOR = ("119", _("119 消防")), ("119", _("119 消防救援")), ("120", _("120 急救"))
DANGER: dict[str, DangerLine] = {
    "gas": DangerLine(
        _("闻到燃气味：先离开，叫上家人。不要开关任何电器，不要点火。到了外面再打电话。"),
        [("gas", _("燃气抢修")), _FIRE]),
    "lift.trapped": DangerLine(
        _("困在电梯里：不要扒门，不要跳。按轿厢里的警铃，或打电话，等人来。"), [_RESCUE, _DOCTOR]),
    "water.burst": DangerLine(
        _("水管爆了：先关进户总阀。水漫到插座就先拉电闸，人不要站在水里。"), [("water", _("供水抢修"))]),
    "power.leak": DangerLine(
        _("漏电、打火：不要碰，离开三步以上。能够到总闸又不沾水，再拉闸。有人触电先断电再救人。"),
        [("power", _("供电抢修")), _FIRE, _DOCTOR]),
    "public.falling": DangerLine(
        _("有东西要掉下来：人先离开下面，别去扶。能挡就挡住路，不让人过。"), [("110", _("110 报警")), _FIRE]),
}


# What people write of it beside the words of the kind's own category; small letters.
_ALSO = {
    "gas": ("漏气", "gas"), "lift.trapped": ("被困", "困住", "关在电梯", "卡在电梯", "trapped", "stuck in the lift"),
    "water.burst": ("爆了", "burst"), "power.leak": ("触电", "火花", "spark", "shock"),
    "public.falling": ("要掉", "快掉", "falling"),
}


def danger_words(code: str, of_kind: Sequence[str]) -> list[str]:
    """The words by which a page knows, while one types, that the line of `code` must be read now."""
    return [*of_kind, *_ALSO.get(code, ())]


def danger_line(category: str) -> DangerLine | None:
    """The line for a category, or for the one above it."""
    while category:
        if category in DANGER:
            return DANGER[category]
        category = category.rpartition(".")[0]
    return None
