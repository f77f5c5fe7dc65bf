"""The report and the lists of the desk as tables for a spreadsheet: sums, and no names of learners."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area
from linli.mechanisms.bookings import queries as booked
from linli.mechanisms.bookings.models import Session
from linli.services.learning.models import Course
from linli.services.learning.queries.report import Line, Report


def as_csv(rows: Iterable[Sequence[object]]) -> str:
    """UTF-8 with a mark that spreadsheets look for; no cell begins like a formula."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    for row in rows:
        cells = [str(cell) for cell in row]
        writer.writerow([f"'{cell}" if cell[:1] in "=+-@\t" else cell for cell in cells])
    return out.getvalue()


def report_csv(found: Report) -> str:
    """The three tables of the report, one under the other; small numbers as on the page."""
    heads = [_("年纪"), _("网上"), _("窗口"), _("电话"), _("上门"), _("其他"), _("合计")]

    def table(title: str, lines: Sequence[Line]) -> Iterable[Sequence[object]]:
        yield [title]
        yield heads
        for line in lines:
            cells = (_("不显示") if count is None else count for count in line.counts)
            yield [line.title, *cells, _shown(line.total)]
        yield []

    rows = [*table(_("诉求和报修"), found.cases), *table(_("课程报名"), found.classes),
            [_("网上办不下去的"), _("卡在哪一步"), _("几次")],
            *([line.title, line.step, _shown(line.count)] for line in found.stuck)]
    return as_csv(rows)


def _shown(count: int | None) -> str:
    return _("不到 5") if count is None else str(count)


def courses_csv(area: Area) -> str:
    """Every time of every course here: how many places, booked, came. No names."""
    courses = {row.offer_id: row for row in Course.objects.filter(
        area__code__startswith=area.code, offer_id__isnull=False).select_related("host")}
    heads = [_("课"), _("任课老师"), _("时间"), _("地点"), _("名额"), _("报名人数"), _("到场"), _("状态")]
    rows: list[Sequence[object]] = [heads]
    for session in Session.objects.filter(offer__in=list(courses)).order_by("starts", "id"):
        course, counts = courses[session.offer_id], booked.counts(session)
        rows.append([course.title, course.host.shown_name, f"{timezone.localtime(session.starts):%Y-%m-%d %H:%M}",
                     session.place, session.capacity, counts["booked"], counts["came"], session.get_state_display()])
    return as_csv(rows)
