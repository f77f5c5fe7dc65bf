"""`policy("room.key")`: the value in force on a day, in a place."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from linli.foundation.calendar.clock import today
from linli.foundation.policy import overlays
from linli.foundation.policy.shipped import Entry, Rule, rule

if TYPE_CHECKING:
    from linli.foundation.areas.models import Area


@dataclass(frozen=True)
class InForce:
    """A value with where it comes from. `overlay` is the area's own value, when one is in force."""

    rule: Rule
    shipped: Entry
    overlay: overlays.Overlay | None

    @property
    def value(self) -> Any:
        return self.overlay.value if self.overlay else self.shipped.value

    @property
    def source(self) -> str:
        return self.overlay.source if self.overlay else self.shipped.source

    @property
    def since(self) -> date:
        return self.overlay.valid_from if self.overlay else self.shipped.since

    @property
    def is_overtaken(self) -> bool:
        """Did the shipped value change after the area chose its own? Then somebody should look at it again."""
        return self.overlay is not None and self.shipped.since > self.overlay.valid_from


def policy(key: str, on: date | None = None, area: Area | str | None = None) -> Any:
    """The value of `room.key` on the day `on` (today by default) in `area` (an Area or its code).

    Without an area, the value that came with the program. With one, the approved overlay of the longest
    area prefix wins, unless the shipped entry is `fixed`. Lists and objects are the caller's own copy.
    Without an area no database is asked; with one, at most one query a second.
    Raises `UnknownPolicy` (a KeyError) and `NoPolicyYet`.
    """
    found = in_force(key, on, area)
    return deepcopy(found.value) if isinstance(found.value, list | dict) else found.value


def in_force(key: str, on: date | None = None, area: Area | str | None = None) -> InForce:
    """As `policy`, with the source, the day it began and the overlay. Do not change its value."""
    if on is None:
        on = today()
    elif isinstance(on, datetime):
        on = timezone.localtime(on).date()
    declared = rule(key)
    shipped = declared.on(on)
    code = area if isinstance(area, str) else area.code if area else ""
    overlay = overlays.find(key, code, on) if code and not shipped.fixed else None
    return InForce(declared, shipped, overlay)
