"""The tree of categories: up to three levels of names; a node's code is its names joined by dots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from linli.services.requests.classify.text import even

REST = "其他"  # "and the rest": a name that says nothing about what is below it
_LEVELS = ("一级分类", "二级分类", "三级分类")


@dataclass(frozen=True)
class CategoryTree:
    """All nodes in the order given, ancestors before what is below them."""

    nodes: tuple[tuple[str, ...], ...] = field(default=())

    @classmethod
    def from_rows(cls, rows: Iterable[Sequence[Any]]) -> CategoryTree:
        """From rows of names, first level first; an empty name ends its row, a repeated row counts once."""
        nodes: dict[tuple[str, ...], None] = {}
        for row in rows:
            path: tuple[str, ...] = ()
            for cell in row:
                name = _name(cell)
                if not name:
                    break
                path = (*path, name)
                nodes.setdefault(path)
        return cls(tuple(nodes))

    @classmethod
    def from_xlsx(cls, path: Path | str) -> CategoryTree:
        """From the first sheet: the columns 一级分类, 二级分类, 三级分类, or the first three where none is so named."""
        from linli.services.requests.classify.sheets import rows_of

        rows = rows_of(path)
        header = [str(cell).strip() for cell in rows[0]] if rows else []
        if _LEVELS[0] in header:
            columns = [header.index(name) for name in _LEVELS if name in header]
            return cls.from_rows([row[column] for column in columns] for row in rows[1:])
        return cls.from_rows(row[:3] for row in rows)

    def codes(self) -> Iterator[str]:
        return (".".join(node) for node in self.nodes)

    @cached_property
    def tops(self) -> tuple[str, ...]:
        """The first-level codes."""
        return tuple(node[0] for node in self.nodes if len(node) == 1)

    def find(self, name: str) -> str:
        """The code of the node called `name`, or whose code it is; the highest, then the first. Empty if none."""
        wanted = name.strip()
        return self._by_name.get(wanted, "")

    def top(self, name: str) -> str:
        """The first-level code above `find(name)`; empty if the tree does not know the name."""
        return top_of(self.find(name))

    @cached_property
    def _by_name(self) -> dict[str, str]:
        found: dict[str, str] = {code: code for code in self.codes()}
        for node in sorted(self.nodes, key=len):
            found.setdefault(node[-1], ".".join(node))
        return found

    def documents(self) -> list[tuple[str, str]]:
        """(first-level code, text): each first-level name and each lowest node's names, as tiny texts of a class."""
        above = {node[:-1] for node in self.nodes if len(node) > 1}
        found: dict[tuple[str, str], None] = {}
        for node in self.nodes:
            below = list(dict.fromkeys(name for name in node[1:] if name != REST))
            if node not in above and below:
                found.setdefault((node[0], " ".join(below)))
            elif len(node) == 1 and node[0] != REST:
                found.setdefault((node[0], node[0]))
        return list(found)

    @cached_property
    def spoken(self) -> tuple[tuple[str, str], ...]:
        """(name as it may stand in a message, code) of the nodes below the first level; no 其他, no single letter."""
        found: dict[str, str] = {}
        for node in sorted(self.nodes, key=len):
            if len(node) > 1 and node[-1] != REST and len(node[-1]) > 1:
                found.setdefault(even(node[-1]), ".".join(node))
        return tuple(found.items())


def top_of(code: str) -> str:
    return code.partition(".")[0]


def _name(cell: Any) -> str:
    """A cell as a name; the dot is what joins names into a code, so a name holds none."""
    text = "" if cell is None else str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
    return " ".join(text.replace(".", "·").split())
