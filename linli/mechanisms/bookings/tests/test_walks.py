"""Random lives of one session: whatever is booked, held, offered, cancelled or enlarged in whatever order, what is
counted is what people have, never more than there is, and nothing lies empty while somebody who fits waits."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from linli.foundation.calendar import clock
from linli.foundation.web import Refused
from linli.mechanisms.bookings import actions, jobs, promotion
from linli.mechanisms.bookings.actions import Member
from linli.mechanisms.bookings.models import PlaceOffer, Reservation, Session, State, WaitEntry
from linli.mechanisms.bookings.rules import fitting
from linli.mechanisms.bookings.tests.conftest import MONDAY

FULL = int(os.environ.get("LINLI_FAULTS") == "full") * 100  # `make faults` walks a hundred lives
people = st.integers(0, 5)
sizes = st.integers(1, 4)


class Life(RuleBasedStateMachine):
    world: Any = None  # worker, people and community, made once by the test

    @initialize(capacity=st.integers(1, 6))
    def begin(self, capacity: int) -> None:
        self.atom = transaction.atomic()
        self.atom.__enter__()
        self.moment = MONDAY
        worker, _people, community = self.world
        with clock.at(self.moment):
            offer = actions.create_offer(worker, community, category="course.x", title="班", rules={"no_show": False})
            starts = self.moment + timedelta(days=9)
            self.pk = actions.add_session(worker, offer, starts, starts + timedelta(hours=1), capacity).pk

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atom.__exit__(None, None, None)

    @property
    def session(self) -> Session:
        return Session.objects.select_related("offer__area").get(pk=self.pk)

    def party(self, who: int, size: int) -> list[Member]:
        return [Member(self.world[1][who]), *(Member(name=f"{who}的{n}") for n in range(1, size))]

    def tries(self, act: Any, *args: Any, **known: Any) -> None:
        with clock.at(self.moment):
            try:
                with transaction.atomic():
                    act(*args, **known)
            except Refused:
                pass

    @rule(who=people, size=sizes)
    def book(self, who: int, size: int) -> None:
        self.tries(actions.book, self.world[1][who], self.session, party=self.party(who, size))

    @rule(who=people, size=sizes)
    def hold(self, who: int, size: int) -> None:
        self.tries(actions.hold, self.world[1][who], self.session, party=self.party(who, size))

    @rule(who=people, size=sizes, least=sizes, auto=st.booleans())
    def wait(self, who: int, size: int, least: int, auto: bool) -> None:
        self.tries(actions.wait, self.world[1][who], self.session, party=self.party(who, size), at_least=least,
                   auto_accept=auto)

    @rule(pick=st.integers(0, 20), confirms=st.booleans())
    def end_hold(self, pick: int, confirms: bool) -> None:
        row = self.one(Reservation.objects.filter(session=self.pk, state=State.HELD), pick)
        if row and confirms:
            self.tries(actions.confirm, row.party.booker, row)

    @rule(pick=st.integers(0, 20))
    def cancel(self, pick: int) -> None:
        row = self.one(Reservation.objects.filter(session=self.pk, is_active=True), pick)
        if row:
            self.tries(actions.cancel, row.party.booker, row)

    @rule(pick=st.integers(0, 20))
    def one_of_a_party_stays_away(self, pick: int) -> None:
        row = self.one(Reservation.objects.filter(session=self.pk, state=State.CONFIRMED, places__gt=1), pick)
        if row:
            self.tries(actions.cancel, row.party.booker, row, members=[
                row.attendances.filter(is_active=True).last().member])

    @rule(pick=st.integers(0, 20), yes=st.booleans())
    def answer(self, pick: int, yes: bool) -> None:
        offer = self.one(PlaceOffer.objects.filter(state="open"), pick)
        if offer:
            self.tries(actions.accept_offer if yes else actions.decline_offer, offer.entry.party.booker, offer)

    @rule(pick=st.integers(0, 20))
    def leave(self, pick: int) -> None:
        entry = self.one(WaitEntry.objects.filter(state="waiting"), pick)
        if entry:
            self.tries(actions.leave, entry.party.booker, entry)

    @rule(capacity=st.integers(0, 9))
    def resize(self, capacity: int) -> None:
        self.tries(actions.change_session, self.world[0], self.session, capacity=capacity)

    @rule(closed=st.booleans())
    def close(self, closed: bool) -> None:
        self.tries(actions.close_session, self.world[0], self.session, reopen=not closed)

    @rule(hours=st.sampled_from([0.1, 3, 20, 60]))
    def time_passes(self, hours: float) -> None:
        self.moment += timedelta(hours=hours)
        with clock.at(self.moment):
            jobs.end_what_ran_out()
            jobs.look_around()

    def one(self, rows: Any, pick: int) -> Any:
        found = list(rows.order_by("pk"))
        return found[pick % len(found)] if found else None

    @invariant()
    def counted_is_had_and_never_more_than_there_is(self) -> None:
        if not hasattr(self, "pk"):
            return
        session = self.session
        had = Reservation.objects.filter(session=self.pk, is_active=True).aggregate(sum=Sum("places"))["sum"] or 0
        assert session.taken == had <= session.capacity
        there = session.attendances.filter(is_active=True)
        assert there.count() == had
        assert there.values("who").distinct().count() == had
        assert session.waiting == len(promotion.queue(session))

    @invariant()
    def no_hole_while_somebody_who_fits_waits(self) -> None:
        if not hasattr(self, "pk"):
            return
        session = self.session
        with clock.at(self.moment):
            if not session.takes_registrations(self.moment) or session.rush_at is not None:
                return
            most = promotion.pass_limit(session, self.moment)
        for entry in promotion.queue(session):
            assert fitting(session.free, entry) == 0, f"{entry.size} wait, {session.free} free"
            if most is not None and entry.passed >= most:
                break  # what is free is kept together for this one


@pytest.mark.django_db
def test_random_lives(worker, make_person, community):
    Life.world = (worker, [make_person(f"居民{n}", community) for n in range(6)], community)
    run_state_machine_as_test(Life, settings=settings(
        max_examples=FULL or 4, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)))
