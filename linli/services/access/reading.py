"""OSM-like files, read into nodes and edges: no database, every broken row named with its file and line.

Three shapes are told apart by what stands in them: nodes (CSV `id,lon,lat[,name]`), ways (JSONL with `id`, `nodes`,
`tags`) and points (JSONL with `id`, `lon`, `lat`, `tags`; tags of a node go to the stretches that end at it). A file of
edges (CSV with `from,to,…`) needs its own nodes file too.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from linli.services.access.tags import edge_facts, is_walkable, point_facts
from linli.services.access.ways.graph import Point, metres

BYTES_MAX = 60_000_000
ERRORS_MAX = 500


@dataclass(frozen=True)
class RowError:
    where: str
    sentence: str


@dataclass
class NodeRow:
    key: str
    lon: float
    lat: float
    name: str = ""


@dataclass
class EdgeRow:
    key: str
    start: str
    end: str
    length_m: float
    shape: tuple[Point, ...]
    kind: str = "footway"
    name: str = ""
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


@dataclass
class Read:
    """What the files hold. `skipped` counts ways nobody may walk."""

    nodes: dict[str, NodeRow] = field(default_factory=dict)
    edges: list[EdgeRow] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    skipped: int = 0

    def fault(self, where: str, sentence: str) -> None:
        if len(self.errors) < ERRORS_MAX:
            self.errors.append(RowError(where, sentence))


def read(files: Sequence[tuple[str, bytes]]) -> Read:
    """Every file by its content; the order does not matter."""
    found = Read()
    ways: list[tuple[str, Mapping[str, Any]]] = []
    points: list[tuple[str, Mapping[str, Any]]] = []
    tables: list[tuple[str, Mapping[str, str]]] = []
    for name, raw in files:
        if len(raw) > BYTES_MAX:
            found.fault(name, _("文件要在 60 MB 以内。请分成几份。"))
            continue
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            found.fault(name, _("文件要用 UTF-8 编码。"))
            continue
        if text.lstrip()[:1] == "{":
            for where, row in _lines(name, text, found):
                (ways if "nodes" in row else points).append((where, row))
        else:
            _table(name, text, found, tables)
    used = _take_ways(found, ways, points)
    _take_table(found, tables)
    if ways:
        found.nodes = {key: node for key, node in found.nodes.items() if key in used}
    return found


def _lines(name: str, text: str, found: Read) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        where = f"{name}:{number}"
        try:
            row = json.loads(line)
        except ValueError:
            found.fault(where, _("这一行不是 JSON。"))
            continue
        if not isinstance(row, dict):
            found.fault(where, _("这一行要是一个对象。"))
            continue
        yield where, row


def _table(name: str, text: str, found: Read, tables: list[tuple[str, Mapping[str, str]]]) -> None:
    reader = csv.DictReader(io.StringIO(text))
    heads = {head.strip() for head in reader.fieldnames or [] if head}
    if {"from", "to"} <= heads:
        tables += [(f"{name}:{number}", row) for number, row in enumerate(reader, start=2)]
        return
    if not {"id", "lon", "lat"} <= heads:
        found.fault(name, _("第一行要有 id、lon、lat（节点），或 from、to（路段）。"))
        return
    for number, row in enumerate(reader, start=2):
        where, key = f"{name}:{number}", (row.get("id") or "").strip()
        place = _place(row.get("lon"), row.get("lat"))
        if not key or len(key) > 30 or place is None:
            found.fault(where, _("节点要有 id（30 个字以内）和正确的经纬度。"))
        elif key in found.nodes:
            found.fault(where, _("节点 %(id)s 出现了两次。") % {"id": key})
        else:
            found.nodes[key] = NodeRow(key, *place, (row.get("name") or "").strip()[:60])


def _place(lon: Any, lat: Any) -> Point | None:
    try:
        found = float(lon), float(lat)
    except (TypeError, ValueError):
        return None
    return found if -180 <= found[0] <= 180 and -90 <= found[1] <= 90 else None


def _take_ways(found: Read, ways: Sequence[tuple[str, Mapping[str, Any]]],
               points: Sequence[tuple[str, Mapping[str, Any]]]) -> set[str]:
    """Ways become edges between the nodes where something can happen; returns the nodes those edges end at."""
    told: dict[str, Mapping[str, str]] = {}
    for where, row in points:
        tags = row.get("tags")
        if not isinstance(tags, dict) or _place(row.get("lon"), row.get("lat")) is None:
            found.fault(where, _("点要有经纬度和 tags。"))
        elif "id" in row:
            told[str(row["id"])] = {str(key): str(value) for key, value in tags.items()}
    walkable: list[tuple[str, str, list[str], dict[str, str]]] = []
    times: dict[str, int] = {}
    for where, row in ways:
        tags, keys = row.get("tags"), row.get("nodes")
        if "id" not in row or not isinstance(tags, dict) or not isinstance(keys, list) or len(keys) < 2:
            found.fault(where, _("路要有 id、tags 和至少两个节点。"))
            continue
        named = [str(key) for key in keys]
        missing = next((key for key in named if key not in found.nodes), None)
        if missing is not None:
            found.fault(where, _("路 %(way)s 用到的节点 %(node)s 不在节点文件里。") % {
                "way": row["id"], "node": missing})
            continue
        plain = {str(key): str(value) for key, value in tags.items()}
        if not is_walkable(plain):
            found.skipped += 1
            continue
        walkable.append((where, str(row["id"]), named, plain))
        for place, key in enumerate(named):
            times[key] = times.get(key, 0) + (2 if place in (0, len(named) - 1) else 1)
    used: set[str] = set()
    seen: set[str] = set()
    for where, way, keys, tags in walkable:
        if way in seen:
            found.fault(where, _("路 %(way)s 出现了两次。") % {"way": way})
            continue
        seen.add(way)
        used |= _split(found, way, keys, tags, times, told)
    return used


def _split(found: Read, way: str, keys: Sequence[str], tags: Mapping[str, str], times: Mapping[str, int],
           told: Mapping[str, Mapping[str, str]]) -> set[str]:
    ends: set[str] = set()
    run = [keys[0]]
    facts = edge_facts(tags)
    number = 0
    for place, key in enumerate(keys[1:], start=1):
        if key == run[-1]:
            continue
        run.append(key)
        if place < len(keys) - 1 and times.get(key, 0) < 2 and key not in told:
            continue
        if run[0] != run[-1]:
            shape = tuple((found.nodes[one].lon, found.nodes[one].lat) for one in run)
            length = sum(metres(one, other) for one, other in pairwise(shape))
            at_ends = [point_facts(told[one]) for one in (run[0], run[-1]) if one in told]
            found.edges.append(EdgeRow(
                f"{way}.{number}", run[0], run[-1], round(length, 2), shape, **_with_points(facts, at_ends)))
            ends |= {run[0], run[-1]}
            number += 1
            run = [key]
    return ends


def _with_points(facts: Mapping[str, Any], at_ends: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The way's own facts, and the worst of what stands at its ends: a raised kerb there has to be crossed."""
    both = dict(facts)
    for told in at_ends:
        if "kerb_cm" in told:
            both["kerb_cm"] = max(told["kerb_cm"], both.get("kerb_cm") or 0.0)
        for name in ("crossing", "sound", "tactile"):
            if name in told and not both.get(name) and both.get("kind") == "crossing":
                both[name] = told[name]
        if told.get("wheelchair") == "no":
            both["wheelchair"] = "no"
        if told.get("bench"):
            both["bench"] = True
    return both


def _take_table(found: Read, rows: Sequence[tuple[str, Mapping[str, str]]]) -> None:
    """Edges one by one: `from,to` and any of `id,length_m,name` and OSM keys as columns; empty cells are unknown."""
    seen: set[str] = set()
    for where, row in rows:
        start, end = (row.get("from") or "").strip(), (row.get("to") or "").strip()
        if start not in found.nodes or end not in found.nodes or start == end:
            found.fault(where, _("路段的两头要是节点文件里的两个不同的 id。"))
            continue
        key = (row.get("id") or f"{start}-{end}").strip()[:40]
        if key in seen:
            found.fault(where, _("路段 %(id)s 出现了两次。") % {"id": key})
            continue
        seen.add(key)
        tags = {name.strip(): value.strip() for name, value in row.items() if name and value and value.strip()}
        shape = tuple((found.nodes[one].lon, found.nodes[one].lat) for one in (start, end))
        try:
            length = float(tags["length_m"]) if "length_m" in tags else round(metres(*shape), 2)
        except ValueError:
            length = -1.0
        if not 0 < length < 20_000:
            found.fault(where, _("长度要是 0 到 20000 之间的米数。"))
            continue
        found.edges.append(EdgeRow(key, start, end, length, shape, **edge_facts(tags)))
