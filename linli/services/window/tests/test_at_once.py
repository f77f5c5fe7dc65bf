"""Two at once: two counters never get one ticket, a double tap makes no second. Threads, each with its connection."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections

from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.foundation.web import Refused
from linli.services.window.actions import keeping, queue
from linli.services.window.models import Hall, Ticket
from linli.services.window.tests.conftest import WEDNESDAY, Take

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    gate = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            with clock.at(WEDNESDAY):
                gate.wait(20)
                return call()
        except Refused as refusal:
            return refusal.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.fixture(autouse=True)
def _a_server() -> None:
    if connection.vendor == "sqlite" and connection.is_in_memory_db():  # type: ignore[attr-defined]  # SQLite's own
        pytest.skip("threads share an in-memory SQLite; run with --postgresql or a file")


def test_six_counters_get_six_tickets(community_head: Person, worker: Person, hall: Hall, take: Take) -> None:
    desks = [keeping.save_counter(community_head, hall, number=n, name="综合", topics=[], first=[], is_active=True)
             for n in range(1, 7)]
    for _n in range(6):
        take()
    found = at_once([lambda desk=desk: queue.call_next(worker, desk) for desk in desks])
    assert len({row.pk for row in found}) == 6


def test_one_ticket_goes_to_one_counter(community_head: Person, worker: Person, hall: Hall, take: Take) -> None:
    desks = [keeping.save_counter(community_head, hall, number=n, name="综合", topics=[], first=[], is_active=True)
             for n in range(1, 5)]
    take()
    found = at_once([lambda desk=desk: queue.call_next(worker, desk) for desk in desks])
    assert sum(row is not None for row in found) == 1


def test_six_taps_are_one_ticket_and_six_people_six_numbers(hall: Hall) -> None:
    same = at_once([lambda: queue.take(None, hall, topic="gov", once="same-tap-20-signs") for _n in range(6)])
    assert len({row.pk for row in same}) == 1
    at_once([lambda n=n: queue.take(None, hall, topic="gov", once=f"other-{n}") for n in range(6)])
    assert sorted(Ticket.objects.values_list("serial", flat=True)) == list(range(1, 8))
