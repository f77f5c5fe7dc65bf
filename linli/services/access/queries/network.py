"""The network of a community as the search wants it, what is closed now, and the answer to "how do I get there"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area, Building, Facility
from linli.foundation.calendar.clock import now
from linli.foundation.policy import policy
from linli.mechanisms.cases.kinds import say
from linli.services.access.models import Fact, FactState, Network, Outage, OutageState, PathEdge, PathNode
from linli.services.access.queries import facts as fact_reads
from linli.services.access.ways.finding import Plan, plan
from linli.services.access.ways.graph import Graph, Link, Node
from linli.services.access.ways.judging import Profile

_kept: dict[int, tuple[tuple[int, int], Graph]] = {}  # area → (version, newest fact), graph; one a community
_KEPT_MAX = 32


@dataclass(frozen=True)
class Spot:
    """A place one can start from or go to. `key` is n-…, f-… or b-… with the row's id."""

    key: str
    title: str
    group: str


@dataclass(frozen=True)
class Found:
    """A spot on the network: the node one really walks to, and how far the last bit is that nobody has drawn."""

    node: int
    gap_m: float
    title: str


@dataclass(frozen=True)
class Answer:
    """What a page draws: the plan, the graph it was made on, both ends, the outages that were gone round."""

    plan: Plan
    graph: Graph
    profile: Profile
    start: Found
    goal: Found | None
    avoided: Sequence[Outage]
    asked: Sequence[Facility] = ()


def profiles(area: Area | None) -> list[Profile]:
    return [Profile.read(entry) for entry in policy("access.profiles", area=area)]


def profile(code: str, area: Area | None) -> Profile:
    """The profile `code`, or the first one where there is none of that name."""
    found = profiles(area)
    return next((one for one in found if one.code == code), found[0])


def needs(area: Area | None) -> list[tuple[str, str, str]]:
    """(code, title, hint) of every need, in the reader's language."""
    return [(entry["code"], say(entry["title"]), say(entry["hint"]))
            for entry in policy("access.profiles", area=area)]


def graph_of(area: Area) -> Graph:
    """The community's graph. Kept in the process until its version rises: one small query, else four."""
    row = Network.objects.filter(area=area).first()
    stamp = (row.version if row else 0, row.pk if row else 0)
    held = _kept.get(area.pk)
    if held is not None and held[0] == stamp:
        return held[1]
    graph = _read(area)
    if len(_kept) >= _KEPT_MAX:
        _kept.pop(next(iter(_kept)))
    _kept[area.pk] = (stamp, graph)
    return graph


def _read(area: Area) -> Graph:
    nodes = [Node(pk, lon, lat, name, facility, building) for pk, lon, lat, name, facility, building in
             PathNode.objects.filter(area=area).values_list("pk", "lon", "lat", "name", "facility_id", "building_id")]
    told: dict[int, dict[str, str]] = {}
    linked = PathEdge.objects.filter(area=area).exclude(facility=None).values("facility_id")
    for facility, key, value in Fact.objects.filter(state=FactState.CONFIRMED, facility__in=linked).values_list(
            "facility_id", "key", "value"):
        told.setdefault(facility, {})[key] = value
    return Graph.of(nodes, (_link(edge, told.get(edge.facility_id or 0, {}))
                            for edge in PathEdge.objects.filter(area=area).order_by("pk")))


def _link(edge: PathEdge, told: Mapping[str, str]) -> Link:
    """The edge; a fact confirmed of its lift or ramp says what the edge itself leaves open, and "no" always counts."""
    width, incline = edge.width_cm, edge.incline
    if width is None and "width_cm" in told:
        width = int(float(told["width_cm"]))
    if incline is None and "incline_percent" in told:
        incline = float(told["incline_percent"])
    wheelchair = "no" if told.get("wheelchair") == "no" else edge.wheelchair or told.get("wheelchair", "")
    return Link(
        edge.pk, edge.start_id, edge.end_id, edge.kind, edge.length_m, incline, width, edge.steps, edge.kerb_cm,
        edge.surface, edge.lit, edge.tactile, edge.handrail, edge.crossing, edge.sound, edge.bench, edge.one_way,
        wheelchair, edge.name, edge.facility_id,
        tuple((float(lon), float(lat)) for lon, lat in edge.shape) if edge.shape else ())


def closing(area: Area, moment: datetime) -> list[Outage]:
    """The outages that hold at `moment`, reported or confirmed: what is only reported is gone round as well."""
    rows = Outage.objects.filter(area=area, state__in=[OutageState.REPORTED, OutageState.CONFIRMED]).select_related(
        "facility", "edge", "area").order_by("-starts", "-pk")
    return [row for row in rows if row.holds_at(moment)]


def closed_links(graph: Graph, outages: Iterable[Outage]) -> dict[int, Outage]:
    """Link → the outage that closes it: the stretch itself, or the lift or ramp it runs through."""
    rows = list(outages)
    by_edge = {row.edge_id: row for row in rows if row.edge_id}
    by_facility = {row.facility_id: row for row in rows if row.facility_id}
    found: dict[int, Outage] = {}
    for link in graph.links.values():
        row = by_edge.get(link.key) or (by_facility.get(link.facility) if link.facility else None)
        if row is not None:
            found[link.key] = row
    return found


def spots(area: Area) -> list[Spot]:
    """Everything with a name that one can start from or go to, in groups a reader looks for. Three queries."""
    named = PathNode.objects.filter(area=area, building=None, facility=None).exclude(name="").order_by("name", "pk")
    buildings = Building.objects.filter(area=area).select_related("compound").order_by(
        "compound__name", "number", "name")
    facilities = Facility.objects.filter(area=area).exclude(kind__in=["bins", "light", "fire"]).order_by("kind", "name")
    return [
        *(Spot(f"n-{pk}", name, _("大门和路口")) for pk, name in named.values_list("pk", "name")),
        *(Spot(f"f-{one.pk}", one.name, _("设施")) for one in facilities),
        *(Spot(f"b-{one.pk}", str(one), one.compound.name) for one in buildings),
    ]


def find_spot(area: Area, graph: Graph, key: str) -> Found | None:
    """The node for a spot's key; None where it is of no such place, or too far from every path."""
    kind, _dash, digits = key.partition("-")
    if kind == "p":
        return _point(graph, digits)
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20):
        return None
    pk = int(digits)
    if kind == "n":
        node = graph.nodes.get(pk)
        return Found(pk, 0.0, node.name or node_words(node)) if node and graph.out_of(pk) else None
    thing: Any = None
    if kind == "f":
        thing = Facility.objects.filter(area=area, pk=pk).select_related("building").first()
    elif kind == "b":
        thing = Building.objects.filter(area=area, pk=pk).select_related("compound").first()
    return place_of(area, graph, thing) if thing is not None else None


def near(area: Area, lon: float, lat: float) -> str | None:
    """The key of a position: the nearest place of the network and how far it is; None where nobody has drawn a path
    within reach. The position itself is not in it."""
    node, away = graph_of(area).nearest(lon, lat)
    if node is None or away > policy("access.door_reach_m", area=area):
        return None
    return f"p-{node.key}-{round(away)}"


def _point(graph: Graph, digits: str) -> Found | None:
    """`near`'s key read back."""
    pk, _dash, gap = digits.partition("-")
    if not (pk.isascii() and pk.isdigit() and len(pk) < 20 and gap.isascii() and gap.isdigit() and len(gap) < 5):
        return None
    node = graph.nodes.get(int(pk))
    return Found(node.key, float(gap), node.name or _("地图上选的地方")) if node and graph.out_of(node.key) else None


def node_words(node: Node) -> str:
    return f"{node.lat:.5f}, {node.lon:.5f}"


def place_of(area: Area, graph: Graph, thing: Facility | Building) -> Found | None:
    """Where one gets to a facility or building: its own node, its building's door, or the nearest path."""
    is_facility = isinstance(thing, Facility)
    own = [node for node in graph.nodes.values() if graph.out_of(node.key) and (
        node.facility == thing.pk if is_facility else node.building == thing.pk)]
    building = thing.building_id if isinstance(thing, Facility) else None
    if not own and building:
        own = [node for node in graph.nodes.values() if node.building == building and graph.out_of(node.key)]
    if own:
        return Found(min(node.key for node in own), 0.0, str(thing))
    if thing.lon is None or thing.lat is None:
        return None
    node, away = graph.nearest(thing.lon, thing.lat)
    if node is None or away > policy("access.door_reach_m", area=area):
        return None
    return Found(node.key, away, str(thing))


def answer(area: Area, need: str, start: str, goal: str, *, moment: datetime | None = None) -> Answer | None:
    """The way for `need` between two spots; `goal` may be `kind:toilet`, the nearest usable one of that kind.

    None where one end is not on the network.
    """
    graph = graph_of(area)
    outages = closing(area, moment or now())
    closed = closed_links(graph, outages)
    moving = profile(need, area)
    begin = find_spot(area, graph, start)
    if begin is None:
        return None
    offered: Sequence[Facility] = ()
    if goal.startswith("kind:"):
        offered = fact_reads.usable_of_kind(area, goal.removeprefix("kind:"), moving.code, outages)
        places = {found.node: found for one in offered if (found := place_of(area, graph, one)) is not None}
    else:
        end = find_spot(area, graph, goal)
        places = {end.node: end} if end is not None else {}
    if not places:
        return None
    planned = plan(graph, moving, begin.node, places.keys(), closed=closed.keys())
    avoided = list({closed[key].pk: closed[key] for key in planned.closed}.values())
    reached = places[planned.best.goal] if planned.best else (
        next(iter(places.values())) if len(places) == 1 else None)
    return Answer(planned, graph, moving, begin, reached, avoided, offered)
