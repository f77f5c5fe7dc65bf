"""The staff's steps: asked once, in five days, four eyes, each level its own, letters that never change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection
from django.db.transaction import atomic
from django.db.utils import DatabaseError

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused
from linli.services.gov import deadline, letters
from linli.services.gov.actions import deciding
from linli.services.gov.models import Application, Correction, Decision, Handling, Letter, Result
from linli.services.gov.tests.handed_in import handed_in

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
CARD = [{"kind": "material", "key": "id_card", "sentence": "照片不清楚，请重拍一张"}]


@pytest.fixture
def allowance(community: Area, resident: Person) -> Application:
    """Old-age allowance: a community's item with a review, handed in by the resident."""
    return handed_in("gaoling-jintie", resident, community)


@pytest.fixture
def colleague(make_person: Any, community: Area) -> Person:
    person: Person = make_person("秦老师", None, "worker", at=community)
    return person


def code_of(call: Callable[[], object]) -> str:
    try:
        call()
    except Refused as refusal:
        return refusal.code
    except Denied:
        return "denied"
    return ""


def reviewed(allowance: Application, worker: Person) -> Application:
    row = deciding.accept(worker, allowance)
    return deciding.advance(worker, row, step="check", note="户口在本区", proposal="grant")


def test_from_the_door_to_the_hand(allowance: Application, worker: Person, community_head: Person) -> None:
    row = reviewed(allowance, worker)
    decision = deciding.decide(community_head, row, granted=True)
    row = deciding.deliver(worker, row, how="window")
    assert (row.state, decision.granted) == ("delivered", True)
    assert [one.kind for one in Letter.objects.filter(application=row)] == [
        "receipt", "accepted", "decision", "delivered"]
    assert [one.step for one in Handling.objects.filter(application=row)] == ["accept", "check", "decide", "pay"]
    state, _rule = deadline.state_of(row)
    assert state.granted
    assert state.is_over
    assert not state.problems
    assert {one.key for one in Result.objects.filter(application=row)} == {
        one["key"] for one in row.version.body["local"]["results"]}
    assert {"gov.accept", "gov.advance", "gov.decide", "gov.deliver"} <= set(audit.verbs(row))


def test_pressed_twice_it_is_done_once(allowance: Application, worker: Person, community_head: Person) -> None:
    deciding.accept(worker, allowance)
    row = deciding.accept(worker, Application.objects.get(pk=allowance.pk))
    deciding.advance(worker, row, step="check")
    assert code_of(lambda: deciding.advance(worker, row, step="check")) == "out_of_turn"
    first = deciding.decide(community_head, row, granted=True)
    assert deciding.decide(community_head, row, granted=True).pk == first.pk
    row = deciding.deliver(worker, Application.objects.get(pk=row.pk), how="home")
    deciding.deliver(worker, Application.objects.get(pk=row.pk), how="home")
    assert Letter.objects.filter(application=row).count() == 4


def test_corrections_are_asked_once_and_all_at_once(allowance: Application, worker: Person) -> None:
    correction = deciding.ask_corrections(worker, allowance, needs=[*CARD, {
        "kind": "element", "key": "person.name", "sentence": "和身份证不一样"}])
    assert [(one["kind"], one["key"]) for one in correction.needs] == [
        ("material", "id_card"), ("element", "person.name")]
    assert Application.objects.get(pk=allowance.pk).state == "correcting"
    assert code_of(lambda: deciding.ask_corrections(worker, allowance, needs=CARD)) == "asked"
    with pytest.raises(IntegrityError), atomic():  # the table itself knows it
        Correction.objects.create(application=allowance, area=allowance.area, needs=[], asked_by=worker)


@pytest.mark.parametrize(("needs", "code"), [
    ([], "nothing"),
    ([{"kind": "material", "key": "other", "sentence": "其他材料"}], "unknown"),
    ([{"kind": "element", "key": "spouse.name", "sentence": "配偶叫什么"}], "unknown"),
    ([{"kind": "material", "key": "id_card", "sentence": " "}], "no_reason"),
])
def test_only_what_the_item_asks_for_is_asked_with_words(
        allowance: Application, worker: Person, needs: list[dict[str, str]], code: str) -> None:
    assert code_of(lambda: deciding.ask_corrections(worker, allowance, needs=needs)) == code
    assert Application.objects.get(pk=allowance.pk).state == "submitted"


@pytest.mark.parametrize(("days", "code"), [(0, ""), (7, ""), (8, "procedure"), (30, "procedure")])
def test_after_five_working_days_nothing_can_be_asked(
        allowance: Application, worker: Person, days: int, code: str) -> None:
    """Wednesday 25 November: the fifth working day after it is Wednesday 2 December."""
    with clock.at(NOON + timedelta(days=days)):
        assert code_of(lambda: deciding.ask_corrections(worker, allowance, needs=CARD)) == code
        assert code_of(lambda: deciding.refuse(worker, allowance, reason="不归我们办")) in (code, "") or not code


def test_refused_in_writing_with_reasons(allowance: Application, worker: Person) -> None:
    assert code_of(lambda: deciding.refuse(worker, allowance, reason="不")) == "no_reason"
    row = deciding.refuse(worker, allowance, reason="这件归街道办", elsewhere="青桐街道便民中心")
    page = Letter.objects.get(application=row, kind="refused").pages["zh"]
    said = "".join(page["paragraphs"])
    assert "这件归街道办" in said
    assert "青桐街道便民中心" in said
    assert page["remedies"]
    assert row.state == "refused"
    assert code_of(lambda: deciding.accept(worker, Application.objects.get(pk=row.pk))) == "moved_on"


def test_who_filed_does_not_handle(community: Area, worker: Person, colleague: Person, community_head: Person,
                                   resident: Person) -> None:
    row = handed_in("gaoling-jintie", resident, community, actor=worker)
    for call in (lambda: deciding.accept(worker, row), lambda: deciding.refuse(worker, row, reason="不归我们"),
                 lambda: deciding.ask_corrections(worker, row, needs=CARD)):
        assert code_of(call) == "denied"
    row = deciding.accept(colleague, row)
    assert code_of(lambda: deciding.advance(worker, row, step="check")) == "denied"
    with pytest.raises(IntegrityError), atomic():
        Handling.objects.create(application=row, area=row.area, step="check", name="x", role="reviews", by=worker,
                                filed_by=worker)
    own = handed_in("gaoling-jintie", community_head, community)
    assert code_of(lambda: deciding.accept(community_head, own)) == "denied"


def test_who_reviewed_does_not_decide(allowance: Application, worker: Person, community_head: Person,
                                      make_person: Any, community: Area) -> None:
    row = deciding.accept(worker, allowance)
    row = deciding.advance(community_head, row, step="check")
    assert code_of(lambda: deciding.decide(community_head, row, granted=True)) == "reviewed"
    with pytest.raises(IntegrityError), atomic():
        Decision.objects.create(application=row, area=row.area, granted=True, filed_by=row.actor,
                                reviewed_by=community_head, decided_by=community_head)
    other = make_person("副书记", None, "community_head", at=community)
    assert deciding.decide(other, row, granted=True).reviewed_by == community_head


@pytest.mark.parametrize(("who", "slug", "code"), [
    ("worker", "gaoling-jintie", "denied"), ("community_head", "gaoling-jintie", ""),
    ("street_leader", "gaoling-jintie", "denied"), ("grid_worker", "gaoling-jintie", "denied"),
    ("property_desk", "gaoling-jintie", "denied"), ("other_worker", "gaoling-jintie", "denied"),
    ("community_head", "minimum-living-allowance", "denied"), ("street_leader", "minimum-living-allowance", ""),
    ("street_leader", "dog-registration", ""), ("community_head", "dog-registration", "denied"),
])
def test_each_level_decides_its_own(request: pytest.FixtureRequest, community: Area, resident: Person, worker: Person,
                                    who: str, slug: str, code: str) -> None:
    row = deciding.accept(worker, handed_in(slug, resident, community))
    for one in row.version.body["local"]["steps"]:
        if one["role"] == "reviews":
            row = deciding.advance(worker, row, step=one["key"])
    person = request.getfixturevalue(who)
    assert code_of(lambda: deciding.decide(person, row, granted=True)) == code


@pytest.mark.parametrize("who", ["resident", "neighbour", "grid_worker", "property_desk", "other_worker"])
def test_nobody_else_receives(request: pytest.FixtureRequest, allowance: Application, who: str) -> None:
    assert code_of(lambda: deciding.accept(request.getfixturevalue(who), allowance)) == "denied"


def test_a_denial_says_why_and_what_then(allowance: Application, worker: Person, community_head: Person) -> None:
    row = reviewed(allowance, worker)
    assert code_of(lambda: deciding.decide(community_head, row, granted=False)) == "no_reason"
    deciding.decide(community_head, row, granted=False, reasons="没有满八十周岁")
    page = Letter.objects.get(application=row, kind="decision").pages["zh"]
    assert {one[0] for one in page["remedies"]} >= {"行政复议", "行政诉讼", "投诉"}
    assert "没有满八十周岁" in "".join(page["paragraphs"])
    assert not Result.objects.filter(application=row).exists()


def test_a_special_procedure_is_told_at_the_moment_it_begins(
        allowance: Application, worker: Person, community_head: Person) -> None:
    row = deciding.accept(worker, allowance)
    kind = next(iter(deciding.special_procedures(row)))
    assert code_of(lambda: deciding.pause(worker, row, kind="hearing", days=3, sentence="要开听证会")) == "unknown"
    assert code_of(lambda: deciding.pause(worker, row, kind=kind, days=0, sentence="张榜公示")) == "days"
    row = deciding.pause(worker, row, kind=kind, days=7, sentence="名单张榜公示七天")
    state, _rule = deadline.state_of(row)
    assert state.is_paused
    assert not state.problems
    assert code_of(lambda: deciding.advance(worker, row, step="check")) == "resting"
    with clock.at(NOON + timedelta(days=7)):
        row = deciding.resume(worker, row, kind=kind)
        state, _rule = deadline.state_of(row)
        assert not state.is_paused
        assert not state.problems
        assert state.pauses[0].counts_from == NOON.date()
        assert code_of(lambda: deciding.resume(worker, row, kind=kind)) == "not_resting"
    assert {one.kind for one in Letter.objects.filter(application=row)} >= {"paused", "resumed"}


def test_more_time_once_by_who_may(community: Area, resident: Person, worker: Person, community_head: Person,
                                   street_leader: Person) -> None:
    row = deciding.accept(worker, handed_in("dog-registration", resident, community))
    before, _rule = deadline.state_of(row)
    assert code_of(lambda: deciding.extend(worker, row, reasons="要等检疫结果")) == "denied"
    assert code_of(lambda: deciding.extend(community_head, row, reasons="要等检疫结果")) == "denied"
    row = deciding.extend(street_leader, row, reasons="要等检疫结果")
    after, _rule = deadline.state_of(row)
    assert after.extended is not None
    assert after.due is not None
    assert before.due is not None
    assert after.due > before.due
    assert code_of(lambda: deciding.extend(street_leader, row, reasons="再等几天结果")) == "procedure"
    none = deciding.accept(worker, handed_in("minimum-living-allowance", resident, community))
    with clock.at(NOON + timedelta(days=200)):
        assert code_of(lambda: deciding.extend(street_leader, none, reasons="太迟了才想起")) == "procedure"


def test_two_pages_open_the_second_is_told(allowance: Application, worker: Person, colleague: Person) -> None:
    assert allowance.case is not None
    seen = allowance.case.seq
    deciding.ask_corrections(worker, allowance, needs=CARD, seen=seen)
    assert code_of(lambda: deciding.refuse(colleague, allowance, reason="不归我们办", seen=seen)) == "changed"


def test_a_letter_is_never_changed(allowance: Application, worker: Person) -> None:
    deciding.accept(worker, allowance)
    letter = Letter.objects.get(application=allowance, kind="accepted")
    with pytest.raises(TypeError):
        letter.save()
    with pytest.raises(TypeError):
        letter.delete()
    for change in ("UPDATE gov_letter SET number = 'x'", "UPDATE gov_letter SET content = 'x'",
                   "DELETE FROM gov_letter"):
        with pytest.raises(DatabaseError, match="never changed"), atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    Letter.objects.filter(pk=letter.pk).update(content="")  # its term is over
    assert letters.pdf(Letter.objects.get(pk=letter.pk)).startswith(b"%PDF")


def test_a_letter_keeps_its_words_when_the_item_changes(allowance: Application, worker: Person) -> None:
    deciding.accept(worker, allowance)
    letter = Letter.objects.get(application=allowance, kind="accepted")
    said = letter.pages["zh"]["paragraphs"]
    again = letters.write(allowance, "accepted", by=worker)
    assert again.pk == letter.pk
    with clock.at(NOON + timedelta(days=40)):
        assert Letter.objects.get(pk=letter.pk).pages["zh"]["paragraphs"] == said


def test_an_objection_stops_the_decision_until_it_is_answered(
        community: Area, resident: Person, worker: Person, colleague: Person, community_head: Person) -> None:
    row = handed_in("gaoling-jintie", resident, community, actor=worker)
    assert code_of(lambda: deciding.object_to(colleague, row, words="不是她的意思")) == "denied"
    objection = deciding.object_to(resident, row, words="我没有让人替我办")
    assert deciding.object_to(resident, row, words="我没有让人替我办").pk == objection.pk
    row = deciding.advance(colleague, deciding.accept(colleague, row), step="check")
    assert code_of(lambda: deciding.decide(community_head, row, granted=True)) == "objection"
    assert code_of(lambda: deciding.answer_objection(worker, objection, answer="电话里说过的")) == "denied"
    deciding.answer_objection(colleague, objection, answer="当面核实过，是您女儿代您说的")
    assert deciding.decide(community_head, row, granted=True).granted


def test_a_result_is_revoked_by_another_with_a_reason(
        allowance: Application, worker: Person, community_head: Person, make_person: Any, community: Area) -> None:
    row = reviewed(allowance, worker)
    deciding.decide(community_head, row, granted=True)
    result = Result.objects.filter(application=row).first()
    assert result is not None
    assert code_of(lambda: deciding.revoke(community_head, result, reason="材料是假的")) == "own"
    other = make_person("副书记", None, "community_head", at=community)
    assert code_of(lambda: deciding.revoke(other, result, reason="假")) == "no_reason"
    deciding.revoke(other, result, reason="材料是假的，已核实")
    assert code_of(lambda: deciding.revoke(other, result, reason="材料是假的，已核实")) == "revoked"
    result.refresh_from_db()
    with pytest.raises(IntegrityError), atomic():
        Result.objects.filter(pk=result.pk).update(revoked_by=result.issued_by)
    assert Letter.objects.filter(application=row, kind="revoked").count() == 1
