"""The rows behind a booking; called by actions only, while the session is locked and its places are counted."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.prepared import fixed_cursor, in_one_journey, insert
from linli.foundation.privacy.crypto import blind
from linli.mechanisms.bookings.models import (
    Attendance,
    EntryState,
    Offer,
    Party,
    PartyMember,
    Reservation,
    Session,
    Share,
    State,
    WaitEntry,
    WaitFor,
)

# Written out so that it can travel with the rows around it (`in_one_journey`).
_ONE_MORE_WAITS = "UPDATE bookings_session SET waiting = waiting + 1 WHERE id = %s"
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that are mistaken for another when read out


@dataclass(frozen=True)
class Member:
    """One who comes: an account, or a name. `classes` are verified by the service (elder, disabled, newcomer …)."""

    person: Person | None = None
    name: str = ""
    birth_year: int | None = None
    classes: frozenset[str] = field(default_factory=frozenset)
    photo_consent: bool = False

    @property
    def born(self) -> int | None:
        return self.birth_year or (self.person.birth_year if self.person else None)


def who_of(party: Party, member: PartyMember) -> str:
    """What makes two members the same person: the account, else booker and name."""
    if member.person_id:
        return f"p{member.person_id}"
    owner = party.booker_id or party.contact_phone or party.pk
    return blind(f"{owner}|{member.name}", "bookings.attendance|who")


def booker_key(party: Party) -> str:
    return f"p{party.booker_id}" if party.booker_id else blind(
        f"{party.contact_phone or party.pk}", "bookings.attendance|who")


def make_party(
    offer: Offer, members: Sequence[Member], *, booker: Person | None, agent: Person | None, channel: str,
    contact: tuple[str, str] | None, note: str, key: str, facts: dict[str, Any],
) -> tuple[Party, list[PartyMember]]:
    """The rows of a party and its members, in their order."""
    name, phone = contact or ("", "")
    party = Party(
        offer=offer, booker=booker, agent=agent, channel=channel, contact_name=name, contact_phone=phone, note=note,
        key=key, facts=facts)
    rows = [PartyMember(
        party=party, order=place, person=one.person, name="" if one.person else one.name, birth_year=one.born,
        classes=sorted(one.classes), photo_consent=one.photo_consent) for place, one in enumerate(members)]
    with in_one_journey():
        insert(party)
        insert(*rows)
    return party, rows


def reserve(
    party: Party, session: Session, members: Sequence[PartyMember], state: str, *, share: Share | None = None,
    held_until: datetime | None = None,
) -> Reservation:
    """A reservation of `members` in a session whose places were just taken."""
    moment = now()
    reservation = Reservation(
        session=session, party=party, places=len(members), share=share, state=state, held_until=held_until,
        ticket="".join(secrets.choice(_LETTERS) for _ in range(6)), nonce=secrets.token_hex(8), created=moment,
        confirmed_at=moment if state == State.CONFIRMED else None)
    insert(reservation)
    insert(*(Attendance(session=session, reservation=reservation, member=member, person_id=member.person_id,
                        who=who_of(party, member)) for member in members))
    return reservation


def release(reservation: Reservation, state: str, *, reason: str = "") -> None:
    """The reservation stands no more; its counted places are the caller's matter."""
    reservation.state, reservation.is_active, reservation.ended_at = state, False, now()
    reservation.held_until, reservation.reason = None, reason[:200]
    reservation.save(update_fields=["state", "is_active", "ended_at", "held_until", "reason"])
    Attendance.objects.filter(reservation=reservation).update(is_active=False)


def enter(
    party: Party, sessions: Sequence[Session], size: int, *, at_least: int, klass: int, auto_accept: bool,
    on_site: bool = False, by_phone: bool = False, state: str = EntryState.WAITING, tier: int = 2,
) -> WaitEntry:
    """An entry at the end of its class. The sessions must be locked: the order of arrival is the order of the lock."""
    entry = WaitEntry(
        party=party, size=size, at_least=at_least, klass=klass, rank=time.time_ns() // 1000, auto_accept=auto_accept,
        on_site=on_site, by_phone=by_phone, state=state, pseudonym=secrets.token_hex(6), tier=tier)
    insert(entry)
    who = booker_key(party)
    insert(*(WaitFor(entry=entry, session=session, who=who) for session in sessions))
    if state == EntryState.WAITING:
        with fixed_cursor() as cursor:
            for session in sessions:
                cursor.execute(_ONE_MORE_WAITS, (session.pk,))
        for session in sessions:
            session.waiting += 1
    return entry
