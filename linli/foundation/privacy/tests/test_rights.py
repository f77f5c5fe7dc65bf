"""Consent, reveal, and what a person asks about their own data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from types import ModuleType
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.audit.models import AuditEntry
from linli.foundation.calendar import clock
from linli.foundation.events.models import OutboxEvent
from linli.foundation.people.models import Mandate, Person
from linli.foundation.privacy import actions, erasers, purposes, reveals
from linli.foundation.privacy.consents import current_text, has_consent
from linli.foundation.privacy.models import Consent, ConsentText, DataRequest, Reveal
from linli.foundation.privacy.rules import is_reason
from linli.foundation.web import Denied, Refused
from linli.foundation.web.manifest import Purpose

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Person], Client]
OPEN = "repairs.newsletter"


@pytest.fixture(autouse=True)
def a_purpose_that_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = dict(purposes.purposes())
    declared[OPEN] = Purpose(OPEN, "活动提醒", "consent", 30, "个人信息保护法 第13条第一款第一项", fields="phone")
    monkeypatch.setattr(purposes, "purposes", lambda: declared)
    for module in ("queries", "views"):
        monkeypatch.setattr(f"linli.foundation.privacy.{module}.purposes", lambda: declared)


def test_agreeing_keeps_the_text_and_taking_back_is_one_call(resident: Person) -> None:
    assert not has_consent(resident, OPEN)
    consent = actions.give_consent(resident, OPEN)
    assert has_consent(resident, OPEN)
    assert consent.text.text == current_text(OPEN)
    assert "手机号" in consent.text.text
    actions.withdraw_consent(resident, OPEN)
    actions.withdraw_consent(resident, OPEN)
    assert not has_consent(resident, OPEN)
    assert audit.verbs(consent) == ["privacy.give_consent", "privacy.withdraw_consent"]
    assert list(OutboxEvent.objects.filter(name__startswith="privacy.consent").values_list("name", flat=True)) == [
        "privacy.consent_given", "privacy.consent_withdrawn"]


def test_agreeing_twice_is_once_and_a_new_text_replaces(resident: Person) -> None:
    first = actions.give_consent(resident, OPEN, text="一", version="1")
    assert actions.give_consent(resident, OPEN, text="一", version="1") == first
    second = actions.give_consent(resident, OPEN, text="二", version="2")
    assert second != first
    assert ConsentText.objects.count() == 2
    assert [one.withdrawn_at is None for one in Consent.objects.order_by("pk")] == [False, True]


def test_a_duty_asks_for_no_consent(resident: Person) -> None:
    with pytest.raises(Refused, match="needs_no_consent"):
        actions.give_consent(resident, "privacy.access")
    with pytest.raises(KeyError):
        has_consent(resident, "nowhere.declared")


def test_for_another_only_by_mandate_or_on_paper(
    resident: Person, neighbour: Person, worker: Person, other_worker: Person,
) -> None:
    with pytest.raises(Denied):
        actions.give_consent(neighbour, OPEN, person=resident)
    with pytest.raises(Denied):
        actions.give_consent(worker, OPEN, person=resident)
    with pytest.raises(Denied):
        actions.give_consent(other_worker, OPEN, person=resident, channel="paper")
    assert actions.give_consent(worker, OPEN, person=resident, channel="paper").actor == worker
    Mandate.objects.create(subject=resident, agent=neighbour, scope=["repairs"], agreed_at=clock.now())
    actions.withdraw_consent(neighbour, OPEN, person=resident)
    assert not has_consent(resident, OPEN)


@pytest.mark.parametrize(("text", "good"), [
    ("核实联系方式", True), ("回访", False), ("    ", False), ("。。。。。", False), ("啊啊啊啊啊", False),
    ("call back", True)])
def test_what_a_reason_is(text: str, good: bool) -> None:
    assert is_reason(text) is good


def test_a_reveal_needs_right_and_reason_and_is_seen_by_its_subject(resident: Person, worker: Person) -> None:
    with pytest.raises(Refused, match="no_reason"):
        actions.reveal(worker, resident, "phone", "看看")
    assert not Reveal.objects.exists()
    assert actions.reveal(worker, resident, "phone", "回访漏水报修") == resident.phone
    row = Reveal.objects.get()
    assert (row.who, row.subject_id, row.field, row.reason) == (worker, resident.pk, "phone", "回访漏水报修")
    assert list(reveals.reveals_about(resident)) == [row]
    entry = AuditEntry.objects.get(verb="privacy.reveal")
    assert "回访漏水报修" not in entry.facts
    assert audit.prove(entry, "reason", "回访漏水报修")


def test_who_may_not_reveal(
    resident: Person, neighbour: Person, stranger: Person, other_worker: Person, property_desk: Person,
    make_person: Any, community: Area,
) -> None:
    auditor = make_person("审计", None, "auditor", at=community)
    for person in (neighbour, stranger, other_worker, property_desk, auditor):
        with pytest.raises(Denied):
            actions.reveal(person, resident, "phone", "我就想看一下")
    assert not Reveal.objects.exists()


def test_one_s_own_value_needs_no_reason(resident: Person) -> None:
    assert actions.reveal(resident, resident, "phone", "") == resident.phone
    assert not Reveal.objects.exists()


def test_only_encrypted_fields_are_revealed(resident: Person, worker: Person) -> None:
    for field in ("password", "phone_index", "nothing"):
        with pytest.raises(Denied):
            actions.reveal(worker, resident, field, "核实一下住户")


def test_the_reveal_form(resident: Person, worker: Person, client_of: ClientOf) -> None:
    page, client = reverse("privacy:reveal"), client_of(worker)
    token = reveals.reveal_token(resident, "phone")
    assert client.post(page, {"token": token[:-1] + "x", "reason": "核实一下住户"}).status_code == 404
    refused = client.post(page, {"token": token, "reason": "看"})
    assert refused.status_code == 422
    assert str(resident.phone) not in refused.content.decode()
    shown = client.post(page, {"token": token, "reason": "核实一下住户", "next": "//evil.example/"})
    assert str(resident.phone) in shown.content.decode()
    assert "evil" not in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert client_of(resident).get(page).status_code == 405


def test_the_deadline_is_fifteen_working_days(resident: Person) -> None:
    with clock.at(datetime(2026, 9, 24, 2, tzinfo=UTC)):  # Thursday; 25–27 September and 1–7 October are off in 2026
        asked = actions.make_request(resident, "correct", "出生年份不对")
    assert (timezone.localtime(asked.due_at).date(), asked.due_is_provisional) == (date(2026, 10, 22), False)


def test_a_request_is_answered_once_by_somebody_else(
    resident: Person, worker: Person, community_head: Person, stranger: Person,
) -> None:
    with pytest.raises(Refused, match="no_words"):
        actions.make_request(resident, "correct", "")
    asked = actions.make_request(resident, "correct", "出生年份不对")
    for person in (worker, stranger, resident):
        with pytest.raises(Denied):
            actions.fulfil_request(person, asked, "改好了")
    with pytest.raises(Refused, match="no_reason"):
        actions.refuse_request(community_head, asked, "不行")
    actions.fulfil_request(community_head, asked, "改好了，请看看")
    with pytest.raises(Refused, match="not_open"):
        actions.refuse_request(community_head, asked, "改主意了，不办")
    asked.refresh_from_db()
    assert (asked.state, asked.answer, asked.handled_by) == ("done", "改好了，请看看", community_head)
    assert audit.verbs(asked) == ["privacy.make_request", "privacy.fulfil_request"]


def test_nobody_answers_their_own_request(make_person: Any, community: Area) -> None:
    head = make_person("王书记", community, "community_head")
    asked = actions.make_request(head, "explain", "为什么推给我")
    with pytest.raises(Refused, match="own_request"):
        actions.fulfil_request(head, asked, "没事")


def test_asking_for_deletion_twice_is_once(resident: Person) -> None:
    asked = actions.make_request(resident, "delete")
    with pytest.raises(Refused, match="already_asked"):
        actions.make_request(resident, "delete")
    actions.withdraw_request(resident, asked)
    actions.make_request(resident, "delete")


def test_deletion_empties_every_room_and_says_what_stays(
    resident: Person, community_head: Person, monkeypatch: pytest.MonkeyPatch,
) -> None:
    room = ModuleType("room")
    seen: list[str] = []
    room.erase = lambda person: seen.append(person.name) or ["报修单留 3 年（示例依据）。"]  # type: ignore[attr-defined]
    known = erasers.rooms()
    monkeypatch.setattr(erasers, "rooms", lambda: (*known, ("repairs", room)))
    phone, name = str(resident.phone), resident.name
    actions.give_consent(resident, OPEN)
    asked = actions.make_request(resident, "delete")
    answer = actions.fulfil_request(community_head, asked).answer
    assert seen == [name]  # the room still found the account in place
    assert "报修单留 3 年" in answer
    assert "账号已注销" in answer
    gone = Person.objects.get(pk=resident.pk)
    assert (gone.phone, gone.name, gone.title, gone.birth_year, gone.is_active) == (None, "", "", None, False)
    assert not Person.objects.by_phone(phone).exists()
    assert not has_consent(gone, OPEN)
    assert not AuditEntry.objects.filter(subject_id=resident.pk, salt__isnull=False).exists()


def test_the_copy_holds_everything_and_nothing_of_others(
    resident: Person, neighbour: Person, worker: Person, client_of: ClientOf,
) -> None:
    actions.give_consent(resident, OPEN)
    actions.reveal(worker, resident, "phone", "回访漏水报修")
    actions.make_request(resident, "correct", "出生年份不对")
    answer = client_of(resident).post(reverse("privacy:copy"))
    body = answer.json()["rooms"]
    assert "attachment" in answer["Content-Disposition"]
    assert body["privacy"]["account"]["phone"] == resident.phone
    assert body["privacy"]["account"]["homes"]
    assert body["privacy"]["read_by"][0]["reason"] == "回访漏水报修"
    assert body["privacy"]["consents"][0]["purpose"] == OPEN
    text = answer.content.decode()
    assert str(worker.phone) not in text
    assert worker.name not in text
    assert str(neighbour.phone) not in text
    assert DataRequest.objects.get(kind="copy").state == "done"


def test_the_page_shows_why_how_long_and_who_read(resident: Person, worker: Person, client_of: ClientOf) -> None:
    client, page = client_of(resident), reverse("privacy:mine")
    actions.reveal(worker, resident, "phone", "回访漏水报修")
    client.post(reverse("privacy:consent"), {"purpose": OPEN, "do": "give"})
    assert has_consent(resident, OPEN)
    text = client.get(page).content.decode()
    for words in ("活动提醒", "用完后 30 天", "个人信息保护法 第13条", "撤回同意", "回访漏水报修", "周敏", "手机号"):
        assert words in text
    client.post(reverse("privacy:consent"), {"purpose": OPEN, "do": "withdraw"})
    assert not has_consent(resident, OPEN)
    assert client.post(reverse("privacy:consent"), {"purpose": "nowhere.declared"}).status_code == 404


def test_what_was_typed_stays(resident: Person, client_of: ClientOf) -> None:
    client = client_of(resident)
    answer = client.post(reverse("privacy:ask"), {"kind": "correct", "what": "不对"})
    assert answer.status_code == 422
    assert "不对" in answer.content.decode()
    assert client.post(reverse("privacy:ask"), {"kind": "correct", "what": "出生年份不对"}).status_code == 302
    assert "出生年份不对" in client.get(reverse("privacy:mine")).content.decode()


def test_the_desk_of_requests(
    resident: Person, community_head: Person, worker: Person, make_person: Any, other_community: Area,
    client_of: ClientOf,
) -> None:
    asked = actions.make_request(resident, "correct", "出生年份不对")
    page, one = reverse("privacy:desk"), reverse("privacy:desk_request", args=[asked.pk])
    next_door = make_person("李书记", None, "community_head", at=other_community)
    assert client_of(worker).get(page).status_code == 404
    assert client_of(next_door).get(one).status_code == 404
    assert client_of(next_door).get(page).content.decode().count(one) == 0
    assert client_of(resident).get(one).status_code == 404
    desk = client_of(community_head)
    assert one in desk.get(page).content.decode()
    refused = desk.post(one, {"answer": "", "do": "refuse"})
    assert refused.status_code == 422
    assert "理由" in refused.content.decode()
    assert desk.post(one, {"answer": "按登记簿改好了", "do": "fulfil"}).status_code == 302
    assert "按登记簿改好了" in desk.get(one).content.decode()
    assert one in desk.get(page, {"show": "closed"}).content.decode()
