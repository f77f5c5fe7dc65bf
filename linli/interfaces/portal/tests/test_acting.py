"""亲情代办 in the portal: a daughter switches to her father; what she does is his, and says that she did it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation.audit.models import AuditEntry as Entry
from linli.foundation.calendar import clock
from linli.foundation.calendar.clock import now
from linli.foundation.people import actions as people
from linli.foundation.people.models import Mandate, Person
from linli.mechanisms.cases import actions
from linli.mechanisms.cases.models import Case, CaseEvent
from linli.services.repairs.actions import Report, report

if TYPE_CHECKING:
    from linli.foundation.areas.models import Area, Building

ClientOf = Callable[["Person"], Client]


@pytest.fixture
def father(make_person: Any, community: Area, home: Any) -> Person:
    return make_person("老林", community, home=home)


@pytest.fixture
def daughter(make_person: Any, community: Area) -> Person:
    return make_person("小林", community)


@pytest.fixture
def mandate(father: Person, daughter: Person) -> Mandate:
    given = people.give_mandate(father, daughter.phone or "", scope=["repairs"], until=now() + timedelta(days=30))
    return people.accept_mandate(daughter, given)


@pytest.fixture
def leak(father: Person, community: Area, building: Building) -> Case:
    return report(father, community, Report(text="楼道灯不亮", category="power.light", building=building, once="a"))


def switch(client: Client, subject: Person) -> Any:
    return client.post(reverse("people:act_for"), {"subject": subject.pk}, follow=True)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_she_switches_sees_his_matters_and_answers_in_his_stead(
    client_of: ClientOf, mandate: Mandate, leak: Case, daughter: Person, father: Person,
) -> None:
    client, page = client_of(daughter), reverse("portal:case", args=[leak.number])
    assert "替 TA 办" in text(client.get(reverse("portal:me")))
    assert reverse("portal:case_words", args=[leak.number]) not in text(client.get(page))  # not before she switched
    assert "正在替<strong>老林</strong>办" in text(switch(client, father))
    assert leak.title in text(client.get(reverse("portal:mine")))
    assert "您在替老林办这件事" in text(client.get(page))
    assert client.post(reverse("portal:case_words", args=[leak.number]), {"text": "在二楼"}).status_code == 302
    said = CaseEvent.objects.get(case=leak, name="message")
    assert (said.actor, said.acting_for) == (daughter, father)
    entry = Entry.objects.filter(verb="cases.message").latest("pk")
    assert (entry.actor_id, entry.acting_for_id) == (daughter.pk, father.pk)
    assert "您（替老林）" in text(client.get(page))
    assert "小林（替老林）" in text(client_of(father).get(page))
    assert "换回来了" in text(client.post(reverse("people:act_for"), {"subject": ""}, follow=True))
    assert leak.title not in text(client.get(reverse("portal:mine")))


def test_what_she_reports_is_his(
    client_of: ClientOf, mandate: Mandate, daughter: Person, father: Person, home: Any,
) -> None:
    client = client_of(daughter)
    switch(client, father)
    form = text(client.get(reverse("repairs:quick")))
    assert f"home:{home.pk}" in form  # his home is offered, she has none here
    sent = client.post(reverse("repairs:quick"), {"once": "q1", "text": "厨房漏水", "place": f"home:{home.pk}"})
    assert sent.status_code == 302, text(sent)
    case = Case.objects.get(once="q1")
    assert (case.requester, case.agent) == (father, daughter)
    assert CaseEvent.objects.get(case=case, name="open").acting_for == father
    step = text(client.get(reverse("repairs:report")))
    assert f'value="{father.pk}"' in step.partition("checked")[0].rpartition("<input")[2]
    assert "小林替您报的" in text(client_of(father).get(reverse("portal:case", args=[case.number])))


def test_a_mandate_for_repairs_opens_no_other_door(
    client_of: ClientOf, mandate: Mandate, daughter: Person, father: Person, community: Area,
) -> None:
    asked = actions.open_case(father, "consult", community, title="养老金怎么领", category="")
    client = client_of(daughter)
    switch(client, father)
    assert asked.title not in text(client.get(reverse("portal:mine")))
    assert client.get(reverse("portal:case", args=[asked.number])).status_code == 404
    assert client.post(reverse("portal:case_words", args=[asked.number]), {"text": "x"}).status_code in (403, 404)


@pytest.mark.parametrize("end", ["withdrawn", "expired"])
def test_it_ends_by_itself(
    client_of: ClientOf, mandate: Mandate, leak: Case, daughter: Person, father: Person, end: str,
) -> None:
    client = client_of(daughter)
    switch(client, father)
    client.post(reverse("repairs:quick"), {"once": "q2", "text": "门坏了", "place": "other", "detail": "门口"})
    words = reverse("portal:case_words", args=[leak.number])
    later = now() + timedelta(days=31 if end == "expired" else 0)
    if end == "withdrawn":
        people.withdraw_mandate(father, mandate)
    with clock.at(later):
        answer = client.post(words, {"text": "在二楼"}, follow=True)
        assert "委托结束了" in text(answer)
        assert "没有办" in text(answer)
        assert not CaseEvent.objects.filter(case=leak, name="message").exists()
        assert "正在替" not in text(client.get(reverse("portal:home")))
        assert client.post(words, {"text": "在二楼"}).status_code in (403, 404)
        assert leak.title not in text(client.get(reverse("portal:mine")))
        assert switch(client, father).status_code == 200
        assert "正在替" not in text(client.get(reverse("portal:home")))


def test_nothing_is_sent_in_her_own_name_by_mistake(
    client_of: ClientOf, mandate: Mandate, daughter: Person, father: Person,
) -> None:
    client = client_of(daughter)
    switch(client, father)
    people.withdraw_mandate(father, mandate)
    client.post(reverse("repairs:quick"), {"once": "q3", "text": "门坏了", "place": "other", "detail": "门口"})
    assert not Case.objects.filter(once="q3").exists()


def test_what_she_brought_in_is_closed_to_her_afterwards(
    client_of: ClientOf, mandate: Mandate, daughter: Person, father: Person, community: Area, building: Building,
) -> None:
    case = report(daughter, community, Report(
        text="家里漏水", category="water", building=building, is_private=True, once="d"), subject=father)
    client, page = client_of(daughter), reverse("portal:case", args=[case.number])
    assert client.get(page).status_code == 200
    people.withdraw_mandate(father, mandate)
    assert client.get(page).status_code == 404
    assert case.title not in text(client.get(reverse("portal:mine")))
    assert client_of(father).get(page).status_code == 200


def test_who_holds_no_mandate_acts_for_nobody(
    client_of: ClientOf, mandate: Mandate, leak: Case, neighbour: Person, father: Person,
) -> None:
    client = client_of(neighbour)
    assert "替 TA 办" not in text(client.get(reverse("portal:me")))
    assert "不能替这位家人办事" in text(switch(client, father))
    session = client.session
    session["acting_for"] = {"subject": father.pk, "name": "老林"}  # as if forged
    session.save()
    assert leak.title not in text(client.get(reverse("portal:mine")))
    assert client.session.get("acting_for") is None
    assert Entry.objects.filter(verb="people.act_for").count() == 0
