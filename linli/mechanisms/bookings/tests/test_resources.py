"""Rooms, teachers and chairs: one at a time; together or not at all; lent and waited for."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, strategies as st

from linli.foundation.calendar import clock
from linli.foundation.web import Denied, Refused
from linli.mechanisms.bookings import actions, finder, jobs
from linli.mechanisms.bookings.finder import Need
from linli.mechanisms.bookings.matching import match
from linli.mechanisms.bookings.models import Claim, Loan, LoanHoldState, Quantum, Session
from linli.mechanisms.bookings.rules import SHANGHAI


def day(hour: int, minute: int = 0, date: int = 3) -> datetime:
    return datetime(2026, 11, date, hour, minute, tzinfo=SHANGHAI)


@pytest.fixture
def room(worker, community, at_monday):
    return actions.add_resource(worker, community, kind="room", name="多功能厅", people_max=40, buffer_after_min=30,
                                facts={"step_free": True}, hours={str(n): [["08:00", "21:00"]] for n in range(1, 8)})


@pytest.fixture
def teacher(worker, community, neighbour, at_monday):
    return actions.add_resource(worker, community, kind="teacher", name="孙老师", who=neighbour)


@pytest.mark.django_db
class TestResources:
    def test_all_or_none_and_buffers_count(self, worker, community, room, teacher):
        actions.acquire(worker, [room], day(9), day(10))
        with pytest.raises(Refused, match="resource_taken"):
            actions.acquire(worker, [teacher, room], day(10, 15), day(11))  # the room is being cleaned
        assert Claim.objects.count() == 1
        assert not Quantum.objects.filter(resource=teacher).exists()
        actions.acquire(worker, [teacher, room], day(10, 30), day(11))
        with pytest.raises(Refused, match="resource_closed"):
            actions.acquire(worker, [room], day(20, 30), day(21, 30))

    def test_a_session_takes_its_resources_with_it(self, worker, community, make_session, room, teacher):
        offer = make_session(5).offer
        first = actions.add_session(worker, offer, day(9), day(10), 10, resources=[room, teacher])
        with pytest.raises(Refused, match="resource_taken"):
            actions.add_session(worker, offer, day(9, 30), day(10, 30), 10, resources=[teacher])
        assert Session.objects.filter(offer=offer).count() == 2
        actions.change_session(worker, first, starts=day(13))
        assert actions.add_session(worker, offer, day(9, 30), day(10, 30), 10, resources=[teacher])
        actions.cancel_session(worker, first, reason="停电")
        assert not Claim.objects.filter(session=first).exists()

    def test_the_fire_limit_caps_overlapping_sessions_together(self, worker, community, make_session):
        hall = actions.add_resource(worker, community, kind="room", name="礼堂", people_max=40, is_exclusive=False)
        offer = make_session(5).offer
        first = actions.add_session(worker, offer, day(9), day(11), 30, resources=[hall])
        with pytest.raises(Refused, match="venue_full"):
            actions.add_session(worker, offer, day(10), day(12), 11, resources=[hall])
        actions.add_session(worker, offer, day(10), day(12), 10, resources=[hall])
        with pytest.raises(Refused, match="venue_full"):
            actions.change_session(worker, first, capacity=31)

    def test_others_may_not(self, resident, other_worker, room):
        for person in (resident, other_worker):
            with pytest.raises(Denied):
                actions.acquire(person, [room], day(9), day(10))

    def test_the_finder_gives_the_earliest_full_matching_or_names_what_is_scarce(
            self, worker, community, room, teacher):
        actions.acquire(worker, [room], day(8), day(9))
        found = finder.earliest([Need("room", facts={"step_free": True}, people=30), Need("teacher")], area=community,
                                minutes=60, since=day(7), limit=2)
        assert [fit.starts for fit in found.fits] == [day(9, 30), day(9, 45)]
        assert found.fits[0].resources == (room, teacher)
        found = finder.earliest([Need("room"), Need("teacher", 2)], area=community, minutes=60, since=day(7))
        assert (found.fits, found.scarce) == ((), "teacher")
        assert finder.earliest([Need("room", people=41)], area=community, minutes=60, since=day(7)).scarce == "room"


@given(st.dictionaries(st.integers(0, 4), st.lists(st.integers(0, 4), max_size=4, unique=True), max_size=5))
def test_the_matching_is_full_whenever_one_exists(wanted):
    keys, everything = sorted(wanted), range(5)
    possible = any(all(one in wanted[key] for key, one in zip(keys, order, strict=False))
                   for order in permutations(everything, len(keys)))
    found, scarce = match(wanted)
    assert (scarce is None) == possible
    assert len(set(found.values())) == len(found)
    assert all(found[key] in wanted[key] for key in found)


@pytest.mark.django_db
class TestLoans:
    @pytest.fixture
    def copies(self, worker, community, at_monday):
        return [actions.add_resource(worker, community, kind="book", name=f"绘本 {n}", title_key="book:978")
                for n in (1, 2)]

    def test_lent_once_and_the_next_in_the_queue_gets_it_back(self, worker, community, copies, people):
        a, b, c = people(3)
        first, second = (actions.lend(worker, copy, who) for copy, who in zip(copies, (a, b), strict=True))
        with pytest.raises(Refused, match="lent"):
            actions.lend(worker, copies[0], c)
        hold = actions.hold_loan(c, community, "book:978")
        assert actions.hold_loan(c, community, "book:978") == hold
        with pytest.raises(Refused, match="waited_for"):
            actions.renew(a, first)
        assert actions.give_back(worker, first) == hold
        assert Loan.objects.get(pk=first.pk).person is None  # who read what is nobody's business any more
        with pytest.raises(Refused, match="kept"):
            actions.lend(worker, copies[0], a)
        actions.lend(worker, copies[0], c)
        hold.refresh_from_db()
        assert hold.state == LoanHoldState.TAKEN
        assert actions.renew(b, second).renewed == 1

    def test_a_kept_copy_not_fetched_goes_on(self, worker, community, copies, people):
        a, b, c = people(3)
        first, second = actions.hold_loan(a, community, "book:978"), actions.hold_loan(b, community, "book:978")
        third = actions.hold_loan(c, community, "book:978")
        assert (first.state, second.state, third.state) == ("ready", "ready", "waiting")
        actions.leave_hold(b, second)
        third.refresh_from_db()
        assert third.state == LoanHoldState.READY
        with clock.at(clock.now() + timedelta(days=5)):
            jobs.grow_horizons()
        first.refresh_from_db()
        assert first.state == LoanHoldState.LAPSED

    def test_limits(self, worker, copies, people):
        a = people(1)[0]
        actions.lend(worker, copies[0], a, most=1)
        with pytest.raises(Refused, match="too_many"):
            actions.lend(worker, copies[1], a, most=1)
        with pytest.raises(Denied):
            actions.lend(a, copies[1], a)
