"""A week in November: a course with its teacher, an elder and her daughter, two helpers, a tablet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.people.models import Mandate, Person
from linli.mechanisms.bookings.models import Session
from linli.services.learning.actions import courses, devices, pairing, visits
from linli.services.learning.models import Course, Device, HelpAsk, Helper, Match, Visit

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=SHANGHAI)
TOPICS, SLOTS = ["hospital", "pay"], ["morning", "weekend"]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 in Shanghai."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.at(NOON):
        yield


@pytest.fixture
def elder(make_person: Any, community: Area) -> Person:
    person: Person = make_person("王阿姨", community, birth_year=1948)
    return person


@pytest.fixture
def daughter(make_person: Any, community: Area, elder: Person) -> Person:
    """She may act for her mother in this room."""
    person: Person = make_person("林女士", community)
    Mandate.objects.create(subject=elder, agent=person, scope=["learning"], agreed_at=at(1, 9), since=at(1, 9))
    return person


@pytest.fixture
def teacher(make_person: Any, community: Area) -> Person:
    person: Person = make_person("孙老师", community)
    return person


@pytest.fixture
def course(worker: Person, community: Area, teacher: Person) -> Course:
    return courses.plan_course(worker, community, module="safety", host=teacher, place="活动室")


@pytest.fixture
def class_time(teacher: Person, course: Course) -> Session:
    return courses.add_time(teacher, course, starts=at(27, 9), minutes=90, capacity=8)


@pytest.fixture
def make_helper(make_person: Any, community: Area, worker: Person) -> Callable[..., Helper]:
    def make(title: str = "李同学", *, goes_home: bool = True, checked: bool = True, **more: Any) -> Helper:
        known = {"topics": TOPICS, "slots": SLOTS, **more}
        helper = pairing.offer_help(make_person(title, community), community, goes_home=goes_home, **known)
        return pairing.check_helper(worker, helper) if checked else helper

    return make


@pytest.fixture
def helper(make_helper: Callable[..., Helper]) -> Helper:
    return make_helper()


@pytest.fixture
def second(make_helper: Callable[..., Helper]) -> Helper:
    return make_helper("赵同学")


@pytest.fixture
def ask(elder: Person) -> HelpAsk:
    return pairing.ask_help(elder, topics=TOPICS, slots=SLOTS, note="说慢些")


@pytest.fixture
def pair(worker: Person, elder: Person, ask: HelpAsk, helper: Helper) -> Match:
    match = pairing.propose(worker, ask, helper)
    pairing.answer(helper.person, match, yes=True)
    return pairing.answer(elder, match, yes=True)


@pytest.fixture
def make_visit(pair: Match, helper: Helper, elder: Person) -> Callable[..., Visit]:
    def make(*, starts: datetime | None = None, **more: Any) -> Visit:
        begin = starts or at(27, 10)
        session = visits.add_times(helper.person, helper, starts=begin, minutes=60, place="驿站")
        return visits.book_visit(elder, pair, session, **more)

    return make


@pytest.fixture
def tablet(worker: Person, community: Area) -> Device:
    return devices.add_device(worker, community, kind="tablet", label="P-01", condition="没有划痕")


def taught(make: Callable[..., Visit], minutes: int = 50) -> Visit:
    """A lesson at the station that took place."""
    visit = make()
    helper = visit.match.helper.person
    with clock.at(visit.starts):
        visit = visits.begin(helper, visit, ticked=[rule["code"] for rule in visits.rules_for(visit)])
    with clock.at(visit.starts + timedelta(minutes=minutes)):
        return visits.end(helper, visit)
