"""Did it help? The questions that were mended are asked again, before and after the index knows the new wording."""

from __future__ import annotations

from typing import Any

from linli.mechanisms.knowledge import search
from linli.mechanisms.knowledge.models import IndexedUnit, Version
from linli.services.assistant.models import Gap, GapState

MOST = 40  # the latest of a place; more would keep a worker busy for nothing new
DEEP = 50


def measured(row: Gap, group: str) -> dict[str, Any]:
    """Where `group` stands for this question (`rank`, 1 is first; 0: not among the first 50), and of all the questions
    this place has mended, this one among them, how many are found first (`hit1`) and among three (`hit3`)."""
    others = Gap.objects.filter(area=row.area, state=GapState.MENDED).exclude(pk=row.pk).select_related("area")
    ranks = [rank_of(row, group), *(rank_of(one, one.group) for one in others.order_by("-settled_at")[:MOST])]
    return {"rank": ranks[0], "questions": len(ranks), "hit1": sum(rank == 1 for rank in ranks),
            "hit3": sum(0 < rank <= 3 for rank in ranks), "stamp": stamp()}


def rank_of(row: Gap, group: str) -> int:
    found = search(row.text, area_code=row.area.code, limit=DEEP)
    return next((at for at, hit in enumerate(found.hits, 1) if hit.group == group), 0)


def stamp() -> str:
    row = Version.objects.filter(name="current").values_list("stamp", flat=True).first()
    return row or ""


def title_of(group: str) -> str:
    return IndexedUnit.objects.filter(group=group).values_list("title", flat=True).first() or ""
