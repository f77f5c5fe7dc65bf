from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from linli.foundation.areas.models import Area, Building, Facility
from linli.foundation.calendar import clock
from linli.services.access.actions.facts import touch_network
from linli.services.access.models import PathEdge, PathNode

NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)  # Wednesday noon in Hangzhou
KNOWN: dict[str, Any] = {"steps": 0, "incline": 0.0, "width_cm": 200, "kerb_cm": 0.0, "surface": "asphalt", "lit": True}


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.at(NOON):
        yield


@pytest.fixture
def toilet(community: Area) -> Facility:
    return Facility.objects.create(
        area=community, kind="toilet", name="河边公共厕所", code="SS-008", lon=120.003, lat=30.0
    )


@pytest.fixture
def lift(community: Area, building: Building) -> Facility:
    return Facility.objects.create(area=community, kind="lift", name="3号楼电梯", code="LT-0301", building=building)


@pytest.fixture
def paths(community: Area, building: Building, toilet: Facility, lift: Facility) -> dict[str, PathEdge]:
    """东门 – 3号楼 by a long good way over 中庭 or by the short way through the lift; 河边公共厕所 behind 中庭."""

    def node(key: str, lon: float, lat: float, name: str = "", **more: Any) -> PathNode:
        return PathNode.objects.create(area=community, key=key, lon=lon, lat=lat, name=name, **more)

    gate = node("g", 120.0, 30.0, "东门")
    yard = node("y", 120.0, 30.002, "中庭")
    door = node("d", 120.002, 30.0, building=building)
    wc = node("w", 120.003, 30.0, facility=toilet)

    def edge(key: str, start: PathNode, end: PathNode, length: float, kind: str = "footway", **facts: Any) -> PathEdge:
        return PathEdge.objects.create(
            area=community, key=key, start=start, end=end, length_m=length, kind=kind, **{**KNOWN, **facts}
        )

    made = {
        "lift": edge("lift", gate, door, 30, "lift", name="3号楼电梯", facility=lift),
        "long": edge("long", gate, yard, 220, name="梧桐路"),
        "yard": edge("yard", yard, door, 300, name="中庭小路"),
        "steps": edge("steps", gate, wc, 40, "steps", name="河边台阶", steps=6),
        "wc": edge("wc", door, wc, 100, name="去厕所的路"),
    }
    touch_network(community)
    return made
