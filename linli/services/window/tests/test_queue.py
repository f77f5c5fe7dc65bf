"""Take, call, serve, recall, miss, come back, hand on; what is told of the wait; a booked time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linli.foundation.calendar import clock
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused
from linli.mechanisms.bookings import actions as bookings
from linli.mechanisms.bookings.actions import Member
from linli.services.window.actions import keeping, queue
from linli.services.window.models import Counter, Hall, Ticket
from linli.services.window.queries import figures, lines, slots
from linli.services.window.tests.conftest import WEDNESDAY, Take

pytestmark = pytest.mark.django_db
Two = tuple[Counter, Counter]


def test_a_double_tap_is_one_ticket(take: Take, hall: Hall) -> None:
    assert take(once="a" * 20).pk == take(once="a" * 20).pk
    assert [row.number for row in Ticket.objects.order_by("serial")] == ["A001"]
    assert take(topic="life").number == "B002"


def test_elders_first_but_not_for_ever(worker: Person, counters: Two, take: Take) -> None:
    plain = take()
    for _n in range(4):
        take("elder")
    called = []
    for _n in range(3):
        row = queue.call_next(worker, counters[1])
        assert row is not None
        called.append(row.klass)
        queue.begin(worker, row)
        queue.finish(worker, row)
    assert called == ["elder", "elder", ""]
    plain.refresh_from_db()
    assert plain.state == "served"


def test_next_pressed_twice_calls_one(worker: Person, counters: Two, take: Take) -> None:
    take(), take()
    first = queue.call_next(worker, counters[0])
    again = queue.call_next(worker, counters[0])
    assert first is not None
    assert again is not None
    assert first.pk == again.pk
    assert Ticket.objects.filter(state="called").count() == 1


def test_a_missed_call_and_back(worker: Person, counters: Two, take: Take) -> None:
    row = take()
    queue.call_next(worker, counters[0])
    with pytest.raises(Refused, match="too_soon"):
        queue.miss(worker, row)
    queue.recall(worker, row)
    queue.miss(worker, row)
    others = []
    for n in range(3):
        with clock.at(WEDNESDAY + timedelta(minutes=n)):
            others.append(take())
    with clock.at(WEDNESDAY + timedelta(minutes=30)):
        queue.come_back(None, row)
        queue.come_back(None, row)
    assert [one.key for one in lines.order_for(counters[0])] == [others[0].pk, others[1].pk, row.pk, others[2].pk]


def test_too_late_to_come_back(worker: Person, counters: Two, take: Take) -> None:
    row = take()
    queue.call_next(worker, counters[0])
    queue.recall(worker, row)
    queue.miss(worker, row)
    with clock.at(WEDNESDAY + timedelta(minutes=61)), pytest.raises(Refused, match="too_late"):
        queue.come_back(None, row)


def test_handed_on_it_keeps_its_number_and_place(worker: Person, counters: Two, take: Take) -> None:
    row = take()
    queue.call_next(worker, counters[0])
    queue.begin(worker, row)
    take()
    queue.hand_on(worker, row, to=counters[1])
    assert [one.key for one in lines.line_of(counters[0])] != [row.pk]
    got = queue.call_next(worker, counters[1])
    assert got is not None
    assert got.pk == row.pk
    assert got.number == row.number


def test_the_person_is_told_and_only_staff_call(
    worker: Person, resident: Person, other_worker: Person, counters: Two, hall: Hall,
) -> None:
    row = queue.take(resident, hall, topic="gov", once="x" * 20)
    with pytest.raises(Denied):
        queue.call_next(resident, counters[0])
    with pytest.raises(Denied):
        queue.call_next(other_worker, counters[0])
    queue.call_next(worker, counters[0])
    assert Notice.objects.filter(person=resident, key=f"window.called.{row.pk}.1").exists()


def test_the_wait_is_known_when_it_was_measured(worker: Person, counters: Two, take: Take) -> None:
    keeping.sit_down(worker, counters[0])
    for n in range(5):
        with clock.at(WEDNESDAY + timedelta(minutes=10 * n)):
            row = take()
            queue.call_next(worker, counters[0])
            queue.begin(worker, row)
        with clock.at(WEDNESDAY + timedelta(minutes=10 * n + 8)):
            queue.finish(worker, row)
    with clock.at(WEDNESDAY + timedelta(minutes=60)):
        take()
        place = lines.place_of(take())
    assert place is not None
    assert place.ahead == 1
    assert place.wait is not None
    assert (place.wait.low, place.wait.high) == (5, 10)
    assert figures.by(counters[0].hall, "topic", days=1)[0].service == 8


def test_without_measurements_nobody_knows(take: Take) -> None:
    place = lines.place_of(take())
    assert place is not None
    assert place.wait is None


def test_a_booked_time_is_called_when_it_comes(
    community_head: Person, worker: Person, resident: Person, hall: Hall, counters: Two, take: Take,
) -> None:
    assert keeping.open_times(community_head, hall) > 0
    assert keeping.open_times(community_head, hall) == 0
    session = slots.free(hall)[0]
    made = bookings.book(resident, session, party=[Member(person=resident)], booker=resident, key="k")
    with clock.at(session.starts - timedelta(minutes=40)):
        take(), take()
    with clock.at(session.starts - timedelta(minutes=5)):
        found = slots.booked_today(hall, made.ticket.lower())
        assert found is not None
        row = queue.take(resident, hall, topic="gov", once="booked", reservation=found)
        called = queue.call_next(worker, counters[0])
        assert called is not None
        assert called.pk == row.pk
        queue.begin(worker, called)
    made.refresh_from_db()
    assert made.state == "attended"


def test_too_many_numbers_from_one_device(take: Take) -> None:
    for _n in range(5):
        take(address="203.0.113.9")
    with pytest.raises(Refused, match="too_many"):
        take(address="203.0.113.9")
