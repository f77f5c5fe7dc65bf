"""What can happen to an application as far as its deadlines are concerned; nothing else moves them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import IntEnum
from typing import Any, NamedTuple


class Kind(IntEnum):
    """The kinds of event. The numbers are their order within one moment; only the names are stored."""

    RECEIVED = 0
    CORRECTIONS_ASKED = 1
    CORRECTIONS_RECEIVED = 2
    ACCEPTED = 3
    REFUSED = 4
    PAUSE_TOLD = 5
    PAUSE_BEGUN = 6
    PAUSE_ENDED = 7
    EXTENSION_APPROVED = 8
    TRANSFERRED = 9
    WITHDRAWN = 10
    DECIDED = 11
    ISSUED = 12
    DELIVERED = 13

    @property
    def code(self) -> str:
        """What is stored and sent: `corrections_asked`."""
        return self.name.lower()


NEVER = date.max
_BY_CODE = {kind.code: kind for kind in Kind}
_TEXTS = ("pause", "by", "office", "reasons")


class Event(NamedTuple):
    """One dated fact. Equal events are one event, so what is delivered twice counts once.

    `at` is aware. `pause`: which kind of pause (an art. 45 kind such as `hearing`, or the key of a special procedure
    of the rule). `days`: with `PAUSE_TOLD`, the time needed that was told in writing, in the unit of the special
    procedure. `by` and `office`: who approved an extension, and as what (`head`, `government`). `reasons`: told to the
    applicant. `granted`: with `DECIDED`. `expires_on`: with `RECEIVED`, the last day of the licence to be renewed.
    """

    at: datetime
    kind: Kind
    pause: str = ""
    by: str = ""
    office: str = ""
    reasons: str = ""
    days: int = 0
    granted: bool = True
    expires_on: date = NEVER

    def as_data(self) -> dict[str, Any]:
        """For JSON: kind and moment, and what is not empty."""
        found: dict[str, Any] = {"kind": self.kind.code, "at": self.at.isoformat()}
        found |= {name: value for name in _TEXTS if (value := getattr(self, name))}
        if self.days:
            found["days"] = self.days
        if self.kind == Kind.DECIDED or not self.granted:
            found["granted"] = self.granted
        if self.expires_on != NEVER:
            found["expires_on"] = self.expires_on.isoformat()
        return found


class BadEvent(ValueError):  # noqa: N818 - read after "raises"
    """A stored event that cannot be read; the text names what is wrong with it."""


def read_event(data: Mapping[str, Any]) -> Event:
    """An event from what `as_data` wrote. Raises `BadEvent` for an unknown kind or entry, or a moment without zone."""
    unknown = data.keys() - {"kind", "at", "days", "granted", "expires_on", *_TEXTS}
    if unknown:
        raise BadEvent(f"unknown entry {sorted(map(str, unknown))[0]!r}")
    try:
        kind = _BY_CODE[data["kind"]]
        at = datetime.fromisoformat(str(data["at"]))
        expires_on = date.fromisoformat(str(data.get("expires_on", NEVER)))
        days = int(data.get("days", 0))
    except (KeyError, ValueError) as error:
        raise BadEvent(f"{dict(data)!r} is no event: {error}") from None
    granted = data.get("granted", True)
    if at.tzinfo is None or days < 0 or not isinstance(granted, bool):
        raise BadEvent(f"{dict(data)!r} is no event: a moment has a zone, days are ≥ 0, granted is true or false")
    texts = {name: str(data.get(name, "")) for name in _TEXTS}
    return Event(at, kind, days=days, granted=granted, expires_on=expires_on, **texts)


def read_events(rows: Iterable[Mapping[str, Any]]) -> list[Event]:
    """All of `rows`, in any order. Raises `BadEvent`."""
    return [read_event(row) for row in rows]
