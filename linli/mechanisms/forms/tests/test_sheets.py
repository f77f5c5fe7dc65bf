"""Filling in: saved page by page, kept whatever happens, handed in once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.foundation.privacy.retention import delete_due
from linli.foundation.web import Denied, Refused
from linli.mechanisms.forms import actions, known, versions, walk
from linli.mechanisms.forms.models import FormVersion, Inquiry, Sheet
from linli.mechanisms.forms.tests.conftest import ASK, CARE, NOON, Publish

pytestmark = pytest.mark.django_db
ME = {"person.name": "林小满", "person.phone": "13800008000", "person.marital_status": "single"}
KID = {"child.name": "小宝", "child.birth_date": "2020-05-01"}


def filled(person: Person, sheet: Sheet) -> Sheet:
    sheet = actions.save_page(person, sheet, "applicant", ME, seen=sheet.seen)
    sheet = actions.save_page(person, sheet, "children.0", KID, seen=sheet.seen)
    return actions.save_page(person, sheet, "more", {}, seen=sheet.seen)


def hand_in(person: Person, sheet: Sheet, **more: Any) -> Sheet:
    given = {"signed_name": "林小满", "agreed": True, "agreed_sensitive": True, "seen": sheet.seen, **more}
    return actions.submit(person, sheet, **given)


def test_page_by_page_to_the_end(resident: Person, sheet: Sheet) -> None:
    sheet = filled(resident, sheet)
    assert sheet.values["person.phone"] == "+8613800008000"
    assert sheet.values["child.name"] == ["小宝"]
    done = hand_in(resident, sheet)
    assert done.state == "submitted"
    assert done.signed_name == "林小满"
    raw = connection.cursor()
    raw.execute("SELECT content, signed_name FROM forms_sheet")
    assert "小宝" not in str(raw.fetchall())


def test_handed_in_ten_times_is_once(resident: Person, sheet: Sheet) -> None:
    sheet = filled(resident, sheet)
    seen = sheet.seen
    rows = {hand_in(resident, sheet, seen=seen).submitted_at for _time in range(10)}
    assert len(rows) == 1
    assert Sheet.objects.get().seen == seen + 1


def test_begun_twice_is_one_sheet(resident: Person, ask: Callable[..., Inquiry]) -> None:
    inquiry = ask()
    assert actions.answer(resident, inquiry).pk == actions.answer(resident, inquiry).pk


def test_two_windows(resident: Person, sheet: Sheet) -> None:
    actions.save_page(resident, sheet, "applicant", ME, seen=0)
    with pytest.raises(Refused) as caught:
        actions.save_page(resident, sheet, "applicant", {**ME, "person.name": "别的"}, seen=0)
    assert (caught.value.code, caught.value.data["seen"]) == ("changed_elsewhere", 1)
    sheet.refresh_from_db()
    assert sheet.values["person.name"] == "林小满"
    assert actions.save_page(resident, sheet, "applicant", {"person.name": "别的"}, seen=1).values[
        "person.phone"] == "+8613800008000"


def test_a_wrong_value_saves_nothing(resident: Person, sheet: Sheet) -> None:
    with pytest.raises(Refused) as caught:
        actions.save_page(resident, sheet, "applicant", {**ME, "person.phone": "12"}, seen=0)
    assert set(caught.value.data["errors"]) == {"person.phone"}
    sheet.refresh_from_db()
    assert (sheet.values, sheet.seen) == ({}, 0)


def test_a_condition_that_comes_true_asks_for_more(resident: Person, sheet: Sheet) -> None:
    sheet = actions.save_page(resident, sheet, "applicant", {**ME, "person.marital_status": "married"}, seen=0)
    missing = walk.unanswered(sheet.definition, sheet.values, on=NOON.date())
    assert ("applicant", "spouse.name") in {(step.token, name) for step, name in missing}
    sheet = actions.save_page(resident, sheet, "applicant", {"spouse.name": "某人"}, seen=1)
    assert sheet.values["person.name"] == "林小满"
    sheet = actions.save_page(resident, sheet, "applicant", {"person.marital_status": "single"}, seen=2)
    sheet = actions.save_page(resident, sheet, "children.0", KID, seen=3)
    sheet = actions.save_page(resident, sheet, "more", {}, seen=4)
    assert "spouse.name" not in hand_in(resident, sheet).values


def test_members_come_and_go(resident: Person, sheet: Sheet) -> None:
    sheet = filled(resident, sheet)
    sheet = actions.add_member(resident, sheet, "children", seen=sheet.seen)
    tokens = [step.token for step in walk.steps(sheet.definition, sheet.values, on=NOON.date())]
    assert tokens == ["applicant", "children.0", "children.1", "more"]
    with pytest.raises(Refused) as caught:
        hand_in(resident, sheet)
    assert caught.value.data["steps"] == ["children.1"]
    sheet = actions.save_page(resident, sheet, "children.1", {"child.name": "二宝", "child.birth_date": "2023-01-01"},
                              seen=sheet.seen)
    sheet = actions.add_member(resident, sheet, "children", seen=sheet.seen)
    with pytest.raises(Refused, match="too_many"):
        actions.add_member(resident, sheet, "children", seen=sheet.seen)
    sheet = actions.remove_member(resident, sheet, "children", 0, seen=sheet.seen)
    assert sheet.values["child.name"] == ["二宝", None]
    sheet = actions.remove_member(resident, sheet, "children", 1, seen=sheet.seen)
    with pytest.raises(Refused, match="too_few"):
        actions.remove_member(resident, sheet, "children", 0, seen=sheet.seen)
    assert hand_in(resident, sheet).values["child.name"] == ["二宝"]


@pytest.mark.parametrize(("more", "code"), [
    ({"signed_name": " "}, "not_signed"), ({"agreed": False}, "not_agreed"),
    ({"agreed_sensitive": False}, "not_agreed_sensitive"), ({"seen": 0}, "changed_elsewhere"),
])
def test_what_keeps_it_from_being_handed_in(resident: Person, sheet: Sheet, more: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused, match=code):
        hand_in(resident, filled(resident, sheet), **more)
    assert Sheet.objects.get().state == "draft"


def test_nobody_else_fills_it_in(resident: Person, neighbour: Person, worker: Person, sheet: Sheet) -> None:
    for person in (neighbour, worker):
        with pytest.raises(Denied):
            actions.save_page(person, sheet, "applicant", ME, seen=0)
        with pytest.raises(Denied):
            hand_in(person, sheet)
        with pytest.raises(Denied):
            actions.forget(person, sheet)


def test_an_inquiry_that_has_closed(resident: Person, worker: Person, ask: Callable[..., Inquiry]) -> None:
    inquiry = ask()
    sheet = actions.answer(resident, inquiry)
    with clock.at(NOON + timedelta(days=15)), pytest.raises(Refused, match="closed"):
        actions.save_page(resident, sheet, "opinion", {"opinion.stance": "agree"}, seen=0)
    actions.close_inquiry(worker, inquiry)
    actions.close_inquiry(worker, inquiry)
    with pytest.raises(Refused, match="closed"):
        actions.save_page(resident, sheet, "opinion", {"opinion.stance": "agree"}, seen=0)


def test_taken_back_changed_and_handed_in_again(resident: Person, sheet: Sheet) -> None:
    sheet = hand_in(resident, filled(resident, sheet))
    with pytest.raises(Refused, match="submitted"):
        actions.save_page(resident, sheet, "applicant", ME, seen=sheet.seen)
    sheet = actions.withdraw(resident, sheet)
    assert (sheet.state, sheet.signed_name, sheet.submitted_at) == ("draft", "", None)
    sheet = actions.save_page(resident, sheet, "applicant", {**ME, "person.name": "改了"}, seen=sheet.seen)
    assert hand_in(resident, sheet).values["person.name"] == "改了"


def test_what_is_known_is_offered(resident: Person, sheet: Sheet) -> None:
    found = known.values_for(resident, sheet.definition)
    assert found["person.name"].value == resident.name
    assert found["person.phone"].value == resident.phone
    assert "child.name" not in found
    sheet = actions.save_page(resident, sheet, "applicant", ME, seen=0, sources={"person.name": "您的资料"})
    assert sheet.data["sources"] == {"person.name": "您的资料"}


# ── versions ──
def test_a_version_never_changes(publish: Publish) -> None:
    version = publish(ASK)
    for change in (lambda: FormVersion.objects.filter(pk=version.pk).update(note="x"), version.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert FormVersion.objects.get(pk=version.pk).note == "第一版"


def test_the_same_content_is_the_same_version(db: None) -> None:
    first = versions.keep("gov.x", CARE, room="gov")
    assert versions.keep("gov.x", CARE, room="gov").pk == first.pk
    second = versions.keep("gov.x", {**CARE, "title": "新的"}, room="gov")
    assert (first.number, second.number) == (1, 2)
    assert versions.keep("gov.x", CARE, room="gov").pk == first.pk


def test_a_running_answer_stays_on_its_version_until_a_rule_moves_it(
        resident: Person, neighbour: Person, worker: Person, community_head: Person,
        ask: Callable[..., Inquiry]) -> None:
    inquiry = ask()
    sheet = actions.answer(resident, inquiry)
    sheet = actions.save_page(resident, sheet, "opinion", {"opinion.stance": "agree", "own.q1": "a1"}, seen=0)
    form = inquiry.version.form
    draft = actions.open_draft(worker, form)
    body = {**draft.body, "elements": [{**draft.body["elements"][0], "id": "own.q9"}]}
    body["pages"] = [{**body["pages"][0], "fields": [{"element": "opinion.stance", "required": True},
                                                     {"element": "own.q9"}]}]
    def publish_next(body: dict[str, Any]) -> FormVersion:
        draft = actions.open_draft(worker, form)
        draft = actions.change_draft(worker, draft, body, seen=draft.seen)
        draft = actions.ask_to_publish(worker, draft, note="换问题", seen=draft.seen)
        return actions.publish(community_head, draft, seen=draft.seen)
    second = publish_next(body)
    sheet.refresh_from_db()
    assert sheet.version.number == 1
    assert actions.save_page(resident, sheet, "opinion", {"own.q1": "a2"}, seen=1).values["own.q1"] == "a2"
    with pytest.raises(Refused, match="no_rule"):
        actions.move_running(worker, second)
    third = publish_next({**body, "migrate": [{"from": 1, "rename": {"own.q1": "own.q9"}}]})
    assert actions.move_running(worker, third) == 1
    moved = Sheet.objects.get(pk=sheet.pk)
    assert moved.version_id == third.pk
    assert moved.values == {"opinion.stance": "agree", "own.q9": "a2"}
    assert actions.answer(neighbour, Inquiry.objects.get(pk=inquiry.pk)).version_id == third.pk


# ── what goes in time ──
def test_a_forgotten_draft_goes_after_ninety_days(resident: Person, sheet: Sheet) -> None:
    filled(resident, sheet)
    with clock.at(NOON + timedelta(days=89)):
        delete_due()
        assert Sheet.objects.get().content
    with clock.at(NOON + timedelta(days=92)):
        delete_due()
    gone = Sheet.objects.get()
    assert (gone.content, gone.subject_id, gone.actor_id, gone.state) == ("", None, None, "withdrawn")


def test_answers_go_a_year_after_the_last_day(resident: Person, sheet: Sheet) -> None:
    hand_in(resident, filled(resident, sheet))
    with clock.at(NOON + timedelta(days=14 + 364)):
        delete_due()
        assert Sheet.objects.get().content
    with clock.at(NOON + timedelta(days=14 + 367)):
        delete_due()
    gone = Sheet.objects.get()
    assert (gone.content, gone.signed_name, gone.subject_id, gone.state) == ("", "", None, "submitted")


def test_a_copy_and_forgetting(resident: Person, sheet: Sheet) -> None:
    from linli.mechanisms.forms.privacy import copy_of, erase

    filled(resident, sheet)
    copied = copy_of(resident)["sheets"][0]
    assert {"question": "孩子姓名", "answer": "小宝"} in copied["answers"]
    assert erase(resident) == ["您填过的表已清空。"]
    assert erase(resident) == []
    assert copy_of(resident) == {"sheets": []}
