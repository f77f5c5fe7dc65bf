"""What is wrong with an item, where, and what mends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path as FilePath

Where = tuple[str | int, ...]  # the way into the data: ("local", "materials", 0, "name")


@dataclass(frozen=True)
class Fault:
    """One thing to mend. `blocks` is "load" (it cannot be kept at all) or "publish" (kept, listed, not published)."""

    code: str
    sentence: str
    where: Where = ()
    blocks: str = "publish"
    file: str = ""
    line: int = 0

    def at(self, file: FilePath | str, lines: Mapping[Where, int]) -> Fault:
        """The same with its file and the line of the nearest thing that is written there."""
        return replace(self, file=str(file), line=line_of(lines, self.where))

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.file else ".".join(str(part) for part in self.where)
        return f"{place}: {self.sentence}" if place else self.sentence


def line_of(lines: Mapping[Where, int], where: Where) -> int:
    """The line of `where`, else of what holds it, else the first."""
    for end in range(len(where), -1, -1):
        if where[:end] in lines:
            return lines[where[:end]]
    return 1
