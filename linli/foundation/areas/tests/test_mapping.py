from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, strategies as st

from linli.foundation.areas import geojson
from linli.foundation.areas.mapping import contains, gcj02_of, in_china, locate, map_of, metres, wgs84_of
from linli.foundation.areas.models import Building, Compound
from linli.foundation.web import Refused

if TYPE_CHECKING:
    from linli.foundation.areas.models import Area

# Well inside the box, so that no shift crosses its edge.
china = st.tuples(st.floats(73.1, 136.7), st.floats(2.0, 54.0))


@pytest.mark.parametrize(("wgs84", "gcj02"), [
    # Pairs that open converters of this transformation test themselves with: Shanghai, Shenzhen, Beijing.
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
])
def test_known_positions_move_as_published(wgs84: tuple[float, float], gcj02: tuple[float, float]) -> None:
    assert metres(gcj02_of(*wgs84), gcj02) < 0.05


@given(china)
def test_there_and_back_is_where_one_was(point: tuple[float, float]) -> None:
    lon, lat = wgs84_of(*gcj02_of(*point))
    assert abs(lon - point[0]) < 1e-6
    assert abs(lat - point[1]) < 1e-6


@given(china)
def test_the_shift_is_hundreds_of_metres_and_never_more_than_a_few(point: tuple[float, float]) -> None:
    assert metres(point, gcj02_of(*point)) < 2_000


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_outside_china_nothing_moves(lon: float, lat: float) -> None:
    if not in_china(lon, lat):
        assert gcj02_of(lon, lat) == wgs84_of(lon, lat) == (lon, lat)


def square(west: float, south: float, size: float = 1.0) -> list[list[float]]:
    return [[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]]


def test_a_hole_is_outside_and_a_second_part_inside() -> None:
    ring = {"type": "Polygon", "coordinates": [square(0, 0, 4), square(1, 1, 1)]}
    assert contains(ring, 3, 3)
    assert not contains(ring, 1.5, 1.5)
    assert not contains(ring, 5, 3)
    both = {"type": "MultiPolygon", "coordinates": [[square(0, 0)], [square(10, 10)]]}
    assert contains(both, 10.5, 10.5)
    assert not contains({"type": "LineString", "coordinates": square(0, 0)}, 0.5, 0.5)
    assert not contains(None, 0, 0)


@given(st.floats(-1, 2), st.floats(-1, 2))
def test_a_square_holds_what_lies_between_its_sides(lon: float, lat: float) -> None:
    if min(abs(lon), abs(lat), abs(lon - 1), abs(lat - 1)) > 1e-9:
        expected = 0 < lon < 1 and 0 < lat < 1
        assert contains({"type": "Polygon", "coordinates": [square(0, 0)]}, lon, lat) == expected


@pytest.fixture
def drawn(compound: Compound, building: Building, grid_cell: Area) -> Building:
    """A compound with an outline, a building with one, its neighbour with a point only."""
    outline = {"type": "Polygon", "coordinates": [square(120.10, 30.27, 0.01)]}
    Compound.objects.filter(pk=compound.pk).update(outline=outline)
    building.outline = {"type": "Polygon", "coordinates": [square(120.102, 30.272, 0.001)]}
    building.save()
    Building.objects.create(area=compound.area, compound=compound, name="4号楼", number=4, lon=120.108, lat=30.278)
    return building


def test_a_position_finds_its_building_compound_and_grid(community: Area, drawn: Building, grid_cell: Area) -> None:
    inside = locate(community, 120.1025, 30.2725)
    assert (inside.building, inside.compound, inside.grid) == (drawn, drawn.compound, grid_cell)
    near = locate(community, 120.1081, 30.2781)
    assert near.building
    assert near.building.name == "4号楼"
    between = locate(community, 120.105, 30.275)
    assert (between.building, between.compound) == (None, drawn.compound)
    assert locate(community, 121.0, 31.0).compound is None


def test_the_map_is_north_up_and_the_building_lies_in_its_compound(community: Area, drawn: Building) -> None:
    drawing = map_of(community)
    assert [shape.kind for shape in drawing.shapes] == ["block", "edge"]
    assert drawing.shapes[0].label == "3号楼"
    west, north = drawing.at(120.10, 30.28)
    east, south = drawing.at(120.11, 30.27)
    assert west < east
    assert north < south
    x, y = drawing.at(120.1025, 30.2725)
    assert west < x < east
    assert north < y < south
    width, height = (float(part) for part in drawing.view_box.split()[2:])
    assert west >= 0
    assert east <= width
    assert south <= height


def test_a_community_without_a_map_has_an_empty_one(community: Area) -> None:
    assert map_of(community).shapes == ()


@pytest.mark.parametrize(("geometry", "words"), [
    ({"type": "Polygon", "coordinates": [[[200, 30], [1, 1], [2, 2]]]}, "坐标"),
    ({"type": "Polygon", "coordinates": "no"}, "坐标"),
    ({"type": "Polygon", "coordinates": [[["a", "b"]]]}, "坐标"),
    ({"type": "GeometryCollection", "geometries": []}, "点、线、面"),
    (None, "点、线、面"),
])
def test_each_broken_feature_is_named(geometry: Any, words: str) -> None:
    good = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [120, 30]}}
    bad = {"type": "Feature", "properties": {}, "geometry": geometry}
    found, errors = geojson.read(json.dumps({"type": "FeatureCollection", "features": [good, bad]}).encode())
    assert len(found["features"]) == 1
    assert [error.row for error in errors] == [2]
    assert words in errors[0].sentence


@pytest.mark.parametrize("raw", [b"", b"[]", b"\xff\xfe", b'{"type": "Feature"}', b'{"type": "FeatureCollection"}'])
def test_what_is_no_geojson_is_refused(raw: bytes) -> None:
    with pytest.raises(Refused, match="geojson"):
        geojson.read(raw)


def test_a_file_in_the_chinese_datum_is_moved_back() -> None:
    lon, lat = gcj02_of(120.1, 30.27)
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [lon, lat]}}
    raw = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    found, _errors = geojson.read(raw, datum="gcj02")
    assert found["features"][0]["geometry"]["coordinates"] == [120.1, 30.27]


