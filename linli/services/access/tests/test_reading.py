"""OSM-like files: what is known stays known, what is not said stays unknown, and a broken file writes nothing."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from pathlib import Path

import pytest

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused
from linli.services.access import importing
from linli.services.access.actions import network as net
from linli.services.access.models import PathEdge, PathNode
from linli.services.access.queries import network
from linli.services.access.reading import read
from linli.services.access.tags import edge_facts, is_walkable, kerb, percent
from linli.services.access.ways.finding import plan
from linli.services.access.ways.judging import NO

NODES = "id,lon,lat,name\n1,120.0,30.0,东门\n2,120.001,30.0,\n3,120.002,30.0,驿站\n4,120.001,30.001,\n"
WAYS = [
    {"id": 10, "nodes": [1, 2, 3], "tags": {"highway": "footway", "surface": "asphalt", "width": "1.5", "lit": "yes"}},
    {"id": 11, "nodes": [2, 4], "tags": {"highway": "steps", "step_count": "5", "handrail": "yes"}},
    {"id": 12, "nodes": [3, 4], "tags": {"highway": "motorway"}},
]
POINTS = [{"id": 2, "lon": 120.001, "lat": 30.0, "tags": {"kerb": "raised", "highway": "crossing"}}]


def lines(rows: list[dict[str, object]]) -> bytes:
    return "\n".join(json.dumps(row) for row in rows).encode()


def files(
    nodes: str = NODES, ways: list[dict[str, object]] = WAYS, points: list[dict[str, object]] = POINTS
) -> list[tuple[str, bytes]]:
    return [("points.jsonl", lines(points)), ("ways.jsonl", lines(ways)), ("nodes.csv", nodes.encode())]


def test_ways_become_stretches_between_the_nodes_that_matter() -> None:
    found = read(files())
    assert not found.errors
    assert found.skipped == 1
    assert sorted(edge.key for edge in found.edges) == ["10.0", "10.1", "11.0"]
    first = next(edge for edge in found.edges if edge.key == "10.0")
    assert (first.kind, first.width_cm, first.steps, first.incline, first.lit) == ("footway", 150, None, None, True)
    assert first.kerb_cm == 15.0  # the raised kerb at its end has to be crossed
    assert first.length_m == pytest.approx(96.3, abs=0.5)


@pytest.mark.parametrize(
    ("tags", "name", "value"),
    [
        ({"highway": "steps"}, "kind", "steps"),
        ({"highway": "steps"}, "steps", None),
        ({"highway": "footway", "footway": "crossing"}, "kind", "crossing"),
        ({"highway": "elevator"}, "kind", "lift"),
        ({"highway": "residential"}, "kind", "road"),
        ({"highway": "footway", "wheelchair": "designated"}, "wheelchair", "yes"),
        ({"highway": "footway", "incline": "up"}, "incline", None),
        ({"highway": "footway", "incline": "-6 %"}, "incline", -6.0),
        ({"highway": "footway", "width": "80 cm"}, "width_cm", 80),
        ({"highway": "footway", "width": "narrow"}, "width_cm", None),
        ({"highway": "footway", "tactile_paving": "no"}, "tactile", False),
        ({"highway": "footway"}, "tactile", None),
    ],
)
def test_tags(tags: dict[str, str], name: str, value: object) -> None:
    assert edge_facts(tags)[name] == value


def test_what_nobody_may_walk_and_other_words() -> None:
    assert not is_walkable({"highway": "footway", "foot": "no"})
    assert not is_walkable({"highway": "service", "access": "private"})
    assert is_walkable({"highway": "service", "access": "private", "foot": "yes"})
    assert percent("5°") == pytest.approx(8.75)
    assert kerb({"kerb": "raised", "kerb:height": "0.02"}) == 2.0


@pytest.mark.parametrize(
    ("broken", "where"),
    [
        (files(nodes=NODES.replace("120.002", "220.002")), "nodes.csv:4"),
        (files(nodes=NODES + "1,120,30,\n"), "nodes.csv:6"),
        (files(ways=[*WAYS, {"id": 13, "nodes": [1, 99], "tags": {"highway": "footway"}}]), "ways.jsonl:4"),
        (files(ways=[*WAYS, {"id": 10, "nodes": [1, 2], "tags": {"highway": "footway"}}]), "ways.jsonl:4"),
        (files(ways=[*WAYS, {"id": 13, "nodes": [1], "tags": {}}]), "ways.jsonl:4"),
        ([*files(), ("more.jsonl", b'{"id": 1, "nodes": [')], "more.jsonl:1"),
        ([*files(), ("odd.csv", b"a,b\n1,2\n")], "odd.csv"),
    ],
)
def test_each_broken_row_is_named(broken: list[tuple[str, bytes]], where: str) -> None:
    assert where in [error.where for error in read(broken).errors]


@pytest.mark.django_db
def test_all_or_nothing_and_what_was_measured_stays(worker: Person, resident: Person, community: Area) -> None:
    with pytest.raises(Refused, match="rows_broken"):
        net.import_paths(worker, community, read(files(nodes=NODES + "1,120,30,\n")))
    assert not PathNode.objects.exists()
    with pytest.raises(Denied):
        net.import_paths(resident, community, read(files()))
    assert net.import_paths(worker, community, read(files())) == (4, 3)
    edge = PathEdge.objects.get(key="10.1")
    net.measure_edge(worker, edge, {"incline": 2.5, "steps": 0})
    assert net.import_paths(worker, community, read(files())) == (4, 3)
    edge.refresh_from_db()
    assert (edge.incline, edge.steps) == (2.5, 0)
    assert PathEdge.objects.count() == 3


@pytest.mark.django_db
def test_edges_in_a_table(worker: Person, community: Area) -> None:
    table = b"from,to,highway,step_count,incline,width\n1,2,footway,0,3%,1.2\n2,3,steps,,,\n"
    found = read([("edges.csv", table), ("nodes.csv", NODES.encode())])
    assert not found.errors
    assert [(edge.kind, edge.steps, edge.incline) for edge in found.edges] == [
        ("footway", 0, 3.0),
        ("steps", None, None),
    ]


@pytest.mark.django_db
def test_the_command_checks_first_and_writes_nothing(
    community: Area, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = []
    for name, raw in files():
        (tmp_path / name).write_bytes(raw)
        paths.append(tmp_path / name)
    options = Namespace(files=paths, area=community.code, check=True, source="")
    assert importing.run(options) == 0
    assert "4 nodes and 3 stretches would be written" in capsys.readouterr().out
    assert not PathEdge.objects.exists()
    options.check = False
    assert importing.run(options) == 0
    assert PathEdge.objects.count() == 3
    (tmp_path / "nodes.csv").write_text("id,lon,lat\n1,x,y\n", encoding="utf-8")
    assert importing.run(options) == 1
    assert "nodes.csv:2" in capsys.readouterr().out


@pytest.mark.django_db
def test_a_real_city_in_which_much_is_unknown(community: Area) -> None:
    """The sample lies beside the checkout, not in it; `LINLI_SAMPLES` names its folder."""
    folder = (
        Path(os.environ.get("LINLI_SAMPLES", Path(__file__).resolve().parents[5] / "shared" / "data")) / "accessibility"
    )
    if not folder.is_dir():
        pytest.skip(f"the sample network is not at {folder}")
    found = read([(name, (folder / name).read_bytes()) for name in ("nodes.csv", "ways.jsonl", "points.jsonl")])
    assert not found.errors
    assert len(found.edges) > 2000
    nodes, edges = net.import_paths(None, community, found, source="© OpenStreetMap contributors, ODbL 1.0")
    assert nodes > 1000
    graph = network.graph_of(community)
    manual = network.profile("manual", community)
    keys = sorted(graph.leaving)
    answered = sure = 0
    for number in range(0, 200, 10):
        start, goal = keys[number], keys[-1 - number]
        planned = plan(graph, manual, start, {goal})
        if planned.best is not None:
            answered += 1
            sure += planned.best.is_sure
            assert all(leg.verdict.state != NO for leg in planned.best.legs)
            assert all(leg.link.kind != "steps" for leg in planned.best.legs)
    assert answered > 10
    assert sure == 0  # nobody has measured inclines here, and the way says so
    assert edges == PathEdge.objects.filter(area=community).count()
