"""一次性告知单: everything to know and to bring, on one paper in large type. Every value is passed as data."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import today
from linli.foundation.papers import qr_svg, set_paper
from linli.services.gov.items.sheet import Sheet
from linli.services.gov.models import Publication

_TEMPLATE = Path(__file__).parent / "typ" / "notice.typ"


def notice(row: Publication, told: Sheet, *, area: Area | None, url: str) -> bytes:
    """The paper of an item as a tagged PDF: what to bring with boxes to tick, where, how long, what it costs, what to
    do when one does not agree."""
    facts = [(_("办多久"), told.promised), (_("法定最长"), told.statutory), (_("花多少钱"), told.fee),
             (_("怎么办"), told.channels), (_("谁来办"), told.department), (_("要预约吗"), told.appointment),
             (_("能代办吗"), told.delegation)]
    where = [(_("窗口"), told.contact.get("window", "")), (_("地址"), told.contact.get("address", "")),
             (_("时间"), told.contact.get("hours", "")), (_("电话"), told.contact.get("phone", "")),
             (_("投诉"), told.contact.get("complaints", ""))]
    version = _("第 %(number)s 版") % {"number": row.version.number}
    checked = _("%(by)s %(on)s 核对") % {"by": row.checked_by, "on": row.checked_on} if row.checked_on else _(
        "未经本地核对，去之前请打电话问一下")
    given = {
        "title": _("一次性告知单"), "item": told.name, "summary": told.summary,
        "unchecked": "" if row.is_published else _("这一项未经本地核对。去之前请先打电话问清楚。"),
        "facts_title": _("先看这几样"), "facts": _filled(facts),
        "papers_title": _("带什么"), "papers": [
            {"name": one.name, "lines": [line for line in (
                one.who, one.need, one.condition, one.copies, one.sample, one.validity) if line]}
            for one in told.papers],
        "no_papers": _("这一项没有列材料，请打电话问清楚。"),
        "conditions_title": _("谁能办"), "conditions": list(told.conditions),
        "where_title": _("去哪里、打给谁"), "where": _filled(where),
        "remedies_title": _("不服怎么办"), "remedies": _filled(list(told.remedies)),
        "basis_title": _("依据"), "bases": [
            f"{one.law} {one.article} · " + (_("已核对原文") if one.is_checked else _("未核对原文"))
            for one in told.bases],
        "foot": f"{told.code_title} {told.code} · {version} · {checked}",
        "printed": _("%(place)s，%(day)s 打印") % {
            "place": area.name if area else _("邻里"), "day": today().isoformat()},
        "url": url, "alt": _("打开这一项的二维码"), "svg": qr_svg(url),
    }
    return set_paper(_TEMPLATE, given)


def _filled(pairs: list[tuple[str, str]]) -> list[list[str]]:
    return [[title, text] for title, text in pairs if text]
