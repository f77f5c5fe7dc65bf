"""What this room puts on other rooms' pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from linli.foundation.calendar.clock import today
from linli.foundation.web.manifest import Card
from linli.foundation.web.middleware import Request
from linli.mechanisms.cases.models import Case
from linli.services.children import queries
from linli.services.children.models import DayEntry, Hazard, Hold, HoldState, PlanChange
from linli.services.children.models.care import ChangeState


def mine(request: Request) -> Sequence[Card]:
    """What waits for a parent: a change to confirm, a child in care today, a book to fetch."""
    person: Any = request.person  # lazy, and None for a visitor
    if not person:
        return []
    children = [child for child, claim in queries.children_of(person) if claim.state == "verified"]
    days = list(DayEntry.objects.filter(child__in=children, on=today()).exclude(state="absent").select_related(
        "child", "group")) if children else []
    changes = list(PlanChange.objects.filter(
        entry__child__in=children, state=ChangeState.WAITING, entry__on=today()).select_related("entry__child")) if (
        children) else []
    ready = list(Hold.objects.filter(reader=person, state=HoldState.READY).select_related("title"))
    if not (days or changes or ready):
        return []
    return [Card("children/card_mine.html", {"days": days, "changes": changes, "ready": ready}, order=30)]


def on_case(request: Request, case: Case) -> Sequence[Card]:
    """On the page of a hazard: the way back to where it is."""
    tie = Hazard.objects.filter(case=case).select_related("spot__facility", "segment__route").first() if (
        case.kind_code == "hazard") else None
    return [Card("children/card_case.html", {"tie": tie})] if tie else []
