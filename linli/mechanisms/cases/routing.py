"""Which unit answers for it: ordered rows, the longest area first, then the most specific category, then order."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from linli.foundation.people.models import Organisation
from linli.mechanisms.cases.models import RoutingRow, RoutingTable


@dataclass(frozen=True)
class Routed:
    """What the table said: the unit (None = the catch-all queue), the row hit, and the rows tried before it."""

    unit_id: int | None
    helpers: Sequence[int] = ()
    row: int | None = None
    row_text: str = ""
    version: str = ""
    tried: Sequence[int] = ()
    urgency: str = ""
    fault: str = ""

    def told(self) -> dict[str, Any]:
        """As the opening event keeps it."""
        return {"unit": self.unit_id, "row": self.row, "why": self.row_text, "version": self.version,
                "tried": list(self.tried)[:20], "fault": self.fault}


@dataclass
class _Cache:
    at: float = 0.0
    stamp: object = None
    rows: list[tuple[RoutingRow, bool]] = field(default_factory=list)
    version: str = ""


_caches: dict[str, _Cache] = {}


def _published() -> _Cache:
    """The published rows, best first; looked at again at most once a second."""
    cache = _caches.setdefault(str(connection.settings_dict["NAME"]), _Cache())
    if time.monotonic() - cache.at < 1.0:
        return cache
    tables = list(RoutingTable.objects.filter(state="published").order_by("area_code", "-version"))
    newest: dict[str, RoutingTable] = {}
    for table in tables:
        newest.setdefault(table.area_code, table)
    stamp = tuple(sorted((t.pk, t.version) for t in newest.values()))
    if stamp != cache.stamp:
        rows = list(RoutingRow.objects.filter(table__in=list(newest.values())).select_related("unit"))
        alive = {unit.pk for unit in Organisation.objects.filter(is_active=True)}
        rows.sort(key=lambda row: (-len(row.area_prefix), -len(row.category), not row.words, row.order, row.pk))
        cache.rows = [(row, row.unit_id is None or row.unit_id in alive) for row in rows]
        cache.version = ",".join(f"{t.area_code}:{t.version}" for t in newest.values())
        cache.stamp = stamp
    cache.at = time.monotonic()
    return cache


def forget() -> None:
    """Read the tables again at the next question (after publishing, and between tests)."""
    _caches.clear()


def route(
    *, area_code: str, kind_code: str, category: str, source: str = "", text: str = "",
    compound_id: int | None = None, not_unit: int | None = None,
) -> Routed:
    """The unit that answers. A row naming a dead unit goes to the catch-all queue with a visible fault.

    Source: 北京市接诉即办工作条例 第12条 (duty clear → the unit; unclear but place known → the area's own body).
    """
    cache = _published()
    tried: list[int] = []
    for row, alive in cache.rows:
        if not matches(row, area_code, kind_code, category, source, text, compound_id):
            if len(tried) < 20 and row.category and area_code.startswith(row.area_prefix):
                tried.append(row.pk)
            continue
        if not_unit and row.unit_id == int(not_unit):
            tried.append(row.pk)
            continue
        if not alive:
            return Routed(None, row=row.pk, row_text=row.note, version=cache.version, tried=tried, fault="dead_unit")
        return Routed(row.unit_id, tuple(row.helpers), row.pk, row.note, cache.version, tried, row.urgency)
    return Routed(None, version=cache.version, tried=tried, fault="" if cache.rows else "no_table")


def matches(
    row: RoutingRow, area_code: str, kind_code: str, category: str, source: str, text: str, compound_id: int | None,
) -> bool:
    """Does the row speak of this case?"""
    return (
        area_code.startswith(row.area_prefix)
        and row.kind_code in ("", kind_code)
        and (not row.category or category == row.category or category.startswith(row.category + "."))
        and row.source in ("", source)
        and row.compound_id in (None, compound_id)
        and (not row.words or any(word in text for word in row.words))
    )
