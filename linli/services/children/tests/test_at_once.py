"""Two at once: the last copy and the last care place are taken once. Threads with connections of their own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.foundation.web import Refused
from linli.services.children import queries
from linli.services.children.actions import care, library
from linli.services.children.models import CareGroup, CareSite, Child, Copy, Enrolment, Loan, Title
from linli.services.children.tests.conftest import MONDAY

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 6


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """What each call returned, or the code of its refusal; all begin together."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            with clock.at(MONDAY):
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


def test_the_last_copy_is_lent_once(worker: Person, book: Title, community: Area, make_person: Any) -> None:
    needs_a_server()
    copy = Copy.objects.select_related("title", "area").get()
    readers = [make_person(f"读者{n}", community) for n in range(CLIENTS)]
    found = at_once([lambda one=one: library.lend(worker, copy, one) for one in readers])
    assert sorted(type(one).__name__ for one in found) == ["Loan"] + ["str"] * (CLIENTS - 1)
    assert {one for one in found if isinstance(one, str)} == {"not_here"}
    assert Loan.objects.filter(returned_at=None).count() == 1


def test_the_last_care_place_is_given_once(worker: Person, site: CareSite, make_group: Callable[..., CareGroup],
                                           make_child: Callable[..., Child], community: Area, make_person: Any) -> None:
    needs_a_server()
    site.seats = 1
    site.save()
    group = make_group()
    families = []
    for n in range(CLIENTS):
        guardian = make_person(f"家长{n}", community)
        families.append((guardian, make_child(guardian, f"孩子{n}")))
    found = at_once([lambda pair=pair: care.enrol(pair[0], group, pair[1]) for pair in families])
    assert sorted(one.state for one in found) == ["active"] + ["waiting"] * (CLIENTS - 1)
    places = queries.places_of(group)
    assert places is not None
    assert (places.taken, places.capacity, places.waiting) == (1, 1, CLIENTS - 1)
    assert sorted(queries.position_of(one) for one in Enrolment.objects.all()) == list(range(CLIENTS))
