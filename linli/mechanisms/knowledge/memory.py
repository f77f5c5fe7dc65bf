"""The index of this process: mapped from the folder of the current state, made anew where there is none."""

from __future__ import annotations

import logging
import threading

from linli.mechanisms.knowledge import building, index as files
from linli.mechanisms.knowledge.index import Index
from linli.mechanisms.knowledge.law import Laws
from linli.mechanisms.knowledge.models import Version

log = logging.getLogger("linli.knowledge")
_lock = threading.Lock()
_held: tuple[str, Index, Laws] | None = None


def current() -> tuple[Index, Laws] | None:
    """The current index and its laws; None where nothing was ever indexed. One query; the arrays are shared."""
    global _held
    row = Version.objects.filter(name="current").values("stamp", "law").first()
    if row is None or not row["stamp"]:
        return None
    held = _held
    if held is not None and held[0] == row["stamp"]:
        return held[1], held[2]
    with _lock:
        if _held is None or _held[0] != row["stamp"]:
            _held = row["stamp"], _loaded(row["stamp"]), _laws(row["law"])
        return _held[1], _held[2]


def _loaded(stamp: str) -> Index:
    found = files.load(building.root(), stamp)
    if found is not None:
        return found
    # Another machine made this state, or the folder was deleted: the tables hold all it takes.
    content = building.read()
    made = building.build(content)
    files.save(made, building.root(), content.stamp)
    return files.load(building.root(), content.stamp) or made


def _laws(told: dict[str, object]) -> Laws:
    if told:
        try:
            return Laws.of(told)
        except (KeyError, TypeError, ValueError):
            log.warning("knowledge.bad_law")
    return Laws.shipped()
