"""Booking at a hospital and a school that are well, full, slow, broken or silent; and going there oneself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Mandate, Organisation, Person
from linli.foundation.privacy.consents import has_consent
from linli.foundation.privacy.models import RetentionTimer
from linli.foundation.web import Denied, Refused
from linli.services.gov import rights
from linli.services.gov.actions import outside as verbs
from linli.services.gov.models import Endpoint, OutsideBooking, OutsidePlace
from linli.services.gov.outside import http
from linli.services.gov.outside.adapters import HttpAdapter, adapter_of, line_of
from linli.services.gov.tests.servers import SECRET, House, serving

pytestmark = pytest.mark.django_db
SLOT = {"slot": "s1", "starts_at": "2026-11-27T09:00:00+08:00", "with_whom": "全科 · 丁医生"}


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(http.ask, "__kwdefaults__", {**(http.ask.__kwdefaults__ or {}), "timeout_s": 0.4})
    with serving(House()) as found:
        yield found


@pytest.fixture
def clinic(community: Area, clerk: Person) -> OutsidePlace:
    body = Organisation.objects.create(name="青桐卫生服务站", kind="clinic", area=community, phone="0571-00000030")
    return verbs.keep_place(clerk, community, body, services=["clinic", "family-doctor", "vaccination"],
                            address="梧桐路 9 号", hours="周一至周五 8:00–17:00")


@pytest.fixture
def school(community: Area, clerk: Person) -> OutsidePlace:
    body = Organisation.objects.create(name="青桐小学", kind="school", area=community, phone="0571-00000031")
    return verbs.keep_place(clerk, community, body, services=["school"], address="梧桐路 20 号", hours="8:00–16:00")


def connect(place: OutsidePlace, house: House) -> Endpoint:
    row: Endpoint = Endpoint.objects.create(
        area=place.area, organisation=place.organisation, url=house.url, key_id="k1", secret=SECRET)
    return row


@pytest.fixture
def mother(make_person: Any, community: Area, resident: Person) -> Person:
    """王阿姨, who lets 林女士 act for her in government matters."""
    person: Person = make_person("王阿姨", community, name="王桂兰")
    Mandate.objects.create(subject=person, agent=resident, scope=["gov"], since=clock.now(), agreed_at=clock.now())
    return person


def book(person: Person, place: OutsidePlace, **more: Any) -> OutsideBooking:
    told: dict[str, Any] = {"service": "clinic", "agreed": True, "once": "a", **SLOT, **more}
    return verbs.book(person, place, **told)


def again(times: int = 1) -> None:
    for _round in range(times):
        due = OutsideBooking.objects.filter(state__in=["asking", "cancelling"]).order_by("next_at").values_list(
            "next_at", flat=True).first()
        if due is None:
            return
        with clock.at(max(due, clock.now())):
            verbs.settle_due()


def test_booked_when_they_say_so(house: House, clinic: OutsidePlace, resident: Person) -> None:
    connect(clinic, house)
    row = book(resident, clinic)
    assert (row.state, row.their_number, row.said) == ("booked", "N-0001", "请提前十分钟")
    assert book(resident, clinic) == row  # the same form sent ten times
    assert house.numbers == 1
    told = json.loads(house.bodies[0])
    assert told["who"] == {"name": resident.name, "phone": resident.phone}  # and nothing else leaves
    assert has_consent(resident, "gov.outside")
    assert row.consent.person == resident
    assert audit.verbs(row)[0] == "gov.book_outside"
    assert RetentionTimer.objects.get(thing_id=str(row.pk)).ends_on == date(2027, 2, 26)


def test_without_consent_nothing_leaves(house: House, clinic: OutsidePlace, resident: Person) -> None:
    connect(clinic, house)
    with pytest.raises(Refused, match="consent_missing"):
        book(resident, clinic, agreed=False)
    assert house.calls == []
    assert not OutsideBooking.objects.exists()


@pytest.mark.parametrize("mood", ["500", "hang", "slow", "drop", "garbage", "wrong_key", "redirect"])
def test_silence_is_asked_again_and_books_once(house: House, clinic: OutsidePlace, resident: Person,
                                               mood: str) -> None:
    connect(clinic, house)
    house.moods = [mood]
    row = book(resident, clinic)
    assert (row.state, row.their_number) == ("asking", "")
    again()
    row.refresh_from_db()
    assert (row.state, row.their_number, house.numbers) == ("booked", "N-0001", 1)
    assert Notice.objects.filter(person=resident, key__startswith="gov.booking.").count() == 1
    assert "丁医生" not in Notice.objects.get(person=resident).sentence


def test_a_house_that_never_answers_is_told_honestly(house: House, clinic: OutsidePlace, resident: Person,
                                                     client_of: Callable[[Person], Client]) -> None:
    connect(clinic, house)
    house.moods = ["500"] * 40
    row = book(resident, clinic)
    again(10)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("unclear", 5)
    page = client_of(resident).get(f"/gov/outside/bookings/{row.pk}/").content.decode()
    assert "请打电话问清楚再去" in page
    assert "0571-00000030" in page
    assert "取消预约" not in page


def test_a_taken_time_is_said_at_once(house: House, clinic: OutsidePlace, resident: Person) -> None:
    connect(clinic, house)
    row = book(resident, clinic, slot="s0", starts_at="2026-11-26T09:00:00+08:00")
    assert (row.state, row.fault, row.said) == ("refused", "slot_taken", "这个号刚被约走")
    assert book(resident, clinic, once="b").state == "booked"


@pytest.mark.parametrize(("mood", "state"), [("well", "cancelled"), ("500", "cancelling"), ("drop", "cancelling")])
def test_cancelled_when_they_say_so(house: House, clinic: OutsidePlace, resident: Person, mood: str,
                                    state: str) -> None:
    connect(clinic, house)
    row = book(resident, clinic)
    house.moods = [mood]
    assert verbs.cancel(resident, row).state == state
    again()
    row.refresh_from_db()
    assert row.state == "cancelled"
    assert verbs.cancel(resident, row).state == "cancelled"
    assert house.book[row.key]["state"] == "cancelled"


def test_cancelled_before_they_answered(house: House, clinic: OutsidePlace, resident: Person) -> None:
    connect(clinic, house)
    house.moods = ["hang"]
    row = book(resident, clinic)
    assert verbs.cancel(resident, row).state == "cancelled"  # they have nothing under that key
    again()
    assert house.numbers == 0


def test_killed_after_writing_down(house: House, clinic: OutsidePlace, resident: Person,
                                   monkeypatch: pytest.MonkeyPatch) -> None:
    connect(clinic, house)
    with monkeypatch.context() as patch:
        patch.setattr(verbs, "_note", _killed)
        with pytest.raises(KeyboardInterrupt):
            book(resident, clinic)
    row = OutsideBooking.objects.get()
    assert (row.state, house.numbers) == ("asking", 1)
    again()
    row.refresh_from_db()
    assert (row.state, row.their_number, house.numbers) == ("booked", "N-0001", 1)


def _killed(*args: Any) -> None:
    raise KeyboardInterrupt


def test_a_daughter_for_her_mother(house: House, clinic: OutsidePlace, resident: Person, mother: Person,
                                   neighbour: Person) -> None:
    connect(clinic, house)
    row = book(resident, clinic, subject=mother)
    assert (row.subject, row.actor, row.mandate is not None) == (mother, resident, True)
    assert json.loads(house.bodies[0])["who"]["name"] == "王桂兰"
    assert has_consent(mother, "gov.outside")
    assert not has_consent(resident, "gov.outside")
    with pytest.raises(Denied):
        book(neighbour, clinic, subject=mother, once="n")
    with pytest.raises(Denied):
        verbs.cancel(neighbour, row)
    Mandate.objects.update(withdrawn=clock.now() - timedelta(seconds=1))
    with pytest.raises(Denied):
        verbs.cancel(resident, row)
    assert verbs.cancel(mother, row).state == "cancelled"


@pytest.mark.parametrize(("change", "code"), [
    ({"starts_at": "2026-11-20T09:00:00+08:00"}, "slot_over"), ({"slot": ""}, "slot_over"),
    ({"starts_at": "2026-99-99T09:00:00+08:00"}, "slot_over"), ({"starts_at": "2026-11-27T09:00:00"}, "slot_over"),
    ({"service": "school"}, "not_online")])
def test_what_cannot_be_booked(house: House, clinic: OutsidePlace, resident: Person, change: dict[str, Any],
                               code: str) -> None:
    connect(clinic, house)
    with pytest.raises(Refused, match=code):
        book(resident, clinic, **change)
    assert house.calls == []


def test_the_same_time_and_too_many(house: House, clinic: OutsidePlace, resident: Person) -> None:
    connect(clinic, house)
    book(resident, clinic)
    with pytest.raises(Refused, match="same_slot"):
        book(resident, clinic, once="b")
    house.free = [{"id": f"x{n}", "starts_at": SLOT["starts_at"], "with": "", "left": 1} for n in range(9)]
    for number in range(5):
        book(resident, clinic, once=f"x{number}", slot=f"x{number}")
    with pytest.raises(Refused, match="too_many"):
        book(resident, clinic, once="last", slot="x8")


@pytest.mark.parametrize("rows", [
    "no", None, [1], [{"id": "", "starts_at": "2026-11-27T09:00:00+08:00"}], [{"id": "a", "starts_at": "morgen"}],
    [{"id": "a", "starts_at": "2026-13-40T09:00:00+08:00"}], [{"id": "a", "starts_at": "2026-11-27T09:00:00"}]])
def test_slots_that_are_nonsense(house: House, clinic: OutsidePlace, rows: Any) -> None:
    line = connect(clinic, house)
    house.free = rows
    with pytest.raises(http.NoAnswer, match="garbled"):
        HttpAdapter(line_of(line)).slots("clinic", date(2026, 11, 25), 14)
    assert verbs.free_slots(clinic, "clinic") == ([], "garbled")


def test_only_free_times_in_order(house: House, clinic: OutsidePlace) -> None:
    connect(clinic, house)
    found, fault = verbs.free_slots(clinic, "clinic")
    assert ([one.ident for one in found], fault) == (["s1", "s2"], "")


def test_hand_off_says_where_and_what(clinic: OutsidePlace, school: OutsidePlace, resident: Person, stranger: Person,
                                      client_of: Callable[[Person], Client]) -> None:
    assert adapter_of(clinic) is None
    client = client_of(resident)
    page = client.get("/gov/outside/vaccination/").content.decode()
    for words in ("青桐卫生服务站", "还不能网上约", "0571-00000030", "梧桐路 9 号", "预防接种证"):
        assert words in page
    assert "青桐小学" not in page
    assert "青桐小学" in client.get("/gov/outside/school/").content.decode()
    assert client.get(f"/gov/outside/vaccination/{clinic.pk}/").status_code == 404
    assert client.get("/gov/outside/nothing/").status_code == 404
    assert "还没有登记" in client_of(stranger).get("/gov/outside/clinic/").content.decode()
    assert client.get("/gov/outside/").status_code == 200


def form_of(client: Client, url: str) -> dict[str, str]:
    page = client.get(url).content.decode()
    slots = re.findall(r'name="slot" value="([^"]+)"', page)
    once = re.search(r'name="once" value="([^"]+)"', page)
    assert slots
    assert once
    return {"slot": slots[0], "once": once[1], "agreed": "on"}


def test_by_the_pages(house: House, school: OutsidePlace, resident: Person, mother: Person, stranger: Person,
                      client_of: Callable[[Person], Client]) -> None:
    connect(school, house)
    client, url = client_of(resident), f"/gov/outside/school/{school.pk}/"
    told = form_of(client, url) | {"who": str(mother.pk)}
    missing = client.post(url, {**told, "agreed": ""})
    assert missing.status_code == 422
    assert told["slot"] in missing.content.decode()
    assert client.post(url, {**told, "slot": told["slot"] + "x"}).status_code == 422
    assert client.post(url, {**told, "who": str(stranger.pk)}).status_code == 404
    answer = client.post(url, told)
    row = OutsideBooking.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == f"/gov/outside/bookings/{row.pk}/"
    page = client.get(answer["Location"]).content.decode()
    assert "N-0001" in page
    assert "王阿姨" in page
    for place in ("/gov/outside/", "/gov/outside/bookings/"):
        assert "王阿姨" in client.get(place).content.decode()
    assert client_of(stranger).get(answer["Location"]).status_code == 404
    assert client_of(stranger).post(answer["Location"] + "cancel/").status_code == 404
    assert client.post(answer["Location"] + "cancel/").status_code == 302
    row.refresh_from_db()
    assert row.state == "cancelled"
    house.moods = ["500"]
    assert "问不到" in client.get(url).content.decode()


def test_no_staff_read_appointments(house: House, clinic: OutsidePlace, resident: Person, clerk: Person,
                                    client_of: Callable[[Person], Client]) -> None:
    connect(clinic, house)
    row = book(resident, clinic)
    assert client_of(clerk).get(f"/gov/outside/bookings/{row.pk}/").status_code == 404


def test_the_desk_keeps_places(clinic: OutsidePlace, community: Area, clerk: Person, resident: Person,
                               other_worker: Person, client_of: Callable[[Person], Client]) -> None:
    one = f"/gov/desk/places/{clinic.pk}/"
    client = client_of(clerk)
    assert "青桐卫生服务站" in client.get("/gov/desk/places/").content.decode()
    told = {"organisation": str(clinic.organisation_id), "services": ["school"], "address": "新址", "hours": "全天",
            "is_shown": "on"}
    refused = client.post(one, told)
    assert refused.status_code == 422
    assert "新址" in refused.content.decode()
    assert client.post(one, {**told, "services": ["clinic"]}).status_code == 302
    clinic.refresh_from_db()
    assert (clinic.address, clinic.services, clinic.checked_on) == ("新址", ["clinic"], date(2026, 11, 25))
    assert client_of(other_worker).get(one).status_code == 404
    assert client_of(resident).get(one).status_code == 404


def test_only_the_administrator_connects(community: Area, clerk: Person, make_person: Any,
                                         client_of: Callable[[Person], Client]) -> None:
    admin = make_person("管理员", None, "system_admin", at=community)
    assert client_of(clerk).get("/gov/desk/connections/").status_code in (403, 404)
    client = client_of(admin)
    told = {"department": "测试局", "url": "http://example.org", "key_id": "k", "secret": SECRET, "is_on": "on"}
    assert client.post("/gov/desk/connections/new/", told).status_code == 422
    assert client.post("/gov/desk/connections/new/", {**told, "url": "https://example.org/x"}).status_code == 302
    row = Endpoint.objects.get()
    page = client.get(f"/gov/desk/connections/{row.pk}/").content.decode()
    assert SECRET not in page
    assert f"/gov/outside/callback/{row.pk}/" in page
    assert client.post(f"/gov/desk/connections/{row.pk}/", {
        **told, "url": "https://example.org/y", "secret": "", "is_on": ""}).status_code == 302
    row.refresh_from_db()
    assert (row.url, row.secret, row.is_on) == ("https://example.org/y", SECRET, False)


def test_erasure_and_copy(house: House, clinic: OutsidePlace, resident: Person) -> None:
    connect(clinic, house)
    row = book(resident, clinic)
    assert rights.copy_of_wallet(resident)["appointments"][0]["number"] == "N-0001"
    assert any("先取消" in sentence for sentence in rights.erase_wallet(resident))
    row.refresh_from_db()
    assert (row.sent, row.with_whom) == ("", "")
