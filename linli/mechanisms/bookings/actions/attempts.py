"""An attempt to book or to wait: who asks, for whom, with whom, and the conditions that need no lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may, permit
from linli.foundation.people.queries import mandate_for
from linli.foundation.web import Denied
from linli.mechanisms.bookings import fairness, writing
from linli.mechanisms.bookings.models import Offer, Party, PartyMember, Session, SessionState
from linli.mechanisms.bookings.writing import Member


@dataclass
class Attempt:
    """Somebody's wish for places: for whom, with whom, how they came."""

    person: Person
    offer: Offer
    sessions: list[Session]
    members: list[Member]
    booker: Person | None
    agent: Person | None = None
    channel: str = "app"
    contact: tuple[str, str] | None = None
    note: str = ""
    key: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    overlap: str = "tell"
    made: Party | None = None
    rows: list[PartyMember] = field(default_factory=list)

    @property
    def session_ids(self) -> list[int]:
        return [session.pk for session in self.sessions]

    def party(self) -> Party:
        """The rows of the party, made once."""
        if self.made is None:
            self.made, self.rows = writing.make_party(
                self.offer, self.members, booker=self.booker, agent=self.agent, channel=self.channel,
                contact=self.contact, note=self.note, key=self.key, facts=self.facts)
        return self.made


def attempt_of(
    person: Person, sessions: Session | Sequence[Session], *, party: Sequence[Member] | None = None,
    booker: Person | None = None, agent: Person | None = None, channel: str = "app",
    contact: tuple[str, str] | None = None, note: str = "", key: str = "", facts: dict[str, Any] | None = None,
    overlap: str = "tell",
) -> Attempt:
    """Who may ask for what: permission, the mandate, the party, and the conditions that need no lock."""
    asked = [sessions] if isinstance(sessions, Session) else list(sessions)
    if not asked or len({session.offer_id for session in asked}) != 1:
        raise ValueError("the sessions of one booking belong to one offer")
    offer = asked[0].offer
    moment = now()
    if offer.terms.unit == "term":
        rest = Session.objects.filter(offer=offer, state=SessionState.OPEN, starts__gt=moment).order_by("starts", "id")
        asked = list(rest) or asked
    if contact is None and booker is None:
        booker = person
    for_other = booker != person
    manages = may(person, offer.manage_verb, offer)
    if not (for_other and manages):
        permit(person, offer.book_verb, offer)
    if for_other and not manages:
        if booker is None or mandate_for(person, booker, offer.owner_room) is None:
            raise Denied("bookings.book_for")
        agent = person
    members = list(party) if party else [Member(booker, name=contact[0] if contact and not booker else "")]
    members = fairness.with_age(offer, members)
    fairness.conditions(offer, min(asked, key=lambda one: one.starts), members, booker)
    return Attempt(person, offer, asked, members, booker, agent, channel, contact, note, key,
                   facts or {}, overlap)
