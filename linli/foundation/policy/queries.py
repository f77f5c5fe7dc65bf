"""The reads of the desk: every key with what is in force, and what waits for a second person."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may
from linli.foundation.policy.models import PolicyOverlay, State
from linli.foundation.policy.reading import InForce, in_force
from linli.foundation.policy.shipped import NoPolicyYet, Rule, rules
from linli.foundation.web.manifest import manifests

LONG_VALUE, LONG_LINES = 160, 8


@dataclass(frozen=True)
class Line:
    """One key as the desk lists it. `found` is None while its first value has not begun."""

    rule: Rule
    found: InForce | None
    overlay_area: str = ""
    waiting: PolicyOverlay | None = None
    may_propose: bool = False

    @property
    def begins(self) -> date:
        return self.rule.entries[0].since

    @property
    def value(self) -> str:
        return told(self.found.value) if self.found else ""

    @property
    def is_long(self) -> bool:
        """Too long a value to stand open in a table."""
        return len(self.value) > LONG_VALUE or self.value.count("\n") > LONG_LINES

    @property
    def shipped_value(self) -> str:
        return told(self.found.shipped.value) if self.found else ""


@dataclass(frozen=True)
class Group:
    """The keys of one room, or those of them that a page shows."""

    room: str
    title: str | Promise
    lines: list[Line]
    count: int = 0

    @property
    def own_count(self) -> int:
        """How many of them the place decided for itself."""
        return sum(1 for line in self.lines if line.found and line.found.overlay)

    @property
    def waiting_count(self) -> int:
        return sum(1 for line in self.lines if line.waiting)

    def part(self, first: int, size: int) -> Group:
        """`size` of its lines from number `first` on."""
        return Group(self.room, self.title, self.lines[first:first + size], self.count)


def lines(person: Person, area: Area | None, *, words: str = "") -> list[Group]:
    """Every key, by room, with its value in `area` today. At most three queries, however many keys."""
    titles = {manifest.name: manifest.title for manifest in manifests()}
    waiting = {
        overlay.key: overlay
        for overlay in PolicyOverlay.objects.visible_to(person).filter(area=area, state=State.PROPOSED)
    } if area else {}
    mine = areas_to_propose_for(person, area)
    found = [_line(declared, area, waiting, bool(mine)) for declared in rules().values()]
    names = _names(line.found.overlay.area_code for line in found if line.found and line.found.overlay)
    kept = [
        Line(line.rule, line.found, names.get(line.found.overlay.area_code, ""), line.waiting, line.may_propose)
        if line.found and line.found.overlay else line
        for line in found if _matches(line, words)
    ]
    return [
        Group(room, titles.get(room) or room, held := list(of_room), len(held))
        for room, of_room in groupby(kept, key=lambda line: line.rule.room)
    ]


def areas_to_propose_for(person: Person, area: Area | None) -> list[Area]:
    """`area` and the places above it for which `person` may propose, the nearest first."""
    if not area:
        return []
    prefixes = [area.code[:size] for size in range(2, len(area.code) + 1)]
    above = Area.objects.filter(code__in=prefixes).order_by("-code")
    return [place for place in above if may(person, "policy.propose_overlay", place)]


def waiting(person: Person) -> QuerySet[Any]:
    """What waits for a second person where `person` works, the oldest first."""
    return _visible(person).filter(state=State.PROPOSED).order_by("proposed_at", "id")


def decided(person: Person) -> QuerySet[Any]:
    """What has been decided where `person` works, the newest first."""
    return _visible(person).exclude(state=State.PROPOSED).order_by("-proposed_at", "-id")


def overlay(person: Person, pk: int) -> PolicyOverlay | None:
    """One overlay, if `person` may see it."""
    found: PolicyOverlay | None = _visible(person).filter(pk=pk).first()
    return found


def current(overlay: PolicyOverlay) -> InForce | None:
    """What is in force in the overlay's place on the day it would begin; None when its key is gone."""
    try:
        return in_force(overlay.key, max(overlay.valid_from, today()), overlay.area)
    except LookupError:
        return None


def shown(value: Any) -> str:
    """A value as the desk writes it."""
    if value is None:
        return _("空")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, indent=1)
    return str(value)


def told(value: Any) -> str:
    """A value to be read and not written: a table as lines, a list as words; what lies deeper as the desk writes it."""
    if isinstance(value, dict) and value and not any(isinstance(part, dict) for part in value.values()):
        return "\n".join(f"{key}: {told(part)}" for key, part in value.items())
    if isinstance(value, list) and value and not any(isinstance(part, dict | list) for part in value):
        return _("、").join(shown(part) for part in value)
    return shown(value)


def _visible(person: Person) -> QuerySet[Any]:
    found: QuerySet[Any] = PolicyOverlay.objects.visible_to(person).select_related(
        "area", "proposed_by", "approved_by", "ended_by")
    return found


def _line(declared: Rule, area: Area | None, waiting: dict[str, PolicyOverlay], may_propose: bool) -> Line:
    try:
        found = in_force(declared.key, None, area)
    except NoPolicyYet:
        return Line(declared, None)
    return Line(declared, found, "", waiting.get(declared.key), may_propose and not found.shipped.fixed)


def _matches(line: Line, words: str) -> bool:
    if not words:
        return True
    text = line.rule.key + line.value + "".join(entry.note + entry.source for entry in line.rule.entries)
    return words.lower() in text.lower()


def _names(codes: Iterable[str]) -> dict[str, str]:
    wanted = set(codes)
    return dict(Area.objects.filter(code__in=wanted).values_list("code", "name")) if wanted else {}
