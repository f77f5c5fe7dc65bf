"""The list at the door: signed, naming nobody in full, checked without a line, handed in twice counted once."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from linli.foundation.calendar import clock
from linli.mechanisms.bookings import actions, tickets
from linli.mechanisms.bookings.actions import Member
from linli.mechanisms.bookings.models import Attendance, State

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"bookings:{name}", args=args)


def post(client, session, stamp, marks):
    return client.post(url("door_sync", session.pk), json.dumps({"stamp": stamp, "marks": marks}),
                       content_type="application/json")


@pytest.fixture
def session(make_session):
    return make_session(9)


def test_the_list_holds_digests_and_masked_names_only(session, people, worker, client_of):
    (a,) = people(1)
    row = actions.book(a, session, party=[Member(a), Member(name="小宝")])
    code = tickets.code_of(row)
    answer = client_of(worker).get(url("door_list", session.pk))
    assert "no-store" in answer["Cache-Control"]
    told = answer.json()
    (line,) = told["rows"]
    assert line == {"reservation": str(row.pk), "ticket": row.ticket, "name": row.party.shown_name, "places": 2,
                    "code": hashlib.sha256(code.encode()).hexdigest(), "came_at": None}
    assert code not in answer.content.decode()
    assert (a.phone or "-") not in answer.content.decode()
    page = client_of(worker).get(url("door", session.pk)).content.decode()
    assert row.party.shown_name not in page  # the device keeps the page
    assert row.ticket not in page


def test_handed_in_twice_it_counts_once_and_says_when_first(session, people, worker, client_of):
    a, b = people(2)
    rows = [actions.book(person, session) for person in (a, b)]
    desk = client_of(worker)
    with clock.at(session.starts + timedelta(minutes=30)):
        stamp = desk.get(url("door_list", session.pk)).json()["stamp"]
        first = (session.starts + timedelta(minutes=5)).astimezone(UTC).isoformat().replace("+00:00", "Z")
        later = (session.starts + timedelta(minutes=9)).isoformat()
        marks = [{"reservation": str(rows[0].pk), "at": first}, {"reservation": "7", "at": ""},
                 {"reservation": str(rows[1].pk), "at": "gestern"}]
        told = post(desk, session, stamp, marks).json()["rows"]
        assert [one["result"] for one in told] == ["in", "unknown", "bad_time"]
        again = post(desk, session, stamp, [{"reservation": str(rows[0].pk), "at": later}]).json()["rows"]
        assert again[0]["result"] == "again"
        assert datetime.fromisoformat(again[0]["first_used"]) == session.starts + timedelta(minutes=5)
    rows[0].refresh_from_db()
    assert rows[0].state == State.ATTENDED
    assert Attendance.objects.filter(came_at__isnull=False).count() == 1


def test_a_forged_an_old_and_another_sessions_list_are_not_taken(session, make_session, people, worker, client_of):
    other = make_session(3)
    row = actions.book(people(1)[0], session)
    desk = client_of(worker)
    mark = [{"reservation": str(row.pk), "at": ""}]
    stamp = desk.get(url("door_list", session.pk)).json()["stamp"]
    for bad in ("", "x" * 40, desk.get(url("door_list", other.pk)).json()["stamp"]):
        answer = post(desk, session, bad, mark)
        assert (answer.status_code, answer.json()["code"]) == (409, "forged_list")
    assert post(desk, session, stamp, "nonsense").status_code == 400
    assert desk.post(url("door_sync", session.pk), "{", content_type="application/json").status_code == 400
    row.refresh_from_db()
    assert row.state == State.CONFIRMED


def test_nobody_else_finds_the_door(session, resident, other_worker, client_of, worker):
    for person in (resident, other_worker):
        client = client_of(person)
        assert client.get(url("door", session.pk)).status_code in (403, 404)
        assert client.get(url("door_list", session.pk)).status_code in (403, 404)
        assert post(client, session, "", []).status_code in (403, 404)
    with clock.at(session.starts):
        assert "书法班" in client_of(worker).get(url("door_scope")).content.decode()
        assert "书法班" not in client_of(resident).get(url("door_scope")).content.decode()


def test_the_worker_speaks_of_its_own_pages_only(worker, client_of):
    answer = client_of(worker).get(url("door_worker"))
    assert answer["Service-Worker-Allowed"] == url("door_scope")
    assert f'self.SCOPE = "{url("door_scope")}"' in answer.content.decode()
