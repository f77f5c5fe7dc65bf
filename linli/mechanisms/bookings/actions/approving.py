"""Yes or no to what waits for approval; a no with its reason, and the places go on."""

from __future__ import annotations

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.mechanisms.bookings import capacity, promotion, telling, writing
from linli.mechanisms.bookings.models import Reservation, State
from linli.mechanisms.bookings.models.parties import facts_of


@atomic
def approve(person: Person, reservation: Reservation) -> Reservation:
    """Say yes to what waits for approval: every pending session of the party. Raises `Denied`, `Refused("decided")`."""
    permit(person, reservation.session.offer.manage_verb, reservation.session.offer)
    capacity.lock(Reservation.objects.filter(party=reservation.party_id).values_list("session", flat=True))
    pending = _pending(reservation)
    for row in pending:
        row.state, row.confirmed_at = State.CONFIRMED, now()
        row.save(update_fields=["state", "confirmed_at"])
        audit.record(person, "bookings.approve", row)
        emit("bookings.confirmed", **facts_of(row))
    telling.decided(pending[0], agreed=True, reason="")
    reservation.refresh_from_db()
    return reservation


@atomic
def refuse(person: Person, reservation: Reservation, *, reason: str) -> Reservation:
    """Say no with a reason; the places go to who waits. Raises `Denied`, `Refused("decided" | "no_reason")`."""
    permit(person, reservation.session.offer.manage_verb, reservation.session.offer)
    if not reason.strip():
        raise Refused("no_reason", _("请写一句为什么不行，对方会看到。"), field="reason")
    locked = capacity.lock_with_waiting(
        Reservation.objects.filter(party=reservation.party_id).values_list("session", flat=True))
    pending = _pending(reservation)
    for row in pending:
        row.session = locked[row.session_id]
        writing.release(row, State.REFUSED, reason=reason)
        capacity.give_back(row.session, row.places, row.share)
        audit.record(person, "bookings.refuse", row)
        emit("bookings.cancelled", **facts_of(row), late=False, by=person.pk)
    telling.decided(pending[0], agreed=False, reason=reason)
    promotion.promote(locked)
    reservation.refresh_from_db()
    return reservation


def _pending(reservation: Reservation) -> list[Reservation]:
    found = list(Reservation.objects.filter(party=reservation.party_id, state=State.PENDING, is_active=True)
                 .select_related("session__offer__area", "party", "share").order_by("session__starts", "id"))
    if not found:
        raise Refused("decided", _("已经有人处理过了，请刷新。"))
    return found
