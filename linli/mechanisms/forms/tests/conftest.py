from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.mechanisms.forms import actions
from linli.mechanisms.forms.models import FormVersion, Inquiry, Sheet

NOON = timezone.make_aware(datetime(2026, 11, 2, 12, 0))
CARE = {
    "key": "x", "title": "托管登记", "pages": [
        {"key": "applicant", "title": "家长", "fields": [
            {"element": "person.name", "required": True}, {"element": "person.phone", "required": True},
            {"element": "person.marital_status"},
            {"element": "spouse.name", "required": True,
             "when": {"compare": {"left": {"element": "person.marital_status"}, "op": "==",
                                  "right": {"value": "married"}}}}]},
        {"key": "children", "title": "孩子", "repeat": {"group": "child", "min": 1, "max": 3}, "fields": [
            {"element": "child.name", "required": True}, {"element": "child.birth_date", "required": True}]},
        {"key": "more", "title": "其他", "fields": [{"element": "opinion.text"}, {"element": "opinion.photos"}]},
    ]}
ASK = {
    "key": "x", "title": "意见征询", "elements": [
        {"id": "own.q1", "title": "装在哪边", "type": "choice", "sensitivity": "plain",
         "options": [{"value": "a1", "title": "东侧"}, {"value": "a2", "title": "北侧"}]}],
    "pages": [
        {"key": "opinion", "title": "您的意见", "title_en": "Your opinion", "fields": [
            {"element": "opinion.stance", "required": True}, {"element": "own.q1"}]},
        {"key": "words", "title": "想说的话", "fields": [{"element": "opinion.text"}, {"element": "person.phone"}]}]}
Publish = Callable[..., FormVersion]


@pytest.fixture
def at_noon() -> Any:
    with clock.at(NOON):
        yield NOON


@pytest.fixture
def publish(worker: Person, community_head: Person, community: Area, at_noon: datetime) -> Publish:
    """`publish(body)`: a desk form, prepared by one and agreed to by another."""

    def make(body: dict[str, Any]) -> FormVersion:
        draft = actions.begin_form(worker, community, title=body["title"])
        draft = actions.change_draft(worker, draft, body, seen=0)
        draft = actions.ask_to_publish(worker, draft, note="第一版", seen=1)
        return actions.publish(community_head, draft, seen=2)

    return make


@pytest.fixture
def ask(publish: Publish, worker: Person) -> Callable[..., Inquiry]:
    """`ask(body)`: an open inquiry of two weeks."""

    def make(body: dict[str, Any] = ASK, **more: Any) -> Inquiry:
        return actions.open_inquiry(worker, publish(body), **{
            "kind": "opinion", "title": "装充电桩", "why": "汇总后在公告栏公布", "once": "",
            "closes_on": (NOON + timedelta(days=14)).date(), **more})

    return make


@pytest.fixture
def sheet(ask: Callable[..., Inquiry], resident: Person) -> Sheet:
    """A begun sheet of the registration form."""
    return actions.answer(resident, ask(CARE, kind="register", title="托管登记"))


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """`write("a/b.yaml", text)`: a file to read."""

    def make(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return make
