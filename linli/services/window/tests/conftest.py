"""A hall with two counters, and a tiny gov that answers by the names of its acts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.foundation.web import acts
from linli.services.window.actions import keeping, queue
from linli.services.window.models import Counter, Hall, Ticket

WEDNESDAY = timezone.make_aware(datetime(2026, 11, 25, 9, 30))
Take = Callable[..., Ticket]


@pytest.fixture(autouse=True)
def morning(_clean_slate: None) -> Iterator[None]:
    with clock.at(WEDNESDAY):
        yield


@pytest.fixture
def hall(community_head: Person, community: Area) -> Hall:
    return keeping.save_hall(community_head, community, name="党群服务中心", place="梧桐路32号", phone="0571-1",
                             hours="周一到周五", is_open=True)


@pytest.fixture
def counters(community_head: Person, hall: Hall) -> tuple[Counter, Counter]:
    one, two = ({"number": 1, "name": "长者优先", "first": ["elder"]}, {"number": 2, "name": "综合", "first": []})
    return (keeping.save_counter(community_head, hall, topics=[], is_active=True, **one),
            keeping.save_counter(community_head, hall, topics=[], is_active=True, **two))


@pytest.fixture
def take(hall: Hall) -> Take:
    def make(klass: str = "", topic: str = "gov", **more: Any) -> Ticket:
        return queue.take(None, hall, topic=topic, klass=klass, **{"once": uuid4().hex, **more})

    return make


class TinyGov:
    """What `gov.*` answers in these tests; it remembers who asked what."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Person, dict[str, Any]]] = []
        self.number = "LL26112500001"

    def act(self, name: str) -> Callable[..., Any]:
        answers: dict[str, Callable[[dict[str, Any]], Any]] = {
            "gov.find": lambda _facts: [{"slug": "birth", "name": "出生一件事", "bundle": True, "url": "/gov/",
                                         "summary": "上户口、医保一次办"}],
            "gov.begin": lambda _facts: {"application": 77, "number": "", "fill_url": "",
                                         "pages": [{"page": "child", "title": "孩子"}]},
            "gov.page": lambda _facts: {"title": "孩子", "seen": 1, "fields": [
                {"element": "child.name", "title": "孩子姓名", "type": "text", "options": [], "required": True,
                 "value": None}]},
            "gov.save_page": lambda facts: {"errors": {} if facts["values"].get("child.name") else {
                "child.name": "请写孩子姓名。"}, "next": "", "seen": 2},
            "gov.papers": lambda _facts: [{"key": "id", "name": "身份证", "need": "required", "brought": False,
                                           "offered": False}],
            "gov.hand_in": lambda _facts: {"number": self.number, "due_at": WEDNESDAY, "missing": ["出生医学证明"]},
            "gov.where": lambda _facts: {"number": self.number, "item": "出生一件事", "state": "submitted",
                                         "state_title": "已收件", "due_at": WEDNESDAY, "missing": [], "next": "受理"},
        }

        def answer(person: Person, **facts: Any) -> Any:
            self.asked.append((name, person, facts))
            return answers[name](facts)

        return answer


@pytest.fixture
def gov(monkeypatch: pytest.MonkeyPatch) -> TinyGov:
    made = TinyGov()
    true = acts._target
    monkeypatch.setattr(acts, "_target", lambda name: made.act(name) if name.startswith("gov.") else true(name))
    return made
