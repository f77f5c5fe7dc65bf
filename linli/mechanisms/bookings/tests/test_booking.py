"""Booking, cancelling and waiting, one at a time; several at once are in test_races.py."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linli.foundation import audit
from linli.foundation.calendar import clock
from linli.foundation.web import Denied, Refused
from linli.mechanisms.bookings import actions, queries
from linli.mechanisms.bookings.actions import Member
from linli.mechanisms.bookings.actions.waiting import expire_hold, expire_offer
from linli.mechanisms.bookings.models import EntryState, PlaceOffer, Reservation, Session, SessionState, State

pytestmark = pytest.mark.django_db


def taken(session: Session) -> int:
    session.refresh_from_db()
    return session.taken


def test_a_place_is_booked_once_whatever_is_tapped_twice(make_session, resident):
    session = make_session(2)
    first = actions.book(resident, session, key="once")
    assert actions.book(resident, session, key="once") == first
    with pytest.raises(Refused, match="already_in"):
        actions.book(resident, session, key="another")
    assert taken(session) == 1
    assert audit.verbs(first) == ["bookings.book"]


def test_a_full_session_has_a_queue_and_a_cancelled_place_goes_to_its_head(make_session, people):
    session = make_session(1)
    a, b, c = people(3)
    booked = actions.book(a, session)
    with pytest.raises(Refused, match="full"):
        actions.book(b, session)
    first, second = actions.book_or_wait(b, session), actions.book_or_wait(c, session)
    assert (queries.position(first), queries.position(second)) == (1, 2)
    actions.cancel(a, booked)
    offer = PlaceOffer.objects.get()
    assert offer.entry == first
    assert taken(session) == 1  # an offered place is no free place
    with pytest.raises(Refused, match="full"):
        actions.book(a, session)
    made = actions.accept_offer(b, offer)
    assert made.state == State.CONFIRMED
    assert actions.accept_offer(b, offer) == made
    assert queries.position(second) == 1


def test_an_offer_not_answered_goes_on_to_the_next_in_the_same_step(make_session, people):
    session = make_session(1)
    a, b, c = people(3)
    booked = actions.book(a, session)
    first, second = actions.wait(b, session), actions.wait(c, session)
    actions.cancel(a, booked)
    offer = PlaceOffer.objects.get()
    with clock.at(offer.expires_at + timedelta(seconds=1)):
        assert expire_offer(offer.pk)
        assert not expire_offer(offer.pk)
        with pytest.raises(Refused, match="gone"):
            actions.accept_offer(b, offer)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (EntryState.LAPSED, EntryState.OFFERED)
    assert taken(session) == 1


def test_a_declined_offer_goes_on_and_auto_accept_needs_no_answer(make_session, people):
    session = make_session(1)
    a, b, c = people(3)
    booked = actions.book(a, session)
    actions.wait(b, session)
    actions.wait(c, session, auto_accept=True)
    actions.cancel(a, booked)
    actions.decline_offer(b, PlaceOffer.objects.get())
    assert queries.reservation_of(c, session).state == State.CONFIRMED


def test_a_family_comes_together_and_a_smaller_party_passes_it_only_so_often(make_session, people):
    session = make_session(6)
    a, b, c, *others = people(9)
    six = [actions.book(person, session) for person in (a, b, c, *others[:3])]
    family = actions.wait(others[3], session, party=[Member(others[3]), *(Member(name=n) for n in ("甲", "乙", "丙"))])
    single = actions.wait(others[4], session, auto_accept=True)
    actions.cancel(a, six[0])
    family.refresh_from_db()
    single.refresh_from_db()
    assert (single.state, family.passed) == (EntryState.PLACED, 1)
    family.passed = 3
    family.save()
    later = actions.wait(others[5], session)
    actions.cancel(b, six[1])
    later.refresh_from_db()
    assert later.state == EntryState.WAITING  # the free place is kept for the family of four
    with pytest.raises(Refused, match="full"):
        actions.book(a, session)
    for person, booked in zip((c, *others[:2]), six[2:5], strict=True):
        actions.cancel(person, booked)
    family.refresh_from_db()
    assert family.state == EntryState.OFFERED
    assert PlaceOffer.objects.get(entry=family).places == 4


def test_at_least_two_of_a_family_of_three_take_two_places(make_session, people):
    session = make_session(2)
    a, b, c = people(3)
    first, second = actions.book(a, session), actions.book(b, session)
    entry = actions.wait(
        c, session, party=[Member(c), Member(name="甲"), Member(name="乙")], at_least=2, auto_accept=True)
    actions.cancel(a, first)
    actions.cancel(b, second)
    entry.refresh_from_db()
    assert entry.state == EntryState.PLACED
    assert queries.reservation_of(c, session).places == 2


def test_a_hold_is_kept_extended_confirmed_or_given_to_who_waits(make_session, people):
    session = make_session(1)
    a, b = people(2)
    held = actions.hold(a, session)
    assert held.held_until == clock.now() + timedelta(minutes=5)
    entry = actions.wait(b, session, auto_accept=True)
    assert actions.extend_hold(a, held).extended == 1
    assert actions.confirm(a, held).state == State.CONFIRMED
    assert not expire_hold(held.pk)
    other = make_session(1)
    held = actions.hold(a, other)
    actions.wait(b, other, auto_accept=True)
    with clock.at(clock.now() + timedelta(minutes=6)):
        assert expire_hold(held.pk)
        with pytest.raises(Refused, match="gone"):
            actions.confirm(a, held)
        assert queries.reservation_of(b, other).state == State.CONFIRMED
    entry.refresh_from_db()
    assert entry.state == EntryState.WAITING


def test_a_term_is_booked_whole_or_not_at_all(make_session, people, worker):
    first = make_session(1, unit="term")
    second = make_session(1, offer=first.offer, days=21)
    a, b = people(2)
    made = actions.book(a, first)
    assert {row.session for row in made.party.reservations.all()} == {first, second}
    with pytest.raises(Refused, match="full"):
        actions.book(b, second)
    entry = actions.wait(b, first, auto_accept=True)
    actions.cancel(a, made)  # away for one lesson: nobody of the queue can use that alone
    entry.refresh_from_db()
    assert entry.state == EntryState.WAITING
    actions.cancel(a, Reservation.objects.get(session=second))
    entry.refresh_from_db()
    assert entry.state == EntryState.PLACED
    assert (taken(first), taken(second)) == (1, 1)


def test_more_capacity_goes_to_who_waits_and_less_names_who_would_go(make_session, people, worker):
    session = make_session(1)
    a, b = people(2)
    actions.book(a, session)
    entry = actions.wait(b, session, auto_accept=True)
    actions.change_session(worker, session, capacity=2)
    entry.refresh_from_db()
    assert entry.state == EntryState.PLACED
    with pytest.raises(Refused, match="too_many_taken") as refusal:
        actions.change_session(worker, session, capacity=1)
    assert refusal.value.data["reservations"][0] == str(queries.reservation_of(b, session).pk)


def test_a_cancelled_session_frees_everybody_and_counts_against_nobody(make_session, people, worker):
    session = make_session(1)
    a, b = people(2)
    actions.book(a, session)
    entry = actions.wait(b, session)
    actions.cancel_session(worker, session, reason="停电")
    session.refresh_from_db()
    entry.refresh_from_db()
    assert (session.state, session.taken, session.waiting, entry.state) == (
        SessionState.CANCELLED, 0, 0, EntryState.LAPSED)


def test_who_may_not(make_session, people, stranger, other_worker):
    session = make_session(1)
    a, b = people(2)
    booked = actions.book(a, session)
    with pytest.raises(Denied):
        actions.book(stranger, session)
    with pytest.raises(Denied):
        actions.cancel(b, booked)
    with pytest.raises(Denied):
        actions.book(a, session, booker=b)
    with pytest.raises(Denied):
        actions.change_session(other_worker, session, capacity=9)
    assert booked not in Reservation.objects.visible_to(b)


def test_approval_comes_first_where_the_offer_says_so(make_session, people, worker):
    session = make_session(1, approval=True)
    a, b = people(2)
    asked = actions.book(a, session)
    assert asked.state == State.PENDING
    entry = actions.wait(b, session, auto_accept=True)
    actions.refuse(worker, asked, reason="名额留给初学者")
    entry.refresh_from_db()
    assert entry.state == EntryState.PLACED
    assert actions.approve(worker, queries.reservation_of(b, session)).state == State.CONFIRMED


def test_late_places_are_open_to_all_who_wait(make_session, people):
    session = make_session(1, days=0.2)
    a, b, c, d = people(4)
    booked = actions.book(a, session)
    first, second = actions.wait(b, session), actions.wait(c, session)
    actions.cancel(a, booked)
    with pytest.raises(Refused, match="full"):
        actions.book(d, session)  # for an hour only those who wait
    assert actions.claim(c, second).state == State.CONFIRMED
    with pytest.raises(Refused, match="full"):
        actions.claim(b, first)
