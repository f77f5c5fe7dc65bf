"""A programme as a list for the phone and as a grid of stages for the desk and the paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from linli.foundation.people.models import Person
from linli.services.activities.models import Activity, ItemKind, ProgrammeItem, Shift, Stage
from linli.services.activities.queries.browsing import MyPlace, place_of


@dataclass(frozen=True)
class Row:
    """A line of the grid: a moment, and for each stage what begins then (`span` lines long) or None where it goes on.

    `cells`: (item or None, span); a cell that an earlier one covers is left out.
    """

    at: datetime
    cells: list[tuple[ProgrammeItem | None, int]]


@dataclass(frozen=True)
class Grid:
    """One day of the programme."""

    day: date
    stages: list[Stage]
    rows: list[Row]


def items_of(activity: Activity, *, rehearsals: bool = False) -> list[ProgrammeItem]:
    """The programme by time, with rehearsals if wanted. One query."""
    rows = ProgrammeItem.objects.filter(stage__activity=activity).select_related("stage")
    if not rehearsals:
        rows = rows.filter(kind=ItemKind.SHOW)
    return list(rows.order_by("starts", "stage__order", "id"))


def grid_of(activity: Activity, items: Sequence[ProgrammeItem]) -> list[Grid]:
    """The days of the programme as grids: stages side by side, a line at each moment something begins or ends."""
    stages = list(activity.stages.all())
    days: dict[date, list[ProgrammeItem]] = {}
    for item in items:
        days.setdefault(timezone.localtime(item.starts).date(), []).append(item)
    return [Grid(day, stages, _rows(stages, found)) for day, found in sorted(days.items())]


def _rows(stages: Sequence[Stage], items: Sequence[ProgrammeItem]) -> list[Row]:
    moments = sorted({moment for item in items for moment in (item.starts, item.ends)})
    lines = moments[:-1]
    covered: dict[int, datetime] = {}
    rows = []
    for at in lines:
        cells: list[tuple[ProgrammeItem | None, int]] = []
        for stage in stages:
            if covered.get(stage.pk, at) > at:
                continue
            item = next((one for one in items if one.stage_id == stage.pk and one.starts == at), None)
            if item is None:
                cells.append((None, 1))
                continue
            covered[stage.pk] = item.ends
            cells.append((item, sum(item.starts <= moment < item.ends for moment in lines)))
        rows.append(Row(at, cells))
    return rows


def shifts_of(activity: Activity, person: Person) -> list[tuple[Shift, MyPlace | None]]:
    """The volunteers' shifts that are not called off, each with what the person has of it."""
    rows = Shift.objects.filter(activity=activity).exclude(session__state="cancelled").select_related(
        "session__offer__area", "activity__area")
    return [(one, place_of(person, one.session)) for one in rows]
