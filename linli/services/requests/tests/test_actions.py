"""Taking in at the desk with its six outcomes, correcting a category, and rules that two people publish."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation import audit
from linli.foundation.areas.models import Area, Building
from linli.foundation.people.models import Organisation, Person
from linli.foundation.web import Denied, Refused
from linli.mechanisms.cases import actions as cases, routing
from linli.mechanisms.cases.models import Case, CaseEvent, Contact, RoutingRow, RoutingTable, Timer
from linli.services.requests import actions, trial
from linli.services.requests.actions.asking import Asked
from linli.services.requests.actions.desk import Taken
from linli.services.requests.actions.tables import problems_of
from linli.services.requests.desk_forms import polite_text
from linli.services.requests.tests.conftest import Ask
from linli.services.requests.trial import Sample

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Person], Client]
SIX = ["emergency", "channel", "repeat", "privacy", "outside", "unlawful"]


def called(text: str = "楼道堆了很多纸箱", **more: Any) -> Taken:
    asked = Asked(kind=more.pop("kind", "complaint"), text=text, category=more.pop("category", "环境卫生.楼道堆物"),
                  is_anonymous=more.pop("is_anonymous", False), once=more.pop("once", ""))
    return Taken(asked, channel=more.pop("channel", "phone"), contact=("张先生", "+8613512345678"), **more)


@pytest.mark.parametrize("kind", ["complaint", "consult"])
@pytest.mark.parametrize("reason", SIX)
def test_the_six_outcomes_that_are_not_dispatch(
        reason: str, kind: str, worker: Person, community: Area, rules: RoutingTable) -> None:
    words = polite_text(reason, community, target="市场监管 12315", language="zh")
    case = actions.take_in(worker, community, called(kind=kind, outcome="redirect", reason=reason, note=words))
    assert (case.state, case.is_open, case.facts["redirected"]) == ("redirected", False, reason)
    assert case.events.get(name="redirect").text_public == words
    assert not Timer.objects.filter(case=case).exclude(state="stopped").exists()
    assert "{" not in words
    assert polite_text(reason, community, language="en") != words


def test_a_redirection_may_be_contested_once(
        worker: Person, resident: Person, community: Area, rules: RoutingTable) -> None:
    taken = called(outcome="redirect", reason="outside", note="请找 12315。")
    case = actions.take_in(worker, community, Taken(**{**vars(taken), "requester": resident, "contact": None}))
    case = cases.act(resident, case, "contest", note="他们让我找社区。")
    assert (case.state, case.is_open) == ("submitted", True)
    assert case.clock_at is not None
    case = cases.act(worker, case, "redirect", reason="outside", note="还是请找 12315。")
    with pytest.raises(Refused, match="already"):
        cases.act(resident, case, "contest", note="再看一次")


def test_both_or_neither(worker: Person, community: Area, rules: RoutingTable) -> None:
    with pytest.raises(Refused, match="missing"):
        actions.take_in(worker, community, called(outcome="redirect", reason="outside", note=""))
    with pytest.raises(Refused, match="not_consult"):
        actions.take_in(worker, community, called(outcome="answer", note="有", target="指南"))
    assert not Case.objects.exists()


@pytest.mark.parametrize(("change", "code"), [
    ({"channel": "smoke"}, "no_channel"), ({"outcome": "burn"}, "no_outcome"), ({"category": "没有的"}, "no_category"),
    ({"text": " "}, "no_text"), ({"text": "长" * 5001}, "too_long")])
def test_what_the_desk_may_not_write(
        change: dict[str, Any], code: str, worker: Person, community: Area, rules: RoutingTable) -> None:
    with pytest.raises(Refused, match=code):
        actions.take_in(worker, community, called(**change))


def test_the_desk_takes_in_a_sheet_once(worker: Person, resident: Person, other_worker: Person, community: Area,
                                        rules: RoutingTable) -> None:
    first = actions.take_in(worker, community, called(channel="12345", source_number="HZ-001"))
    again = actions.take_in(worker, community, called(channel="12345", source_number="HZ-001"))
    assert first == again
    assert Contact.objects.get(case=first).phone == "+8613512345678"
    for person in (resident, other_worker):
        with pytest.raises(Denied):
            actions.take_in(person, community, called())
    with pytest.raises(Refused, match="no_contact"):
        actions.take_in(worker, community, Taken(called().asked, channel="window"))


def test_the_intake_page_finds_the_person_and_fills_in_the_words(
        client_of: ClientOf, worker: Person, resident: Person, rules: RoutingTable) -> None:
    client = client_of(worker)
    data = {"channel": "phone", "phone": (resident.phone or "")[3:], "kind": "complaint", "text": "网上买的鞋是假的",
            "visibility": "parties", "outcome": "redirect:outside", "target": "市场监管 12315", "step": "look"}
    page = client.post(reverse("requests:desk_intake"), data).content.decode()
    assert resident.masked_phone in page
    assert "市场监管 12315 管" in page
    first = client.post(reverse("requests:desk_intake"), {**data, "step": "save"})
    assert first.status_code == 422
    assert not Case.objects.exists()
    client.post(reverse("requests:desk_intake"), {
        **data, "step": "save", "category": "其他", "note": "请打 12315。", "once": "k1"})
    case = Case.objects.get()
    assert (case.requester, case.state) == (resident, "redirected")


def test_one_tap_changes_the_category_and_asks_the_rules_again(
        client_of: ClientOf, worker: Person, department: Organisation, ask: Ask) -> None:
    case = ask("楼下搭了个棚子占着人行道")
    client = client_of(worker)
    page = client.get(reverse("desk:case", args=[case.number])).content.decode()
    assert "诉求先由社区接" in page
    assert "最长期限" in page
    client.post(reverse("requests:recategorise", args=[case.number]), {
        "category": "城乡建设.违章搭建", "seen": case.seq})
    case.refresh_from_db()
    assert (case.category, case.unit_id) == ("城乡建设.违章搭建", department.pk)
    assert CaseEvent.objects.get(case=case, name="route").data["route"]["why"] == "市容归城管"
    cases.act(worker, case, "take")
    assert actions.recategorise(worker, case, "环境卫生") is None
    case.refresh_from_db()
    assert case.unit_id == department.pk


def test_a_community_unit_leads_only_what_is_on_its_list(
        worker: Person, ask: Ask, committee: Organisation, department: Organisation) -> None:
    case = ask("楼下搭了个棚子", category="城乡建设.违章搭建")
    with pytest.raises(Refused, match="not_theirs_to_lead"):
        cases.act(worker, case, "dispatch", unit=committee.pk)
    assert cases.act(worker, case, "dispatch", unit=department.pk).unit == department
    other = ask("路灯不亮", once="2")
    assert cases.act(worker, other, "dispatch", unit=committee.pk).unit == committee


def test_rules_are_tried_then_published_by_a_second_person(
        client_of: ClientOf, community: Area, community_head: Person, street_leader: Person, worker: Person,
        department: Organisation, committee: Organisation, rules: RoutingTable, ask: Ask) -> None:
    for n in range(3):
        ask(f"第{n}盏路灯不亮", once=str(n))
    with pytest.raises(Denied):
        actions.new_draft(worker, community)
    draft = actions.new_draft(community_head, community, note="路灯归城管")
    assert draft.rows.count() == rules.rows.count()
    with pytest.raises(Refused, match="draft_exists"):
        actions.new_draft(street_leader, community)
    client = client_of(community_head)
    client.post(reverse("requests:routing_new_row", args=[draft.pk]), {
        "category": "公共设施.路灯", "kind_code": "complaint", "area_prefix": community.code,
        "unit": department.pk, "note": "路灯归城管"})
    page = client.get(reverse("requests:routing_trial", args=[draft.pk])).content.decode()
    assert "3 件会换单位" in page
    assert department.name in page
    with pytest.raises(Refused, match="not_proposed"):
        actions.publish_table(street_leader, draft)
    actions.submit_table(community_head, draft)
    with pytest.raises(Refused, match="same_person"):
        actions.publish_table(community_head, draft)
    with pytest.raises(Refused, match="not_draft"):
        actions.add_row(community_head, draft, {"note": "晚了"})
    client_of(street_leader).post(reverse("requests:routing_decide", args=[draft.pk, "publish"]))
    assert ask("新的路灯不亮", once="after").unit == department
    draft.refresh_from_db()
    assert draft.state == "published"
    assert Case.objects.filter(unit=committee).count() == 3
    assert audit.verbs(draft)[-1] == "requests.publish_routing"


def test_a_table_without_a_catch_all_or_with_a_dead_unit_is_not_handed_in(
        community: Area, community_head: Person, department: Organisation, rules: RoutingTable) -> None:
    draft = actions.new_draft(community_head, community)
    catch_all = draft.rows.get(note="兜底")
    actions.drop_row(community_head, catch_all)
    with pytest.raises(Refused, match="not_sound"):
        actions.submit_table(community_head, draft)
    actions.add_row(community_head, draft, {"note": "兜底"})
    Organisation.objects.filter(pk=department.pk).update(is_active=False)
    assert [row.note for row, _text in problems_of(draft) if row] == ["市容归城管"]
    with pytest.raises(Refused, match="not_sound"):
        actions.submit_table(community_head, draft)
    with pytest.raises(Refused, match="dead_unit"):
        actions.add_row(community_head, draft, {"unit": Organisation.objects.get(pk=department.pk), "note": "x"})


@pytest.mark.parametrize(("change", "code"), [
    ({"area_prefix": "330106001002"}, "no_place"), ({"kind_code": "nonsense"}, "no_kind"),
    ({"urgency": "never"}, "no_urgency"), ({"category": "长" * 61}, "no_category")])
def test_a_row_that_cannot_be(change: dict[str, Any], code: str, community: Area, other_community: Area,
                              community_head: Person, rules: RoutingTable) -> None:
    draft = actions.new_draft(community_head, community)
    with pytest.raises(Refused, match=code):
        actions.add_row(community_head, draft, {"note": "行", **change})


def test_rows_are_moved_and_dropped(community: Area, community_head: Person, rules: RoutingTable) -> None:
    draft = actions.new_draft(community_head, community)
    first, second = list(draft.rows.all())[:2]
    actions.move_row(community_head, second, up=True)
    assert [row.pk for row in draft.rows.all()][:2] == [second.pk, first.pk]
    actions.move_row(community_head, RoutingRow.objects.get(pk=second.pk), up=True)
    actions.drop_row(community_head, first)
    assert first.pk not in {row.pk for row in draft.rows.all()}
    actions.drop_draft(community_head, draft)
    assert actions.new_draft(community_head, community).version == 3


def _row(**more: Any) -> RoutingRow:
    return RoutingRow(**{"area_prefix": "330106001001", "order": 1, **more})


@pytest.mark.parametrize(("sample", "unit"), [
    ({"category": "公共设施.路灯"}, 1), ({"category": "公共设施"}, 2), ({"category": "停车秩序"}, 9),
    ({"category": "公共设施.路灯", "complained_of": 1}, 2), ({"category": "公共设施.路灯", "text": "电梯困人"}, 1),
    ({"category": "停车秩序", "text": "电梯困人"}, 3), ({"category": "公共设施", "area_code": "330106001001005"}, 5),
    ({"category": "停车秩序", "area_code": "330106001002"}, None)])
def test_the_trial_answers_as_the_rules_will(sample: dict[str, Any], unit: int | None) -> None:
    rows = [_row(order=99, unit_id=9), _row(category="公共设施.路灯", unit_id=1), _row(category="公共设施", unit_id=2),
            _row(words=["困人"], unit_id=3, order=5), _row(area_prefix="330106001001005", unit_id=5)]
    given = {"number": "n", "title": "t", "area_code": "330106001001", "kind_code": "complaint", "text": "", **sample}
    assert trial.dry_run(rows, [Sample(**given)])[0].unit_id == unit


def test_the_trial_agrees_with_the_rules_in_force_on_every_case(
        community: Area, rules: RoutingTable, ask: Ask, building: Building) -> None:
    for n, category in enumerate(["公共设施.路灯", "城乡建设.占道经营", "物业服务", "其他"]):
        ask(f"第{n}件事", category=category, once=str(n), building=building)
    samples = trial.samples_of(community.code, days=30)
    for verdict in trial.dry_run(trial.rows_in_force(), samples):
        case = Case.objects.get(number=verdict.sample.number)
        said = routing.route(area_code=case.area_code, kind_code=case.kind_code, category=case.category,
                             text=f"{case.title} {case.text}", compound_id=building.compound_id)
        assert said.unit_id == verdict.unit_id == case.unit_id


def test_a_dead_unit_shows_as_a_fault_in_the_trial() -> None:
    case = Sample("n", "t", "330106001001", "complaint", "公共设施")
    result = trial.compare([_row(unit_id=1)], [_row(unit_id=2)], [case], is_alive=lambda unit: unit != 2)
    assert (result.faults, result.moves[0].after, result.per_unit) == (1, None, {1: (1, 0), None: (0, 1)})


def test_a_grid_worker_corrects_the_category_and_no_more(
        grid_worker: Person, department: Organisation, committee: Organisation, ask: Ask) -> None:
    case = ask("楼下搭了个棚子")
    assert actions.recategorise(grid_worker, case, "城乡建设.违章搭建") is None
    case.refresh_from_db()
    assert (case.category, case.unit) == ("城乡建设.违章搭建", committee)
