"""What residents look for, and what they have of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Person
from linli.mechanisms.bookings import queries as bookings
from linli.mechanisms.bookings.models import (
    EntryState,
    PlaceOffer,
    PlaceOfferState,
    Reservation,
    Session,
    SessionState,
    WaitEntry,
)
from linli.mechanisms.bookings.models.parties import State, party_seen
from linli.services.activities.models import Activity, ActivityKind, ActivityState

WINDOWS = ("today", "week", "weekend", "month")


@dataclass(frozen=True)
class Window:
    """Days from – until, inclusive."""

    since: date
    until: date


def window_of(name: str, on: str) -> Window | None:
    """`?when=week` or `?on=2026-12-01`; nothing for what cannot be read."""
    if on:
        try:
            day = date.fromisoformat(on)
        except ValueError:
            return None
        return Window(day, day)
    day = today()
    if name == "today":
        return Window(day, day)
    if name == "week":
        return Window(day, day + timedelta(days=6 - day.weekday()))
    if name == "weekend":
        saturday = day + timedelta(days=5 - day.weekday()) if day.weekday() < 5 else day
        return Window(saturday, day + timedelta(days=6 - day.weekday()))
    return Window(day, day + timedelta(days=30)) if name == "month" else None


def upcoming(person: Person, area: Area, *, kind: str = "", words: str = "", window: Window | None = None,
             past: bool = False) -> QuerySet[Activity]:
    """Published activities of the community that are not over, soonest first; `past`: those that are, newest first."""
    rows: QuerySet[Activity] = Activity.objects.visible_to(person).filter(
        area__code__startswith=area.code[:12]).exclude(state=ActivityState.DRAFT)
    rows = rows.filter(ends__lte=now(), state=ActivityState.PUBLISHED) if past else rows.filter(ends__gt=now())
    if kind in ActivityKind.values:
        rows = rows.filter(kind=kind)
    if words:
        rows = rows.filter(Q(title__icontains=words) | Q(summary__icontains=words) | Q(audience__icontains=words)
                           | Q(place__icontains=words) | Q(custom__day__icontains=words))
    if window is not None:
        held = Session.objects.filter(
            offer=OuterRef("offer"), starts__lt=_midnight(window.until + timedelta(days=1)),
            ends__gt=_midnight(window.since)).exclude(state=SessionState.CANCELLED)
        rows = rows.filter(Exists(held))
    order = ("-starts", "-id") if past else ("starts", "id")
    return rows.select_related("area", "offer").order_by(*order)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


@dataclass(frozen=True)
class Listed:
    """A line of the list: the activity, its next time, how many more there are."""

    activity: Activity
    session: Session | None
    more: int


def listed(rows: Sequence[Activity]) -> list[Listed]:
    """Each with its next time. One query."""
    coming: dict[int, list[Session]] = {}
    sessions = Session.objects.filter(offer__in=[row.offer_id for row in rows], ends__gt=now()).exclude(
        state=SessionState.CANCELLED).select_related("offer").order_by("starts", "id")
    for one in sessions:
        coming.setdefault(one.offer_id, []).append(one)
    found = []
    for row in rows:
        times = coming.get(row.offer_id or 0, [])
        found.append(Listed(row, times[0] if times else None, max(len(times) - 1, 0)))
    return found


def sessions_of(activity: Activity, *, all_rows: bool = False) -> list[Session]:
    """The times still to come (or all of them), soonest first. One query."""
    rows = Session.objects.filter(offer=activity.offer_id).select_related("offer__area").order_by("starts", "id")
    return list(rows if all_rows else rows.filter(ends__gt=now()))


@dataclass(frozen=True)
class MyPlace:
    """What a person has of one session: a place, a turn (1: next), or a place kept for an answer."""

    session: Session
    reservation: Reservation | None = None
    entry: WaitEntry | None = None
    position: int = 0
    offered: PlaceOffer | None = None

    @property
    def is_offered(self) -> bool:
        return self.offered is not None

    @property
    def is_applied(self) -> bool:
        return self.entry is not None and self.entry.state == EntryState.APPLIED


def place_of(person: Person, session: Session) -> MyPlace | None:
    """The person's own place or turn in one session."""
    reservation = bookings.reservation_of(person, session)
    if reservation is not None and reservation.state == State.OFFERED:
        offered = PlaceOffer.objects.filter(
            entry__party=reservation.party_id, state=PlaceOfferState.OPEN).select_related("entry").first()
        return MyPlace(session, entry=offered.entry if offered else None, offered=offered)
    if reservation is not None:
        return MyPlace(session, reservation=reservation)
    entry = bookings.entry_of(person, session)
    return MyPlace(session, entry=entry, position=bookings.position(entry, session)) if entry else None


def my_places(person: Person, activity: Activity) -> dict[int, MyPlace]:
    """What the person has of each coming session of an activity, by the session's id. Two queries, more for turns."""
    sessions = {one.pk: one for one in sessions_of(activity)}
    found: dict[int, MyPlace] = {}
    rows = Reservation.objects.filter(
        party_seen("party__", person), session__in=list(sessions), is_active=True).select_related("party")
    for row in rows:
        one = sessions[row.session_id]
        found[one.pk] = place_of(person, one) or MyPlace(one, reservation=row) if row.state == State.OFFERED else (
            MyPlace(one, reservation=row))
    entries = bookings.my_waits(person).filter(
        wishes__session__in=list(sessions), wishes__is_open=True).prefetch_related("wishes").distinct()
    for entry in entries:
        for wish in entry.wishes.all():
            one_session = sessions.get(wish.session_id)
            if wish.is_open and one_session is not None and one_session.pk not in found:
                found[one_session.pk] = MyPlace(
                    one_session, entry=entry, position=bookings.position(entry, one_session))
    return found
