"""Reads about parent–child activities; their places are counted by bookings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.mechanisms.bookings import queries as bookings
from linli.mechanisms.bookings.models import Reservation, Session, WaitEntry
from linli.services.children.models import Outing


@dataclass(frozen=True)
class Mine:
    """What the person has of an outing: a place, or a turn (1: next)."""

    reservation: Reservation | None
    entry: WaitEntry | None
    position: int


def upcoming(person: Person, area: Area, *, age: int | None = None) -> QuerySet[Outing]:
    """Those still to come, soonest first; for children of `age` where one is given."""
    rows: QuerySet[Outing] = Outing.objects.visible_to(person).filter(
        area__code__startswith=area.code[:12], ends__gte=now())
    if age is not None:
        rows = rows.filter(Q(age_from__lte=age, age_to__gte=age))
    return rows.select_related("area", "facility", "host").order_by("starts", "id")


def with_places(rows: Sequence[Outing]) -> list[tuple[Outing, Session | None]]:
    """Each with its session at bookings. One query."""
    sessions = Session.objects.in_bulk([row.session_id for row in rows if row.session_id])
    return [(row, sessions.get(row.session_id or 0)) for row in rows]


def mine(person: Person, row: Outing) -> Mine | None:
    """The person's own place or turn."""
    session = Session.objects.select_related("offer__area").filter(pk=row.session_id or 0).first()
    if session is None:
        return None
    reservation = bookings.reservation_of(person, session)
    entry = None if reservation else bookings.entry_of(person, session)
    if reservation is None and entry is None:
        return None
    return Mine(reservation, entry, bookings.position(entry) if entry else 0)
