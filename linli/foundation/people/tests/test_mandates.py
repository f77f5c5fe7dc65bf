from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from linli.foundation import audit
from linli.foundation.calendar import clock
from linli.foundation.notices.models import Notice
from linli.foundation.people import actions, queries
from linli.foundation.people.models import Mandate, Person
from linli.foundation.web import Denied, Refused

if TYPE_CHECKING:
    from linli.foundation.areas.models import Area

ClientOf = Callable[[Person], Client]


@pytest.fixture(autouse=True)
def rooms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two services one may act in, whatever is installed."""
    monkeypatch.setattr(queries, "mandate_rooms", lambda: [("repairs", "物业报修"), ("requests", "诉求")])


def test_a_mandate_begins_when_the_agent_agrees_and_ends_when_either_says_so(
        client_of: ClientOf, resident: Person, neighbour: Person) -> None:
    hers = client_of(resident)
    assert hers.post("/me/mandates/", {"phone": neighbour.phone}).status_code == 422
    assert hers.post("/me/mandates/", {"phone": neighbour.phone, "scope": ["repairs"]}).status_code == 302
    mandate = Mandate.objects.get()
    assert "请您代办" in Notice.objects.get(person=neighbour).sentence
    assert queries.mandate_for(neighbour, resident, "repairs") is None
    assert client_of(neighbour).post(f"/me/mandates/{mandate.pk}/", {"answer": "accept"}).status_code == 302
    assert queries.mandate_for(neighbour, resident, "repairs") == mandate
    assert queries.mandate_for(neighbour, resident, "requests") is None
    assert queries.mandate_for(resident, neighbour, "repairs") is None
    assert queries.subjects_for(neighbour, "repairs") == [resident]
    assert "物业报修" in client_of(neighbour).get("/me/mandates/").content.decode()
    assert hers.post(f"/me/mandates/{mandate.pk}/", {"answer": "end"}).status_code == 302
    assert queries.mandate_for(neighbour, resident, "repairs") is None
    assert audit.verbs(mandate) == ["people.give_mandate", "people.accept_mandate", "people.withdraw_mandate"]


def test_a_mandate_ends_at_its_term(resident: Person, neighbour: Person) -> None:
    until = clock.now() + timedelta(days=30)
    mandate = actions.give_mandate(resident, neighbour.phone or "", scope=["repairs"], until=until)
    actions.accept_mandate(neighbour, mandate)
    with clock.at(until + timedelta(seconds=1)):
        assert queries.mandate_for(neighbour, resident, "repairs") is None
        assert queries.subjects_for(neighbour, "repairs") == []


def test_only_the_agent_accepts_and_a_third_person_sees_nothing(
        client_of: ClientOf, resident: Person, neighbour: Person, stranger: Person) -> None:
    mandate = actions.give_mandate(resident, neighbour.phone or "", scope=["repairs"])
    with pytest.raises(Denied):
        actions.accept_mandate(resident, mandate)
    with pytest.raises(Denied):
        actions.withdraw_mandate(stranger, mandate)
    for answer in ("accept", "end"):
        assert client_of(stranger).post(f"/me/mandates/{mandate.pk}/", {"answer": answer}).status_code == 404


def test_what_a_mandate_cannot_be(resident: Person, neighbour: Person) -> None:
    phone = neighbour.phone or ""
    for code, to, scope, until in (
            ("agent_self", resident.phone or "", ["repairs"], None), ("scope_missing", phone, [], None),
            ("agent_unknown", "+8613800000099", ["repairs"], None),
            ("term_past", phone, ["repairs"], clock.now() - timedelta(days=1))):
        with pytest.raises(Refused, match=code):
            actions.give_mandate(resident, to, scope=scope, until=until)
    actions.give_mandate(resident, phone, scope=["repairs", "requests"])
    with pytest.raises(Refused, match="mandate_exists"):
        actions.give_mandate(resident, phone, scope=["requests"])


def test_phones_are_not_probed_by_asking_for_mandates(resident: Person) -> None:
    for number in range(10):
        with pytest.raises(Refused, match="agent_unknown"):
            actions.give_mandate(resident, f"+86138000010{number:02d}", scope=["repairs"])
    with pytest.raises(Refused, match="asked_too_often"):
        actions.give_mandate(resident, "+8613800001099", scope=["repairs"])


def test_a_worker_writes_down_what_was_seen_for_somebody_without_a_phone(
        client_of: ClientOf, worker: Person, other_worker: Person, neighbour: Person, community: Area) -> None:
    desk = client_of(worker)
    typed = {"name": "王秀英", "phone": neighbour.phone, "scope": ["requests"], "evidence": "witnessed"}
    assert desk.post("/desk/people/mandates/", typed).status_code == 422
    assert desk.post("/desk/people/mandates/", {**typed, "note": "11月20日 王奶奶家里，当面说的"}).status_code == 302
    mandate = Mandate.objects.get()
    assert (mandate.evidence, mandate.subject.phone, mandate.subject.community) == ("witnessed", None, community)
    actions.accept_mandate(neighbour, mandate)
    assert queries.mandate_for(neighbour, mandate.subject, "requests")
    with pytest.raises(Denied):
        actions.witness_mandate(other_worker, mandate.subject, neighbour.phone or "", scope=["repairs"],
                                evidence="paper", note="委托书")
    with pytest.raises(Refused, match="own_witness"):
        actions.witness_mandate(worker, mandate.subject, worker.phone or "", scope=["repairs"],
                                evidence="paper", note="委托书")
    assert actions.withdraw_mandate(worker, mandate).withdrawn
