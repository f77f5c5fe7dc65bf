"""R24: the month's services in the fields of the national volunteer system (mapping in docs/timebank.md)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.utils import timezone

from linli.foundation.areas.models import Area
from linli.services.timebank import words
from linli.services.timebank.models import Service, ServiceState, Volunteer

# The headings are the fields' names in the standard, MZ/T 061—2015, and are not translated.
FIELDS = (
    "志愿者姓名", "证件类型", "证件号码", "性别", "志愿者编号", "记录单位", "服务项目名称", "服务类别", "服务地点",
    "服务开始时间", "服务结束时间", "服务时长（小时）", "服务对象类别", "记录时间", "确认方式", "记录编号",
)
_GENDERS = {"f": "女", "m": "男", "": "未说明"}


def rows(area: Area, since: date, until: date) -> Iterator[tuple[str, ...]]:
    """One row for each settled service of those days, in order of its start. Hours to two decimals, as recorded."""
    volunteers = {row.person_id: row for row in Volunteer.objects.filter(area=area).select_related("organisation")}
    found = Service.objects.filter(
        area=area, state=ServiceState.SETTLED, rule_day__gte=since, rule_day__lte=until).select_related(
        "helper", "need").order_by("in_at", "pk")
    for row in found.iterator(chunk_size=500):
        one = volunteers.get(row.helper_id)
        yield (
            row.helper.name, "居民身份证" if one and one.document else "", one.document if one else "",
            _GENDERS[one.gender if one else ""], one.number if one else "",
            one.organisation.name if one and one.organisation else area.name, words.item(row.item, area), "社区互助",
            row.need.place if row.need else area.name, _time(row.in_at), _time(row.out_at),
            str((Decimal(row.credit) / 60).quantize(Decimal("0.01"))), "老年人" if row.helped_id else "社区",
            _time(row.settled_at), row.confirm_way, str(row.pk))


def _time(moment: object) -> str:
    from datetime import datetime

    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S") if isinstance(moment, datetime) else ""


def as_csv(area: Area, since: date, until: date) -> str:
    """The file: UTF-8 with a mark that spreadsheets look for; no cell begins like a formula."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(FIELDS)
    for row in rows(area, since, until):
        writer.writerow([f"'{cell}" if cell[:1] in "=+-@\t" else cell for cell in row])
    return out.getvalue()
