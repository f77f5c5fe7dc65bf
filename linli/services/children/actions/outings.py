"""Verbs of parent–child activities, all of them on bookings: plan, join as a family, leave, cancel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.transaction import atomic
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.mechanisms.bookings import actions as bookings, queries
from linli.mechanisms.bookings.models import Reservation, Session
from linli.services.children.models import Outing
from linli.services.children.vetting import refuse_unvetted

PARTY_MAX = 8


@atomic
def plan(person: Person, area: Area, *, title: str, starts: datetime, ends: datetime, places: int, text: str = "",
         host: Person | None = None, **facts: Any) -> Outing:
    """Plan an outing. Who leads children was looked up (未保法 第62条: it blocks publishing).

    Raises `Denied`, `Refused`: not_vetted, no_title, bad_ages, and those of bookings.
    """
    permit(person, "children.keep_outings", area)
    leader = host or person
    refuse_unvetted(leader, today())
    if len(title.strip()) < 2:
        raise Refused("no_title", _("请写活动的名称。"), field="title")
    if facts.get("age_to", 12) < facts.get("age_from", 0):
        raise Refused("bad_ages", _("年龄的上限比下限小，请改一下。"), field="age_to")
    row = Outing(area=area, title=title.strip()[:80], text=text, starts=starts, ends=ends, host=leader, **facts)
    offer = bookings.create_offer(
        person, area, category="parent_child", title=row.title, owner=f"children.outing:{row.pk}", host=leader,
        verb="children.keep_outings", manage_verb="children.run_outing", book_verb="children.join",
        url=reverse("children:outing", args=[row.pk]), is_public=True,
        rules={"adults_min": 1, "guardian": True, "party_max": PARTY_MAX, "age_from": row.age_from,
               "age_to": row.age_to, "photo": True})
    session = bookings.add_session(person, offer, starts, ends, places, place=row.place)
    row.offer_id, row.session_id = offer.pk, session.pk
    row.save(force_insert=True)
    audit.record(person, "children.keep_outings", row, places=places)
    return row


@atomic
def join(person: Person, outing: Outing, *, adults: int, children: Sequence[tuple[str, int]], key: str = "",
         overlap: str = "tell") -> bool:
    """A family comes, or waits, together: the adult who books and `adults` − 1 more, and the children by name and year.

    True: a place; False: in the queue. The booker says to be grown; an account whose year of birth says otherwise is
    refused. Raises `Denied`, `Refused`: cancelled, no_adult, and those of bookings (adult_needed, too_young …).
    """
    permit(person, "children.join", outing)
    if outing.is_cancelled or outing.session_id is None:
        raise Refused("cancelled", _("这场活动取消了，请看看别的。"))
    if adults < 1:
        raise Refused("no_adult", _("亲子活动至少要有一位大人。"), field="adults")
    grown = today().year - 18  # the bound that "I am 18 or older" says; not a birth year that anybody knows
    if person.birth_year is not None and person.birth_year > grown:
        raise Refused("adult_needed", _("要由满 18 岁的大人报名，并且一起来。"), field="grown")
    party = [bookings.Member(person, birth_year=person.birth_year or grown)]
    party += [bookings.Member(name=_("同来的大人%(n)s") % {"n": n}, birth_year=grown) for n in range(2, adults + 1)]
    party += [bookings.Member(name=name, birth_year=year) for name, year in children]
    session = Session.objects.select_related("offer__area").get(pk=outing.session_id)
    placed = bookings.book_or_wait(person, session, party=party, key=key, overlap=overlap)
    audit.record(person, "children.join", outing, size=len(party))
    return isinstance(placed, Reservation)


@atomic
def leave(person: Person, outing: Outing) -> None:
    """The family does not come after all. Raises `Denied`, `Refused`."""
    session = Session.objects.select_related("offer__area").get(pk=outing.session_id or 0)
    held = queries.reservation_of(person, session)
    entry = queries.entry_of(person, session)
    if held is not None:
        bookings.cancel(person, held)
    elif entry is not None:
        bookings.leave(person, entry)
    else:
        raise Refused("not_in", _("您没有报这场活动。"))
    audit.record(person, "children.leave_outing", outing)


@atomic
def cancel(person: Person, outing: Outing, *, reason: str) -> Outing:
    """Call it off: bookings tells everyone. Raises `Denied`, `Refused("no_reason")`."""
    permit(person, "children.run_outing", outing)
    if len(reason.strip()) < 2:
        raise Refused("no_reason", _("请写一句为什么取消，报名的人会看到。"), field="reason")
    row: Outing = Outing.objects.select_for_update(of=("self",)).select_related("area", "host").get(pk=outing.pk)
    if not row.is_cancelled and row.session_id is not None:
        bookings.cancel_session(person, Session.objects.select_related("offer__area").get(pk=row.session_id),
                                reason=reason.strip()[:200])
        row.is_cancelled = True
        row.save(update_fields=["is_cancelled"])
        audit.record(person, "children.cancel_outing", row)
    return row
