"""Booking: a place while filling in, a place for sure, and letting it go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import IntegrityError
from django.db.models import F
from django.db.transaction import atomic
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may, permit
from linli.foundation.prepared import Prepared, in_one_journey
from linli.foundation.web import Refused
from linli.mechanisms.bookings import capacity, fairness, overlaps, promotion, settings, telling, writing
from linli.mechanisms.bookings.actions.attempts import Attempt, attempt_of
from linli.mechanisms.bookings.models import (
    Attendance,
    EntryState,
    Party,
    PartyMember,
    Reservation,
    Session,
    SessionState,
    State,
    WaitEntry,
    WaitFor,
)
from linli.mechanisms.bookings.models.parties import facts_of

# What everybody in front of a session that opens asks at the same moment.
_tried = Prepared(lambda booker, key: Reservation.objects.filter(party__booker=booker, party__key=key).order_by(
    "session__starts", "id"))
_fresh = Prepared(lambda session: Session.objects.select_related("offer__area").filter(pk=session))
_there = Prepared(lambda session, who: Attendance.objects.filter(session=session, who=who, is_active=True)
                  .order_by("id")[:1])


def book(person: Person, sessions: Session | Sequence[Session], **known: Any) -> Reservation:
    """Book the party into the session, or into all of them, or none. Returns the reservation of the first session;
    the others are `reservation.party.reservations`.

    `known`: party=[Member…] (default: the booker alone), booker=Person (default: `person`), contact=(name, phone)
    for who has no account (staff only), channel="app"|"desk"|"phone"|"window"…, key= of the attempt (the same key
    twice is one booking), note=, facts={…}, overlap="tell"|"ask"|"ok": what a member has at the same time elsewhere is
    told after booking, asked about first (`overlaps`), or known. Staff who manage the offer book for anyone; others for
    whoever gave them a mandate for the offer's room. An offer of unit "term" always books every session still to come.
    Raises `Denied`, `Refused("full" | "closed" | "not_yet" | "already_in" | "apply_first" | "paused" | "cap_term" |
    "cap_consecutive" | "residents_first" | "newcomers_first" | "party_too_large" | "too_young" | "too_old" |
    "adult_needed" | "guardian_needed" | "birth_year_needed" | "same_time" | "overlaps")`.
    """
    return _place(person, sessions, State.CONFIRMED, known)


def hold(person: Person, sessions: Session | Sequence[Session], **known: Any) -> Reservation:
    """Keep the places while a form is filled in: `reservation.held_until`, 5 minutes, extendable. As `book`."""
    return _place(person, sessions, State.HELD, known)


def _place(person: Person, sessions: Session | Sequence[Session], state: str, known: dict[str, Any]) -> Reservation:
    return try_to_place(attempt_of(person, sessions, **known), state)


def try_to_place(attempt: Attempt, state: str) -> Reservation:
    """Book or hold what `attempt` asks for. A refusal leaves the attempt as it was: it may wait instead."""
    earlier = tried_before(attempt)
    if earlier is not None:
        return earlier
    fairness.windows(attempt.offer, attempt.booker)
    fairness.pause(attempt.offer, attempt.booker)
    _plainly_full_or_go_on(attempt)
    clash = overlaps.look(attempt)
    try:
        with atomic():
            made = place(attempt, state)
            if clash is not None and state != State.HELD:
                telling.overlapping(made, clash)
            return made
    except Refused:
        attempt.made, attempt.rows = None, []  # what was written of the party went back with the transaction
        raise
    except IntegrityError:
        # Two taps at once: the first one's booking is the answer to both.
        again = tried_before(attempt)
        if again is None:
            raise
        return again


def _plainly_full_or_go_on(attempt: Attempt) -> None:
    """A look without a lock: a crowd in front of a full session must not queue for the lock to hear that it is full."""
    for pk in attempt.session_ids:
        session = _fresh.first(pk)
        if session is None or session.capacity - session.taken >= len(attempt.members):
            continue
        whos = [f"p{one.person.pk}" for one in attempt.members if one.person is not None]
        if session.takes_registrations(now()) and not any(_there.first(pk, who) for who in whos):
            raise full(session, len(attempt.members))


def place(
    attempt: Attempt, state: str, *, ours: bool = False, locked: dict[int, Session] | None = None,
) -> Reservation:
    """Take the places under the lock. `ours`: who waits, was drawn or chosen takes what the queue keeps for them;
    `locked`: what the caller locked already."""
    offer = attempt.offer
    if locked is None:
        if offer.terms.cap_term and attempt.booker is not None:  # two sessions at once must not pass the cap
            list(Person.objects.select_for_update().filter(pk=attempt.booker.pk))
        attempt.party()  # before the lock: others wait the shorter
        locked = capacity.lock({*attempt.session_ids, *_waits_for(attempt)})
    sessions = sorted((locked[pk] for pk in attempt.session_ids), key=lambda one: (one.starts, one.pk))
    if not ours and offer.terms.mode in ("lottery", "choice") and not fairness.is_drawn(offer, sessions):
        raise Refused("apply_first", _("这里先登记，再抽签或挑选。请先登记。"))
    fairness.caps(offer, attempt.booker, sessions)
    for session in sessions:
        open_or_refuse(session)
    party = attempt.party()
    rows = attempt.rows
    already_in_or_refuse(party, rows, sessions)
    shares = []
    for session in sessions:
        share = capacity.usable_share(
            session, {name for one in attempt.members for name in one.classes}, attempt.channel, len(rows))
        if share is None and not ours:
            _jump_or_refuse(session, len(rows))
        if not capacity.take(session, len(rows), share):
            raise full(session, len(rows))
        shares.append(share)
    if state == State.CONFIRMED and offer.terms.approval and not may(attempt.person, offer.manage_verb, offer):
        state = State.PENDING
    until = now() + settings.hold_span(offer.area) if state == State.HELD else None
    with in_one_journey():  # the others wait for the lock the shorter
        made = [writing.reserve(party, session, rows, state, share=share, held_until=until)
                for session, share in zip(sessions, shares, strict=True)]
    if state != State.HELD:
        _wait_no_more(party, locked)
    with in_one_journey():
        for reservation in made:
            settle(attempt.person, reservation, attempt.agent)
    return made[0]


def settle(person: Person | None, reservation: Reservation, agent: Person | None = None) -> None:
    """Write down what state a reservation just reached, and say it."""
    acting_for = reservation.party.booker if agent else None
    audit.record(person, f"bookings.{_VERBS[reservation.state]}", reservation, acting_for=acting_for,
                 places=reservation.places, session=reservation.session_id)
    if reservation.state == State.CONFIRMED:
        emit("bookings.confirmed", **facts_of(reservation))
    elif reservation.state == State.PENDING:
        emit("bookings.asked", **facts_of(reservation))


_VERBS: dict[str, str] = {State.CONFIRMED: "book", State.PENDING: "ask", State.HELD: "hold"}


def tried_before(attempt: Attempt) -> Reservation | None:
    """The booking an earlier attempt with the same key made."""
    if not attempt.key or attempt.booker is None:
        return None
    return _tried.first(attempt.booker.pk, attempt.key)


def open_or_refuse(session: Session) -> None:
    moment = now()
    if session.state == SessionState.CANCELLED:
        raise Refused("closed", _("这一场取消了，请看看别的场次。"))
    if session.opens_at is not None and moment < session.opens_at:
        raise Refused("not_yet", _("%(at)s 开始报名，请到时再来。") % {
            "at": f"{timezone.localtime(session.opens_at):%Y-%m-%d %H:%M}"})
    if not session.takes_registrations(moment):
        raise Refused("closed", _("这一场已停止报名，请看看别的场次。"))


def already_in_or_refuse(party: Party, rows: Sequence[PartyMember], sessions: Sequence[Session]) -> None:
    whos = [writing.who_of(party, row) for row in rows]
    if len(set(whos)) != len(whos):
        raise Refused("already_in", _("同一个人写了两次，请删去一个。"), field="party")
    there = _there.first(sessions[0].pk, whos[0]) if len(sessions) == len(whos) == 1 else Attendance.objects.filter(
        session__in=[s.pk for s in sessions], who__in=whos, is_active=True).first()
    if there is not None:
        raise Refused("already_in", _("已经约过这一场了，在“我的预约”里可以看到。"), reservation=there.reservation_id)


def full(session: Session, places: int) -> Refused:
    left = max(session.free, 0)
    if left:
        return Refused("full", _("只剩 %(left)s 个名额，不够 %(places)s 个人。可以减少人数，或者排候补。") % {
            "left": left, "places": places}, left=left)
    return Refused("full", _("名额满了。可以排候补，有空位按顺序通知您。"), left=0)


def _jump_or_refuse(session: Session, places: int) -> None:
    """What is free while others wait is too small for them: it may be taken, which counts as passing them by; not when
    it is kept together for a large party, nor in the first hour of a late place that all who wait were told of."""
    if session.waiting <= 0 or session.free < places:
        return
    moment = now()
    if session.rush_at is not None:
        if moment < session.rush_at + settings.rush_alone(session.offer.area):
            raise full(session, places)
        return
    most = promotion.pass_limit(session, moment)
    waiting = promotion.queue(session)
    if most is not None and any(entry.passed >= most for entry in waiting):
        raise Refused("full", _("名额满了。可以排候补，有空位按顺序通知您。"), left=0)
    WaitEntry.objects.filter(pk__in=[entry.pk for entry in waiting]).update(passed=F("passed") + 1)


def _waits_for(attempt: Attempt) -> list[int]:
    """The sessions of the booker's own entries that this booking will close."""
    if attempt.booker is None:
        return []
    mine = WaitFor.objects.filter(session__in=attempt.session_ids, who=f"p{attempt.booker.pk}", is_open=True)
    return list(WaitFor.objects.filter(entry__in=mine.values("entry"), is_open=True).values_list("session", flat=True))


def _wait_no_more(party: Party, locked: dict[int, Session]) -> None:
    """Who booked a place waits for it no longer."""
    if party.offer.terms.mode in ("first_come", "newcomers") and not any(one.waiting for one in locked.values()):
        return
    who = writing.booker_key(party)
    wishes = WaitFor.objects.filter(session__in=list(locked), who=who, is_open=True).select_related("entry__party")
    for entry in {wish.entry_id: wish.entry for wish in wishes}.values():
        if entry.state in (EntryState.WAITING, EntryState.APPLIED) and entry.party_id != party.pk:
            promotion.close(entry, EntryState.PLACED, locked)


@atomic
def extend_hold(person: Person, reservation: Reservation) -> Reservation:
    """Five more minutes to fill in (WCAG 2.2.1). Raises `Refused("gone" | "too_often")`."""
    permit(person, "bookings.own", reservation)
    row = _locked(reservation)
    if row.state != State.HELD or not row.is_active:
        raise Refused("gone", _("留给您的时间过了，请重新选。"))
    if row.extended >= settings.hold_extensions(row.session.offer.area):
        raise Refused("too_often", _("不能再延长了，请现在提交。"))
    until = now() + settings.hold_span(row.session.offer.area)
    Reservation.objects.filter(party=row.party_id, state=State.HELD, is_active=True).update(
        held_until=until, extended=F("extended") + 1)
    row.refresh_from_db()
    audit.record(person, "bookings.extend_hold", row)
    return row


@atomic
def confirm(
    person: Person, reservation: Reservation, *, note: str = "", facts: dict[str, Any] | None = None,
) -> Reservation:
    """Make what is held a booking: every held session of the party. Twice is once. Raises `Refused("gone")`."""
    permit(person, "bookings.own", reservation)
    capacity.lock(Reservation.objects.filter(party=reservation.party_id).values_list("session", flat=True))
    row = _locked(reservation)
    if row.state in (State.CONFIRMED, State.PENDING):
        return row
    if row.state != State.HELD or not row.is_active:
        raise Refused("gone", _("留给您的时间过了，请重新选。"))
    state = State.PENDING if row.session.offer.terms.approval else State.CONFIRMED
    held = list(Reservation.objects.filter(party=row.party_id, state=State.HELD, is_active=True)
                .select_related("session__offer__area", "party").order_by("session__starts", "id"))
    if note or facts:
        row.party.note, row.party.facts = note or row.party.note, {**row.party.facts, **(facts or {})}
        row.party.save(update_fields=["note", "facts"])
    for one in held:
        one.state, one.held_until = state, None
        one.confirmed_at = now() if state == State.CONFIRMED else None
        one.save(update_fields=["state", "held_until", "confirmed_at"])
        settle(person, one)
    row.refresh_from_db()
    return row


@atomic
def cancel(
    person: Person, reservation: Reservation, *, reason: str = "", members: Sequence[PartyMember] | None = None,
    whole_party: bool = False,
) -> Reservation:
    """Let places go: of all, or of some `members`; `whole_party`: of every session still to come (a term).

    Free until `cancel_h` before the start, always for who keeps the offer, and after a change of time or place;
    later it is `late_cancelled` and counts one half. What comes free goes to who waits, here and now.
    Raises `Denied`, `Refused("not_yours_to_cancel" | "over")`.
    """
    manages = may(person, reservation.session.offer.manage_verb, reservation.session.offer)
    if not manages:
        permit(person, "bookings.own", reservation)
    rows = Reservation.objects.filter(party=reservation.party_id, is_active=True)
    rows = rows.filter(session__starts__gt=now()) if whole_party else rows.filter(pk=reservation.pk)
    locked = capacity.lock_with_waiting(rows.values_list("session", flat=True))
    living = list(rows.select_related("session__offer__area", "party__booker", "share").order_by("session", "id"))
    living = [row for row in living if row.state != State.ATTENDED]
    if not living:
        fresh: Reservation = Reservation.objects.get(pk=reservation.pk)
        if fresh.state in (State.CANCELLED, State.LATE_CANCELLED, State.LAPSED):
            return fresh
        raise Refused("over", _("这一场已经过去，不能取消了。"))
    for row in living:
        row.session = locked[row.session_id]
        some = [one for one in members or () if one.party_id == row.party_id]
        if some and len(some) < row.places:
            _shrink(person, row, some)
        else:
            _let_go(person, row, reason, free=manages or row.state != State.CONFIRMED)
    promotion.promote(locked)
    reservation.refresh_from_db()
    return reservation


def is_late(reservation: Reservation) -> bool:
    """Would cancelling it now come too late to be free?"""
    session = reservation.session
    if reservation.state != State.CONFIRMED or (session.moved_at and session.moved_at > reservation.created):
        return False
    return now() > session.starts - timedelta(hours=session.offer.terms.cancel_h)


def _let_go(person: Person, row: Reservation, reason: str, *, free: bool) -> None:
    late = not free and is_late(row)
    was_offered = row.state == State.OFFERED
    writing.release(row, State.LATE_CANCELLED if late else State.CANCELLED, reason=reason)
    capacity.give_back(row.session, row.places, row.share)
    audit.record(person, "bookings.cancel", row, late=late, session=row.session_id)
    emit("bookings.cancelled", **facts_of(row), late=late, by=person.pk)
    if was_offered:
        from linli.mechanisms.bookings.actions.waiting import offer_gone

        offer_gone(row.party)
    if late:
        from linli.mechanisms.bookings.actions.strikes import strike

        strike(None, row, halves=1)


def _shrink(person: Person, row: Reservation, gone: Sequence[PartyMember]) -> None:
    count = Attendance.objects.filter(reservation=row, member__in=gone, is_active=True).update(is_active=False)
    if not count:
        return
    row.places -= count
    row.save(update_fields=["places"])
    capacity.give_back(row.session, count, row.share)
    audit.record(person, "bookings.shrink", row, places=row.places)
    emit("bookings.shrunk", **facts_of(row), places=row.places)


def _locked(reservation: Reservation) -> Reservation:
    rows = Reservation.objects.select_for_update(of=("self",)).select_related("session__offer__area", "party")
    found: Reservation = rows.get(pk=reservation.pk)
    return found
