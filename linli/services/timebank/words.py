"""Codes as a reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy as _

from linli.foundation.calendar.clock import today
from linli.services.timebank import standing
from linli.services.timebank.models import CONFIRM_WAYS

if TYPE_CHECKING:
    from linli.foundation.areas.models import Area

REASONS: Mapping[str, str | Promise] = {
    "near": _("离得近"), "free_then": _("这个时段有空"), "time_open": _("没有写不方便的时间"),
    "skilled": _("有这项技能"),
    "know_each_other": _("以前帮过，认识"), "speaks": _("会说他的话"), "likes": _("愿意做这一项"),
}
SIGNALS: Mapping[str, str | Promise] = {
    "reciprocal": _("两个人常常互相记时间"), "overlap": _("同一时间有两次服务"), "travel": _("两个地方来不及赶到"),
    "device": _("双方用了同一台设备"), "bulk": _("短时间里确认了很多次"),
}
PROOFS: Mapping[str, str | Promise] = {
    "times": _("记下时间"), "recipient_code": _("服务码"), "staff": _("工作人员在场"),
    "geofence": _("在约好的地方"),
    "outside": _("不在约好的地方，或者定位太粗"), "photo": _("照片"), "paper": _("纸质单"),
}
ITEMS: Mapping[str, str | Promise] = {
    "access": _("无障碍帮助"), "learning": _("银发课堂帮手"), "kitchen": _("爱心厨房值班"),
    "company": _("陪伴聊天"), "shopping": _("代买代取"), "phone": _("手机怎么用"), "reading": _("读书读报"),
    "cleaning": _("收拾屋子"), "outing": _("陪同出门"), "hospital": _("陪同看病"), "haircut": _("上门理发"),
    "nursing": _("健康照看"), "legal": _("法律咨询"),
}
SKILLS: Mapping[str, str | Promise] = {
    "haircut": _("理发"), "nursing": _("护理"), "legal": _("法律"), "driving": _("开车"), "cooking": _("做饭"),
    "repair": _("修理"), "teaching": _("教学"), "music": _("音乐"),
}
LANGUAGES: Mapping[str, str | Promise] = {
    "zh": _("普通话"), "wu": _("本地话"), "en": _("英语"), "sign": _("手语"),
}
ENTRIES: Mapping[str, str | Promise] = {
    "timebank.settle": _("帮人存入"), "timebank.gift": _("赠送"), "timebank.issue": _("社区发放"),
    "timebank.accept": _("请人帮忙"), "timebank.cross": _("和别的社区往来"), "timebank.expire": _("到期进公益池"),
    "timebank.leaving": _("由亲属接收"), "timebank.outside": _("在别处帮忙"), "timebank.corrected": _("更正"),
    "timebank.goods": _("换公益物品"), "timebank.fund": _("充入公益池"),
}


def hours(minutes: int | None) -> str:
    """2 小时 30 分; the ledger counts minutes, people read hours."""
    total = int(minutes or 0)
    sign, (whole, rest) = ("−" if total < 0 else ""), divmod(abs(total), 60)
    if whole and rest:
        return sign + gettext("%(hours)s 小时 %(minutes)s 分") % {"hours": f"{whole:,}", "minutes": rest}
    if whole:
        return sign + gettext("%(hours)s 小时") % {"hours": f"{whole:,}"}
    return sign + gettext("%(minutes)s 分钟") % {"minutes": rest}


def reason(code: str) -> str:
    return str(REASONS.get(code, code))


def signal(code: str) -> str:
    return str(SIGNALS.get(code, code))


def proof(code: str) -> str:
    return str(PROOFS.get(code, code))


def way(code: str) -> str:
    return str(CONFIRM_WAYS.get(code, code))


def item(code: str, area: Area | None = None) -> str:
    """The words of a kind of help: ours where we know it, else what the area's policy says."""
    if code in ITEMS:
        return str(ITEMS[code])
    found = standing.items(area, today()).get(code)
    return found.title if found else code


def entry(key: str) -> str:
    """What a line of the ledger was, from the key of its transfer."""
    if key.endswith(":reverse"):
        return gettext("冲正")
    return str(ENTRIES.get(".".join(key.split(":")[0].split(".")[:2]), gettext("时间变动")))


def slot_of(moment: datetime) -> str:
    """Weekday and part of the day: "2am", "2pm", "2eve"."""
    local = timezone.localtime(moment)
    return f"{local.weekday()}{'am' if local.hour < 12 else 'pm' if local.hour < 18 else 'eve'}"


def slots() -> list[tuple[str, str]]:
    """All slots with their words."""
    days = [gettext("周一"), gettext("周二"), gettext("周三"), gettext("周四"), gettext("周五"),
            gettext("周六"), gettext("周日")]
    parts = [("am", gettext("上午")), ("pm", gettext("下午")), ("eve", gettext("晚上"))]
    return [(f"{number}{code}", gettext("%(day)s%(part)s") % {"day": day, "part": part})
            for number, day in enumerate(days) for code, part in parts]
