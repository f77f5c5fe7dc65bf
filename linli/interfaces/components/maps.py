"""The community's own map as SVG paths, without script; over the pictures of a tile server where one is set.

Positions are WGS 84 longitude, latitude.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import asinh, atan, cos, degrees, log2, pi, radians, sinh, tan
from typing import Any

from linli.foundation.areas.mapping import gcj02_of, wgs84_of

Point = tuple[float, float]
_MARGIN = 0.06  # of the sheet, on each side
# What a feature's `kind` property is drawn as; areas first, so that roads and blocks lie over them.
_LAYERS = ("land", "green", "water", "road", "block", "edge")
_SHAPES = {
    "pin": "M0 8C-8-2-11-7-11-13a11 11 0 0 1 22 0c0 6-3 11-11 21z",
    "square": "M-9-9H9V9H-9z",
    "diamond": "M0-12 12 0 0 12-12 0z",
    "triangle": "M0-12 12 9H-12z",
    "circle": "M-10 0a10 10 0 1 0 20 0a10 10 0 1 0-20 0z",
}


@dataclass(frozen=True)
class Shape:
    """One drawn feature: its CSS class, its path, its word and where the word stands."""

    layer: str
    path: str
    word: str
    x: float
    y: float


@dataclass(frozen=True)
class Mark:
    """One marked thing; `path` differs in shape by its kind, so that colour is not needed to tell them apart."""

    x: float
    y: float
    path: str
    word: str
    sub: str
    url: str
    tone: str


@dataclass(frozen=True)
class Tile:
    """One picture of the tile server and where its corners lie on the sheet."""

    url: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Drawing:
    """A sheet of `width` × `height`, ready for the template.

    `lon`, `lat` (degrees, WGS 84) lie in its middle; `across`, `up` are units of the sheet for one degree.
    """

    width: int
    height: int
    shapes: Sequence[Shape]
    marks: Sequence[Mark]
    tiles: Sequence[Tile] = ()
    lon: float = 0.0
    lat: float = 0.0
    across: float = 1.0
    up: float = 1.0


def draw(
    features: Any, marks: Sequence[Mapping[str, Any]], *, width: int = 390, height: int = 240, tile_url: str = "",
    tile_datum: str = "wgs84",
) -> Drawing:
    """`features`: a FeatureCollection or its features (Polygon, MultiPolygon, LineString, MultiLineString).

    Properties read: `kind` (land, green, water, road, block, edge; block when absent) and `name`.
    `marks`: mappings with lon, lat, word, and optionally sub, url, tone, shape (one of `_SHAPES`).
    `tile_url`: an address with {z} {x} {y}, whose pictures lie under the shapes; `tile_datum` gcj02 where they are
    drawn in the Chinese datum: positions are turned into it to find the pictures, and their corners back to lay them.
    """
    rows = list(features.get("features", [])) if isinstance(features, Mapping) else list(features)
    placed = [mark for mark in marks if mark.get("lon") is not None and mark.get("lat") is not None]
    points = [point for row in rows for ring in _rings(row.get("geometry") or {}) for point in ring]
    points += [(float(mark["lon"]), float(mark["lat"])) for mark in placed]
    sheet = _Sheet(points, width, height)
    shapes = [shape for row in rows if (shape := _shape(row, sheet))]
    return Drawing(
        width, height,
        sorted(shapes, key=lambda shape: _LAYERS.index(shape.layer)),
        [_mark(mark, sheet) for mark in placed],
        _tiles(sheet, tile_url, tile_datum) if tile_url and points else (),
        round(sheet.middle[0], 7), round(sheet.middle[1], 7), sheet.narrow * sheet.scale, sheet.scale)


class _Sheet:
    """Longitude and latitude onto the sheet, true in shape at the place's own latitude."""

    def __init__(self, points: Sequence[Point], width: int, height: int) -> None:
        lons = [lon for lon, _lat in points] or [0.0]
        lats = [lat for _lon, lat in points] or [0.0]
        self.middle = ((min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2)
        self.narrow = cos(radians(self.middle[1]))
        wide = max((max(lons) - min(lons)) * self.narrow, 1e-4)
        tall = max(max(lats) - min(lats), 1e-4)
        self.scale = min(width / wide, height / tall) * (1 - 2 * _MARGIN)
        self.width, self.height = width, height

    def place(self, point: Point) -> Point:
        lon, lat = point[0], point[1]
        x = self.width / 2 + (lon - self.middle[0]) * self.narrow * self.scale
        y = self.height / 2 - (lat - self.middle[1]) * self.scale
        return round(x, 1), round(y, 1)

    def position(self, x: float, y: float) -> Point:
        """Longitude and latitude of a spot on the sheet."""
        return (self.middle[0] + (x - self.width / 2) / (self.narrow * self.scale),
                self.middle[1] - (y - self.height / 2) / self.scale)


_TILE_UNITS, _ZOOM_MAX, _TILES_MAX = 256, 18, 40


def _tiles(sheet: _Sheet, url: str, datum: str) -> list[Tile]:
    """The Web Mercator tiles that cover the sheet, about as large as they were drawn, at most 40."""
    there, back = (gcj02_of, wgs84_of) if datum == "gcj02" else (_same, _same)
    west, north = there(*sheet.position(0, 0))
    east, south = there(*sheet.position(sheet.width, sheet.height))
    units = sheet.width / max(east - west, 1e-9) * 360  # what the whole world would be wide on this sheet
    zoom = min(max(round(log2(units / _TILE_UNITS)), 0), _ZOOM_MAX)
    while True:
        first, last = _tile_at(west, north, zoom), _tile_at(east, south, zoom)
        columns = range(int(first[0]), int(last[0]) + 1)
        rows = range(int(first[1]), int(last[1]) + 1)
        if len(columns) * len(rows) <= _TILES_MAX or zoom == 0:
            break
        zoom -= 1
    found = []
    for column in columns:
        for row in rows:
            left, top = sheet.place(back(*_corner(column, row, zoom)))
            right, bottom = sheet.place(back(*_corner(column + 1, row + 1, zoom)))
            found.append(Tile(
                url.replace("{z}", str(zoom)).replace("{x}", str(column)).replace("{y}", str(row)),
                left, top, round(right - left + 0.2, 1), round(bottom - top + 0.2, 1)))
    return found


def _same(lon: float, lat: float) -> Point:
    return lon, lat


def _tile_at(lon: float, lat: float, zoom: int) -> Point:
    """Column and row, with fractions, of a position."""
    count = 2**zoom
    return (lon + 180) / 360 * count, (1 - asinh(tan(radians(lat))) / pi) / 2 * count


def _corner(column: int, row: int, zoom: int) -> Point:
    """The position of a tile's north-west corner."""
    count = 2**zoom
    return column / count * 360 - 180, degrees(atan(sinh(pi * (1 - 2 * row / count))))


def _rings(geometry: Mapping[str, Any]) -> Iterator[Sequence[Point]]:
    kind, held = geometry.get("type"), geometry.get("coordinates") or []
    if kind == "LineString":
        yield held
    elif kind in {"Polygon", "MultiLineString"}:
        yield from held
    elif kind == "MultiPolygon":
        for polygon in held:
            yield from polygon


def _shape(row: Mapping[str, Any], sheet: _Sheet) -> Shape | None:
    geometry, facts = row.get("geometry") or {}, row.get("properties") or {}
    rings = [[sheet.place(point) for point in ring] for ring in _rings(geometry)]
    if not any(rings):
        return None
    close = "" if "Line" in str(geometry.get("type")) else "z"
    path = "".join("M" + "L".join(f"{x} {y}" for x, y in ring) + close for ring in rings if ring)
    kind = facts.get("kind", "block")
    outer = rings[0]
    return Shape(
        kind if kind in _LAYERS else "block", path, str(facts.get("name", "")),
        round(sum(x for x, _y in outer) / len(outer), 1), round(sum(y for _x, y in outer) / len(outer), 1))


def _mark(mark: Mapping[str, Any], sheet: _Sheet) -> Mark:
    x, y = sheet.place((float(mark["lon"]), float(mark["lat"])))
    return Mark(
        x, y, _SHAPES.get(str(mark.get("shape", "pin")), _SHAPES["pin"]), str(mark.get("word", "")),
        str(mark.get("sub", "")), str(mark.get("url", "")), str(mark.get("tone", "")))
