from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from linli.foundation.areas import actions
from linli.foundation.areas.models import Area, Building, Compound, Facility, Home, MapLayer
from linli.foundation.web import Denied, Refused

if TYPE_CHECKING:
    from linli.foundation.people.models import Person

ClientOf = Callable[["Person"], Client]


@pytest.fixture
def lift(community: Area, building: Building) -> Facility:
    return Facility.objects.create(
        area=community, kind="lift", name="3号楼1单元电梯", code="LT-0301", building=building,
        compound=building.compound, lon=120.1, lat=30.27, access={"wheelchair": "yes", "door_width_cm": 90})


def test_a_sticker_opens_its_facility_for_neighbours_only(
        client_of: ClientOf, resident: Person, stranger: Person, lift: Facility) -> None:
    page = client_of(resident).get("/facilities/LT-0301/").content.decode()
    assert "3号楼1单元电梯" in page
    assert "90 厘米" in page
    assert client_of(stranger).get("/facilities/LT-0301/").status_code == 404
    assert client_of(stranger).get(f"/facilities/{lift.pk}/").status_code == 404
    assert Client().get("/facilities/LT-0301/").status_code == 302


def test_two_communities_may_print_the_same_code(
        client_of: ClientOf, resident: Person, stranger: Person, lift: Facility, other_community: Area) -> None:
    Facility.objects.create(area=other_community, kind="lift", name="隔壁的电梯", code="LT-0301")
    assert "隔壁的电梯" in client_of(stranger).get("/facilities/LT-0301/").content.decode()
    assert "隔壁的电梯" not in client_of(resident).get("/facilities/LT-0301/").content.decode()


def test_the_list_says_what_is_accessible_and_can_be_narrowed(
        client_of: ClientOf, resident: Person, stranger: Person, lift: Facility, community: Area) -> None:
    Facility.objects.create(area=community, kind="aed", name="门厅 AED")
    everything = client_of(resident).get("/facilities/").content.decode()
    assert "轮椅 能进出" in everything
    assert "门厅 AED" in everything
    assert "<svg viewBox" in everything
    lifts = client_of(resident).get("/facilities/?kind=lift").content.decode()
    assert "门厅 AED" not in lifts
    assert "电梯" in lifts
    assert "3号楼1单元电梯" not in client_of(stranger).get("/facilities/").content.decode()


def test_the_desk_adds_and_changes_places(client_of: ClientOf, worker: Person, community: Area) -> None:
    desk = client_of(worker)
    assert "梧桐里" in desk.get("/desk/areas/").content.decode()
    add = f"/desk/areas/{community.code}/compounds/new/"
    assert desk.post(add, {"name": ""}).status_code == 422
    assert desk.post(add, {"name": "东苑"}).status_code == 302
    assert desk.post(add, {"name": "东苑"}).status_code == 422
    compound = Compound.objects.get(name="东苑")
    new = {"name": "1号楼", "number": "1", "floors": "6", "entrances": "2"}
    assert desk.post(f"/desk/areas/compounds/{compound.pk}/buildings/new/", new).status_code == 302
    building = Building.objects.get(name="1号楼")
    assert desk.post(f"/desk/areas/buildings/{building.pk}/", {**new, "floors": "7"}).status_code == 302
    home = {"number": "101", "floor": "1", "exclusive_area": "71.5", "area_source": "unknown"}
    assert desk.post(f"/desk/areas/buildings/{building.pk}/homes/new/", home).status_code == 422
    assert desk.post(f"/desk/areas/buildings/{building.pk}/homes/new/", {
        **home, "area_source": "contract"}).status_code == 302
    row = Home.objects.get(number="101")
    assert row.exclusive_area == Decimal("71.50")
    assert "101" in desk.get(f"/desk/areas/buildings/{building.pk}/").content.decode()
    assert 'value="71.50"' in desk.get(f"/desk/areas/homes/{row.pk}/").content.decode()
    assert desk.get(f"/desk/areas/compounds/{compound.pk}/").status_code == 200
    building.refresh_from_db()
    assert building.floors == 7


def test_the_desk_keeps_access_facts(client_of: ClientOf, worker: Person, community: Area, lift: Facility) -> None:
    desk, path = client_of(worker), f"/desk/areas/facilities/{lift.pk}/"
    assert 'value="90"' in desk.get(path).content.decode()
    typed = {"kind": "lift", "name": lift.name, "code": lift.code, "lon": "120.1", "lat": "30.27",
             "wheelchair": "limited", "steps": "0", "checked_on": "2026-05-01"}
    assert desk.post(path, {**typed, "lat": ""}).status_code == 422
    assert desk.post(path, typed).status_code == 302
    lift.refresh_from_db()
    assert lift.access == {"wheelchair": "limited", "steps": 0}
    assert lift.checked_on == "2026-05-01"
    assert 'value="2026-05-01"' in desk.get(path).content.decode()


def test_a_map_is_drawn_from_a_file_and_outlines_find_their_places(
        client_of: ClientOf, worker: Person, community: Area, building: Building) -> None:
    def feature(shape: list[object], **words: str) -> dict[str, object]:
        return {"type": "Feature", "properties": words, "geometry": {"type": "Polygon", "coordinates": [shape]}}

    ring: list[object] = [[120.1, 30.27], [120.11, 30.27], [120.11, 30.28], [120.1, 30.27]]
    collection = {"type": "FeatureCollection", "features": [
        feature(ring, kind="building", compound="梧桐苑", name="3号楼"), feature(ring, kind="green", name="梧桐园")]}
    desk, path = client_of(worker), f"/desk/areas/{community.code}/map/"
    file = SimpleUploadedFile("map.geojson", json.dumps(collection).encode())
    assert desk.post(path, {"name": "底图", "datum": "wgs84", "file": file}).status_code == 302
    building.refresh_from_db()
    assert building.outline["type"] == "Polygon"
    assert len(MapLayer.objects.get(area=community).features["features"]) == 1
    assert "梧桐园" in desk.get(path).content.decode()
    broken = SimpleUploadedFile("map.geojson", b'{"type": "FeatureCollection", "features": [{}]}')
    refused = desk.post(path, {"name": "底图", "datum": "wgs84", "file": broken})
    assert refused.status_code == 422
    assert MapLayer.objects.get(area=community).features["features"]


def test_only_staff_of_the_place_change_it(
        resident: Person, other_worker: Person, worker: Person, community: Area, compound: Compound,
        street: Area) -> None:
    for who in (resident, other_worker):
        with pytest.raises(Denied):
            actions.save_compound(who, community, {"name": "新苑"})
        with pytest.raises(Denied):
            actions.save_compound(who, community, {"name": "改名"}, compound)
        with pytest.raises(Denied):
            actions.save_map(who, community, "底图", {"features": []})
    with pytest.raises(Denied):
        actions.save_compound(worker, street, {"name": "街道的"})
    with pytest.raises(Refused, match="name_taken"):
        actions.save_compound(worker, community, {"name": compound.name})
