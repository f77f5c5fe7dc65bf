"""The fitters' hours at the desk; and six homes that want one hour of one fitter at the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections
from django.urls import reverse

from linli.foundation.calendar import clock
from linli.foundation.people.models import Person, RoleAssignment
from linli.foundation.web import Refused
from linli.mechanisms.bookings.models import Claim, Reservation, Resource
from linli.mechanisms.bookings.rules import SHANGHAI
from linli.mechanisms.cases import actions as cases
from linli.mechanisms.cases.models import Case
from linli.services.repairs import actions
from linli.services.repairs.models import Fitter, Visit

MONDAY = datetime(2026, 11, 2, 7, 30, tzinfo=SHANGHAI)
EIGHT, TEN = MONDAY + timedelta(minutes=30), MONDAY + timedelta(hours=2, minutes=30)


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with clock.at(MONDAY):
        yield


class TestHoursPage:
    def test_the_desk_keeps_the_hours(self, property_desk: Person, property_worker: Person, client_of: Any,
                                      neighbour: Person, other_worker: Person, mate: Person, leak: Case) -> None:
        role = RoleAssignment.objects.get(person=property_worker, role="property_worker")
        url = reverse("repairs:hours", args=[role.pk])
        assert client_of(neighbour).get(url).status_code == 404
        assert client_of(other_worker).get(url).status_code == 404
        assert client_of(mate).get(url).status_code == 200  # a colleague looks, and changes nothing
        assert client_of(mate).post(url, {"own": "0"}).status_code in (403, 404)
        client = client_of(property_desk)
        bad = client.post(url, {"own": "1", "day1": "八点到十点"})
        assert bad.status_code == 422
        assert "八点到十点" in bad.content.decode()
        assert client.post(url, {"own": "1"}).status_code == 422
        assert client.post(url, {"own": "1", "day1": "8:00-12:00 13：30–17:00"}).status_code == 302
        assert Resource.objects.get().hours["1"] == [["08:00", "12:00"], ["13:30", "17:00"]]
        away = reverse("repairs:away", args=[role.pk])
        assert client.post(away, {"starts": "2026-11-03T08:00", "ends": "2026-11-02T08:00"}).status_code == 422
        assert client.post(away, {"starts": "2026-11-03T08:00", "ends": "2026-11-04T08:00",
                                  "reason": "回老家"}).status_code == 302
        assert "回老家" in client.get(url).content.decode()
        client.post(reverse("repairs:here", args=[role.pk]), {"claim": Claim.objects.get().pk})
        assert not Claim.objects.exists()


CLIENTS = 6


@pytest.mark.django_db(transaction=True)
def test_two_homes_want_the_same_hour_of_one_fitter(
    community: Any, building: Any, make_person: Any, property_desk: Person, property_worker: Person,
) -> None:
    """Threads with connections of their own: exactly one gets it, and the fitter has one calendar."""
    if connection.vendor == "sqlite" and connection.is_in_memory_db():  # type: ignore[attr-defined]  # SQLite's own
        pytest.skip("threads share an in-memory SQLite; run with --postgresql or a file")
    wants: list[tuple[Person, Case]] = []
    for number in range(CLIENTS):
        person = make_person(f"居民{number}", community)
        case = actions.report(person, community, actions.Report(
            text="门坏了", category="door", building=building, once=f"race-{number}"))
        cases.act(property_desk, case, "dispatch", worker=property_worker.pk)
        wants.append((person, case))
    gate = Barrier(CLIENTS)

    def run(want: tuple[Person, Case]) -> str:
        try:
            with clock.at(MONDAY):
                gate.wait(20)
                actions.agree_visit(want[0], want[1], EIGHT, TEN)
                return "agreed"
        except Refused as refusal:
            return refusal.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(CLIENTS) as pool:
        found = list(pool.map(run, wants))
    assert sorted(found) == ["agreed"] + ["full"] * (CLIENTS - 1)
    assert (Fitter.objects.count(), Claim.objects.count(), Visit.objects.count()) == (1, 1, 1)
    assert Reservation.objects.filter(is_active=True).count() == 1
