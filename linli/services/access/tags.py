"""OpenStreetMap's words into our columns. A tag that is not there stays unknown; nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import radians, tan
from typing import Any

_FOOT = frozenset({"footway", "path", "pedestrian", "corridor", "platform", "track", "bridleway"})
_ROADS = frozenset({
    "living_street", "residential", "service", "unclassified", "tertiary", "tertiary_link", "secondary",
    "secondary_link", "primary", "primary_link", "road"})
_NUMBER = re.compile(r"^\s*(-?\d+(?:[.,]\d+)?)\s*(m|cm|%|°)?\s*$")
_KERBS = {"flush": 0.0, "no": 0.0, "lowered": 3.0, "rolled": 6.0, "raised": 15.0}  # as the OSM wiki describes them
_CROSSINGS = {"traffic_signals": "signals", "zebra": "zebra", "uncontrolled": "zebra", "marked": "zebra",
              "unmarked": "unmarked"}


def is_walkable(tags: Mapping[str, str]) -> bool:
    """May somebody on foot use this way? A motorway, a private drive and what says foot=no are left out."""
    highway = tags.get("highway", "")
    if tags.get("foot") == "no" or (tags.get("access") in {"no", "private"} and tags.get("foot") not in {
            "yes", "designated", "permissive"}):
        return False
    if highway == "cycleway":
        return tags.get("foot") in {"yes", "designated", "permissive"} or tags.get("segregated") is not None
    return highway in _FOOT or highway in _ROADS or highway in {"steps", "elevator", "crossing"}


def edge_facts(tags: Mapping[str, str]) -> dict[str, Any]:
    """The columns of an edge for a way's tags."""
    kind = _kind(tags)
    found: dict[str, Any] = {
        "kind": kind, "name": tags.get("name", "")[:60], "incline": percent(tags.get("incline")),
        "width_cm": _cm(tags.get("width") or tags.get("est_width")), "steps": _whole(tags.get("step_count")),
        "kerb_cm": kerb(tags), "surface": tags.get("surface", "")[:20], "lit": _yes(tags.get("lit")),
        "tactile": _yes(tags.get("tactile_paving")), "handrail": _yes(tags.get("handrail")),
        "crossing": _CROSSINGS.get(tags.get("crossing", ""), ""), "sound": _yes(tags.get("traffic_signals:sound")),
        "bench": tags.get("bench") == "yes", "wheelchair": _wheelchair(tags),
        "one_way": tags.get("oneway:foot") == "yes",
    }
    return found


def point_facts(tags: Mapping[str, str]) -> dict[str, Any]:
    """What a node's tags say of the stretches that end there; only what is said."""
    found: dict[str, Any] = {}
    height = kerb(tags)
    if height is not None:
        found["kerb_cm"] = height
    if tags.get("highway") == "traffic_signals" or tags.get("crossing") == "traffic_signals":
        found["crossing"] = "signals"
    elif tags.get("crossing") in _CROSSINGS:
        found["crossing"] = _CROSSINGS[tags["crossing"]]
    for tag, name in (("traffic_signals:sound", "sound"), ("tactile_paving", "tactile")):
        value = _yes(tags.get(tag))
        if value is not None:
            found[name] = value
    if tags.get("amenity") == "bench":
        found["bench"] = True
    if tags.get("barrier") in {"turnstile", "stile", "kissing_gate"} or (
            "barrier" in tags and tags.get("wheelchair") == "no"):
        found["wheelchair"] = "no"
    return found


def _kind(tags: Mapping[str, str]) -> str:
    highway = tags.get("highway", "")
    if highway == "steps":
        return "steps"
    if highway == "elevator":
        return "lift"
    if highway == "crossing" or tags.get("footway") == "crossing":
        return "crossing"
    if highway == "corridor" or tags.get("indoor") == "yes":
        return "indoor"
    if tags.get("ramp") == "yes" and highway in _FOOT:
        return "ramp"
    return "road" if highway in _ROADS else "footway"


def percent(text: str | None) -> float | None:
    """`8%`, `-3 %`, `5°`; `up` and `down` say nothing of how steep."""
    found = _NUMBER.match(text or "")
    if not found or found[2] in {"m", "cm"}:
        return None
    number = float(found[1].replace(",", "."))
    return round(100 * tan(radians(number)), 2) if found[2] == "°" else number


def kerb(tags: Mapping[str, str]) -> float | None:
    """Height in cm: measured where it is, else by the kind of kerb."""
    measured = _NUMBER.match(tags.get("kerb:height", ""))
    if measured:
        number = float(measured[1].replace(",", "."))
        return number if measured[2] == "cm" else round(number * 100, 1)
    return _KERBS.get(tags.get("kerb", ""))


def _cm(text: str | None) -> int | None:
    found = _NUMBER.match(text or "")
    if not found or found[2] in {"%", "°"}:
        return None
    number = float(found[1].replace(",", "."))
    cm = round(number if found[2] == "cm" else number * 100)
    return cm if 0 < cm < 32_000 else None


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 4 else None


def _yes(text: str | None) -> bool | None:
    if text in {"yes", "24/7", "both", "left", "right", "center", "contrasted", "dusk-dawn"}:
        return True
    return False if text == "no" else None


def _wheelchair(tags: Mapping[str, str]) -> str:
    value = tags.get("wheelchair", "")
    return {"yes": "yes", "designated": "yes", "limited": "limited", "no": "no"}.get(value, "")
