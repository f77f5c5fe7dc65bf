"""A school day in 梧桐里: a school, a care group with a looked-up carer, a mother and her child, a shelf of books."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from linli.foundation.areas.models import Area, Facility
from linli.foundation.calendar import clock
from linli.foundation.people.models import Organisation, Person, RoleAssignment
from linli.services.children.actions import care, library, people, places, routes
from linli.services.children.models import CareGroup, CareSite, Child, Collector, Route, Spot, Title

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 23, 12, 0, tzinfo=SHANGHAI)


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    """A moment of that Monday (or of another day of November 2026), in Shanghai."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def picture() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (60, 60), (120, 160, 140)).save(out, "JPEG")
    return SimpleUploadedFile("face.jpg", out.getvalue(), content_type="image/jpeg")


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.at(MONDAY):
        yield


@pytest.fixture
def school(community: Area) -> Organisation:
    return Organisation.objects.create(name="青桐小学", kind="school", area=community, phone="0571-00000088")


@pytest.fixture
def operator(community: Area) -> Organisation:
    return Organisation.objects.create(name="小青树托管", kind="group", area=community, phone="0571-00000089")


@pytest.fixture
def teacher(make_person: Any, school: Organisation) -> Person:
    person: Person = make_person("方老师", None, "department_desk", of=school)
    RoleAssignment.objects.filter(person=person).update(area=school.area)
    return Person.objects.get(pk=person.pk)


@pytest.fixture
def carer(make_person: Any, community: Area, worker: Person) -> Person:
    person: Person = make_person("许老师", community)
    people.record_vetting(worker, community, person, checked_on=date(2026, 9, 1), receipt="查2026-1")
    return person


@pytest.fixture
def site(worker: Person, community: Area, operator: Organisation) -> CareSite:
    site = care.save_site(
        worker, community, name="小青树托管点", operator=operator, address="梧桐路32号", phone="0571-00000089",
        room_m2=90, fire_limit=40, seats=24, meals=None)
    for kind in ("licence", "fire"):
        care.record_paper(worker, site, kind=kind, number=f"{kind}-1", valid_until=date(2027, 8, 31))
    return site


@pytest.fixture
def make_group(worker: Person, site: CareSite, school: Organisation, carer: Person) -> Callable[..., CareGroup]:
    def make(*, opened: bool = True, **facts: Any) -> CareGroup:
        known = {"name": "秋季班", "school": school, "starts_on": date(2026, 9, 1), "ends_on": date(2027, 1, 22),
                 "weekdays": [1, 2, 3, 4, 5], "meets": time(15, 30), "closes": time(18, 0), "has_meal": False, **facts}
        group = care.save_group(worker, site, **known)
        care.add_staff(worker, group, carer)
        return care.open_group(worker, group) if opened else group

    return make


@pytest.fixture
def group(make_group: Callable[..., CareGroup]) -> CareGroup:
    return make_group()


@pytest.fixture
def make_child(worker: Person, community: Area, school: Organisation) -> Callable[..., Child]:
    def make(guardian: Person, name: str = "林小满", *, verified: bool = True, collector: bool = True) -> Child:
        child = people.add_child(
            guardian, community, name=name, born_on=date(2018, 5, 4), bond="mother", agrees=True, school=school,
            school_class="三(2)班")
        if verified:
            people.verify_guardian(worker, child.guardianships.get(), agree=True, evidence="户口本")
        if verified and collector:
            people.add_collector(guardian, child, name="周桂英", relation="外婆", photo=picture(), phone="13000009999")
        return child

    return make


@pytest.fixture
def child(make_child: Callable[..., Child], resident: Person) -> Child:
    return make_child(resident)


@pytest.fixture
def grandmother(child: Child) -> Collector:
    found: Collector = child.collectors.get()
    return found


@pytest.fixture
def playground(community: Area) -> Facility:
    return Facility.objects.create(area=community, kind="playground", name="儿童乐园", lon=120.1, lat=30.2)


@pytest.fixture
def spot(worker: Person, community: Area, playground: Facility) -> Spot:
    return places.save_spot(
        worker, community, facility=playground, kind="playground", age_from=3, age_to=10, fence="full",
        surface="rubber", shade="some", lighting="good", check_days=90)


@pytest.fixture
def route(worker: Person, community: Area, school: Organisation) -> Route:
    return routes.save_route(worker, community, name="东门到青桐小学", school=school, starts_at="梧桐苑东门", segments=[
        {"name": "小区内路", "points": [[120.100, 30.200], [120.102, 30.200]], "speed_kmh": 10, "crossing": "none",
         "pavement": "both", "lighting": "good", "has_guard": False, "advice": ""},
        {"name": "青桐路路口", "points": [[120.102, 30.200], [120.103, 30.200]], "speed_kmh": 50, "crossing": "zebra",
         "pavement": "one", "lighting": "some", "has_guard": False, "advice": "右转车不让人"}])


@pytest.fixture
def book(worker: Person, community: Area) -> Title:
    return library.add_title(worker, community, name="小鸭子找朋友", barcodes=["TS0001"], authors="示例作者",
                             shelf="A1", isbn="9787532111114")
