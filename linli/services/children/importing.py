"""A list of copies as a table: every row judged, and all of them, before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area
from linli.foundation.areas.sheets import read, workbook
from linli.foundation.web import Refused
from linli.services.children import isbns
from linli.services.children.models import Copy

# heading → key, longest value, whether it must be there
COLUMNS: dict[str, tuple[str, int, bool]] = {
    "馆藏条码": ("barcode", 20, True), "书名": ("name", 120, True), "作者": ("authors", 120, False),
    "ISBN": ("isbn", 20, False), "出版社": ("publisher", 60, False), "出版年": ("year", 4, False),
    "从几岁读": ("age_from", 2, False), "索书号": ("call_number", 30, False), "书架": ("shelf", 20, False),
}
ENGLISH = {
    "barcode": "馆藏条码", "title": "书名", "author": "作者", "isbn": "ISBN", "publisher": "出版社", "year": "出版年",
    "age": "从几岁读", "call number": "索书号", "shelf": "书架",
}


@dataclass
class Judged:
    """The rows that are good, and what is wrong with the others: (row number, sentence)."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return bool(self.rows) and not self.errors


def judge(area: Area, file_name: str, raw: bytes) -> Judged:
    """Read and judge. Raises `Refused`: sheet, columns."""
    headings, table = read(file_name, raw)
    headings = [ENGLISH.get(heading.strip().lower(), heading.strip()) for heading in headings]
    missing = [name for name, (_key, _most, needed) in COLUMNS.items() if needed and name not in headings]
    if missing:
        raise Refused("columns", _("文件里少了这些列：%(columns)s。请用模板的列名。") % {"columns": "、".join(missing)},
                      field="file")
    found = Judged(ignored=[heading for heading in headings if heading and heading not in COLUMNS])
    first: dict[str, int] = {}
    for number, cells in table:
        row, wrong = _row(headings, cells)
        barcode = row.get("barcode", "")
        if barcode and barcode in first:
            wrong.append(_("条码 %(code)s 和第 %(row)s 行重了。") % {"code": barcode, "row": first[barcode]})
        first.setdefault(barcode, number)
        found.errors += [(number, sentence) for sentence in wrong]
        if not wrong:
            found.rows.append({"row": number, **row})
    taken = set(Copy.objects.filter(area=area, barcode__in=[r["barcode"] for r in found.rows]).values_list(
        "barcode", flat=True))
    found.errors += [
        (row["row"], _("条码 %(code)s 馆里已经有了。") % {"code": row["barcode"]})
        for row in found.rows if row["barcode"] in taken]
    found.errors.sort()
    return found


def _row(headings: Sequence[str], cells: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    row: dict[str, Any] = {}
    wrong: list[str] = []
    for heading, cell in zip(headings, cells, strict=False):
        if heading not in COLUMNS:
            continue
        key, most, needed = COLUMNS[heading]
        value = cell.strip()
        if needed and not value:
            wrong.append(_("「%(column)s」没有填。") % {"column": heading})
        if len(value) > most:
            wrong.append(_("「%(column)s」太长，最多 %(most)s 个字。") % {"column": heading, "most": most})
        row[key] = value
    row["isbn"], sentence = _isbn(row.get("isbn", ""))
    wrong += sentence
    for key, heading in (("year", "出版年"), ("age_from", "从几岁读")):
        value = row.get(key, "")
        if value and not value.isdecimal():
            wrong.append(_("「%(column)s」要写数字。") % {"column": heading})
        row[key] = int(value) if value.isdecimal() else None
    return row, wrong


def _isbn(value: str) -> tuple[str, list[str]]:
    try:
        return isbns.clean(value), []
    except Refused as refusal:
        return "", [str(refusal.sentence)]


def template() -> bytes:
    """The empty table to fill in, with one example."""
    return workbook("馆藏", [f"{name}{'*' if needed else ''}" for name, (_k, _m, needed) in COLUMNS.items()],
                    [["TS000001", "小鸭子找朋友", "示例作者", "", "示例出版社", "2021", "3", "I287.8/1", "A1"]])
