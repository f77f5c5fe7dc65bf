"""The path network: taken in as a whole, and mended stretch by stretch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area, Level
from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.services.access.actions.facts import touch_network
from linli.services.access.models import Network, PathEdge, PathNode
from linli.services.access.reading import Read

MEASURED = ("kind", "name", "incline", "width_cm", "steps", "kerb_cm", "surface", "lit", "tactile", "handrail",
            "crossing", "sound", "bench", "wheelchair")
_NODE = ["lon", "lat", "name"]
_EDGE = ["start", "end", "length_m", "one_way", "shape", *MEASURED]


@atomic
def import_paths(person: Person | None, area: Area, read: Read, *, source: str = "") -> tuple[int, int]:
    """Write a whole file, or nothing of it: what is there already by its key is changed, the rest added.

    What somebody measured on the spot stays: a file never overwrites it. `person` None is the operator at the
    machine. Returns (nodes, edges) written. Raises `Denied`, `Refused`: rows_broken, no_community, empty.
    """
    if person is not None:
        permit(person, "access.draw_paths", area)
    if area.level != Level.COMMUNITY:
        raise Refused("no_community", _("路网要导入到一个社区里。"))
    if read.errors:
        raise Refused("rows_broken", _("一行也没导入。%(first)s") % {"first": read.errors[0].sentence})
    if not read.edges:
        raise Refused("empty", _("文件里没有一段能走的路。"))
    Area.objects.select_for_update().get(pk=area.pk)
    nodes = _write_nodes(area, read)
    _write_edges(area, read, nodes)
    touch_network(area)
    if source:
        Network.objects.filter(area=area).update(source=source[:200])
    audit.record(person, "access.import_paths", area, nodes=len(read.nodes), edges=len(read.edges))
    return len(read.nodes), len(read.edges)


def _write_nodes(area: Area, read: Read) -> dict[str, PathNode]:
    known = {node.key: node for node in PathNode.objects.filter(area=area)}
    fresh, changed = [], []
    for key, row in read.nodes.items():
        node = known.get(key)
        if node is None:
            node = PathNode(area=area, key=key)
            fresh.append(node)
        else:
            changed.append(node)
        node.lon, node.lat, node.name = row.lon, row.lat, row.name or node.name
        known[key] = node
    PathNode.objects.bulk_create(fresh, batch_size=500)
    PathNode.objects.bulk_update(changed, _NODE, batch_size=200)
    return known


def _write_edges(area: Area, read: Read, nodes: Mapping[str, PathNode]) -> None:
    known = {edge.key: edge for edge in PathEdge.objects.filter(area=area)}
    fresh, changed = [], []
    for row in read.edges:
        edge = known.get(row.key)
        if edge is None:
            edge = PathEdge(area=area, key=row.key)
            fresh.append(edge)
        else:
            changed.append(edge)
        edge.start, edge.end = nodes[row.start], nodes[row.end]
        edge.length_m, edge.one_way, edge.shape = row.length_m, row.one_way, [list(point) for point in row.shape]
        if edge.checked_on is None:
            for name in MEASURED:
                setattr(edge, name, getattr(row, name))
    PathEdge.objects.bulk_create(fresh, batch_size=300)
    PathEdge.objects.bulk_update(changed, _EDGE, batch_size=100)


@atomic
def measure_edge(person: Person, edge: PathEdge, values: Mapping[str, Any]) -> PathEdge:
    """Write down what was measured on a stretch; it counts at once, with who and when.

    `values` are columns of `MEASURED`. Raises `Denied`, `Refused`: unknown_column.
    """
    permit(person, "access.draw_paths", edge)
    row: PathEdge = PathEdge.objects.select_for_update(of=("self",)).select_related("area").get(pk=edge.pk)
    if set(values) - set(MEASURED):
        raise Refused("unknown_column", _("有一样不是路况，请刷新后再填。"))
    for name, value in values.items():
        setattr(row, name, value)
    row.checked_by, row.checked_on = person, today()
    row.save(update_fields=[*values, "checked_by", "checked_on"])
    touch_network(row.area)
    audit.record(person, "access.measure_edge", row)
    return row
