"""The sheet of read counts."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from linli.foundation import audit
from linli.foundation.people.models import Person
from linli.services.bulletin import queries
from linli.services.bulletin.models import Announcement

_WIDTHS = (44, 12, 20, 34, 12, 18, 18, 16)
_MOST = 5_000


def counts_workbook(person: Person, rows: Iterable[Announcement]) -> bytes:
    """XLSX bytes: one line an announcement. Words stay words: a title that begins with = is no formula."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None, "a new workbook has one sheet"
    sheet.title = _("公告阅读")
    heads = [_("标题"), _("类别"), _("发布单位"), _("发给谁"), _("状态"), _("发布时间"), _("过期时间"), _("看过的人")]
    for column, head in enumerate(heads, start=1):
        _write(sheet, 1, column, head).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = _WIDTHS[column - 1]
    count = 0
    for line, row in enumerate(list(rows)[:_MOST], start=2):
        count += 1
        values = [
            row.title, str(row.get_kind_display()), row.issuer, queries.for_whom(row), row.state_word,
            _moment(row.published_at and row.shown_from), _moment(row.expires_at),
            queries.readers_in_words(getattr(row, "read_count", 0))]
        for column, value in enumerate(values, start=1):
            _write(sheet, line, column, value)
    sheet.freeze_panes = "A2"
    audit.record(person, "bulletin.export", person, rows=count)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write(sheet: Any, line: int, column: int, value: str) -> Any:
    cell = sheet.cell(line, column)
    cell.value, cell.data_type = value, "s"
    return cell


def _moment(value: Any) -> str:
    return f"{timezone.localtime(value):%Y-%m-%d %H:%M}" if value else ""
