"""Positions: the two Chinese datums, what lies where, and the community's own map as paths to draw.

Everything stored is WGS 84 longitude, latitude in degrees. GCJ-02 exists only at the edge of a Chinese map.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import asin, cos, pi, radians, sin, sqrt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from linli.foundation.areas.models import Area, Building, Compound

Point = tuple[float, float]
Ring = Sequence[Sequence[float]]

# Krasovsky 1940, the ellipsoid of the published description of GCJ-02.
_AXIS_M, _ECCENTRICITY_2 = 6378245.0, 0.00669342162296594323
_INVERSE_STEPS = 12
EARTH_M = 6_371_008.8
NEAR_M = 40.0
_SHEET = 1000.0
_MARGIN = 0.04
_LAYERS = ("land", "green", "water", "road", "block", "edge")


def in_china(lon: float, lat: float) -> bool:
    """The rough box in which GCJ-02 differs from WGS 84; outside, the two are the same."""
    return 72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271


def gcj02_of(lon: float, lat: float) -> Point:
    """The GCJ-02 position of a WGS 84 one, in degrees: what a Chinese map expects."""
    if not in_china(lon, lat):
        return lon, lat
    x, y = lon - 105.0, lat - 35.0
    waves = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    magic = 1.0 - _ECCENTRICITY_2 * sin(radians(lat)) ** 2
    shift_lat = north * 180.0 / (_AXIS_M * (1.0 - _ECCENTRICITY_2) / (magic * sqrt(magic)) * pi)
    shift_lon = east * 180.0 / (_AXIS_M / sqrt(magic) * cos(radians(lat)) * pi)
    return lon + shift_lon, lat + shift_lat


def wgs84_of(lon: float, lat: float) -> Point:
    """The WGS 84 position of a GCJ-02 one, to better than 1e-9 degrees, by following the shift back."""
    if not in_china(lon, lat):
        return lon, lat
    guess_lon, guess_lat = lon, lat
    for _step in range(_INVERSE_STEPS):
        there_lon, there_lat = gcj02_of(guess_lon, guess_lat)
        guess_lon, guess_lat = guess_lon - (there_lon - lon), guess_lat - (there_lat - lat)
    return guess_lon, guess_lat


def metres(one: Point, other: Point) -> float:
    """Great-circle distance in metres."""
    (lon1, lat1), (lon2, lat2) = one, other
    half = sin(radians(lat2 - lat1) / 2) ** 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(
        radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(half)))


def contains(geometry: Any, lon: float, lat: float) -> bool:
    """Does a GeoJSON Polygon or MultiPolygon hold the point? Holes are outside; other geometries hold nothing."""
    return any(
        bool(rings) and _in_ring(rings[0], lon, lat) and not any(_in_ring(hole, lon, lat) for hole in rings[1:])
        for rings in _polygons(geometry))


def _polygons(geometry: Any) -> Iterator[Sequence[Ring]]:
    kind = (geometry or {}).get("type")
    if kind == "Polygon":
        yield geometry["coordinates"]
    elif kind == "MultiPolygon":
        yield from geometry["coordinates"]


def _in_ring(ring: Ring, lon: float, lat: float) -> bool:
    inside, last = False, len(ring) - 1
    for here, point in enumerate(ring):
        (x1, y1), (x2, y2) = point[:2], ring[last][:2]
        if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            inside = not inside
        last = here
    return inside


@dataclass(frozen=True)
class Place:
    """What a position lies in; None where nothing was drawn there."""

    grid: Area | None
    compound: Compound | None
    building: Building | None


def locate(area: Area, lon: float, lat: float) -> Place:
    """Grid, compound and building of `area` at a WGS 84 position. Three queries.

    A building without an outline is found within 40 m of its point: a telephone is no better than that.
    """
    from linli.foundation.areas.models import Area as Areas, Building, Compound

    code = area.community_code
    grids = Areas.objects.filter(code__startswith=code, level="grid").exclude(outline=None)
    compounds = Compound.objects.filter(area__code=code).exclude(outline=None)
    grid = next((one for one in grids if contains(one.outline, lon, lat)), None)
    compound = next((one for one in compounds if contains(one.outline, lon, lat)), None)
    buildings = list(Building.objects.filter(area__code=code).select_related("compound", "grid"))
    building = next((one for one in buildings if one.outline and contains(one.outline, lon, lat)), None)
    if building is None:
        near = [(metres((one.lon, one.lat), (lon, lat)), one.pk, one) for one in buildings
                if one.lon is not None and one.lat is not None]
        closest = min(near, default=None)
        building = closest[2] if closest and closest[0] <= NEAR_M else None
    if building is not None:
        grid, compound = grid or building.grid, compound or building.compound
    return Place(grid, compound, building)


def features_of(area: Area) -> list[dict[str, Any]]:
    """Every GeoJSON feature of a community's map: its layers, then the outlines of compounds and buildings.

    Each has `properties.kind` (land green water road block edge) and `properties.name`. Three queries.
    """
    from linli.foundation.areas.models import Building, Compound, MapLayer

    code = area.community_code
    found: list[dict[str, Any]] = []
    if area.outline:
        found.append(_feature("edge", "", area.outline))
    for layer in MapLayer.objects.filter(area__code=code).order_by("name"):
        found.extend(layer.features.get("features", []))
    found.extend(_feature("edge", one.name, one.outline)
                 for one in Compound.objects.filter(area__code=code).exclude(outline=None))
    found.extend(_feature("block", one.name, one.outline)
                 for one in Building.objects.filter(area__code=code).exclude(outline=None))
    return found


def _feature(kind: str, name: str, geometry: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"kind": kind, "name": name}, "geometry": geometry}


@dataclass(frozen=True)
class MapShape:
    """One thing to draw: `kind` is its CSS class, `path` an SVG path, `label` a word or empty."""

    kind: str
    path: str
    label: str


@dataclass(frozen=True)
class MapDrawing:
    """A map ready for an `<svg viewBox>`; `at` puts a position onto it."""

    view_box: str
    shapes: Sequence[MapShape]
    west: float
    north: float
    scale_x: float
    scale_y: float

    def at(self, lon: float, lat: float) -> Point:
        """Where a WGS 84 position lies on the drawing."""
        return round((lon - self.west) * self.scale_x, 1), round((self.north - lat) * self.scale_y, 1)


def map_of(area: Area) -> MapDrawing:
    """The community's own vector map, north up, metres equal both ways, 1000 units wide. Three queries."""
    features = [one for one in features_of(area) if isinstance(one.get("geometry"), dict)]
    points = [point for one in features for line in _lines(one["geometry"]) for point in line]
    if not points:
        return MapDrawing(f"0 0 {_SHEET:.0f} {_SHEET:.0f}", (), 0.0, 0.0, 1.0, 1.0)
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    narrow = cos(radians((south + north) / 2))  # a degree of longitude is this much shorter than one of latitude
    span = max((east - west) * narrow, (north - south), 1e-6)
    scale = _SHEET * (1 - 2 * _MARGIN) / span
    pad = _SHEET * _MARGIN
    west, north = west - pad / (scale * narrow), north + pad / scale
    drawing = MapDrawing(
        f"0 0 {(east - west) * narrow * scale + pad:.0f} {(north - south) * scale + pad:.0f}", (),
        west, north, narrow * scale, scale)
    order = {kind: place for place, kind in enumerate(_LAYERS)}
    shapes = []
    for one in features:
        properties = one.get("properties") or {}
        kind = properties.get("kind") if properties.get("kind") in order else "land"
        path = "".join(_path(drawing, line, closed=_is_area(one["geometry"])) for line in _lines(one["geometry"]))
        if path:
            shapes.append(MapShape(str(kind), path, str(properties.get("name") or "")))
    shapes.sort(key=lambda shape: order[shape.kind])
    return MapDrawing(drawing.view_box, tuple(shapes), west, north, drawing.scale_x, drawing.scale_y)


def _is_area(geometry: Any) -> bool:
    return str(geometry.get("type", "")).endswith("Polygon")


def _lines(geometry: Any) -> Iterator[Ring]:
    kind = geometry.get("type")
    if _is_area(geometry):
        for rings in _polygons(geometry):
            yield from rings
    elif kind == "LineString":
        yield geometry["coordinates"]
    elif kind == "MultiLineString":
        yield from geometry["coordinates"]


def _path(drawing: MapDrawing, line: Ring, *, closed: bool) -> str:
    spots = [drawing.at(point[0], point[1]) for point in line]
    return "M" + " ".join(f"{x:g},{y:g}" for x, y in spots) + ("z" if closed else "") if spots else ""
