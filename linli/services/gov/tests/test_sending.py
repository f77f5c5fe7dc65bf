"""Sending to a department that fails, hangs, drops the line, answers twice and answers nonsense."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused
from linli.services.gov.actions import sending
from linli.services.gov.models import Dispatch, DispatchState, Endpoint, OutsideAnswer
from linli.services.gov.outside import http
from linli.services.gov.tests.servers import SECRET, House, serving

pytestmark = pytest.mark.django_db
MOST = 8


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(http.ask, "__kwdefaults__", {**(http.ask.__kwdefaults__ or {}), "timeout_s": 0.4})
    with serving(House()) as found:
        yield found


@pytest.fixture
def line(house: House, community: Area) -> Endpoint:
    row: Endpoint = Endpoint.objects.create(
        area=community, department="测试局", url=house.url, key_id="k1", secret=SECRET)
    return row


@pytest.fixture
def matter(community: Area, resident: Person) -> SimpleNamespace:
    """What `queue` reads of an application."""
    body = {"base": {"code": "990000009901", "name": "测试津贴发放"},
            "local": {"department": "测试局", "materials": [{"key": "id_card", "name": "身份证"}]}}
    return SimpleNamespace(
        pk=4711, number="LL26112500001", area=community, channel="app", subject=resident, subject_id=resident.pk,
        actor_id=resident.pk, contact_name="", contact_phone="", version=SimpleNamespace(body=body, number=1),
        sheet=SimpleNamespace(values={"person.birth_date": "1946-11-25"}), filing=None)


def run(times: int = 1) -> None:
    """So many rounds of the worker, each when the next attempt is due."""
    for _round in range(times):
        due = Dispatch.objects.filter(state="waiting").order_by("next_at").values_list("next_at", flat=True).first()
        if due is None:
            return
        with clock.at(max(due, clock.now())):
            sending.send_due()


def test_it_arrives_once_with_what_was_filed(house: House, line: Endpoint, matter: Any) -> None:
    row = sending.queue(matter, "handed_in")
    assert row is not None
    assert row.state == "waiting"
    assert house.calls == []
    assert sending.queue(matter, "handed_in") == row  # twice is once
    run()
    row.refresh_from_db()
    assert (row.state, row.their_number, row.attempts) == ("sent", "N-0001", 1)
    told = json.loads(house.bodies[0])
    assert (told["key"], told["number"]) == ("LL26112500001-handed_in", "LL26112500001")
    assert told["values"] == {"person.birth_date": "1946-11-25"}
    assert told["subject"]["name"] == matter.subject.name
    run()
    assert len(house.calls) == 1
    assert "gov.sent_dispatch" in audit.verbs(row)


def test_of_a_bundle_a_department_reads_its_own_share(line: Endpoint, matter: Any) -> None:
    matter.version.body["form"] = {"key": "one", "title": "一件", "pages": [
        {"key": "who", "title": "谁", "fields": [{"element": "person.birth_date", "required": True}]}]}
    matter.filing = SimpleNamespace(sheet=SimpleNamespace(
        values={"person.birth_date": "1946-11-25", "spouse.name": "别的部门才要"}))
    matter.sheet = None
    row = sending.queue(matter, "handed_in")
    assert row is not None
    assert sending.body_of(row)["values"] == {"person.birth_date": "1946-11-25"}


def test_nothing_is_queued_where_nobody_listens(line: Endpoint, matter: Any, other_community: Area) -> None:
    matter.area = other_community
    assert sending.queue(matter, "handed_in") is None
    matter.area = line.area
    Endpoint.objects.update(is_on=False)
    assert sending.queue(matter, "handed_in") is None


@pytest.mark.parametrize(("mood", "fault"), [
    ("500", "http_500"), ("429", "http_429"), ("hang", "timeout"), ("slow", "timeout"), ("drop", "unreachable"),
    ("garbage", "garbled"), ("wrong_key", "garbled"), ("redirect", "http_307"), ("drip", "timeout")])
def test_a_bad_day_ends_with_one_number(house: House, line: Endpoint, matter: Any, mood: str, fault: str) -> None:
    """Whatever happened to the answer, the department was asked again under the same key, with the same bytes."""
    house.moods = [mood]
    row = sending.queue(matter, "handed_in")
    assert row is not None
    run()
    row.refresh_from_db()
    assert (row.state, row.fault) == ("waiting", fault)
    assert row.next_at == clock.now() + timedelta(seconds=60)
    run()
    row.refresh_from_db()
    assert (row.state, row.their_number, row.attempts) == ("sent", "N-0001", 2)
    assert house.numbers == 1
    assert house.bodies[0] == house.bodies[1]
    assert {key for _method, _path, key in house.calls} == {row.key}


def test_killed_between_sending_and_writing_down(
        house: House, line: Endpoint, matter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    row = sending.queue(matter, "handed_in")
    assert row is not None
    with monkeypatch.context() as patch:
        patch.setattr(sending, "note_sent", _killed)
        with pytest.raises(KeyboardInterrupt):
            sending.send(row.pk)
    row.refresh_from_db()
    assert (row.state, row.their_number, row.attempts) == ("waiting", "", 1)
    assert sending.send_due() == 0  # the lease runs: nobody sends it meanwhile
    run()
    row.refresh_from_db()
    assert (row.state, row.their_number) == ("sent", "N-0001")
    assert house.numbers == 1


def _killed(*args: Any) -> None:
    raise KeyboardInterrupt


def test_attempts_are_bounded_and_a_person_looks(house: House, line: Endpoint, matter: Any, head: Person,
                                                 clerk: Person) -> None:
    house.moods = ["500"] * 30
    row = sending.queue(matter, "handed_in")
    assert row is not None
    waits = []
    for _attempt in range(MOST):
        run()
        row.refresh_from_db()
        waits.append(row.next_at)
    assert row.state == DispatchState.DEAD
    assert len(house.calls) == MOST
    run()
    assert len(house.calls) == MOST
    assert Notice.objects.filter(person=head, key__startswith="gov.dispatch.").count() == 1
    house.moods = []
    sending.retry(clerk, row)
    sending.retry(clerk, row)
    run()
    row.refresh_from_db()
    assert (row.state, row.their_number, house.numbers) == ("sent", "N-0001", 1)
    with pytest.raises(Refused, match="not_dead"):
        sending.retry(clerk, row)


def test_what_they_will_never_take_is_not_sent_for_days(house: House, line: Endpoint, matter: Any, clerk: Person,
                                                        resident: Person, other_worker: Person) -> None:
    house.moods = ["422"]
    row = sending.queue(matter, "handed_in")
    assert row is not None
    run()
    row.refresh_from_db()
    assert (row.state, row.fault, len(house.calls)) == ("dead", "no", 1)
    for person in (resident, other_worker):
        with pytest.raises(Denied):
            sending.give_up(person, row, reason="打过电话了")
    with pytest.raises(Refused, match="no_reason"):
        sending.give_up(clerk, row, reason=" ")
    sending.give_up(clerk, row, reason="打电话告诉了窗口")
    row.refresh_from_db()
    assert (row.state, row.given_up_by) == ("given_up", clerk)


def test_a_department_that_gives_two_numbers(house: House, line: Endpoint, matter: Any) -> None:
    house.twice, house.moods = True, ["slow", "well"]
    row = sending.queue(matter, "handed_in")
    assert row is not None
    run(2)
    row.refresh_from_db()
    assert row.their_number == "N-0002"  # the first one that we heard
    assert sending.take_answer(line, {"id": "e1", "key": row.key, "status": "accepted", "number": "N-0001"})
    row.refresh_from_db()
    assert (row.their_number, row.fault, row.state) == ("N-0002", "second_number", "answered")
    assert OutsideAnswer.objects.get(ident="e1").is_conflict


def test_a_withdrawal_does_not_overtake(house: House, line: Endpoint, matter: Any) -> None:
    house.moods = ["500"]
    sending.queue(matter, "handed_in")
    sending.queue(matter, "withdrawn")
    sending.send_due()
    assert [key for *_rest, key in house.calls] == ["LL26112500001-handed_in"]
    run(4)
    assert [key for *_rest, key in house.calls][1:] == ["LL26112500001-handed_in", "LL26112500001-withdrawn"]
    told = json.loads(house.bodies[-1])
    assert "subject" not in told
    assert "values" not in told


def call(line: Endpoint, told: Any, *, secret: str = SECRET, at: float | None = None, body: bytes | None = None) -> Any:
    path = f"/gov/outside/callback/{line.pk}/"
    stamp = str(int(at or time.time()))
    data = body if body is not None else json.dumps(told).encode()
    return Client(enforce_csrf_checks=True).post(path, data, content_type="application/json", headers={
        "X-Linli-Time": stamp, "X-Linli-Signature": http.signature(secret, "POST", path, stamp, "", data)})


def test_they_call_back_and_twice_is_once(line: Endpoint, matter: Any) -> None:
    row = sending.queue(matter, "handed_in")
    assert row is not None
    told = {"id": "e1", "key": row.key, "status": "accepted", "number": "N-7"}
    answers = [call(line, told) for _time in range(2)]
    assert [(one.status_code, one.json()["taken"]) for one in answers] == [(200, True), (200, False)]
    row.refresh_from_db()
    assert (row.state, row.their_number, row.their_status) == ("answered", "N-7", "accepted")
    assert sending.send_due() == 0  # they have it: it is not sent again


@pytest.mark.parametrize(("change", "status"), [
    ({"secret": "another-secret-of-16"}, 401), ({"at": time.time() - 3600}, 401), ({"body": b"[]"}, 400),
    ({"body": b"{"}, 400), ({"told": {"id": "e", "key": "LL-x", "status": "ok"}}, 404),
    ({"told": {"id": "", "key": "k", "status": "ok"}}, 422), ({"told": {"id": "e", "key": 7, "status": "ok"}}, 422)])
def test_a_call_that_is_not_theirs(line: Endpoint, matter: Any, change: dict[str, Any], status: int) -> None:
    sending.queue(matter, "handed_in")
    answer = call(line, change.pop("told", {"id": "e1", "key": "LL26112500001-handed_in", "status": "ok"}), **change)
    assert answer.status_code == status
    assert not OutsideAnswer.objects.exists()


def test_an_unknown_line_says_the_same(line: Endpoint) -> None:
    line.pk += 1
    assert call(line, {}).status_code == 401


def test_the_dead_letter_desk(line: Endpoint, matter: Any, house: House, clerk: Person, resident: Person,
                              other_worker: Person, client_of: Callable[[Person], Client]) -> None:
    house.moods = ["422"]
    row = sending.queue(matter, "handed_in")
    assert row is not None
    run()
    page, one = "/gov/desk/sendings/", f"/gov/desk/sendings/{row.pk}/"
    at_desk = client_of(clerk)
    assert "LL26112500001" in at_desk.get(page).content.decode()
    assert "没有发给部门的申请" in client_of(other_worker).get(page).content.decode()
    assert "LL26112500001" in at_desk.get(page + "sendings.csv").content.decode()
    assert "再发一次" in at_desk.get(one).content.decode()
    assert client_of(other_worker).get(one).status_code == 404
    assert client_of(resident).get(page).status_code == 404
    refused = at_desk.post(one + "give-up/", {"reason": "打"})
    assert refused.status_code == 422
    assert "打" in refused.content.decode()
    assert client_of(other_worker).post(one + "retry/").status_code == 404
    assert at_desk.post(one + "retry/").status_code == 302
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("waiting", 0)


@pytest.mark.parametrize(("url", "safe"), [
    ("https://a.example.org/api", True), ("http://127.0.0.1:8080", True), ("http://a.example.org", False),
    ("https://u:p@a.example.org", False), ("ftp://a.example.org", False), ("https://a.example.org/?x=1", False),
    ("https://", False), ("file:///etc/passwd", False), ("https://a:99999/", False)])
def test_where_personal_data_may_go(url: str, safe: bool) -> None:
    assert http.is_safe(url) is safe
