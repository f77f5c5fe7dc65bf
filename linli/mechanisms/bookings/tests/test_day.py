"""On the day: tickets, lists, who came without booking, who did not come; and what the clock does, once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linli.foundation.calendar import clock
from linli.foundation.notices.models import Notice
from linli.foundation.web import Denied, Refused
from linli.mechanisms.bookings import actions, fairness, jobs, queries, tickets
from linli.mechanisms.bookings.actions import Member
from linli.mechanisms.bookings.models import Attendance, Reservation, Session, State, Strike, StrikeState

pytestmark = pytest.mark.django_db


def test_a_ticket_opens_once_and_says_when_it_was_first_used(make_session, resident, worker):
    session = make_session(3)
    row = actions.book(resident, session)
    code = tickets.code_of(row)
    with clock.at(session.starts):
        assert actions.check_in_code(worker, session, code).first_used is None
    with clock.at(session.starts + timedelta(minutes=5)):
        assert actions.check_in_code(worker, session, code).first_used == session.starts
        assert actions.check_in_code(worker, session, row.ticket.lower()).first_used == session.starts
    row.refresh_from_db()
    assert row.state == State.ATTENDED


def test_forged_void_expired_and_foreign_tickets_are_told_apart(make_session, resident, worker):
    session, other = make_session(3), make_session(3)
    row = actions.book(resident, session)
    code = tickets.code_of(row)
    for bad, reason in ((code[:-1] + ("A" if code[-1] != "A" else "B"), "forged"), ("1.2.3.4:x", "forged")):
        with pytest.raises(Refused, match=reason):
            actions.check_in_code(worker, session, bad)
    with pytest.raises(Refused, match="other_session"):
        actions.check_in_code(worker, other, code)
    with clock.at(session.ends + timedelta(hours=3)), pytest.raises(Refused, match="expired"):
        actions.check_in_code(worker, session, code)
    Reservation.objects.filter(pk=row.pk).update(nonce="f" * 16)
    with pytest.raises(Refused, match="void"):
        actions.check_in_code(worker, session, code)
    with pytest.raises(Denied):
        actions.check_in_code(resident, session, row.ticket)


def test_a_list_kept_offline_counts_once_however_often_it_is_sent(make_session, people, worker):
    session = make_session(3)
    rows = [actions.book(person, session) for person in people(3)]
    at = (session.starts + timedelta(minutes=1)).isoformat()
    sent = [{"code": tickets.code_of(rows[0]), "at": at}, {"reservation": rows[1].pk, "at": at}, {"code": "nonsense"}]
    with clock.at(session.ends):
        first = [one["result"] for one in actions.sync_check_ins(worker, session, sent)]
        again = [one["result"] for one in actions.sync_check_ins(worker, session, sent)]
    assert (first, again) == (["in", "in", "unknown"], ["again", "again", "unknown"])
    assert Attendance.objects.filter(came_at=session.starts + timedelta(minutes=1)).count() == 2


def test_who_comes_without_booking_is_counted_or_waits_on_site(make_session, resident, neighbour, worker):
    session = make_session(2, release_min=10)
    booked = actions.book(resident, session)
    actions.book(neighbour, session)
    with clock.at(session.starts):
        actions.check_in(worker, session, booked)
        waits = actions.walk_in(worker, session, [Member(name="过路人")], or_wait=True)
        with pytest.raises(Refused, match="full"):
            actions.walk_in(worker, session, [Member(name="又一个")])
    with clock.at(session.starts + timedelta(minutes=11)):
        jobs.look_around()
        jobs.look_around()
    waits.refresh_from_db()
    session.refresh_from_db()
    assert (waits.state, session.taken) == ("placed", 2)
    assert queries.reservation_of(neighbour, session) is None
    with clock.at(session.starts + timedelta(minutes=20)), pytest.raises(Refused, match="full"):
        actions.check_in(worker, session, Reservation.objects.get(party__booker=neighbour))


def absences(make_session, worker, person, other, count: int) -> list[Strike]:
    for _ in range(count):
        session = make_session(5)
        missed, came = actions.book(person, session), actions.book(other, session)
        with clock.at(session.starts):
            actions.check_in(worker, session, came)
        with clock.at(session.ends + timedelta(hours=2)):
            jobs.look_around()
            jobs.look_around()
        missed.refresh_from_db()
        assert missed.state == State.ABSENT
    return list(Strike.objects.filter(person=person).order_by("pk"))


def test_three_absences_pause_advance_booking_of_that_category_and_an_appeal_suspends(
        make_session, people, worker, community_head):
    a, b = people(2)
    next_one, other_kind = make_session(5, days=20), make_session(5, days=20, category="lecture.law")
    window = make_session(5, days=20, category="window.social")
    strikes = absences(make_session, worker, a, b, 3)
    assert len(strikes) == 3
    with clock.at(max(strike.at for strike in strikes) + timedelta(hours=1)):
        with pytest.raises(Refused, match="paused"):
            actions.book(a, next_one)
        assert actions.book(a, other_kind).state == State.CONFIRMED
        assert actions.book(a, window).state == State.CONFIRMED
        assert actions.book_or_wait(a, next_one, auto_accept=True).state == "placed"  # the waiting list stays open
        appealed = actions.appeal(a, strikes[0], words="那天发烧了")
        assert fairness.pause_of(a, next_one.offer.category, next_one.offer) is None
        with pytest.raises(Denied):
            actions.appeal(b, strikes[1], words="不是我")
        actions.decide_appeal(worker, appealed, forgive=True)
    assert Strike.objects.get(pk=appealed.pk).state == StrikeState.FORGIVEN
    assert Notice.objects.filter(person=a, key__startswith="bookings.absent").count() == 3


def test_a_late_cancellation_counts_one_half_and_a_moved_session_none(make_session, resident, worker):
    session = make_session(3, days=0.5)
    assert actions.cancel(resident, actions.book(resident, session)).state == State.LATE_CANCELLED
    assert Strike.objects.get().halves == 1
    moved = make_session(3, days=0.5)
    row = actions.book(resident, moved)
    with clock.at(clock.now() + timedelta(minutes=1)):
        actions.change_session(worker, moved, place="三楼")
        row.refresh_from_db()
        assert actions.cancel(resident, row).state == State.CANCELLED


def test_elders_minors_and_where_nobody_keeps_a_list_are_never_counted(make_session, make_person, community, worker):
    elder = make_person("王奶奶", community, birth_year=1950)
    grown = make_person("李先生", community, birth_year=1990)
    session = make_session(5)
    came, missed = actions.book(grown, session), actions.book(elder, session)
    silent = actions.book(grown, make_session(5))
    with clock.at(session.starts):
        actions.check_in(worker, session, came)
    with clock.at(session.ends + timedelta(hours=2)):
        jobs.look_around()
    missed.refresh_from_db()
    silent.refresh_from_db()
    assert (missed.state, silent.state) == (State.ABSENT, State.CONFIRMED)
    assert not Strike.objects.exists()


def test_reminders_leave_once_and_the_answer_no_gives_the_place_on(make_session, people):
    session = make_session(1)
    a, b = people(2)
    row = actions.book(a, session)
    entry = actions.wait(b, session, auto_accept=True)
    with clock.at(session.starts - timedelta(hours=20)):
        jobs.look_around()
        jobs.look_around()
        assert Notice.objects.filter(key__startswith="bookings.reminder").count() == 1
        actions.answer_reminder(a, row, coming=False)
    entry.refresh_from_db()
    assert entry.state == "placed"


def test_a_share_is_kept_for_the_window_until_its_date(make_session, people, worker):
    session = make_session(3, shares=[{"name": "window", "places": 2, "channels": ["window"], "hours_before": 72}])
    a, b, c, d = people(4)
    actions.book(a, session)
    with pytest.raises(Refused, match="full"):
        actions.book(b, session)
    entry = actions.wait(b, session, auto_accept=True)
    held = actions.book(worker, session, booker=c, channel="window")
    actions.cancel(worker, held)
    session.refresh_from_db()
    assert (session.taken, session.reserved) == (1, 2)  # it went back to the share
    actions.book(worker, session, booker=d, channel="window")
    with clock.at(session.starts - timedelta(hours=71)):
        jobs.end_what_ran_out()
        jobs.end_what_ran_out()
    entry.refresh_from_db()
    session.refresh_from_db()
    assert (entry.state, session.taken, session.reserved) == ("placed", 3, 0)


def test_newcomers_come_first_then_everybody(make_session, people):
    old = make_session(5, days=1)
    until = (clock.now() + timedelta(days=3)).isoformat()
    session = make_session(5, mode="newcomers", newcomers_until=until)
    a, b = people(2)
    actions.book(a, old)
    with pytest.raises(Refused, match="newcomers_first"):
        actions.book(a, session)
    assert actions.book(b, session).state == State.CONFIRMED
    with clock.at(clock.now() + timedelta(days=4)):
        assert actions.book(a, session).state == State.CONFIRMED


def test_caps_of_a_term_and_ages_and_adults(make_session, people, make_person, community):
    a = people(1)[0]
    for session in (make_session(5, cap_term=2, term="2026-autumn"), make_session(5, cap_term=2, term="2026-autumn")):
        actions.book(a, session)
    with pytest.raises(Refused, match="cap_term"):
        actions.book(a, make_session(5, cap_term=2, term="2026-autumn"))
    session = make_session(9, age_from=3, age_to=6, adults_min=1)
    parent = make_person("家长", community, birth_year=1990)
    child, big = Member(name="小宝", birth_year=2021), Member(name="大宝", birth_year=2012)
    for party, reason in (([child], "adult_needed"), ([Member(parent), big], "too_old"),
                          ([Member(parent), Member(name="无年份")], "birth_year_needed")):
        with pytest.raises(Refused, match=reason):
            actions.book(parent, session, party=party)
    assert actions.book(parent, session, party=[Member(parent), child]).places == 2


def test_who_has_no_account_is_booked_by_staff_and_called_when_the_turn_comes(make_session, resident, worker):
    session = make_session(1)
    row = actions.book(resident, session)
    with pytest.raises(Denied):
        actions.book(resident, session, contact=("赵大爷", "13800000000"))
    entry = actions.wait(worker, session, contact=("赵大爷", "13800000000"), channel="phone")
    actions.cancel(resident, row)
    offer = queries.call_list(worker).get()
    assert (offer.entry, offer.entry.party.full_name) == (entry, "赵大爷")
    actions.note_call(worker, offer, note="没打通")
    assert actions.accept_offer(worker, offer).state == State.CONFIRMED


def test_photo_consent_is_no_until_said_and_is_the_persons_own(make_session, resident, neighbour):
    session = make_session(5, photo=True)
    row = actions.book(resident, session, party=[Member(resident), Member(neighbour), Member(name="小宝")])
    own, other, child = row.party.members.all()
    assert not any(one.photo_consent for one in (own, other, child))
    assert actions.set_photo_consent(resident, child, agrees=True).photo_consent
    with pytest.raises(Denied):
        actions.set_photo_consent(resident, other, agrees=True)


def test_the_clock_looks_at_every_session_though_one_breaks(make_session, people, monkeypatch):
    session = make_session(1)
    held = actions.hold(people(1)[0], session)
    monkeypatch.setattr(jobs.waiting, "expire_offer", lambda pk: 1 / 0)
    with clock.at(held.held_until + timedelta(seconds=1)):
        assert jobs.end_what_ran_out() == 1
    assert Session.objects.get(pk=session.pk).taken == 0
