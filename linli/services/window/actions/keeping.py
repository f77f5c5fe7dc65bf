"""Halls, counters, and the times one may book."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.db.transaction import atomic
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation import audit, calendar
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.mechanisms.bookings import actions as bookings, queries as booked
from linli.mechanisms.bookings.models import Offer, Session
from linli.services.window import settings
from linli.services.window.actions.queue import hold
from linli.services.window.models import Counter, Hall, Ticket, TicketState


@atomic
def save_hall(person: Person, area: Area, hall: Hall | None = None, **given: Any) -> Hall:
    """Make or change a hall (name, place, phone, hours, is_open). Raises `Denied`."""
    permit(person, "window.keep", hall or area)
    row = hall or Hall(area=area)
    for name, value in given.items():
        setattr(row, name, value)
    row.save()
    audit.record(person, "window.keep", row, new=hall is None)
    return row


@atomic
def save_counter(person: Person, hall: Hall, counter: Counter | None = None, **given: Any) -> Counter:
    """Make or change a counter (number, name, topics, first, is_active). Raises `Denied`, `Refused("number_taken")`."""
    permit(person, "window.keep", hall)
    hold(hall)
    others = Counter.objects.filter(hall=hall, number=given["number"]).exclude(pk=counter.pk if counter else 0)
    if others.exists():
        raise Refused("number_taken", _("这个大厅已经有 %(number)s 号窗口。") % given, field="number")
    row = counter or Counter(area=hall.area, hall=hall)
    for name, value in given.items():
        setattr(row, name, value)
    row.save()
    audit.record(person, "window.keep", row, new=counter is None)
    return row


@atomic
def sit_down(person: Person, counter: Counter) -> Counter:
    """Somebody sits at the counter: it counts for the wait from now on. Raises `Denied`."""
    permit(person, "window.serve", counter)
    hold(counter.hall)
    Counter.objects.filter(pk=counter.pk).update(staffed_by=person, is_active=True)
    counter.refresh_from_db()
    audit.record(person, "window.sit_down", counter)
    return counter


@atomic
def get_up(person: Person, counter: Counter) -> Counter:
    """The counter pauses. Raises `Denied`, `Refused("somebody_here")`."""
    permit(person, "window.serve", counter)
    hold(counter.hall)
    if Ticket.objects.filter(counter=counter, state__in=[TicketState.CALLED, TicketState.SERVING]).exists():
        raise Refused("somebody_here", _("窗口还有人，先办完或转给别的窗口。"))
    Counter.objects.filter(pk=counter.pk).update(staffed_by=None)
    Ticket.objects.filter(wanted=counter, state=TicketState.WAITING).update(wanted=None)
    counter.refresh_from_db()
    audit.record(person, "window.get_up", counter)
    return counter


def offer_of(hall: Hall) -> Offer | None:
    """The offer of bookings behind the hall's times."""
    return booked.offers_of(hall).first()


@atomic
def open_times(person: Person, hall: Hall) -> int:
    """Open the times of the coming working days that are not open yet; gives how many. Raises `Denied`.

    A year whose days off nobody knows yet gets no times.
    """
    permit(person, "window.keep", hall)
    hold(hall)
    offer = offer_of(hall) or bookings.create_offer(
        person, hall.area, category="window.slot", title=hall.name, owner=hall, verb="window.keep",
        manage_verb="window.serve", book_verb="window.book", url="/window/",
        rules={"party_max": 1, "walk_in": False, "waiting": False, "no_show": False, "cancel_h": 0})
    minutes, places = settings.number("slot_minutes", hall.area), settings.number("slot_places", hall.area)
    there = set(Session.objects.filter(offer=offer, starts__gt=now()).values_list("starts", flat=True))
    made = 0
    for ahead in range(settings.number("slot_days", hall.area) + 1):
        day = today() + timedelta(days=ahead)
        try:
            if calendar.is_day_off(day):
                continue
        except calendar.Unannounced:
            break
        for opens, closes in settings.value("slot_hours", hall.area):
            at = timezone.make_aware(datetime.combine(day, time.fromisoformat(opens)))
            end = timezone.make_aware(datetime.combine(day, time.fromisoformat(closes)))
            while at + timedelta(minutes=minutes) <= end:
                if at > now() and at not in there:
                    bookings.add_session(person, offer, at, at + timedelta(minutes=minutes), places, place=hall.place)
                    made += 1
                at += timedelta(minutes=minutes)
    return made
