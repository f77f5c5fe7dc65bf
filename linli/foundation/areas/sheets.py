"""XLSX and CSV: whatever somebody exported, read into rows of text; and rows written out again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Font
from python_calamine import CalamineError, CalamineWorkbook

from linli.foundation.web.refusals import Refused

BYTES_MAX = 10_000_000
ROWS_MAX = 20_000


def read(name: str, raw: bytes) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """(headings, [(row number in the file, cells)]); empty rows are left out. Raises `Refused("sheet")`.

    Every cell is text: a spreadsheet keeps a division code as a floating number, and 330106001001.0 is no code.
    """
    if len(raw) > BYTES_MAX:
        raise Refused("sheet", _("文件要在 10 MB 以内。请分成几份再传。"), field="file")
    table = _workbook(raw) if raw[:2] in {b"PK", b"\xd0\xcf"} else _csv(raw)
    rows = [(number, [_text(cell) for cell in cells]) for number, cells in enumerate(table, start=1)]
    rows = [(number, cells) for number, cells in rows if any(cells)]
    if not rows:
        raise Refused("sheet", _("文件里没有内容。请用模板填好再传。"), field="file")
    if len(rows) > ROWS_MAX:
        raise Refused("sheet", _("一次最多 20000 行。请分成几份再传。"), field="file")
    headings = [heading.rstrip("*＊ ") for heading in rows[0][1]]
    return headings, rows[1:]


def _workbook(raw: bytes) -> list[list[Any]]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        return book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, ValueError, IndexError, OSError):
        raise Refused("sheet", _("这个表格打不开。请在表格软件里另存为 xlsx 再传。"), field="file") from None


def _csv(raw: bytes) -> list[list[Any]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        first = text.split("\n", 1)[0]
        try:
            return list(csv.reader(io.StringIO(text), delimiter="\t" if first.count("\t") > first.count(",") else ","))
        except csv.Error:
            break
    raise Refused("sheet", _("只认 xlsx 和 csv。请在表格软件里另存为 xlsx 再传。"), field="file")


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime | date):
        return cell.date().isoformat() if isinstance(cell, datetime) else cell.isoformat()
    text = str(cell).strip() if cell is not None else ""
    return text[1:] if text.startswith(("'=", "'+", "'@")) else text  # as `workbook` wrote it


def workbook(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]], hints: Sequence[str] = ()) -> bytes:
    """An XLSX with one sheet, every cell text, so that opening and saving it changes no code."""
    book = Workbook(write_only=False)
    sheet = book.active
    sheet.title = title
    sheet.append(list(headings))
    for place, cell in enumerate(sheet[1], start=1):
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = max(12, 2.2 * len(headings[place - 1]) + 4)
    for row in rows:
        # A leading apostrophe is what a spreadsheet itself writes so that text is not run as a formula.
        sheet.append([f"'{cell}" if cell.startswith(("=", "+", "@")) else cell for cell in row])
    for line in sheet.iter_rows(min_row=2):
        for cell in line:
            cell.number_format = "@"
    sheet.freeze_panes = "A2"
    if hints:
        help_sheet = book.create_sheet(_("怎么填"))
        for hint in hints:
            help_sheet.append([hint])
        help_sheet.column_dimensions["A"].width = 90
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
