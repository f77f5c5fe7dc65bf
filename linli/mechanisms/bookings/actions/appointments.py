"""Appointments: one party, one time of one place, and who or what it needs; made inside a service's own action.

The service asked who may already (its right hangs on its own thing, a case, a matter), so nothing here asks again.
Each runs in the caller's transaction; what it refuses undoes the caller's step too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.transaction import atomic

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Organisation, Person
from linli.mechanisms.bookings import capacity, writing
from linli.mechanisms.bookings.actions.booking import settle
from linli.mechanisms.bookings.actions.offering import alter, call_off, checked, make_session, owner_of
from linli.mechanisms.bookings.models import Attendance, Offer, Reservation, Resource, State
from linli.mechanisms.bookings.models.parties import facts_of
from linli.mechanisms.bookings.writing import Member


def offer_for(
    area: Area, *, owner: str, category: str, title: str, manage_verb: str, organisation: Organisation | None = None,
    url: str = "", rules: dict[str, object] | None = None,
) -> Offer:
    """The sealed offer behind a service's thing ("repairs.case:123"), made at its first appointment.

    The caller holds a lock on the thing, so that it is made once.
    """
    names = owner_of(owner)
    found = Offer.objects.select_related("area").filter(**names, category=category).order_by("pk").first()
    if found is None:
        found = Offer(
            area=area, category=category, title=title[:80], url=url, book_verb=manage_verb, manage_verb=manage_verb,
            organisation=organisation, reach=area.code, is_sealed=True, **names,
            rules=checked({"walk_in": False, "waiting": False, "no_show": False, "cancel_h": 0, **(rules or {})}))
        found.save(force_insert=True)
    elif found.organisation_id != (organisation.pk if organisation else None):
        found.organisation = organisation  # another body answers for the thing now, and with it for its times
        found.save(update_fields=["organisation"])
    assert isinstance(found, Offer)
    return found


def hold_still(resources: Sequence[Resource]) -> None:
    """Lock these resources, in id order, until the transaction ends: who chooses among them waits for one another.

    Without it two appointments that change places could wait for each other in a circle.
    """
    ids = sorted({one.pk for one in resources})
    list(Resource.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))


@atomic
def appoint(
    person: Person | None, offer: Offer, starts: datetime, ends: datetime, *, resources: Sequence[Resource],
    booker: Person | None, agent: Person | None = None, contact: tuple[str, str] = ("", ""), channel: str = "app",
    place: str = "", title: str = "",
) -> Reservation:
    """A confirmed reservation of the only place, with its resources. `contact` (name, phone): who has no account.

    Raises `Refused("resource_taken" | "resource_closed" | "bad_times")`; then nothing is left of it.
    """
    session = make_session(person, offer, starts, ends, 1, place=place[:120], title=title[:80], resources=resources)
    member = Member(booker) if booker is not None else Member(name=contact[0])
    party, rows = writing.make_party(
        offer, [member], booker=booker, agent=agent, channel=channel, contact=None if booker else contact, note="",
        key="", facts={})
    capacity.take(session, 1)
    made = writing.reserve(party, session, rows, State.CONFIRMED)
    settle(person, made, agent if agent is not None and agent == person else None)
    return made


@atomic
def move_appointment(
    person: Person | None, reservation: Reservation, starts: datetime, ends: datetime, *,
    resources: Sequence[Resource], place: str | None = None, told: bool = True,
) -> Reservation:
    """Another time, or another who: the same appointment in every calendar. Raises as `appoint`, `Refused("over")`."""
    changes = {} if place is None else {"place": place[:120]}
    alter(person, reservation.session, by_hand=False, told=told, starts=starts, ends=ends, closes_at=starts,
          resources=list(resources), **changes)
    reservation.refresh_from_db()
    return reservation


@atomic
def call_off_appointment(
    person: Person | None, reservation: Reservation, *, reason: str, told: bool = True,
) -> Reservation:
    """It does not take place, and counts against nobody; who or what it needed is free again. Twice is once."""
    call_off(person, reservation.session, reason=reason, told=told)
    reservation.refresh_from_db()
    return reservation


@atomic
def note_met(person: Person | None, reservation: Reservation) -> Reservation:
    """They met. Twice is once; what was called off stays so."""
    row = _held(reservation)
    if row.state != State.CONFIRMED:
        return row
    row.state = State.ATTENDED
    row.save(update_fields=["state"])
    Attendance.objects.filter(reservation=row, came_at=None).update(came_at=now(), how="name", noted_by=person)
    audit.record(person, "bookings.check_in", row, how="visit", persons=1)
    emit("bookings.attended", **facts_of(row))
    return row


@atomic
def note_missed(person: Person | None, reservation: Reservation) -> Reservation:
    """The other side was not there. It is written down and counts as no strike. Twice is once."""
    row = _held(reservation)
    if row.state != State.CONFIRMED:
        return row
    row.state = State.ABSENT
    row.save(update_fields=["state"])
    Attendance.objects.filter(reservation=row, came_at=None).update(absent_at=now(), noted_by=person)
    audit.record(person, "bookings.mark_absent", row)
    emit("bookings.absent", **facts_of(row))
    return row


def _held(reservation: Reservation) -> Reservation:
    """The row as it is, under its session's lock."""
    locked = capacity.lock([reservation.session_id])
    row: Reservation = Reservation.objects.select_related("party__booker").get(pk=reservation.pk)
    row.session = locked[row.session_id]
    return row


