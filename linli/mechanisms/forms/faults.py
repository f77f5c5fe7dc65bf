"""What is wrong with something written in a file, where it stands, and what mends it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

Where = tuple[str | int, ...]  # the way into the data: ("pages", 0, "fields", 2, "element")
Lines = Mapping[Where, int]


@dataclass(frozen=True)
class Fault:
    """One thing to mend: the sentence says what is wrong and what to do."""

    code: str
    sentence: str
    where: Where = ()
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.file else ".".join(str(part) for part in self.where)
        return f"{place}: {self.sentence}" if place else self.sentence

    def under(self, *where: str | int) -> Fault:
        """The same, one way further down."""
        return replace(self, where=(*where, *self.where))


class BadForm(Exception):  # noqa: N818 - reads as a sentence: "raises BadForm"
    """A definition, dictionary or rule that must not be used; `faults` says everything at once."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def line_of(lines: Lines, where: Where) -> int:
    """The line of `where`, else of what holds it, else the first."""
    for end in range(len(where), -1, -1):
        if where[:end] in lines:
            return lines[where[:end]]
    return 1


def placed(faults: Iterable[Fault], file: str, lines: Lines) -> list[Fault]:
    """The faults with their file and line; those that already have one keep it."""
    return [fault if fault.file else replace(fault, file=file, line=line_of(lines, fault.where)) for fault in faults]
