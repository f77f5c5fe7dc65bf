"""What was graded in a place: the list, its figures, the sheet."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area
from linli.foundation.areas.sheets import workbook
from linli.foundation.calendar.clock import now
from linli.services.gov.actions.rating import told
from linli.services.gov.models.letters import BAD, Rating

LEAST = 5  # of fewer gradings no share is shown


@dataclass(frozen=True)
class Figures:
    """How many were graded, how many badly, how many of those wait, how many wait too long; good ones in percent."""

    total: int
    bad: int
    waiting: int
    late: int
    good_percent: int | None


def of_area(area: Area, which: str) -> QuerySet[Rating]:
    """waiting: bad ones not yet called back, the one due first on top; bad; all, newest first."""
    rows: QuerySet[Rating] = Rating.objects.filter(area=area).select_related("area", "application__version__item")
    if which == "waiting":
        return rows.filter(call_back_due__isnull=False, called_at=None).order_by("call_back_due", "id")
    if which == "bad":
        rows = rows.filter(grade__in=BAD)
    return rows.order_by("-at", "-id")


def figures(area: Area) -> Figures:
    counted = Rating.objects.filter(area=area).aggregate(
        total=Count("pk"), bad=Count("pk", filter=Q(grade__in=BAD)),
        waiting=Count("pk", filter=Q(call_back_due__isnull=False, called_at=None)),
        late=Count("pk", filter=Q(call_back_due__lt=now(), called_at=None)))
    total, bad = counted["total"], counted["bad"]
    return Figures(total, bad, counted["waiting"], counted["late"],
                   round(100 * (total - bad) / total) if total >= LEAST else None)


def workbook_of(area: Area) -> tuple[bytes, int]:
    """(XLSX, how many rows)."""
    heads = [_("日期"), _("单号"), _("事项"), _("评价"), _("原因"), _("渠道"), _("回访期限"), _("回访"),
             _("回访的结果")]
    rows = [[
        _day(one.at), one.application.number, one.application.version.item.name, str(one.get_grade_display()),
        _("、").join(told(one)), one.channel, _day(one.call_back_due), _day(one.called_at),
        str(one.get_outcome_display()) if one.outcome else ""] for one in of_area(area, "all")[:20_000]]
    return workbook(_("评价"), heads, rows), len(rows)


def _day(moment: object) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else ""  # type: ignore[arg-type]
