"""The path network of 梧桐里, made from where its buildings and roads stand: believable, with believable gaps."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from linli.foundation.areas.models import Area, Building, Compound, Facility
from linli.services.access.models import Network, PathEdge, PathNode
from linli.services.access.ways.graph import metres

OLD_BEFORE = 2005  # houses older than this stand on steps, and few of them have a ramp


@dataclass
class Drawn:
    """Nodes and edges as they are drawn; positions are offsets in degrees from the south-west corner."""

    area: Area
    lon: float
    lat: float
    nodes: dict[str, PathNode] = field(default_factory=dict)
    edges: list[PathEdge] = field(default_factory=list)

    def node(self, key: str, x: float, y: float, name: str = "", **more: Any) -> PathNode:
        if key not in self.nodes:
            self.nodes[key] = PathNode(
                area=self.area, key=key, lon=round(self.lon + x, 6), lat=round(self.lat + y, 6), name=name, **more
            )
        return self.nodes[key]

    def edge(self, start: PathNode, end: PathNode, kind: str = "footway", **facts: Any) -> PathEdge:
        length = round(metres((start.lon, start.lat), (end.lon, end.lat)), 1) or 1.0
        edge = PathEdge(
            area=self.area,
            key=f"{start.key}>{end.key}",
            start=start,
            end=end,
            kind=kind,
            length_m=length,
            shape=[[start.lon, start.lat], [end.lon, end.lat]],
            **facts,
        )
        self.edges.append(edge)
        return edge


GOOD: dict[str, Any] = {"steps": 0, "incline": 0.5, "width_cm": 220, "surface": "asphalt", "lit": True, "kerb_cm": 0.0}
CROSSING: dict[str, Any] = {"steps": 0, "incline": 0.0, "width_cm": 300, "surface": "asphalt", "lit": True}


def draw(demo: Any) -> tuple[int, int]:
    """Pavements along the four streets, a spine through each compound, a door for each building, and the places."""
    compounds: list[Compound] = list(demo.compounds)
    if not compounds or not compounds[0].outline:
        return 0, 0
    outline: Any = compounds[0].outline
    lon, lat = outline["coordinates"][0][0]
    drawn = Drawn(demo.area, lon, lat)
    chance = Random(demo.seed)
    south, north = -0.0003, 0.0051
    lanes = []
    for number, compound in enumerate(compounds):
        ring: Any = compound.outline
        west = ring["coordinates"][0][0][0] - lon
        lanes.append((compound, number, west))
    corners = [drawn.node(f"s{n}", west + 0.0012, south, f"{compound.name}南门") for compound, n, west in lanes]
    tops = [drawn.node(f"n{n}", west + 0.0012, north, f"{compound.name}北门") for compound, n, west in lanes]
    _streets(drawn, corners, tops)
    for (compound, number, west), gate, back in zip(lanes, corners, tops, strict=True):
        _compound(drawn, chance, compound, number, west + 0.0012, gate, back)
    _places(drawn, compounds)
    PathNode.objects.bulk_create(drawn.nodes.values())
    PathEdge.objects.bulk_create(drawn.edges)
    Network.objects.create(area=demo.area, version=1, source="梧桐里社区自己量的（演示数据）")
    return len(drawn.nodes), len(drawn.edges)


def _streets(drawn: Drawn, corners: list[PathNode], tops: list[PathNode]) -> None:
    """梧桐路 in the south has signals that sound and tactile paving; 银杏街 in the north has neither."""
    lanes = ("香樟巷", "河畔路")
    for number, lane in enumerate(lanes[: len(corners) - 1]):
        for name, row in (("梧桐路", corners), ("银杏街", tops)):
            is_south = name == "梧桐路"
            facts: dict[str, Any] = {**GOOD, "tactile": is_south, "bench": is_south and number == 0}
            middle_x = (row[number].lon + row[number + 1].lon) / 2 - drawn.lon
            here_y = row[number].lat - drawn.lat
            one = drawn.node(f"{name}{number}w", middle_x - 0.00008, here_y)
            other = drawn.node(f"{name}{number}e", middle_x + 0.00008, here_y)
            drawn.edge(row[number], one, name=name, **facts)
            drawn.edge(other, row[number + 1], name=name, **facts)
            if is_south:
                drawn.edge(
                    one,
                    other,
                    "crossing",
                    name=lane,
                    crossing="signals",
                    sound=True,
                    kerb_cm=0.5,
                    tactile=True,
                    **CROSSING,
                )
            else:
                drawn.edge(
                    one,
                    other,
                    "crossing",
                    name=lane,
                    crossing="zebra" if number else "unmarked",
                    kerb_cm=None if number else 12.0,
                    tactile=False,
                    **CROSSING,
                )
        # the lane itself, north to south: cars and no pavement on the first, a rough path on the second
        top, foot = drawn.nodes[f"银杏街{number}w"], drawn.nodes[f"梧桐路{number}w"]
        drawn.edge(
            foot,
            top,
            "road",
            name=lane,
            steps=0,
            incline=1.0,
            width_cm=150,
            lit=not number,
            surface="sett" if number else "asphalt",
            kerb_cm=None if number else 3.0,
        )


def _compound(
    drawn: Drawn, chance: Random, compound: Compound, number: int, x: float, gate: PathNode, back: PathNode
) -> None:
    """A spine from gate to gate; each building's door hangs on it by a level path, by steps, or by its ramp."""
    buildings = list(Building.objects.filter(compound=compound).order_by("number"))
    ramps = {one.building_id: one for one in Facility.objects.filter(compound=compound, kind="ramp")}
    is_old = (compound.completed_on_year or 0) < OLD_BEFORE
    levels = sorted({round((one.lat or 0.0) - drawn.lat - 0.00022, 6) for one in buildings})
    previous = gate
    for step, y in enumerate(levels):
        spot = drawn.node(f"c{number}.{step}", x, y)
        known = dict(GOOD, surface="paving_stones" if is_old else "asphalt", bench=step == 2, tactile=False)
        if number == 1 and step == 1:
            known["incline"] = 6.0  # the yard of 香樟花园 rises here
        if number == 2 and step == 2:
            known |= {"width_cm": None, "incline": None, "surface": ""}  # nobody has measured it yet
        drawn.edge(previous, spot, name=f"{compound.name}主路", **known)
        previous = spot
    facts = dict(GOOD, tactile=False)
    if number == 1:
        drawn.edge(
            previous, back, "steps", name=f"{compound.name}北门台阶", steps=7, handrail=True, lit=True, width_cm=180
        )
    else:
        drawn.edge(previous, back, name=f"{compound.name}主路", **facts)
    for one in buildings:
        y = round((one.lat or 0.0) - drawn.lat - 0.00022, 6)
        spot = drawn.nodes[f"c{number}.{levels.index(y)}"]
        door = drawn.node(
            f"b{number}.{one.number}", (one.lon or drawn.lon) - drawn.lon, y + 0.00004, f"{one}门口", building=one
        )
        ramp = ramps.get(one.pk)
        if ramp is not None:
            drawn.edge(
                spot,
                door,
                "ramp",
                name=ramp.name,
                facility=ramp,
                steps=0,
                incline=8.0,
                width_cm=120,
                kerb_cm=0.0,
                surface="concrete",
                handrail=True,
                lit=True,
            )
        if not is_old:
            if ramp is None:
                drawn.edge(spot, door, name=f"{one.name}门前", **dict(GOOD, width_cm=160))
        elif ramp is None:
            count = chance.choice((3, 4, 5, None))
            drawn.edge(
                spot,
                door,
                "steps",
                name=f"{one.name}门前台阶",
                steps=count,
                lit=True,
                width_cm=150,
                handrail=chance.choice((True, False, None)),
            )


def _places(drawn: Drawn, compounds: list[Compound]) -> None:
    """Facilities with a position of their own: a short path to the nearest spot of their compound's spine."""
    for one in Facility.objects.filter(compound__in=compounds, building=None).exclude(lon=None).order_by("pk"):
        number = next(n for n, compound in enumerate(compounds) if compound.pk == one.compound_id)
        spine = [node for key, node in drawn.nodes.items() if key.startswith(f"c{number}.")]
        if one.lon is None or one.lat is None or not spine:
            continue
        here = (one.lon, one.lat)
        spot = min(spine, key=lambda node: metres((node.lon, node.lat), here))
        place = drawn.node(f"f{one.pk}", one.lon - drawn.lon, one.lat - drawn.lat, one.name, facility=one)
        if one.kind == "green":
            drawn.edge(spot, place, name=f"{one.name}小路", **dict(GOOD, incline=3.0, surface="compacted", bench=True))
        elif one.kind == "playground":
            drawn.edge(spot, place, name=f"{one.name}小路", **dict(GOOD, surface="", width_cm=None))
        else:
            drawn.edge(spot, place, name=f"去{one.name}的路", **dict(GOOD, width_cm=180))
