"""Home visits: asked once, planned, and what the tablet brings late, twice or wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import today
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused
from linli.services.window.actions import visiting
from linli.services.window.models import Visit, VisitReport

pytestmark = pytest.mark.django_db
DOOR = {"name": "孙大爷", "phone": "13900007100", "address": "梧桐苑3号楼702", "words": "办高龄津贴"}


@pytest.fixture
def visit(resident: Person, worker: Person, community: Area) -> Visit:
    row = visiting.ask(resident, community, wanted_on=today(), once="v1", **DOOR)
    return visiting.plan(worker, row, worker=worker, on=today())


def test_asked_twice_is_once_and_the_day_is_told(visit: Visit, resident: Person, community: Area) -> None:
    assert visiting.ask(resident, community, wanted_on=today(), once="v1", **DOOR).pk == visit.pk
    assert Notice.objects.filter(person=resident, key__startswith="window.visit.").count() == 1
    with pytest.raises(Refused, match="bad_day"):
        visiting.ask(resident, community, wanted_on=today() + timedelta(days=60), once="v2", **DOOR)


def test_the_tablet_sends_twice_and_it_is_one_report(
    visit: Visit, worker: Person, client_of: Callable[[Person], Client],
) -> None:
    client = client_of(worker)
    told = client.get("/window/desk/day/list/").json()["rows"]
    assert [row["address"] for row in told] == [DOOR["address"]]
    page = client.get("/window/desk/day/").content.decode()
    assert DOOR["name"] not in page
    body = json.dumps({"reports": [
        {"visit": str(visit.pk), "what": "done", "note": "资料齐了", "at": "2026-11-25T01:00:00Z", "once": "t-1"},
        {"visit": "12345", "what": "done", "note": "", "at": "", "once": "t-2"}]})
    for _n in range(2):
        rows = client.post("/window/desk/day/sync/", body, content_type="application/json").json()["rows"]
        assert [row["result"] for row in rows] == ["kept", "unknown"]
    assert VisitReport.objects.count() == 1
    visit.refresh_from_db()
    assert visit.state == "done"
    assert client.post("/window/desk/day/sync/", "{", content_type="application/json").status_code == 400


def test_from_next_door_nothing_is_seen(
    visit: Visit, other_worker: Person, client_of: Callable[[Person], Client],
) -> None:
    with pytest.raises(Denied):
        visiting.report(other_worker, visit, what="done", once="t")
    assert client_of(other_worker).get(f"/window/desk/visits/{visit.pk}/").status_code == 404


def test_cancelled_by_who_asked_but_not_when_done(visit: Visit, worker: Person, resident: Person) -> None:
    visiting.report(worker, visit, what="absent", once="t-1")
    visiting.plan(worker, visit, worker=worker, on=today() + timedelta(days=1))
    visiting.report(worker, visit, what="done", once="t-2")
    with pytest.raises(Refused, match="over"):
        visiting.cancel(resident, visit)
