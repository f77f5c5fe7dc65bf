"""A Monday in 梧桐里: a class with few places, a fair of any size, a call for works with three jurors."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from linli.foundation.areas.models import Area, Building, Home
from linli.foundation.calendar import clock
from linli.foundation.files import StoredFile, keep
from linli.foundation.people.models import Organisation, Person
from linli.mechanisms.bookings.models import Session
from linli.services.activities.actions import calls, judging, planning
from linli.services.activities.models import Activity, Call, Work
from linli.services.activities.queries import sessions_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 23, 12, 0, tzinfo=SHANGHAI)
MakeActivity = Callable[..., Activity]
MakeWork = Callable[..., Work]
RULES: dict[str, Any] = {
    "text": "收书画，一件一张照片，本人原创，评委只看编号。",
    "ages": [{"code": "6-12", "name": "少儿组", "from": 6, "to": 12},
             {"code": "13-99", "name": "成人组", "from": 13, "to": 99}],
    "method": "trimmed", "tie": "median", "prizes": ["一等奖", "二等奖"]}


def at(day: int, hour: int = 12, month: int = 11) -> datetime:
    """A moment of autumn 2026, in Shanghai."""
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


SATURDAY = at(5, 14, 12)


def picture(name: str = "work.jpg", tone: int = 120) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (60, 60), (tone, 160, 140)).save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), content_type="image/jpeg")


def kept(person: Person, purpose: str, tone: int = 120) -> StoredFile:
    return keep(person, picture(".jpg", tone), purpose=purpose)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.at(MONDAY):
        yield


@pytest.fixture
def make_activity(worker: Person, community: Area) -> MakeActivity:
    """`make_activity(places=3, publish=True, starts=…, **facts)`: with one session of two hours."""

    def make(*, places: int = 3, publish: bool = True, starts: datetime = SATURDAY, rules: Any = None,
             custom: Any = None, host: Person | None = None, **facts: Any) -> Activity:
        known = {"kind": "class", "title": "剪纸班", "place": "二楼活动室", "host": host or worker, **facts}
        row = planning.create(worker, community, rules=rules, custom=custom, **known)
        planning.add_session(worker, row, starts=starts, ends=starts + timedelta(hours=2), places=places)
        return planning.publish(worker, row) if publish else Activity.objects.get(pk=row.pk)

    return make


def only_session(activity: Activity) -> Session:
    found = sessions_of(activity, all_rows=True)
    assert len(found) == 1
    return found[0]


@pytest.fixture
def committee(community: Area) -> Organisation:
    return Organisation.objects.create(name="梧桐里居委会", kind="residents_committee", area=community)


@pytest.fixture
def husband(make_person: Any, community: Area, home: Home) -> Person:
    """Lives with the resident 林女士."""
    person: Person = make_person("林先生", community, home=home, bond="family")
    return person


@pytest.fixture
def other_home(building: Building) -> Home:
    return Home.objects.create(area=building.area, building=building, entrance="2", floor=3, number="301")


@pytest.fixture
def call(worker: Person, community: Area) -> Call:
    row = calls.draft(
        worker, community, title="画我们这条街", about="书法、国画、儿童画", deadline=at(30, 18), vote_from=at(30, 18),
        vote_until=at(7, 18, 12), show_until=date(2027, 3, 1), rules=RULES)
    return calls.open_call(worker, row)


@pytest.fixture
def make_work(call: Call) -> MakeWork:
    def make(author: Person, *, year: int = 1980, **facts: Any) -> Work:
        known = {"signed_as": "青石", "title": "荷", "alt": "一片大叶压着一朵花苞", "ai": "no", "is_original": True,
                 "licence": True, "version": Call.objects.get(pk=call.pk).version, **facts}
        return calls.hand_in(author, call, photo=kept(author, calls.PURPOSE), birth_year=year, **known)

    return make


@pytest.fixture
def jurors(make_person: Any, community: Area, worker: Person, call: Call) -> list[Person]:
    people: list[Person] = [make_person(f"评委{n}", community) for n in range(3)]
    for person in people:
        judging.ask_juror(worker, call, person)
    return people
