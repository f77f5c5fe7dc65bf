"""The network as the search sees it: places to stand, and links between them with what somebody measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import asin, atan2, cos, degrees, radians, sin, sqrt

Point = tuple[float, float]
EARTH_M = 6_371_008.8


@dataclass(frozen=True, slots=True)
class Link:
    """One stretch between two nodes. None (or an empty word) means: nobody has looked, never "there is none".

    `incline` is in percent, positive where it rises from `start` to `end`; `kerb_cm` is the highest kerb on it;
    `shape` are WGS 84 points from start to end.
    """

    key: int
    start: int
    end: int
    kind: str
    length_m: float
    incline: float | None = None
    width_cm: int | None = None
    steps: int | None = None
    kerb_cm: float | None = None
    surface: str = ""
    lit: bool | None = None
    tactile: bool | None = None
    handrail: bool | None = None
    crossing: str = ""
    sound: bool | None = None
    bench: bool = False
    one_way: bool = False
    wheelchair: str = ""
    name: str = ""
    facility: int | None = None
    shape: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    key: int
    lon: float
    lat: float
    name: str = ""
    facility: int | None = None
    building: int | None = None


@dataclass
class Graph:
    """Nodes by key, links by key, and for each node the links one may leave it by (`True`: in the link's sense)."""

    nodes: Mapping[int, Node]
    links: Mapping[int, Link]
    leaving: dict[int, list[tuple[Link, bool]]] = field(default_factory=dict)

    @classmethod
    def of(cls, nodes: Iterable[Node], links: Iterable[Link]) -> Graph:
        graph = cls({node.key: node for node in nodes}, {link.key: link for link in links})
        for link in graph.links.values():
            graph.leaving.setdefault(link.start, []).append((link, True))
            if not link.one_way:
                graph.leaving.setdefault(link.end, []).append((link, False))
        return graph

    def out_of(self, node: int) -> Sequence[tuple[Link, bool]]:
        return self.leaving.get(node, ())

    def nearest(self, lon: float, lat: float) -> tuple[Node | None, float]:
        """The node that is nearest among those with a link, and its distance in metres."""
        best: Node | None = None
        least = float("inf")
        for key in self.leaving:
            node = self.nodes[key]
            away = metres((node.lon, node.lat), (lon, lat))
            if away < least:
                best, least = node, away
        return best, least


def other_end(link: Link, forward: bool) -> int:
    return link.end if forward else link.start


def points(link: Link, forward: bool, graph: Graph) -> Iterator[Point]:
    """The drawn line of a link in the sense it is walked."""
    line = link.shape or tuple((graph.nodes[key].lon, graph.nodes[key].lat) for key in (link.start, link.end))
    yield from line if forward else reversed(line)


def metres(one: Point, other: Point) -> float:
    """Great-circle distance."""
    (lon1, lat1), (lon2, lat2) = one, other
    half = sin(radians(lat2 - lat1) / 2) ** 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(
        radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(half)))


def bearing(one: Point, other: Point) -> float:
    """Degrees clockwise from north, 0–360; on the scale of a community the earth is flat."""
    east = (other[0] - one[0]) * cos(radians((one[1] + other[1]) / 2))
    return degrees(atan2(east, other[1] - one[1])) % 360
