"""Poster and programme as tagged PDFs, set by typst; every value is passed as data, never as code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from linli.foundation.papers import qr_svg, set_paper
from linli.mechanisms.bookings.models import Session
from linli.services.activities.models import Activity, Custom
from linli.services.activities.queries import Grid
from linli.services.activities.words import warnings_of

_HERE = Path(__file__).parent / "typ"
POSTER_TIMES = 4


def url_of(activity: Activity) -> str:
    """What the code on the poster leads to."""
    return f"{settings.LINLI_BASE_URL}{reverse('activities:activity', args=[activity.pk])}"


def when(session: Session) -> str:
    """12月5日 周六 09:30–11:00."""
    local = timezone.localtime(session.starts)
    return f"{date_format(local, 'n月j日 D') if _is_chinese() else date_format(local, 'D j M')} {hours(session)}"


def hours(session: Session) -> str:
    return f"{timezone.localtime(session.starts):%H:%M}–{timezone.localtime(session.ends):%H:%M}"


def _is_chinese() -> bool:
    return (translation.get_language() or "zh").startswith("zh")


def poster(activity: Activity, sessions: Sequence[Session]) -> bytes:
    """One A4 sheet in large type: what, when, where, for whom, how to come in, and a code to sign up."""
    custom = Custom.objects.filter(activity=activity).first()
    times = [when(one) for one in sessions[:POSTER_TIMES]]
    if len(sessions) > POSTER_TIMES:
        times.append(_("后面还有 %(count)s 场") % {"count": len(sessions) - POSTER_TIMES})
    lines = [(_("地点"), activity.place), (_("适合谁"), activity.audience), (_("坐轮椅怎么进"), activity.step_free),
             (_("要带什么"), activity.bring), (_("费用"), activity.cost or _("不收钱")),
             (_("下雨怎么办"), activity.weather_plan)]
    how = _("扫码报名，或者打 %(phone)s") if activity.signup else _("不用报名，直接来。问 %(phone)s")
    phone = activity.phone or activity.area.phone
    return set_paper(_HERE / "poster.typ", {
        "area": activity.area.name, "kind": str(activity.get_kind_display()), "title": activity.title,
        "summary": custom.done if custom and not activity.summary else activity.summary,
        "times": times, "lines": [[term, value] for term, value in lines if value],
        "safety": [one.text for one in warnings_of(custom.hazards)] if custom else [],
        "how": how % {"phone": phone} if phone else _("扫码看详情"),
        "window": _("不会用手机：到社区窗口，我们帮您报。"), "url": url_of(activity),
        "alt": _("活动页的二维码"), "svg": qr_svg(url_of(activity)),
        "stamp": _("这场活动取消了") if activity.is_cancelled else ""})


def programme(activity: Activity, days: Sequence[Grid]) -> bytes:
    """The programme, a table of stages for each day."""
    return set_paper(_HERE / "programme.typ", {
        "title": _("%(what)s节目单") % {"what": activity.title}, "place": activity.place,
        "weather": _("下雨：%(plan)s") % {"plan": activity.weather_plan} if activity.weather_plan else "",
        "time": _("时间"), "empty": "" if days else _("节目还没有排。"), "url": url_of(activity),
        "alt": _("活动页的二维码"), "svg": qr_svg(url_of(activity)),
        "days": [{
            "day": date_format(day.day, "n月j日 l") if _is_chinese() else date_format(day.day, "l j F"),
            "stages": [stage.name + (f"\n{stage.place}" if stage.place else "") for stage in day.stages],
            "rows": [{"at": f"{timezone.localtime(row.at):%H:%M}", "cells": [
                {"span": span, "title": item.title if item else "", "who": item.who if item else "",
                 "until": f"{timezone.localtime(item.ends):%H:%M}" if item else ""} for item, span in row.cells]}
                for row in day.rows]} for day in days]})
