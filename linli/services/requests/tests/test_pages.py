"""Asking on a phone without script: say it, check it, receipt; and everything that may go wrong on the way."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation import audit
from linli.foundation.areas.models import Area, Building
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Mandate, Organisation, Person
from linli.mechanisms.cases import queries
from linli.mechanisms.cases.models import Case, Follower, RoutingTable
from linli.services.requests.tests.conftest import Ask

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Person], Client]
WORDS = "3号楼门口的路灯三天不亮了，晚上看不见路。请派人来修。"


def given(**more: Any) -> dict[str, Any]:
    return {"text": WORDS, "kind": "complaint", "visibility": "area", "once": "a1", "step": "check", **more}


def test_a_request_from_words_to_receipt(
        client_of: ClientOf, resident: Person, rules: RoutingTable, building: Building) -> None:
    client = client_of(resident)
    first = client.get(reverse("requests:ask"))
    assert 'data-draft="requests.ask"' in first.content.decode()
    checked = client.post(reverse("requests:ask"), given(where=f"b-{building.pk}", place="一楼门厅"))
    page = checked.content.decode()
    assert checked.status_code == 200
    assert "公共设施.路灯" in page
    assert "按关键词规则猜的" in page
    assert "梧桐里居委会" in page
    assert "诉求先由社区接" in page
    assert WORDS in page
    sent = client.post(reverse("requests:ask"), given(
        where=f"b-{building.pk}", place="一楼门厅", step="send", category="公共设施.路灯", title="路灯不亮"))
    case = Case.objects.get()
    assert sent.url == reverse("portal:receipt", args=[case.number])
    assert (case.title, case.category, case.place_public, case.place) == (
        "路灯不亮", "公共设施.路灯", str(building), "一楼门厅")
    assert case.unit is not None
    assert case.unit.name == "梧桐里居委会"
    assert case.clock_at is not None
    assert case.facts["suggestion"]["reason"]
    receipt = client.get(sent.url).content.decode()
    assert 'data-draft-clear="requests.ask"' in receipt
    assert 'data-draft-clear="requests.send"' in receipt
    again = client.post(reverse("requests:ask"), given(step="send", category="公共设施.路灯"))
    assert again.url == sent.url
    assert Case.objects.count() == 1
    assert "requests.ask" in audit.verbs(case)


def test_ten_thousand_characters_are_refused_and_kept(client_of: ClientOf, resident: Person) -> None:
    long = "楼道堆物" * 2500
    answer = client_of(resident).post(reverse("requests:ask"), given(text=long))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert long in page
    assert "10000" in page
    assert not Case.objects.exists()


@pytest.mark.parametrize(("change", "sentence"), [
    ({"text": "  "}, "请写一句是什么事"), ({"kind": "nonsense"}, "请选是反映问题还是打听事情"),
    ({"visibility": "sealed"}, "请选谁看得到"), ({"where": "b-999"}, "没有这个地方"),
    ({"complained_of": "12"}, "没有这个单位"), ({"where": "x' OR 1=1"}, "没有这个地方"),
    ({"step": "send", "category": "不存在的种类"}, "没有「不存在的种类」这个种类"),
    ({"step": "send", "category": "噪声"}, "有好几种"), ({"step": "send", "category": ""}, "请选一个种类"),
])
def test_what_was_typed_survives_a_mistake(
        client_of: ClientOf, resident: Person, change: dict[str, str], sentence: str) -> None:
    answer = client_of(resident).post(reverse("requests:ask"), given(place="二楼拐角", **change))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert "二楼拐角" in page
    assert not Case.objects.exists()


def test_an_emergency_shows_the_telephones_first_and_is_kept(
        client_of: ClientOf, resident: Person, rules: RoutingTable) -> None:
    text = "楼下有很浓的煤气味，是不是漏气了"
    client = client_of(resident)
    page = client.post(reverse("requests:ask"), given(text=text)).content.decode()
    assert page.index('href="tel:119"') < page.index("核对一下，再提交")
    client.post(reverse("requests:ask"), given(text=text, step="send", category="燃气"))
    case = Case.objects.get()
    assert case.urgency == "danger"
    assert case.facts["emergency"] == {"codes": ["gas"], "call": ["119", "120"]}


def test_a_neighbour_joins_instead_of_asking_again(
        client_of: ClientOf, neighbour: Person, ask: Ask, building: Building) -> None:
    case = ask(building=building, visibility="area")
    client = client_of(neighbour)
    page = client.post(reverse("requests:ask"), given(where=f"b-{building.pk}")).content.decode()
    assert reverse("portal:case_join", args=[case.number]) in page
    client.post(reverse("portal:case_join", args=[case.number]))
    assert Follower.objects.filter(case=case, person=neighbour).exists()


def test_without_a_name_nothing_leads_back(
        client_of: ClientOf, resident: Person, worker: Person, rules: RoutingTable) -> None:
    client = client_of(resident)
    page = client.post(reverse("requests:ask"), given(anonymous="on")).content.decode()
    assert "不留名：没有人能给您回电话" in page
    sent = client.post(reverse("requests:ask"), given(anonymous="on", step="send", category="路灯"))
    case = Case.objects.get()
    assert case.is_anonymous
    assert case.requester_id is None
    assert not case.events.exclude(actor=None).exists()
    assert not queries.shows_requester(worker, case)
    slip = Client().get(sent.url)
    assert case.number in slip.content.decode()
    assert "data-draft-clear" in slip.content.decode()
    assert client.post(reverse("requests:ask"), given(
        anonymous="on", step="send", category="路灯")).url.startswith("/requests/slip/")
    assert Case.objects.count() == 1
    assert Client().get(reverse("requests:slip", args=["forged"])).status_code == 404
    assert resident.name not in client_of(worker).get(reverse("desk:case", args=[case.number])).content.decode()


def test_the_unit_complained_of_neither_sees_nor_handles(
        client_of: ClientOf, resident: Person, property_company: Organisation, property_desk: Person,
        neighbour: Person, rules: RoutingTable) -> None:
    client = client_of(resident)
    data = given(text="物业保安对老人大声呵斥", complained_of=property_company.pk)
    page = client.post(reverse("requests:ask"), data).content.decode()
    assert "它的人看不到是谁提的" in page
    client.post(reverse("requests:ask"), {**data, "step": "send", "category": "物业服务.服务态度"})
    case = Case.objects.get()
    assert case.complained_of == property_company.pk
    assert case.unit_id != property_company.pk
    assert case.visibility == "parties"
    assert client_of(property_desk).get(reverse("desk:case", args=[case.number])).status_code == 404
    assert client_of(neighbour).get(reverse("portal:case", args=[case.number])).status_code == 404


def test_a_daughter_asks_for_her_father(
        client_of: ClientOf, neighbour: Person, resident: Person, rules: RoutingTable) -> None:
    client = client_of(neighbour)
    refused = client.post(reverse("requests:ask"), given(subject=resident.pk, step="send", category="助餐"))
    assert refused.status_code == 422
    assert not Case.objects.exists()
    Mandate.objects.create(subject=resident, agent=neighbour, scope=["requests"], agreed_at=now(),
                           until=now() + timedelta(days=9))
    client.post(reverse("requests:ask"), given(subject=resident.pk, step="send", category="助餐", once="b2"))
    case = Case.objects.get(once="b2")
    assert (case.requester, case.agent) == (resident, neighbour)
    both = client.post(reverse("requests:ask"), given(subject=resident.pk, anonymous="on", once="b3"))
    assert both.status_code == 422


SCRIPT = "<script>alert('x')</script>"


def test_a_script_in_every_field_stays_words(
        client_of: ClientOf, resident: Person, worker: Person, rules: RoutingTable) -> None:
    client = client_of(resident)
    data = given(text=SCRIPT, place=SCRIPT, once=SCRIPT, title=SCRIPT, category=SCRIPT, step="send", photos_id=SCRIPT)
    assert SCRIPT not in client.post(reverse("requests:ask"), data).content.decode()
    client.post(reverse("requests:ask"), {**data, "category": "路灯"})
    case = Case.objects.get()
    for page in (client.get(reverse("portal:case", args=[case.number])),
                 client.get(reverse("portal:receipt", args=[case.number])),
                 client_of(worker).get(reverse("desk:case", args=[case.number]))):
        assert page.status_code == 200
        assert SCRIPT not in page.content.decode()
    fields = ("text", "name", "place", "note", "target", "source_number", "category", "phone")
    desk = client_of(worker).post(reverse("requests:desk_intake"), dict.fromkeys(fields, SCRIPT))
    assert desk.status_code == 422
    assert SCRIPT not in desk.content.decode()


def test_nobody_from_elsewhere_gets_in(
        client_of: ClientOf, stranger: Person, other_worker: Person, resident: Person, ask: Ask,
        rules: RoutingTable) -> None:
    case = ask()
    for who in (stranger, other_worker):
        client = client_of(who)
        assert client.post(reverse("requests:recategorise", args=[case.number]), {
            "category": "路灯"}).status_code == 404
        assert client.get(reverse("portal:receipt", args=[case.number])).status_code == 404
    for name, args in (("desk_intake", []), ("routing", []), ("routing_table", [rules.pk]),
                       ("routing_trial", [rules.pk]), ("routing_new_row", [rules.pk])):
        assert client_of(resident).get(reverse(f"requests:{name}", args=args)).status_code in (403, 404), name
        if args:
            assert client_of(other_worker).get(reverse(f"requests:{name}", args=args)).status_code == 404, name
            assert client_of(other_worker).get(reverse(f"requests:{name}", args=[12345])).status_code == 404, name
    for name in ("ask", "desk_intake", "routing"):
        assert Client().get(reverse(f"requests:{name}")).status_code == 302


@pytest.mark.parametrize("name", ["ask", "desk_intake", "routing"])
def test_the_pages_speak_english(client_of: ClientOf, name: str, resident: Person, worker: Person,
                                 community: Area) -> None:
    client = client_of(resident if name == "ask" else worker)
    page = client.get(reverse(f"requests:{name}"), HTTP_ACCEPT_LANGUAGE="en").content.decode()
    main = re.sub(r"<[^>]+>", " ", page.split('id="main"', 1)[1].split("</main>", 1)[0])
    wanted = {"ask": "What would you like to report or ask", "desk_intake": "Take in a request",
              "routing": "Routing rules"}[name]
    assert wanted in main
