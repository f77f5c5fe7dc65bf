"""Moments and spans in words: 11月25日 周三 15:00, 4 小时 52 分, 还剩, 超时."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation.calendar import clock

WEEKDAYS = [
    gettext_lazy("周一"), gettext_lazy("周二"), gettext_lazy("周三"), gettext_lazy("周四"),
    gettext_lazy("周五"), gettext_lazy("周六"), gettext_lazy("周日"),
]
MONTHS = [
    gettext_lazy("1月"), gettext_lazy("2月"), gettext_lazy("3月"), gettext_lazy("4月"),
    gettext_lazy("5月"), gettext_lazy("6月"), gettext_lazy("7月"), gettext_lazy("8月"),
    gettext_lazy("9月"), gettext_lazy("10月"), gettext_lazy("11月"), gettext_lazy("12月"),
]
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400


@dataclass(frozen=True)
class Left:
    """What a deadline says: `text` 还剩 4 小时 52 分, `tone` info, warn or bad, `share` of the time used, 0–100."""

    text: str
    tone: str
    share: int
    is_over: bool

    def __str__(self) -> str:
        return self.text


def _local(moment: datetime) -> datetime:
    return timezone.localtime(moment) if timezone.is_aware(moment) else moment


def day(moment: date | datetime | None) -> str:
    """11月25日 周三; with the year when it is not this one."""
    if moment is None:
        return ""
    on = _local(moment).date() if isinstance(moment, datetime) else moment
    facts = {"month": MONTHS[on.month - 1], "day": on.day, "weekday": WEEKDAYS[on.weekday()], "year": on.year}
    if on.year == clock.today().year:
        return _("%(month)s%(day)s日 %(weekday)s") % facts
    return _("%(year)s年%(month)s%(day)s日 %(weekday)s") % facts


def when(moment: datetime | None) -> str:
    """11月25日 周三 15:00 / Wed 25 Nov 15:00."""
    if moment is None:
        return ""
    return _("%(day)s %(time)s") % {"day": day(moment), "time": f"{_local(moment):%H:%M}"}


def clock_time(moment: datetime | None) -> str:
    """今天 15:08, 昨天 15:08, 明天 15:08; another day as `when`."""
    if moment is None:
        return ""
    local = _local(moment)
    facts = {"time": f"{local:%H:%M}"}
    match (local.date() - clock.today()).days:
        case 0:
            return _("今天 %(time)s") % facts
        case -1:
            return _("昨天 %(time)s") % facts
        case 1:
            return _("明天 %(time)s") % facts
    return when(moment)


def brief(moment: datetime | None) -> str:
    """15:08 today, else 11月21日: for the rows of a list, where there is room for no more."""
    if moment is None:
        return ""
    local = _local(moment)
    if local.date() == clock.today():
        return f"{local:%H:%M}"
    return _("%(month)s%(day)s日") % {"month": MONTHS[local.month - 1], "day": local.day}


def relative_time(moment: datetime | None) -> str:
    """5 分钟前, 3 小时后 within a day; beyond it the date and time themselves."""
    if moment is None:
        return ""
    seconds = int((moment - clock.now()).total_seconds())
    if abs(seconds) >= _DAY_S:
        return when(moment)
    if abs(seconds) < _MINUTE_S:
        return _("刚刚") if seconds <= 0 else _("马上")
    span = {"span": duration(_rounded(abs(seconds)))}
    return _("%(span)s后") % span if seconds > 0 else _("%(span)s前") % span


def _rounded(seconds: int) -> int:
    """Whole hours from one hour on: nobody needs 3 小时 17 分 before."""
    return seconds - seconds % _HOUR_S if seconds >= _HOUR_S else seconds


def duration(span: timedelta | float | None) -> str:
    """A timedelta, or seconds, in its two largest units: 2 天 3 小时, 4 小时 52 分, 12 分钟."""
    if span is None:
        return ""
    seconds = int(span.total_seconds() if isinstance(span, timedelta) else span)
    days, rest = divmod(seconds, _DAY_S)
    hours, rest = divmod(rest, _HOUR_S)
    minutes = rest // _MINUTE_S
    facts = {"days": days, "hours": hours, "minutes": minutes}
    if days and hours:
        return _("%(days)s 天 %(hours)s 小时") % facts
    if days:
        return _("%(days)s 天") % facts
    if hours and minutes:
        return _("%(hours)s 小时 %(minutes)s 分") % facts
    if hours:
        return _("%(hours)s 小时") % facts
    if minutes:
        return _("%(minutes)s 分钟") % facts
    return _("不到 1 分钟")


def left(due: datetime | None, start: datetime | None = None) -> Left | None:
    """What is left until `due`, of the time since `start`: the last quarter warns, beyond it is bad."""
    if due is None:
        return None
    now = clock.now()
    remaining = (due - now).total_seconds()
    if remaining < 0:
        return Left(_("超时 %(span)s") % {"span": duration(-remaining)}, "bad", 100, True)
    whole = (due - start).total_seconds() if start else 0.0
    used = 1 - remaining / whole if whole > 0 else 0.0
    is_near = used >= 0.75 if whole > 0 else remaining < 2 * _HOUR_S
    share = max(0, min(100, round(used * 100)))
    return Left(_("还剩 %(span)s") % {"span": duration(remaining)}, "warn" if is_near else "info", share, False)
