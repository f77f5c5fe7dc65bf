"""What this room puts on other pages: what waits for me, and what happens next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.people.queries import holding
from linli.foundation.web.manifest import Card
from linli.foundation.web.middleware import Request
from linli.mechanisms.bookings.models import PlaceOffer, PlaceOfferState, Reservation
from linli.mechanisms.bookings.models.parties import State, party_seen
from linli.services.activities import queries
from linli.services.activities.models import Activity, CallState, Juror

_MINE = Activity._meta.label_lower


def mine(request: Request) -> Sequence[Card]:
    """A place kept for an answer, what I go to within two days, works that wait for my score."""
    person: Any = request.person  # lazy, and None for a visitor
    if not person:
        return []
    offered = PlaceOffer.objects.filter(
        party_seen("entry__party__", person), state=PlaceOfferState.OPEN,
        entry__party__offer__owner_type=_MINE).select_related("entry__party__offer").order_by("expires_at")[:3]
    soon = Reservation.objects.filter(
        party_seen("party__", person), is_active=True, state=State.CONFIRMED, session__ends__gt=now(),
        session__starts__lt=now() + timedelta(days=2), session__offer__owner_type=_MINE).select_related(
        "session__offer").order_by("session__starts")[:3]
    juries = Juror.objects.filter(
        person=person, left_at=None, call__state=CallState.JUDGING).select_related("call")[:3]
    if not any(holding(person, offered, soon, juries)):
        return []
    return [Card("activities/card_mine.html", {"offered": offered, "soon": soon, "juries": juries}, order=35)]


def soon(request: Request) -> Sequence[Card]:
    """The next three activities of the community, beside the home page."""
    person: Any = request.person
    area: Any = request.area
    if not person or not area:
        return []
    return _soon(person, area)


def _soon(person: Person, area: Area) -> Sequence[Card]:
    rows = queries.listed(list(queries.upcoming(person, area).exclude(state="cancelled")[:3]))
    return [Card("activities/card_soon.html", {"rows": rows}, order=40)] if rows else []
