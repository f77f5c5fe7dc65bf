"""A sheet of messages as rows: which column is what, what is wrong with a row, and what it becomes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from linli.foundation.web import Refused

# What a column may mean; the names on the right are found by themselves.
FIELDS: Mapping[str, Sequence[str]] = {
    "number": ("留言编号", "编号", "工单编号", "诉求编号", "number", "id"),
    "title": ("留言主题", "主题", "标题", "诉求标题", "title"),
    "text": ("留言详情", "内容", "诉求内容", "详情", "text"),
    "at": ("留言时间", "时间", "来电时间", "提交时间", "at"),
    "user": ("留言用户", "用户", "诉求人", "user"),
    "likes": ("点赞数", "likes"),
    "against": ("反对数", "against"),
    "category": ("一级分类", "类别", "分类", "category"),
    "answer": ("答复意见", "答复", "answer"),
    "phone": ("电话", "手机号", "联系电话", "phone"),
}
NEEDED = ("number", "text")
TEXT_MAX = 50_000  # what a case's own text cannot hold becomes its first note; nothing is cut off
NUMBER_MAX = 60
ERRORS_MAX = 100_000


@dataclass(frozen=True)
class Message:
    """One message as it came."""

    row: int
    number: str
    title: str
    text: str
    at: datetime | None
    user: str = ""
    phone: str = ""
    likes: int = 0
    against: int = 0
    category: str = ""


@dataclass(frozen=True)
class Broken:
    """A row that cannot be taken in, and what to do about it."""

    row: int
    number: str
    sentence: str


def sheet(path: Path) -> list[list[Any]]:
    """All rows of the first sheet of an XLSX or of a CSV (UTF-8 or GB 18030). Raises `Refused("unreadable")`."""
    if not path.is_file():
        raise Refused("unreadable", _("没有这个文件：%(path)s。") % {"path": path})
    if path.suffix.lower() == ".csv":
        raw = path.read_bytes()
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("gb18030", "replace")
        try:
            return [list(row) for row in csv.reader(io.StringIO(text, newline=""))]
        except csv.Error as error:
            raise Refused("unreadable", _("这个文件打不开，请另存为 XLSX 或 CSV 再导入。")) from error
    try:
        return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    except (CalamineError, OSError, IndexError) as error:
        raise Refused("unreadable", _("这个文件打不开，请另存为 XLSX 或 CSV 再导入。")) from error


def columns(
    header: Sequence[Any], chosen: Mapping[str, str], *, needed: Sequence[str] = NEEDED,
) -> dict[str, int]:
    """Which column is which: what the person said first, then the known names.

    Raises `Refused("no_column" | "no_meaning")`.
    """
    unknown = next((meaning for meaning in chosen if meaning not in FIELDS), None)
    if unknown is not None:
        raise Refused("no_meaning", _("--map 里没有「%(name)s」这种意思，有：%(names)s。") % {
            "name": unknown, "names": "、".join(FIELDS)})
    names = [str(cell).strip() for cell in header]
    found: dict[str, int] = {}
    for meaning, known in FIELDS.items():
        wanted = [chosen[meaning]] if meaning in chosen else known
        for name in wanted:
            if name in names:
                found[meaning] = names.index(name)
                break
        else:
            if meaning in chosen:
                raise Refused("no_column", _("文件里没有「%(name)s」这一列，有：%(names)s。") % {
                    "name": chosen[meaning], "names": "、".join(names)})
    missing = [meaning for meaning in needed if meaning not in found]
    if missing:
        raise Refused("no_column", _("请用 --map 说明哪一列是 %(missing)s；文件里有：%(names)s。") % {
            "missing": "、".join(missing), "names": "、".join(names)})
    return found


def messages(
    rows: Iterable[Sequence[Any]], where: Mapping[str, int], *, numbered: bool = True,
) -> Iterator[Message | Broken]:
    """Each data row as a message, or as what is wrong with it; a number seen twice is broken the second time.

    Not `numbered` (a sheet to learn from): the line is the number.
    """
    seen: dict[str, int] = {}
    for line, cells in enumerate(rows, start=2):
        given = {meaning: cells[column] if column < len(cells) else "" for meaning, column in where.items()}
        if not any(str(value).strip() for value in given.values()):
            continue
        number = as_text(given["number"]) if numbered else str(line)
        text = squeeze(as_text(given["text"]))
        if not number:
            yield Broken(line, "", _("没有编号。请补上编号，才能防止导入两次。"))
        elif len(number) > NUMBER_MAX:
            yield Broken(line, number[:NUMBER_MAX], _("编号有 %(now)s 个字，最多 %(most)s 个。") % {
                "now": len(number), "most": NUMBER_MAX})
        elif number in seen:
            yield Broken(line, number, _("编号和第 %(row)s 行重复。") % {"row": seen[number]})
        elif not text and not as_text(given.get("title", "")):
            yield Broken(line, number, _("没有内容。"))
        elif len(text) > TEXT_MAX:
            yield Broken(line, number, _("内容有 %(now)s 个字，最多 %(most)s 个。请拆开或删短。") % {
                "now": len(text), "most": TEXT_MAX})
        else:
            at = as_moment(given.get("at", ""))
            if at is None and str(given.get("at", "")).strip():
                yield Broken(line, number, _("时间「%(value)s」看不懂，请写成 2026-11-24 15:08。") % {
                    "value": str(given["at"])[:30]})
                continue
            seen[number] = line
            yield Message(
                line, number, squeeze(as_text(given.get("title", "")))[:200], text, at,
                as_text(given.get("user", ""))[:40], as_text(given.get("phone", ""))[:20],
                as_count(given.get("likes", 0)), as_count(given.get("against", 0)),
                as_text(given.get("category", ""))[:60])


def as_text(value: Any) -> str:
    """A cell as text; a sheet gives whole numbers as 24.0."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).replace("\x00", "").strip()  # PostgreSQL keeps no NUL


def as_count(value: Any) -> int:
    try:
        return min(max(int(float(value or 0)), 0), 10**9)
    except (TypeError, ValueError, OverflowError):
        return 0


def as_moment(value: Any) -> datetime | None:
    """A cell as an aware moment of the local zone, from a date cell or from the ways people write one."""
    if isinstance(value, datetime):
        return timezone.make_aware(value) if timezone.is_naive(value) else value
    if isinstance(value, date):
        return timezone.make_aware(datetime.combine(value, time()))
    text = re.sub(r"[年月/.]", "-", str(value).strip()).replace("日", "")
    match = re.match(r"^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$", text)
    if not match:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    plain = f"{year:04d}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}:{second:02d}"
    try:
        moment = parse_datetime(plain)
    except ValueError:
        return None
    return timezone.make_aware(moment) if moment else None


def squeeze(text: str) -> str:
    """Without the tabs and blank lines that web forms leave around a message."""
    lines = (re.sub(r"[ \t\u3000\xa0]+", " ", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def write_errors(path: Path, broken: Sequence[Broken]) -> Path:
    """The broken rows in a CSV beside the file, for a spreadsheet to open."""
    beside = path.with_suffix(path.suffix + ".errors.csv")
    with beside.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([_("行"), _("编号"), _("怎么改")])
        writer.writerows([row.row, row.number, row.sentence] for row in broken[:ERRORS_MAX])
    return beside
