"""The approved overlays, kept in memory and looked at again when another process has changed one."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

_LOOK_AGAIN_S = 1.0


@dataclass(frozen=True)
class Overlay:
    """An area's own value, in force from `valid_from` until before `valid_until` (open when None)."""

    id: int
    area_code: str
    value: Any
    source: str
    valid_from: date
    valid_until: date | None


# key → area code → overlays, the one that wins first
Overlays = Mapping[str, Mapping[str, list[Overlay]]]

_known: Overlays = {}
_revision = -1
_look_at = 0.0


def find(key: str, area_code: str, on: date) -> Overlay | None:
    """The overlay in force for `key` at `area_code` on the day `on`: the longest prefix, then the latest."""
    of_key = _current().get(key)
    if not of_key:
        return None
    for code in sorted((code for code in of_key if area_code.startswith(code)), key=len, reverse=True):
        for overlay in of_key[code]:
            if overlay.valid_from <= on and (overlay.valid_until is None or on < overlay.valid_until):
                return overlay
    return None


def forget() -> None:
    """Look at the database on the next call; the process that changed an overlay calls it after the commit."""
    global _look_at, _revision
    _look_at, _revision = 0.0, -1


def _current() -> Overlays:
    """At most one query a second, of one row; the overlays themselves are read only when that row has moved."""
    global _known, _look_at, _revision
    if time.monotonic() < _look_at:
        return _known
    from linli.foundation.policy.models import OverlayRevision

    # Set before reading: what is committed while we read moves the number once more.
    _look_at = time.monotonic() + _LOOK_AGAIN_S
    revision = OverlayRevision.objects.filter(pk=1).values_list("number", flat=True).first() or 0
    if revision != _revision:
        _known, _revision = _read(), revision
    return _known


def _read() -> Overlays:
    from linli.foundation.policy.models import PolicyOverlay

    found: dict[str, dict[str, list[Overlay]]] = {}
    rows = PolicyOverlay.objects.exclude(approved_at=None).order_by("-valid_from", "-approved_at", "-pk").values_list(
        "key", "area__code", "pk", "value", "source", "valid_from", "valid_until")
    for key, code, pk, value, source, valid_from, valid_until in rows:
        overlay = Overlay(pk, code, value, source, valid_from, valid_until)
        found.setdefault(key, {}).setdefault(code, []).append(overlay)
    return found
