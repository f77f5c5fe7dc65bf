"""What the desk sees of the catalogue: states, what fails, what is due, what waits for a colleague."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import today
from linli.services.gov.actions.publishing import failing, is_overdue
from linli.services.gov.items.reading import checked_bases
from linli.services.gov.models import DraftState, ItemKind, LocalDraft, Publication, PublicState, ServiceItem
from linli.services.gov.queries.items import effective, everything


@dataclass(frozen=True)
class Line:
    """One item as it counts here. `fails`: how many checks; None where none are made (imported)."""

    item: ServiceItem
    row: Publication
    fails: int | None
    is_overdue: bool


def at_desk(area: Area, *, state: str = "", kind: str = "", words: str = "") -> QuerySet[ServiceItem]:
    """Items by name; `state` is what counts in the place."""
    rows = ServiceItem.objects.all()
    if kind in ItemKind.values:
        rows = rows.filter(kind=kind)
    if state in PublicState.values:
        here = effective(rows, area)
        rows = rows.filter(pk__in=[pk for pk, row in here.items() if row.state == state])
    if words.strip():
        rows = rows.filter(Q(name__icontains=words.strip()[:60]) | Q(code__startswith=words.strip()[:40]))
    found: QuerySet[ServiceItem] = rows.order_by("name", "id")
    return found


def lines(rows: Iterable[ServiceItem], area: Area) -> list[Line]:
    rows = list(rows)
    here = effective(rows, area)
    return [Line(item, here[item.pk], _fails(item, here[item.pk]), is_overdue(here[item.pk], today()))
            for item in rows if item.pk in here]


def _fails(item: ServiceItem, row: Publication) -> int | None:
    if item.kind == ItemKind.IMPORTED:
        return None
    return len({fault.code for fault in failing(row)})


def waiting(area: Area) -> Sequence[LocalDraft]:
    """What waits for a second pair of eyes here."""
    rows = LocalDraft.objects.filter(area=area, state=DraftState.WAITING).select_related("item", "prepared_by")
    return list(rows.order_by("prepared_at", "id")[:20])


def overdue(area: Area) -> list[Publication]:
    """Published here and not checked within its months, the oldest first."""
    found = [row for row in everything(area, listed=True, kind=ItemKind.SHIPPED)
             if row.due_on is not None and row.due_on <= today()]
    return sorted(found, key=lambda row: (row.due_on or today(), row.pk))


def unread_bases(area: Area) -> tuple[int, int]:
    """(bases of shipped items that were read in their text, those that were not)."""
    read = unread = 0
    for row in everything(area, listed=True, kind=ItemKind.SHIPPED):
        more, less = checked_bases(row.version.body)
        read, unread = read + more, unread + less
    return read, unread
