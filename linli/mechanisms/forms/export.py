"""The answers of an inquiry as a sheet that may leave the house: masked."""

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
from linli.foundation.people.permit import permit
from linli.foundation.privacy.masks import mask_name
from linli.mechanisms.forms import values as kept
from linli.mechanisms.forms.models import Inquiry, Sheet
from linli.mechanisms.forms.settings import setting


def workbook(person: Person, inquiry: Inquiry, sheets: Iterable[Sheet]) -> bytes:
    """XLSX bytes, one line an answer. Words stay words: an answer that begins with = is no formula.

    Names and numbers are masked, sensitive answers without a mask are left out. Raises `Denied`.
    """
    permit(person, "forms.export", inquiry)
    form = inquiry.version.definition
    names = [name for name in form.element_ids if not form.element(name).is_file]
    book = Workbook()
    page = book.active
    assert page is not None, "a new workbook has one sheet"
    page.title = _("答卷")
    heads = [_("序号"), _("谁"), _("交的时间"), *(form.element(name).label for name in names)]
    for column, head in enumerate(heads, start=1):
        _write(page, 1, column, head).font = Font(bold=True)
        page.column_dimensions[get_column_letter(column)].width = 8 if column == 1 else 22
    count = 0
    for line, sheet in enumerate(list(sheets)[:setting("export_rows", inquiry.area)], start=2):
        count += 1
        values = sheet.values
        row = [str(count), mask_name(sheet.signed_name), _moment(sheet.submitted_at)]
        for name in names:
            row.append(_shown(form.element(name), values.get(name), is_repeated=name in form.repeated))
        for column, value in enumerate(row, start=1):
            _write(page, line, column, value)
    page.freeze_panes = "A2"
    audit.record(person, "forms.export", inquiry, rows=count)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _shown(element: Any, value: Any, *, is_repeated: bool) -> str:
    members = value if is_repeated and isinstance(value, list) else [value]
    return "\n".join(kept.shown(element, one, "export") for one in members)


def _write(page: Any, line: int, column: int, value: str) -> Any:
    cell = page.cell(line, column)
    cell.value, cell.data_type = value, "s"
    return cell


def _moment(value: Any) -> str:
    return f"{timezone.localtime(value):%Y-%m-%d %H:%M}" if value else ""
