"""Times one may book at a hall, and who booked for today."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Person
from linli.mechanisms.bookings import queries as booked
from linli.mechanisms.bookings.models import Reservation, Session, State
from linli.services.window.models import Hall


def free(hall: Hall) -> list[Session]:
    """Times still to come that have a place, soonest first."""
    rows = Session.objects.filter(
        offer__in=booked.offers_of(hall), starts__gt=now(), state="open").select_related("offer").order_by("starts")
    return [one for one in rows[:200] if one.free > 0]


def mine(person: Person, hall: Hall) -> list[Reservation]:
    """The times `person` has there, from today on."""
    rows = booked.mine(person).filter(session__offer__in=booked.offers_of(hall))
    return list(rows[:10])


def booked_today(hall: Hall, code: str) -> Reservation | None:
    """The reservation of that ticket number (read out or typed) for today, or None."""
    rows = Reservation.objects.select_related("session__offer", "party__booker").filter(
        session__offer__in=booked.offers_of(hall), ticket=code.strip().upper()[:20],
        session__starts__date__gte=today() - timedelta(days=1),
        state__in=[State.CONFIRMED, State.ATTENDED]) if code.strip() else Reservation.objects.none()
    return next((one for one in rows if timezone.localdate(one.session.starts) == today()), None)


def expected(hall: Hall) -> list[Reservation]:
    """Who booked for today, in the order of their times."""
    rows = Reservation.objects.filter(
        session__offer__in=booked.offers_of(hall), is_active=True, session__starts__gt=now() - timedelta(hours=12),
        session__starts__lt=now() + timedelta(hours=24)).select_related("session", "party__booker")
    return [one for one in rows.order_by("session__starts", "id")
            if timezone.localdate(one.session.starts) == today()]
