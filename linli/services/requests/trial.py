"""What a routing table would do: its rows tried on cases that were, without touching one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from linli.foundation.calendar.clock import now
from linli.foundation.people.models import prefix_q
from linli.mechanisms.cases.models import Case, RoutingRow, RoutingTable
from linli.mechanisms.cases.routing import matches


@dataclass(frozen=True)
class Sample:
    """What the rules look at in a case, and which unit has it."""

    number: str
    title: str
    area_code: str
    kind_code: str
    category: str
    source: str = ""
    text: str = ""
    compound_id: int | None = None
    complained_of: int | None = None
    unit_id: int | None = None


@dataclass(frozen=True)
class Verdict:
    """Where the rows would send one case. `row` is None where none speaks of it; `fault` as routing says it."""

    sample: Sample
    unit_id: int | None
    row: RoutingRow | None
    fault: str = ""


@dataclass(frozen=True)
class Move:
    """One case that would go elsewhere."""

    sample: Sample
    before: int | None
    after: int | None
    why: str


@dataclass(frozen=True)
class Trial:
    """`per_unit`: unit → (cases before, cases after), None being the queue of nobody; `moves` case by case."""

    cases: int
    per_unit: Mapping[int | None, tuple[int, int]]
    moves: Sequence[Move]
    unread: Sequence[RoutingRow]
    faults: int


def best_first(rows: Iterable[RoutingRow]) -> list[RoutingRow]:
    """The order in which rows are tried: longest area, most specific category, with words, then the order given."""
    return sorted(rows, key=lambda row: (
        -len(row.area_prefix), -len(row.category), not row.words, row.order, row.pk or 0))


def dry_run(
    rows: Iterable[RoutingRow], cases: Iterable[Sample], *, is_alive: Callable[[int], bool] = lambda _unit: True,
) -> list[Verdict]:
    """Try `rows` on each case. Pure: no database, and the same answer as `routing.route` gives once published.

    Source: 北京市接诉即办工作条例 第12条; the dry run before publishing is our own rule.
    """
    ordered = best_first(rows)
    return [_verdict(ordered, sample, is_alive) for sample in cases]


def _verdict(ordered: Sequence[RoutingRow], sample: Sample, is_alive: Callable[[int], bool]) -> Verdict:
    for row in ordered:
        if not matches(row, sample.area_code, sample.kind_code, sample.category, sample.source, sample.text,
                       sample.compound_id):
            continue
        if sample.complained_of and row.unit_id == sample.complained_of:
            continue
        if row.unit_id is not None and not is_alive(row.unit_id):
            return Verdict(sample, None, row, "dead_unit")
        return Verdict(sample, row.unit_id, row)
    return Verdict(sample, None, None)


def compare(
    present: Iterable[RoutingRow], proposed: Sequence[RoutingRow], cases: Sequence[Sample], *,
    is_alive: Callable[[int], bool] = lambda _unit: True,
) -> Trial:
    """What changes for `cases` when `proposed` takes the place of `present`: per unit, and case by case."""
    before = dry_run(present, cases, is_alive=is_alive)
    after = dry_run(proposed, cases, is_alive=is_alive)
    old, new = Counter(v.unit_id for v in before), Counter(v.unit_id for v in after)
    hit = {id(verdict.row) for verdict in after if verdict.row is not None}
    moves = [
        Move(then.sample, then.unit_id, now_.unit_id, now_.row.note if now_.row else "")
        for then, now_ in zip(before, after, strict=True) if then.unit_id != now_.unit_id]
    return Trial(
        cases=len(cases), per_unit={unit: (old[unit], new[unit]) for unit in {**old, **new}}, moves=moves,
        unread=[row for row in proposed if id(row) not in hit],
        faults=sum(1 for verdict in after if verdict.fault))


def samples_of(area_code: str, *, days: int, most: int = 5000) -> list[Sample]:
    """The newest cases of a place and below it, of the last `days` days, as the rules see them. One statement."""
    rows = Case.objects.filter(
        prefix_q("area_code", area_code[:12]), created__gte=now() - timedelta(days=days), merged_into=None,
    ).order_by("-created").values_list(
        "number", "title", "area_code", "kind_code", "category", "source", "text", "building__compound_id",
        "facts__complained_of", "unit_id")[:most]
    return [
        Sample(number, title, area, kind, category, source, f"{title} {text}", compound,
               int(target) if target else None, unit)
        for number, title, area, kind, category, source, text, compound, target, unit in rows]


def rows_in_force(*, without: str = "") -> list[RoutingRow]:
    """The rows of the newest published table of every place, less the place `without` (whose draft is tried)."""
    newest: dict[str, RoutingTable] = {}
    for table in RoutingTable.objects.filter(state="published").order_by("area_code", "-version"):
        newest.setdefault(table.area_code, table)
    tables = [table for code, table in newest.items() if code != without]
    return list(RoutingRow.objects.filter(table__in=tables).select_related("unit"))
