"""Two at once: one vote, one programme slot, one permit, the last shift. Threads with connections of their own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections

from linli.foundation.areas.models import Area, Home
from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.foundation.web import Refused
from linli.mechanisms.bookings.models import Reservation
from linli.services.activities import households
from linli.services.activities.actions import festival, joining, judging
from linli.services.activities.models import AudienceBallot, AudienceTurn, Call, ProgrammeItem
from linli.services.activities.tests.conftest import MONDAY, MakeActivity, MakeWork, at, only_session

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 6


def at_once(calls: list[Callable[[], Any]], moment: Any = MONDAY) -> list[Any]:
    """What each call returned, or the code of its refusal; all begin together."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            with clock.at(moment):
                gate.wait(20)
                return call()
        except Refused as refusal:
            return refusal.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def needs_a_server() -> None:
    if connection.vendor == "sqlite" and connection.is_in_memory_db():  # type: ignore[attr-defined]  # SQLite's own
        pytest.skip("threads share an in-memory SQLite; run with --postgresql or a file")


def test_a_resident_votes_once_however_often_they_tap(
    call: Call, worker: Person, jurors: list[Person], make_work: MakeWork, neighbour: Person, resident: Person,
) -> None:
    needs_a_server()
    works = [make_work(neighbour) for _n in range(3)]
    with clock.at(at(1, 9, 12)):
        row = judging.start_judging(worker, call)
    found = at_once([lambda one=works[n % 3]: judging.vote(resident, row, "13-99", one.number) for n in range(CLIENTS)],
                    at(1, 9, 12))
    assert sorted(str(one) for one in found) == ["None"] + ["voted"] * (CLIENTS - 1)
    assert (AudienceTurn.objects.count(), AudienceBallot.objects.count()) == (1, 1)


def test_a_stage_holds_one_thing(make_activity: MakeActivity, worker: Person) -> None:
    needs_a_server()
    row = make_activity(kind="festival")
    stage = festival.add_stage(worker, row, name="主舞台")
    found = at_once([lambda n=n: festival.put_item(
        worker, stage, title=f"节目{n}", starts=at(5, 14, 12), ends=at(5, 15, 12)) for n in range(CLIENTS)])
    assert sum(isinstance(one, ProgrammeItem) for one in found) == 1


def test_families_at_once_are_never_more_than_the_places(
    make_activity: MakeActivity, make_person: Any, community: Area, home: Home,
) -> None:
    needs_a_server()
    row = make_activity(places=7)
    session = only_session(row)
    people = [make_person(f"家长{n}", community) for n in range(CLIENTS)]
    found = at_once([lambda one=one: joining.sign_up(one, row, session, guests=[
        households.Guest("爱人"), households.Guest("孩子", 2018)]) for one in people])
    session.refresh_from_db()
    assert sum(isinstance(one, Reservation) for one in found) == 2
    assert (session.taken, session.waiting) == (6, CLIENTS - 2)
