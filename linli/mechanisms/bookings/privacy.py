"""This room's part in a person's rights: what they booked, and that names go when the terms end."""

from __future__ import annotations

from typing import Any

from django.db.transaction import atomic
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.privacy.erasers import eraser
from linli.foundation.privacy.retention import start_retention
from linli.mechanisms.bookings.models import (
    Attendance,
    CalendarFeed,
    Loan,
    LoanHold,
    Party,
    PartyMember,
    Reservation,
    Session,
    Strike,
    WaitEntry,
)

PURPOSES = ("bookings.contact", "bookings.booking")


def copy_of(person: Person) -> dict[str, Any]:
    """What the person booked, waits for, came to, was noted for, and has borrowed. Nothing of others."""
    rows = Reservation.objects.filter(party__booker=person).select_related("session__offer").order_by("created")
    return {
        "booked": [{"what": row.session.shown_title, "starts": row.session.starts.isoformat(), "places": row.places,
                    "state": row.state, "booked": row.created.isoformat()} for row in rows],
        "waited": [{"what": entry.party.offer.title, "since": entry.created.isoformat(), "state": entry.state}
                   for entry in WaitEntry.objects.filter(party__booker=person).select_related("party__offer")],
        "came": [{"what": one.session.shown_title, "at": one.came_at.isoformat()}
                 for one in Attendance.objects.filter(person=person, came_at__isnull=False).select_related(
                     "session__offer") if one.came_at],
        "absent": [{"at": one.at.isoformat(), "category": one.category, "state": one.state, "appeal": one.appeal}
                   for one in Strike.objects.filter(person=person)],
        "borrowed": [{"what": one.resource.name, "due": one.due_on.isoformat()}
                     for one in Loan.objects.filter(person=person).select_related("resource")],
    }


def erase(person: Person) -> list[str]:
    """What is over loses its names now; what is to come is cancelled, and the place goes on."""
    from linli.mechanisms.bookings.actions.booking import cancel
    from linli.mechanisms.bookings.actions.waiting import leave

    for row in Reservation.objects.filter(party__booker=person, is_active=True, session__starts__gt=now()):
        cancel(person, row)
    for entry in WaitEntry.objects.filter(party__booker=person, state__in=["waiting", "applied"]):
        leave(person, entry)
    gone = [erase_party(party, "bookings.booking") for party in Party.objects.filter(booker=person)]
    PartyMember.objects.filter(person=person).update(person=None)
    Attendance.objects.filter(person=person).update(person=None, is_active=False)
    CalendarFeed.objects.filter(person=person).delete()
    LoanHold.objects.filter(person=person).delete()
    Strike.objects.filter(person=person).delete()
    return [_("您的预约记录已抹去姓名，没开始的已取消。")] if gone else []


@eraser("bookings.party")
@atomic
def erase_party(party: Party, purpose: str) -> str:
    """No name, no number: places and dates stay for counting. Of `bookings.contact` alone, only how to reach them."""
    party.contact_name = party.contact_phone = ""
    columns = ["contact_name", "contact_phone"]
    if purpose == "bookings.booking":
        party.note, party.key, party.booker, party.agent = "", "", None, None
        columns += ["note", "key", "booker", "agent"]
        party.members.update(name="", person=None, birth_year=None, classes=[])
        Attendance.objects.filter(reservation__party=party).update(person=None)
        Strike.objects.filter(reservation__party=party).delete()
    party.save(update_fields=columns)
    audit.record(None, "bookings.erase", party, purpose=purpose)
    return "anonymised"


def keep_or_let_go(session_id: int) -> None:
    """A session is over: the terms of its parties run from its day (a later session of theirs starts them anew)."""
    session = Session.objects.get(pk=session_id)
    for party in Party.objects.filter(reservations__session=session).select_related("offer__area").distinct():
        for purpose in PURPOSES:
            start_retention(party, purpose, from_=timezone.localdate(session.ends))
