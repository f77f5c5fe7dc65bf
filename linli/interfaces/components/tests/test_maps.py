"""The map on a sheet: what is drawn where, what a tap means, and a tile server's pictures in either datum."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.template import Context, Template
from django_cotton.compiler_regex import CottonCompiler
from hypothesis import given, strategies as st

from linli import config
from linli.foundation.areas.mapping import gcj02_of, metres
from linli.interfaces.components import maps

WEST, SOUTH, EAST, NORTH = 120.110, 30.270, 120.120, 30.280
BLOCK = {"type": "Feature", "properties": {"kind": "block", "name": "3号楼"}, "geometry": {
    "type": "Polygon", "coordinates": [[[WEST, SOUTH], [EAST, SOUTH], [EAST, NORTH], [WEST, NORTH], [WEST, SOUTH]]]}}
TILES = "https://tiles.example.org/{z}/{x}/{y}.png"


@given(st.floats(WEST, EAST), st.floats(SOUTH, NORTH))
def test_a_tap_names_the_place_that_was_drawn_there(lon: float, lat: float) -> None:
    drawing = maps.draw([BLOCK], [{"lon": lon, "lat": lat, "word": "这里"}])
    mark = drawing.marks[0]
    there = (drawing.lon + (mark.x - drawing.width / 2) / drawing.across,
             drawing.lat - (mark.y - drawing.height / 2) / drawing.up)  # what map.js computes
    assert metres(there, (lon, lat)) < 1.0


def _corner_of(tile: maps.Tile) -> tuple[float, float]:
    """The north-west corner of a tile as the world numbers it (degrees, in the server's own datum)."""
    zoom, x, y = (int(part) for part in re.findall(r"\d+", tile.url.partition("org/")[2])[:3])
    return maps._corner(x, y, zoom)


@pytest.mark.parametrize("datum", ["wgs84", "gcj02"])
def test_the_pictures_lie_where_they_belong_and_cover_the_sheet(datum: str) -> None:
    drawing = maps.draw([BLOCK], [], tile_url=TILES, tile_datum=datum)
    assert 1 < len(drawing.tiles) <= 40
    assert min(tile.x for tile in drawing.tiles) <= 0
    assert min(tile.y for tile in drawing.tiles) <= 0
    assert max(tile.x + tile.width for tile in drawing.tiles) >= drawing.width
    assert max(tile.y + tile.height for tile in drawing.tiles) >= drawing.height
    for tile in drawing.tiles:
        drawn = (drawing.lon + (tile.x - drawing.width / 2) / drawing.across,
                 drawing.lat - (tile.y - drawing.height / 2) / drawing.up)
        named = gcj02_of(*drawn) if datum == "gcj02" else drawn
        assert metres(named, _corner_of(tile)) < 2.0


def test_the_two_datums_differ_by_what_a_chinese_map_shifts() -> None:
    plain, shifted = (maps.draw([BLOCK], [], tile_url=TILES, tile_datum=datum) for datum in ("wgs84", "gcj02"))
    same = {tile.url for tile in plain.tiles} & {tile.url for tile in shifted.tiles}
    assert same
    url = same.pop()
    one, other = (next(tile for tile in drawing.tiles if tile.url == url) for drawing in (plain, shifted))
    moved = abs(one.x - other.x) / plain.across * 96_000
    assert 300 < moved < 700  # metres


def page() -> str:
    written = CottonCompiler().process('<c-map :features="features" label="图" :pick="True" />')
    return Template(written).render(Context({"features": [BLOCK]}))


def test_the_page_shows_tiles_only_where_one_is_set(settings: Any) -> None:
    assert "<image" not in page()
    assert "data-across=" in page()
    settings.LINLI_TILE_URL = TILES
    shown = page()
    assert '<image href="https://tiles.example.org/' in shown
    assert "data-tiled" in shown


@pytest.mark.parametrize(("url", "origin"), [
    ("", ""), (TILES, "https://tiles.example.org"), ("http://10.0.0.7:8080/t?z={z}&x={x}&y={y}", "http://10.0.0.7:8080"),
])
def test_pictures_may_come_from_that_host_alone(url: str, origin: str) -> None:
    assert config.tile_origin(url) == origin


@pytest.mark.parametrize("url", [
    "tiles.example.org/{z}/{x}/{y}.png", "https://tiles.example.org/{z}/{x}.png", "ftp://t/{z}/{x}/{y}",
    "https://{s}.example.org/{z}/{x}/{y}.png", "https://t.example.org; script-src */{z}/{x}/{y}",
])
def test_an_address_that_is_none_stops_the_start(url: str) -> None:
    with pytest.raises(config.BadSetting, match="LINLI_TILE_URL"):
        config.tile_origin(url)
