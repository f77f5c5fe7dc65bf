"""Labelled messages from a sheet: the columns 留言主题, 留言详情 and 一级分类."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from linli.services.requests.classify.text import Message

SUBJECT, BODY, LABEL = "留言主题", "留言详情", "一级分类"


class NoColumn(ValueError):  # noqa: N818 - read after "raises"
    """The sheet lacks a column that is needed; the text names it."""


@dataclass(frozen=True)
class Labelled:
    """A message somebody put into a category (a name or a code of the tree)."""

    message: Message
    label: str


def rows_of(path: Path | str) -> list[list[Any]]:
    """The first sheet, header included. Numbers come as float: 24.0."""
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()


def labelled(path: Path | str) -> list[Labelled]:
    """The distinct labelled messages (same subject and text count once), in their order. Raises `NoColumn`."""
    messages, labels = _read(path, LABEL)
    found: dict[Message, str] = {}
    for message, label in zip(messages, labels, strict=True):
        if label and (message.subject or message.body):
            found.setdefault(message, label)
    return [Labelled(message, label) for message, label in found.items()]


def messages(path: Path | str) -> list[Message]:
    """Every message of a sheet, labelled or not. Raises `NoColumn`."""
    return _read(path, "")[0]


def _read(path: Path | str, label: str) -> tuple[list[Message], list[str]]:
    rows = rows_of(path)
    header = [str(cell).strip() for cell in rows[0]] if rows else []
    missing = [name for name in (SUBJECT, BODY, label) if name and name not in header]
    if missing:
        raise NoColumn(f"{Path(path).name} has no column {', '.join(missing)}; it has {', '.join(header)}.")
    subject, body = header.index(SUBJECT), header.index(BODY)
    found = [Message(_text(row, subject), _text(row, body)) for row in rows[1:]]
    return found, [_text(row, header.index(label)) for row in rows[1:]] if label else []


def _text(row: Sequence[Any], column: int) -> str:
    return " ".join(str(row[column]).split()) if column < len(row) else ""
