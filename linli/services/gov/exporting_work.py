"""The queue of applications as a sheet: masked names, no telephone, no answers."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation.areas.sheets import workbook
from linli.foundation.privacy.masks import mask_name
from linli.services.gov.letters.facts import holder
from linli.services.gov.models import Application

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def sheet(rows: Sequence[Application], kind: str) -> tuple[bytes, str]:
    """(content, content type) of `rows` as xlsx or csv."""
    heads = [_("单号"), _("事项"), _("申请人"), _("状态"), _("期限"), _("暂定"), _("收件"), _("渠道"), _("第几版")]
    lines = [_line(row) for row in rows]
    if kind == "xlsx":
        return workbook(_("申请"), heads, lines), _XLSX
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heads)
    writer.writerows([[_plain(cell) for cell in line] for line in lines])
    return b"\xef\xbb\xbf" + out.getvalue().encode(), "text/csv; charset=utf-8"


def _plain(cell: str) -> str:
    """A leading apostrophe keeps a spreadsheet from running text as a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell


def _line(row: Application) -> list[str]:
    due = timezone.localtime(row.due_at).strftime("%Y-%m-%d %H:%M") if row.due_at else ""
    opened = timezone.localtime(row.case.created).strftime("%Y-%m-%d %H:%M") if row.case else ""
    return [row.number, row.version.item.name, mask_name(holder(row)), str(row.get_state_display()), due,
            _("是") if row.is_provisional else "", opened, row.channel, str(row.version.number)]
