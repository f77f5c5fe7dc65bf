"""Making a form at the desk: one change at a time, two people, and a difference one can read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused
from linli.mechanisms.forms import actions, designer
from linli.mechanisms.forms.definition import faults_of
from linli.mechanisms.forms.models import Form, FormDraft
from linli.mechanisms.forms.tests.conftest import ASK, CARE, Publish

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Person], Client]
EMPTY: dict[str, Any] = {"key": "x", "title": "表", "pages": [{"key": "page-1", "title": "一", "fields": []}]}


def _built(*steps: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    body = EMPTY
    for verb, given in steps:
        body = designer.apply(body, verb, {"page": "page-1", **given})
    return body


def test_a_form_built_step_by_step_is_sound() -> None:
    body = _built(
        ("question_add", {"title": "同意吗", "type": "choice", "options": "同意 | Yes\n不同意", "required": "on"}),
        ("field_add", {"element": "person.phone"}), ("field_move", {"place": "1", "way": "up"}),
        ("note_add", {"note": "说明"}), ("page_add", {"title": "二"}),
        ("field_add", {"page": "page-2", "element": "opinion.text"}),
        ("field_set", {"page": "page-2", "place": "0", "when": "own.q1=a2", "required": "on"}),
        ("words", {"title": "新名字", "intro": "开头"}), ("page_words", {"title": "第一页"}))
    assert faults_of(body) == []
    assert [one.get("element") for one in body["pages"][0]["fields"]] == ["person.phone", "own.q1", None]
    assert body["pages"][1]["fields"][0]["when"] == {
        "compare": {"left": {"element": "own.q1"}, "op": "==", "right": {"value": "a2"}}}
    assert EMPTY["pages"][0]["fields"] == []


def test_moving_a_condition_before_its_question_is_said() -> None:
    body = _built(("question_add", {"title": "同意吗", "type": "yes_no"}), ("page_add", {"title": "二"}),
                  ("field_add", {"page": "page-2", "element": "opinion.text"}),
                  ("field_set", {"page": "page-2", "place": "0", "when": "own.q1=yes"}),
                  ("page_move", {"page": "page-2", "way": "up"}))
    assert {fault.code for fault in faults_of(body)} == {"asked_later"}


def test_a_question_goes_with_its_last_field() -> None:
    body = _built(("question_add", {"title": "一", "type": "text"}), ("question_add", {"title": "二", "type": "text"}),
                  ("field_remove", {"place": "0"}), ("question_add", {"title": "三", "type": "text"}))
    assert [one["id"] for one in body["elements"]] == ["own.q2", "own.q3"]


@pytest.mark.parametrize(("verb", "given"), [
    ("nothing", {}), ("question_add", {"title": "", "type": "text"}), ("question_add", {"title": "x", "type": "sql"}),
    ("question_add", {"title": "x", "type": "choice", "options": "一个"}), ("field_add", {"element": "a.b"}),
    ("field_remove", {"place": "7"}), ("field_remove", {"place": "-1"}), ("note_add", {"note": " "}),
    ("page_remove", {}), ("page_add", {"title": ""}), ("words", {"title": ""}), ("page_words", {"page": "no"}),
])
def test_what_cannot_be_done_is_said(verb: str, given: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        designer.apply(EMPTY, verb, {"page": "page-1", **given})


def test_the_difference_can_be_read() -> None:
    changed = designer.apply(ASK, "field_add", {"page": "words", "element": "person.name", "required": "on"})
    lines = designer.difference(ASK, changed)
    assert [(one.sign, one.text) for one in lines if one.sign != " "] == [("+", "　问：姓名，必填")]
    assert designer.difference(ASK, ASK) == []


def test_two_people(worker: Person, community_head: Person, resident: Person, community: Area, at_noon: Any) -> None:
    with pytest.raises(Denied):
        actions.begin_form(resident, community, title="x")
    draft = actions.begin_form(worker, community, title="意见")
    with pytest.raises(Refused, match="not_sound"):
        actions.ask_to_publish(worker, draft, note="", seen=0)
    draft = actions.change_draft(worker, draft, ASK, seen=0)
    with pytest.raises(Refused, match="changed_elsewhere"):
        actions.change_draft(community_head, draft, ASK, seen=0)
    with pytest.raises(Refused, match="not_waiting"):
        actions.publish(community_head, draft, seen=1)
    draft = actions.ask_to_publish(worker, draft, note="", seen=1)
    with pytest.raises(Refused, match="same_person"):
        actions.publish(worker, draft, seen=2)
    draft = actions.send_back(community_head, draft, answer="少一页", seen=2)
    draft = actions.change_draft(community_head, draft, CARE, seen=3)
    draft = actions.ask_to_publish(worker, draft, note="", seen=4)
    with pytest.raises(Refused, match="same_person"):
        actions.publish(community_head, draft, seen=5)  # who changed it last may not agree to it either


def test_a_change_of_a_published_form(worker: Person, publish: Publish) -> None:
    form = publish(ASK).form
    draft = actions.open_draft(worker, form)
    assert actions.open_draft(worker, form).pk == draft.pk
    with pytest.raises(Refused, match="nothing_new"):
        actions.ask_to_publish(worker, draft, note="x", seen=0)
    draft = actions.change_draft(worker, draft, {**ASK, "title": "改名"}, seen=0)
    with pytest.raises(Refused, match="no_note"):
        actions.ask_to_publish(worker, draft, note="", seen=1)
    assert actions.drop_draft(worker, draft, seen=1)
    assert Form.objects.get(room="forms").published is not None


def test_a_form_nobody_published_goes_with_its_draft(worker: Person, community: Area) -> None:
    draft = actions.begin_form(worker, community, title="x")
    assert not actions.drop_draft(worker, draft, seen=0)
    assert not Form.objects.filter(room="forms").exists()


def test_the_text_names_its_lines(client_of: ClientOf, worker: Person, community: Area) -> None:
    draft = actions.begin_form(worker, community, title="x")
    url = f"/forms/desk/{draft.form_id}/draft/text/"
    client = client_of(worker)
    text = "key: x\ntitle: 表\npages:\n  - key: one\n    title: 一\n    fields:\n      - {element: person.nme}\n"
    wrong = client.post(url, {"text": text, "seen": 0})
    page = wrong.content.decode()
    assert wrong.status_code == 422
    assert "第 7 行" in page
    assert "person.nme" in page
    assert client.post(url, {"text": "pages: [", "seen": 0}).status_code == 422
    assert client.post(url, {"text": "- a", "seen": 0}).status_code == 422
    assert client.post(url, {"text": text.replace("nme", "name"), "seen": 0}).status_code == 302
    assert FormDraft.objects.get().body["pages"][0]["fields"] == [{"element": "person.name"}]
    assert client.post(url, {"text": text.replace("nme", "name"), "seen": 0}).status_code == 422


def test_a_mistake_in_the_designer_keeps_what_was_typed(client_of: ClientOf, worker: Person, community: Area) -> None:
    draft = actions.begin_form(worker, community, title="x")
    answer = client_of(worker).post(f"/forms/desk/{draft.form_id}/draft/change/", {
        "verb": "question_add", "page": "page-1", "seen": 0, "title": "写了很久的问题", "type": "choice",
        "options": "一"})
    assert answer.status_code == 422
    assert 'value="写了很久的问题"' in answer.content.decode()
