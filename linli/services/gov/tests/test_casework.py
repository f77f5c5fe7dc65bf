"""The desk of applications: whose turn it is, masked answers, what was typed stays, nobody else gets in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation.areas.models import Area
from linli.foundation.areas.sheets import read
from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.foundation.privacy.models import Reveal
from linli.foundation.web import Refused
from linli.services.gov import papers_needed
from linli.services.gov.actions import applying, deciding
from linli.services.gov.models import Application, Letter
from linli.services.gov.queries import casework
from linli.services.gov.tests.conftest import NOON
from linli.services.gov.tests.filling import ID_OF_80, fill, sign
from linli.services.gov.tests.handed_in import handed_in

ClientOf = Callable[[Person], Client]


@pytest.fixture
def row(community: Area, resident: Person) -> Application:
    return handed_in("gaoling-jintie", resident, community)


def seq(row: Application) -> int:
    """What a page that was just opened has seen."""
    case = Application.objects.select_related("case").get(pk=row.pk).case
    assert case is not None
    return case.seq


def mine(person: Person, area: Area) -> list[str]:
    return [one.number for one in casework.queue(person, area, "mine")]


def test_whose_turn_it_is(row: Application, community: Area, resident: Person, worker: Person, community_head: Person,
                          street_leader: Person) -> None:
    street = handed_in("minimum-living-allowance", resident, community)
    assert mine(worker, community) == sorted([row.number, street.number])
    assert not mine(street_leader, community)
    deciding.accept(worker, row)
    deciding.accept(worker, street)
    assert set(mine(worker, community)) == {row.number, street.number}  # both wait for a review
    assert not mine(street_leader, community)
    deciding.advance(worker, row, step="check")
    assert mine(worker, community) == [street.number]
    assert row.number in mine(community_head, community)
    for step in [one["key"] for one in street.version.body["local"]["steps"] if one["role"] == "reviews"]:
        deciding.advance(worker, street, step=step)
    assert mine(street_leader, community) == [street.number]
    assert mine(worker, community) == []
    deciding.decide(community_head, row, granted=True)
    assert mine(worker, community) == [row.number]  # to be handed over


def test_ones_own_is_not_ones_turn(community: Area, resident: Person, worker: Person) -> None:
    handed_in("gaoling-jintie", resident, community, actor=worker)
    assert mine(worker, community) == []


def test_the_nearest_deadline_is_on_top(row: Application, community: Area, resident: Person, worker: Person) -> None:
    with clock.at(NOON + timedelta(days=1)):
        later = handed_in("gaoling-jintie", resident, community)
    with clock.at(NOON + timedelta(days=2)):
        asked = handed_in("gaoling-jintie", resident, community)
        deciding.ask_corrections(worker, asked, needs=[{"kind": "material", "key": "id_card", "sentence": "重拍"}])
    found = [one.number for one in casework.queue(worker, community, "open")]
    assert found == [row.number, later.number, asked.number]  # nobody waits for what the applicant has to do
    with clock.at(NOON + timedelta(days=20)):
        assert row.number in [one.number for one in casework.queue(worker, community, "late")]


@pytest.mark.parametrize(("who", "status"), [
    ("worker", 200), ("community_head", 200), ("street_leader", 200), ("resident", 404), ("neighbour", 404),
    ("other_worker", 404), ("property_desk", 404)])
def test_who_opens_it(request: pytest.FixtureRequest, row: Application, client_of: ClientOf, who: str,
                      status: int) -> None:
    client = client_of(request.getfixturevalue(who))
    assert client.get(reverse("gov:work_one", args=[row.number])).status_code == status
    if status == 404:
        assert client.post(reverse("gov:work_do", args=[row.number, "accept"])).status_code == 404


def test_the_wrong_role_is_told_no(row: Application, worker: Person, street_leader: Person,
                                   client_of: ClientOf) -> None:
    assert client_of(street_leader).post(reverse("gov:work_do", args=[row.number, "accept"])).status_code == 403
    deciding.advance(worker, deciding.accept(worker, row), step="check")
    page = client_of(worker).post(reverse("gov:work_do", args=[row.number, "decide"]), {"granted": "yes"})
    assert page.status_code == 403
    assert Application.objects.get(pk=row.pk).state == "accepted"


def test_a_looked_at_page_changes_nothing(row: Application, worker: Person, client_of: ClientOf) -> None:
    client = client_of(worker)
    before = (Application.objects.values().get(pk=row.pk), Letter.objects.count())
    for name, arguments in (("work", []), ("work_one", [row.number]), ("work_corrections", [row.number])):
        assert client.get(reverse(f"gov:{name}", args=arguments)).status_code == 200
    assert client.get(reverse("gov:work_do", args=[row.number, "accept"])).status_code == 405
    assert (Application.objects.values().get(pk=row.pk), Letter.objects.count()) == before


def test_a_whole_life_by_the_buttons(row: Application, worker: Person, community_head: Person,
                                     client_of: ClientOf) -> None:
    desk, head = client_of(worker), client_of(community_head)

    def press(client: Client, verb: str, **given: Any) -> int:
        return client.post(reverse("gov:work_do", args=[row.number, verb]), {"seen": seq(row), **given}).status_code

    assert "受理" in desk.get(reverse("gov:work_one", args=[row.number])).content.decode()
    assert press(desk, "accept") == 302
    assert press(desk, "say", text="材料收到了") == 302
    assert press(desk, "advance", step="check", proposal="grant", note="属实") == 302
    assert press(head, "decide") == 422
    assert press(head, "decide", granted="no", reasons="") == 422
    assert press(head, "decide", granted="yes") == 302
    assert press(desk, "deliver") == 422
    assert press(desk, "deliver", how="home") == 302
    page = desk.get(reverse("gov:work_one", args=[row.number])).content.decode()
    assert "材料收到了" in page
    assert "送达回执" in page
    assert "没有要办的了" in page


def test_what_was_typed_stays(row: Application, worker: Person, client_of: ClientOf) -> None:
    typed = "这件事要到街道便民中心去办，社区只收居住证明"
    opened = seq(row)
    deciding.say(worker, row, "在看您的材料")  # a colleague was quicker: the page is older than the matter
    page = client_of(worker).post(reverse("gov:work_do", args=[row.number, "refuse"]), {
        "seen": opened, "reason": typed, "basis": "某某办法第三条", "elsewhere": ""})
    assert page.status_code == 422
    assert typed in page.content.decode()
    assert "某某办法第三条" in page.content.decode()
    empty = client_of(worker).post(reverse("gov:work_do", args=[row.number, "say"]), {"text": "  "})
    assert empty.status_code == 422


def test_the_checklist_is_previewed_and_then_sent(row: Application, worker: Person, client_of: ClientOf) -> None:
    client, address = client_of(worker), reverse("gov:work_corrections", args=[row.number])
    page = client.get(address).content.decode()
    for one in row.version.body["local"]["materials"]:
        assert one["name"] in page
    known = list(deciding.askable(row))
    place = known.index(("material", "id_card"))
    assert client.post(address, {"seen": seq(row), "move": "look"}).status_code == 422
    missing = client.post(address, {"seen": seq(row), "move": "look", f"need_{place}": "1"})
    assert missing.status_code == 422
    ticked = {f"need_{place}": "1", f"say_{place}": "反面没拍到"}
    looked = client.post(address, {"seen": seq(row), "move": "look", **ticked})
    said = looked.content.decode()
    assert looked.status_code == 200
    assert "申请人会收到这样一份" in said
    assert said.count("反面没拍到") >= 2
    assert Application.objects.get(pk=row.pk).state == "submitted"
    sent = client.post(address, {"seen": seq(row), "move": "send", f"need_{place}": "1", f"say_{place}": "反面没拍到"})
    assert sent.status_code == 302
    assert Application.objects.get(pk=row.pk).state == "correcting"
    assert "已经一次告知过了" in client.get(address).content.decode()


def test_names_and_numbers_are_masked(community: Area, worker: Person, other_worker: Person, street_leader: Person,
                                      client_of: ClientOf) -> None:
    row = handed_in("gaoling-jintie", None, community, actor=worker)
    for person in (worker, street_leader):
        page = client_of(person).get(reverse("gov:work_one", args=[row.number])).content.decode()
        assert "钱奶奶" not in page
        assert "13011112222" not in page
        assert "钱**" in page


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_queue_goes_out_masked(row: Application, community: Area, worker: Person, client_of: ClientOf,
                                   kind: str) -> None:
    answer = client_of(worker).get(reverse("gov:work_export", args=[kind]) + "?queue=open")
    heads, rows = read(f"applications.{kind}", answer.content)
    assert "单号" in heads
    assert [line[1][0] for line in rows] == [row.number]
    assert row.subject is not None
    assert row.subject.name not in str(rows)


@pytest.fixture
def filed(community: Area, resident: Person) -> Application:
    """Filled in, signed and handed in as a person does."""
    draft = applying.begin(resident, item="gaoling-jintie", area=community)
    assert isinstance(draft, Application)
    fill(resident, draft, person__id_number=ID_OF_80)
    sign(resident, draft)
    return applying.hand_in(resident, draft)[0]


def test_answers_are_masked_and_whole_only_with_a_reason(
        filed: Application, worker: Person, other_worker: Person, resident: Person, client_of: ClientOf) -> None:
    address = reverse("gov:work_one", args=[filed.number])
    masked = client_of(worker).get(address).content.decode()
    assert ID_OF_80 not in masked
    assert ID_OF_80[-4:] in masked
    assert client_of(worker).post(address, {"reason": ""}).status_code == 422
    assert not Reveal.objects.exists()
    whole = client_of(worker).post(address, {"reason": "核对身份证号"})
    assert ID_OF_80 in whole.content.decode()
    seen = Reveal.objects.get()
    assert (seen.who, seen.subject_id, seen.reason) == (worker, resident.pk, "核对身份证号")
    assert client_of(other_worker).post(address, {"reason": "随便看看而已"}).status_code == 404


def test_what_was_handed_in_is_shown_with_its_files(filed: Application, worker: Person, client_of: ClientOf) -> None:
    need = papers_needed.needed(filed)[0]
    page = client_of(worker).get(reverse("gov:work_one", args=[filed.number])).content.decode()
    assert need.name in page
    deciding.ask_corrections(worker, filed, needs=[{"kind": "material", "key": need.key, "sentence": "没有拍"}])
    applying.bring(filed.actor, filed, need.key, way="window")
    page = client_of(worker).get(reverse("gov:work_one", args=[filed.number])).content.decode()
    assert "到窗口带来" in page
    assert "还没到" in page


def test_taken_back_it_is_not_accepted(filed: Application, resident: Person, worker: Person) -> None:
    applying.withdraw(resident, filed, reason="改主意了")
    with pytest.raises(Refused, match="moved_on"):
        deciding.accept(worker, filed)
    assert [one.kind for one in Letter.objects.filter(application=filed)] == ["receipt", "withdrawn"]


def test_mended_it_goes_on(filed: Application, resident: Person, worker: Person) -> None:
    need = papers_needed.needed(filed)[0]
    deciding.ask_corrections(worker, filed, needs=[{"kind": "material", "key": need.key, "sentence": "没有拍"}])
    with clock.at(NOON + timedelta(hours=1)):
        applying.bring(resident, filed, need.key, way="window")
        row = applying.answer_corrections(resident, filed)
        assert row.state == "submitted"
        assert row.correction.answered_at is not None
        deciding.accept(worker, row)
    assert [one.kind for one in Letter.objects.filter(application=filed)] == [
        "receipt", "corrections", "corrected", "accepted"]


def test_blank_papers_are_for_anybody(db: None) -> None:
    for name in ("blank_form", "blank_mandate"):
        page = Client().get(reverse(f"gov:{name}", args=["gaoling-jintie"]) + "?large=1")
        assert page.status_code == 200
        assert page.content.startswith(b"%PDF")
