"""What this room puts on the shells' pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from linli.foundation.people.models import Person
from linli.foundation.people.permit import may
from linli.foundation.web.manifest import Card
from linli.foundation.web.middleware import Request
from linli.mechanisms.forms import queries
from linli.mechanisms.forms.models import DraftState, FormDraft


def mine(request: Request) -> Sequence[Card]:
    """What the community asks of me and I have not answered."""
    person: Person | None = request.person
    if not person or not person.community_id:
        return []
    waiting = queries.waiting_for(person)[:3]
    return [Card("forms/card_mine.html", {"waiting": waiting}, order=40)] if waiting else []


def desk(request: Request) -> Sequence[Card]:
    """Forms that wait for a colleague's eyes, mine among them."""
    person: Any = request.person
    if not person or not may(person, "forms.publish"):
        return []
    waiting = list(FormDraft.objects.visible_to(person).filter(state=DraftState.WAITING).exclude(
        asked_by=person).exclude(edited_by=person).select_related("form").order_by("edited_at")[:5])
    return [Card("forms/card_desk.html", {"waiting": waiting}, order=40)] if waiting else []
