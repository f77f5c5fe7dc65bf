"""Asking every room what it knows, and bringing the table of units up to date with that."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.transaction import atomic
from django.utils.module_loading import import_string
from django.utils.translation import override

from linli.foundation.web.manifest import manifests
from linli.mechanisms.knowledge.models import IndexedUnit
from linli.mechanisms.knowledge.units import BadUnit, Unit

log = logging.getLogger("linli.knowledge")
_BATCH = 500
_COLUMNS = ("room", "group", "kind", "aspect", "title", "text", "wordings", "url", "area_code", "source", "version",
            "checked_on", "unchecked", "acts", "digest")


@dataclass
class Collected:
    """What changed; `faults` are sentences for whoever keeps the room: a bad unit is left out and said, not guessed."""

    written: int = 0
    gone: int = 0
    same: int = 0
    faults: list[str] = field(default_factory=list)


def sources(rooms: Iterable[str] | None = None) -> dict[str, str]:
    """Room → dotted path of its `units()`, of those that know something."""
    wanted = None if rooms is None else set(rooms)
    return {one.name: one.knows for one in manifests() if one.knows and (wanted is None or one.name in wanted)}


def collect(rooms: Iterable[str] | None = None) -> Collected:
    """Bring the units of `rooms` (all, if None) up to date. A room that fails keeps what was known of it."""
    result = Collected()
    for room, path in sources(rooms).items():
        try:
            with override("zh-hans"):
                found = _valid(import_string(path)(), result.faults)
        except Exception:
            log.exception("knowledge.room_failed", extra={"room": room})
            result.faults.append(f"{room}: {path} failed; what was known of the room stays")
            continue
        _store(room, found, result)
    if rooms is None:
        result.gone += IndexedUnit.objects.exclude(room__in=sources()).delete()[0]  # a room that was taken out
    for fault in result.faults:
        log.warning("knowledge.bad_unit", extra={"fault": fault})
    return result


def _valid(units: Iterable[Unit], faults: list[str]) -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    for unit in units:
        try:
            unit.checked()
            if unit.key in found:
                raise BadUnit(f"{unit.key}: twice; a key is one unit's")
        except BadUnit as fault:
            faults.append(str(fault))
            continue
        if unit.text.strip() or unit.wordings:
            found[unit.key] = unit
    return found


@atomic
def _store(room: str, found: Mapping[str, Unit], result: Collected) -> None:
    known: dict[str, tuple[int, str, str]] = {
        key: (pk, digest, owner)
        for pk, key, digest, owner in IndexedUnit.objects.filter(room=room).values_list("pk", "key", "digest", "room")}
    foreign = set(IndexedUnit.objects.filter(key__in=list(found)[:_BATCH]).exclude(room=room).values_list(
        "key", flat=True))
    for key in foreign:
        result.faults.append(f"{key}: another room has this key already")
    fresh: list[IndexedUnit] = []
    moved: list[IndexedUnit] = []
    for key, unit in found.items():
        if key in foreign:
            continue
        digest = unit.digest()
        if key not in known:
            fresh.append(IndexedUnit(key=key, **_columns(room, unit, digest)))
        elif known[key][1] != digest:
            moved.append(IndexedUnit(id=known[key][0], key=key, **_columns(room, unit, digest)))
        else:
            result.same += 1
    IndexedUnit.objects.bulk_create(fresh, batch_size=_BATCH)
    IndexedUnit.objects.bulk_update(moved, _COLUMNS, batch_size=100)
    gone = [known[key][0] for key in known.keys() - found.keys()]
    for at in range(0, len(gone), _BATCH):
        IndexedUnit.objects.filter(pk__in=gone[at:at + _BATCH]).delete()
    result.written += len(fresh) + len(moved)
    result.gone += len(gone)


def _columns(room: str, unit: Unit, digest: str) -> dict[str, Any]:
    return {
        "room": room, "group": unit.group, "kind": unit.kind, "aspect": unit.aspect, "title": unit.title,
        "text": unit.text, "wordings": list(unit.wordings), "url": unit.url, "area_code": unit.area_code,
        "source": unit.source, "version": unit.version, "checked_on": unit.checked_on, "unchecked": unit.unchecked,
        "acts": [list(act) for act in unit.acts], "digest": digest}
