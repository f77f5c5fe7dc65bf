"""候补: joining the queue, answering when the turn comes, and what the clock does when nobody answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may, permit
from linli.foundation.prepared import Prepared, in_one_journey
from linli.foundation.web import Refused
from linli.mechanisms.bookings import capacity, fairness, promotion, telling, writing
from linli.mechanisms.bookings.actions.attempts import Attempt, attempt_of
from linli.mechanisms.bookings.actions.booking import (
    already_in_or_refuse,
    open_or_refuse,
    place,
    settle,
    try_to_place,
)
from linli.mechanisms.bookings.models import (
    EntryState,
    Party,
    PlaceOffer,
    PlaceOfferState,
    Reservation,
    Session,
    State,
    WaitEntry,
    WaitFor,
)
from linli.mechanisms.bookings.models.parties import facts_of
from linli.mechanisms.bookings.rules import wait_class

_wish = Prepared(lambda session, who: WaitFor.objects.filter(session=session, who=who, is_open=True)
                 .select_related("entry"))


def book_or_wait(
    person: Person, sessions: Session | Sequence[Session], *, at_least: int | None = None, auto_accept: bool = False,
    **known: Any,
) -> Reservation | WaitEntry:
    """A place if there is one, else one's place in the queue. Raises as `book`, but for "full" and "paused"."""
    attempt = attempt_of(person, sessions, **known)
    try:
        return try_to_place(attempt, State.CONFIRMED)
    except Refused as refusal:
        if refusal.code not in ("full", "paused", "apply_first"):
            raise
    return _wait(attempt, at_least, auto_accept)


def wait(
    person: Person, sessions: Session | Sequence[Session], *, at_least: int | None = None, auto_accept: bool = False,
    on_site: bool = False, by_phone: bool = False, **known: Any,
) -> WaitEntry:
    """Join the queue with the whole party, or "at least `at_least` of us"; in a draw or a choice: register for it.

    `auto_accept`: a place that comes free is booked at once. `by_phone`: staff call (the call list). `known` as in
    `book`. Who waits twice for the same session has one entry: the first. If places are free it is served at once.
    Raises `Denied`, `Refused("closed" | "not_yet" | "already_in" | "no_waiting" | …conditions)`.
    """
    return _wait(attempt_of(person, sessions, **known), at_least, auto_accept, on_site, by_phone)


def _wait(
    attempt: Attempt, at_least: int | None, auto_accept: bool, on_site: bool = False, by_phone: bool = False,
) -> WaitEntry:
    if not attempt.offer.terms.waiting and not fairness_list(attempt):
        raise Refused("no_waiting", _("这里不排候补，请看看别的场次。"))
    earlier = _waits_already(attempt)
    if earlier is not None:
        return earlier
    try:
        with atomic():
            return _join(attempt, at_least, auto_accept, on_site, by_phone)
    except IntegrityError:
        again = _waits_already(attempt)
        if again is None:
            raise
        return again


def fairness_list(attempt: Attempt) -> bool:
    """Is there a register to join, whatever the offer says of waiting: a draw or a choice still to come?"""
    return attempt.offer.terms.mode in ("lottery", "choice") and not fairness.is_drawn(attempt.offer, attempt.sessions)


def _join(attempt: Attempt, at_least: int | None, auto_accept: bool, on_site: bool, by_phone: bool) -> WaitEntry:
    offer, size = attempt.offer, len(attempt.members)
    party = attempt.party()  # before the lock: others wait the shorter
    locked = capacity.lock_with_waiting(attempt.session_ids)
    sessions = [locked[pk] for pk in attempt.session_ids]
    for session in sessions:
        if not on_site:
            open_or_refuse(session)
    already_in_or_refuse(party, attempt.rows, sessions)
    classes = {name for one in attempt.members for name in one.classes}
    klass = 2 * wait_class(offer.terms.classes, classes)
    if offer.terms.siblings_together and attempt.booker is not None and Reservation.objects.filter(
            session__in=attempt.session_ids, party__booker=attempt.booker, is_active=True).exists():
        klass -= 1
    state, tier = EntryState.WAITING, 2
    if fairness_list(attempt):
        state, tier = EntryState.APPLIED, tier_of(attempt)
    with in_one_journey():  # the others wait for the lock the shorter
        entry = writing.enter(
            party, sessions, size, at_least=max(1, min(at_least or size, size)), klass=klass, auto_accept=auto_accept,
            on_site=on_site, by_phone=by_phone or attempt.booker is None, state=state, tier=tier)
        audit.record(attempt.person, "bookings.wait", entry, acting_for=attempt.booker if attempt.agent else None,
                     size=size, sessions=len(sessions))
        emit("bookings.waiting", entry=entry.pk, session=sessions[0].pk, offer=offer.pk, owner=offer.owner)
    if promotion.promote(locked, attempt.session_ids):  # something may be free that nobody before could use
        entry.refresh_from_db()
    return entry


def tier_of(attempt: Attempt) -> int:
    """Tier in a draw: 0 lost twice in this category, 1 had no place in it, 2 others."""
    booker = attempt.booker
    if booker is None:
        return 1
    lost = WaitEntry.objects.filter(
        party__booker=booker, party__offer__category=attempt.offer.category, state=EntryState.LAPSED,
        party__offer__draws__drawn_at__isnull=False).distinct().count()
    if lost >= 2:
        return 0
    return 2 if fairness.places_of(booker, attempt.offer).exists() else 1


def _waits_already(attempt: Attempt) -> WaitEntry | None:
    if attempt.booker is None:
        return None
    found = (_wish.first(pk, f"p{attempt.booker.pk}") for pk in attempt.session_ids)
    return next((wish.entry for wish in found if wish is not None), None)


@atomic
def leave(person: Person, entry: WaitEntry) -> WaitEntry:
    """Leave the queue. Who stands behind may fit now. Twice is once. Raises `Denied`, `Refused("offered")`."""
    _own(person, entry)
    locked = capacity.lock_with_waiting(WaitFor.objects.filter(entry=entry).values_list("session", flat=True))
    row = WaitEntry.objects.select_related("party__offer").get(pk=entry.pk)
    if row.state == EntryState.OFFERED:
        raise Refused("offered", _("已经轮到您了，请答复：要，还是不要。"))
    if row.state in (EntryState.WAITING, EntryState.APPLIED):
        promotion.close(row, EntryState.LEFT, locked)
        audit.record(person, "bookings.leave", row)
        promotion.promote(locked)
    return row


@atomic
def accept_offer(person: Person, offer: PlaceOffer) -> Reservation:
    """Take the offered places. Twice is once. Raises `Denied`, `Refused("gone")` when the time is over."""
    _own(person, offer.entry)
    locked, row = _answering(offer)
    made = _offered(row)
    if row.state == PlaceOfferState.ACCEPTED:
        return _first(row.entry.party)
    if row.state != PlaceOfferState.OPEN or not made or row.expires_at <= now():
        raise Refused("gone", _("留给您的时间过了，名额给了下一位。您可以再排候补。"))
    _answered(row, PlaceOfferState.ACCEPTED)
    promotion.close(row.entry, EntryState.PLACED, locked)
    state = State.PENDING if row.entry.party.offer.terms.approval else State.CONFIRMED
    for one in made:
        one.state, one.confirmed_at = state, now() if state == State.CONFIRMED else None
        one.save(update_fields=["state", "confirmed_at"])
        settle(person, one)
    return made[0]


@atomic
def decline_offer(person: Person, offer: PlaceOffer) -> PlaceOffer:
    """Say no; the next gets the places in the same step. Raises `Denied`, `Refused("gone")`."""
    _own(person, offer.entry)
    locked, row = _answering(offer)
    if row.state == PlaceOfferState.DECLINED:
        return row
    if row.state != PlaceOfferState.OPEN:
        raise Refused("gone", _("留给您的时间过了，名额给了下一位。您可以再排候补。"))
    _withdraw(row, PlaceOfferState.DECLINED, EntryState.LEFT, locked)
    audit.record(person, "bookings.decline", row.entry)
    emit("bookings.declined", entry=row.entry_id, offer=row.entry.party.offer_id, owner=row.entry.party.offer.owner)
    promotion.promote(locked)
    return row


@atomic
def expire_offer(pk: int) -> bool:
    """The clock ran out: free and promote in one step. False if somebody answered meanwhile."""
    found = PlaceOffer.objects.filter(pk=pk).select_related("entry").first()
    if found is None:
        return False
    locked, row = _answering(found)
    if row.state != PlaceOfferState.OPEN or row.expires_at > now():
        return False
    _withdraw(row, PlaceOfferState.EXPIRED, EntryState.LAPSED, locked)
    audit.record(None, "bookings.expire_offer", row.entry)
    emit("bookings.expired", entry=row.entry_id, offer=row.entry.party.offer_id, owner=row.entry.party.offer.owner)
    telling.lapsed(row)
    promotion.promote(locked)
    return True


@atomic
def expire_hold(pk: int) -> bool:
    """A place kept while a form was filled in goes back. False if it was confirmed meanwhile."""
    found = Reservation.objects.filter(pk=pk).only("party_id").first()
    if found is None:
        return False
    locked = capacity.lock_with_waiting(
        Reservation.objects.filter(party=found.party_id).values_list("session", flat=True))
    held = list(Reservation.objects.filter(
        party=found.party_id, state=State.HELD, is_active=True, held_until__lte=now()).select_related("share", "party"))
    for row in held:
        row.session = locked[row.session_id]
        writing.release(row, State.LAPSED)
        capacity.give_back(row.session, row.places, row.share)
        audit.record(None, "bookings.expire_hold", row)
        emit("bookings.expired", **facts_of(row))
    promotion.promote(locked)
    return bool(held)


@atomic
def claim(person: Person, entry: WaitEntry) -> Reservation:
    """Take a late place that was opened to all who wait, first come. Raises `Denied`, `Refused("full" | "closed")`."""
    _own(person, entry)
    locked = capacity.lock_with_waiting(
        WaitFor.objects.filter(entry=entry, is_open=True).values_list("session", flat=True))
    row = WaitEntry.objects.select_related("party__offer__area", "party__booker", "party__agent").get(pk=entry.pk)
    if row.state != EntryState.WAITING or not any(session.rush_at for session in locked.values()):
        raise Refused("closed", _("现在没有开放的空位，请再等等。"))
    made = place_entry(person, row, locked)
    promotion.promote(locked)
    return made


def place_entry(person: Person, entry: WaitEntry, locked: dict[int, Session]) -> Reservation:
    """Book an entry's own party now; its sessions are locked. Used by late places, draws and choices."""
    party = entry.party
    ids = sorted(WaitFor.objects.filter(entry=entry, is_open=True).values_list("session", flat=True))
    rows = list(party.members.select_related("person"))
    members = [writing.Member(one.person, one.name, one.birth_year, frozenset(one.classes)) for one in rows]
    attempt = Attempt(
        person, party.offer, [locked[pk] for pk in ids], members, party.booker, party.agent, party.channel,
        made=party, rows=rows)
    made = place(attempt, State.CONFIRMED, ours=True, locked=locked)
    promotion.close(entry, EntryState.PLACED, locked)
    return made


@atomic
def note_call(person: Person, offer: PlaceOffer, *, note: str = "") -> PlaceOffer:
    """Staff called somebody without a phone that reads messages. Raises `Denied`."""
    permit(person, offer.entry.party.offer.manage_verb, offer.entry.party.offer)
    offer.called_at, offer.called_by, offer.called_note = now(), person, note[:100]
    offer.save(update_fields=["called_at", "called_by", "called_note"])
    audit.record(person, "bookings.call", offer.entry)
    return offer


def offer_gone(party: Party) -> None:
    """The offered reservation was cancelled otherwise: its offer is declined with it."""
    for offer in PlaceOffer.objects.filter(entry__party=party, state=PlaceOfferState.OPEN).select_related("entry"):
        _answered(offer, PlaceOfferState.DECLINED)
        promotion.close(offer.entry, EntryState.LEFT, {})


def _own(person: Person, entry: WaitEntry) -> None:
    if not may(person, entry.party.offer.manage_verb, entry.party.offer):
        permit(person, "bookings.answer", entry)


def _answering(offer: PlaceOffer) -> tuple[dict[int, Session], PlaceOffer]:
    locked = capacity.lock_with_waiting(
        WaitFor.objects.filter(entry=offer.entry_id).values_list("session", flat=True))
    row = PlaceOffer.objects.select_related("entry__party__offer__area", "entry__party__booker").get(pk=offer.pk)
    return locked, row


def _offered(offer: PlaceOffer) -> list[Reservation]:
    return list(Reservation.objects.filter(party=offer.entry.party_id, state=State.OFFERED, is_active=True)
                .select_related("session__offer__area", "party__booker", "share").order_by("session__starts", "id"))


def _first(party: Party) -> Reservation:
    found: Reservation = Reservation.objects.filter(party=party).order_by("session__starts", "id")[0]
    return found


def _answered(offer: PlaceOffer, state: str) -> None:
    offer.state, offer.answered_at = state, now()
    offer.save(update_fields=["state", "answered_at"])


def _withdraw(offer: PlaceOffer, state: str, entry_state: str, locked: dict[int, Session]) -> None:
    for row in _offered(offer):
        row.session = locked[row.session_id]
        writing.release(row, State.LAPSED)
        capacity.give_back(row.session, row.places, row.share)
    _answered(offer, state)
    promotion.close(offer.entry, entry_state, locked)


