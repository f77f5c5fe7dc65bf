"""A way as features of a map: the streets around it, cut to the sheet, and its own line told apart by stroke."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from linli.foundation.areas.mapping import features_of
from linli.foundation.areas.models import Area
from linli.services.access.models import Outage
from linli.services.access.ways.finding import Way
from linli.services.access.ways.graph import Graph, Point, points
from linli.services.access.ways.judging import UNSURE

_AROUND = 0.25  # of the way's own extent, on each side
_LEAST_DEGREES = 0.0008  # about 80 m: a way across the yard still shows the yard
Box = tuple[float, float, float, float]


def features(area: Area, graph: Graph, way: Way, others: Sequence[Way] = ()) -> list[dict[str, Any]]:
    """What `{% map_drawing %}` draws. The name of a line is sure, unsure or other; of the rest, its word."""
    box = _box(point for leg in way.legs for point in points(leg.link, leg.forward, graph))
    found = [piece for feature in features_of(area) for piece in _cut(feature, box)]
    for other in others:
        if other.legs:
            found.append(_line("other", _points(other, graph)))
    for leg in way.legs:
        found.append(
            _line("unsure" if leg.verdict.state == UNSURE else "sure", list(points(leg.link, leg.forward, graph)))
        )
    return found


def marks(
    graph: Graph, start: int, goal: int, start_title: str, goal_title: str, outages: Iterable[Outage] = ()
) -> list[dict[str, Any]]:
    """Both ends, and what is closed on the way one would otherwise take; shapes differ, words stand beside them."""
    ends = ((start, start_title, "circle", ""), (goal, goal_title, "pin", "warm"))
    found = [
        {"lon": graph.nodes[key].lon, "lat": graph.nodes[key].lat, "word": title, "shape": shape, "tone": tone}
        for key, title, shape, tone in ends
    ]
    for outage in outages:
        thing = outage.facility
        if thing is not None and thing.lon is not None:
            found.append(
                {
                    "lon": thing.lon,
                    "lat": thing.lat,
                    "word": thing.name,
                    "sub": str(outage.get_kind_display()),
                    "shape": "diamond",
                    "tone": "bad",
                }
            )
    return found


def _points(way: Way, graph: Graph) -> list[Point]:
    line: list[Point] = []
    for leg in way.legs:
        line += [point for point in points(leg.link, leg.forward, graph) if not line or point != line[-1]]
    return line


def _line(name: str, line: Sequence[Point]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"kind": "edge", "name": name},
        "geometry": {"type": "LineString", "coordinates": [list(point) for point in line]},
    }


def _box(line: Iterable[Point]) -> Box:
    known = list(line)
    west, east = min(p[0] for p in known), max(p[0] for p in known)
    south, north = min(p[1] for p in known), max(p[1] for p in known)
    pad_x = max((east - west) * _AROUND, (_LEAST_DEGREES - (east - west)) / 2, 0.0)
    pad_y = max((north - south) * _AROUND, (_LEAST_DEGREES - (north - south)) / 2, 0.0)
    return west - pad_x, south - pad_y, east + pad_x, north + pad_y


def _cut(feature: Mapping[str, Any], box: Box) -> list[dict[str, Any]]:
    """The parts of a feature inside the box: lines are cut, areas are taken when they lie within it."""
    geometry, facts = feature.get("geometry") or {}, feature.get("properties") or {}
    kind, held = geometry.get("type"), geometry.get("coordinates") or []
    if facts.get("kind") == "edge":
        return []  # borders of compounds would be taken for ways
    if kind == "LineString":
        pieces = _pieces(held, box)
        return [
            {"type": "Feature", "properties": facts, "geometry": {"type": "LineString", "coordinates": piece}}
            for piece in pieces
        ]
    if kind == "Polygon" and held:
        inside = all(box[0] <= x <= box[2] and box[1] <= y <= box[3] for x, y, *_ in held[0])
        return [dict(feature)] if inside else []
    return []


def _pieces(line: Sequence[Sequence[float]], box: Box) -> list[list[list[float]]]:
    pieces: list[list[list[float]]] = []
    for one, other in pairwise(line):
        part = _clip((one[0], one[1]), (other[0], other[1]), box)
        if part is None:
            continue
        if pieces and pieces[-1][-1] == list(part[0]):
            pieces[-1].append(list(part[1]))
        else:
            pieces.append([list(part[0]), list(part[1])])
    return pieces


def _clip(one: Point, other: Point, box: Box) -> tuple[Point, Point] | None:
    """The part of a segment inside the box (Liang–Barsky)."""
    dx, dy = other[0] - one[0], other[1] - one[1]
    begin, end = 0.0, 1.0
    for step, room in ((-dx, one[0] - box[0]), (dx, box[2] - one[0]), (-dy, one[1] - box[1]), (dy, box[3] - one[1])):
        if step == 0:
            if room < 0:
                return None
            continue
        at = room / step
        if step < 0:
            begin = max(begin, at)
        else:
            end = min(end, at)
    if begin >= end:
        return None
    return (one[0] + begin * dx, one[1] + begin * dy), (one[0] + end * dx, one[1] + end * dy)
