from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from linli.foundation.areas.models import Area, Level
from linli.foundation.files.models import StoredFile
from linli.foundation.people.models import Organisation, Person, RoleAssignment
from linli.mechanisms.cases import routing
from linli.mechanisms.cases.models import Case, RoutingRow, RoutingTable

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)  # the tests freeze their day; the roles were there before it


@dataclass
class Town:
    """A community with the people a case needs, and another community beside it."""

    street: Area
    area: Area
    other: Area
    company: Organisation
    second: Organisation
    resident: Person
    neighbour: Person
    stranger: Person
    worker: Person
    head: Person
    desk: Person
    fitter: Person
    mate: Person
    leader: Person


def person(phone: str, name: str, community: Area | None = None) -> Person:
    return Person.objects.create(phone=f"+86138{phone:0>8}", name=name, community=community)  # type: ignore[return-value]


def give(who: Person, role: str, *, area: Area | None = None, organisation: Organisation | None = None) -> Person:
    skills = ["电工证", "特种设备作业人员证"] if role == "property_worker" else []
    RoleAssignment.objects.create(person=who, role=role, area=area, organisation=organisation, skills=skills,
                                  since=LONG_AGO)
    return who


def photo_of(case: Case, owner: Person) -> int:
    """A photo that the files room kept for this case (its row; nobody opens the picture)."""
    return StoredFile.objects.create(
        owner=owner, purpose="cases.photo", family="photo", media_type="image/jpeg", suffix=".jpg", name="x.jpg",
        size=9, sha256="0" * 64, about_type="cases.case", about_id=str(case.pk)).pk


@pytest.fixture
def town(db: None) -> Town:
    street = Area.objects.create(code="330106001", name="梧桐街道", level=Level.STREET)
    area = Area.objects.create(code="330106001001", name="梧桐里社区", level=Level.COMMUNITY, short="WTL")
    other = Area.objects.create(code="330106001002", name="香樟社区", level=Level.COMMUNITY, short="XZ")
    company = Organisation.objects.create(name="安居物业", kind="property_company", area=area)
    second = Organisation.objects.create(name="乐家物业", kind="property_company", area=area)
    table = RoutingTable.objects.create(area_code=area.code, version=1, state="published")
    RoutingRow.objects.create(table=table, area_prefix=area.code, kind_code="repair", unit=company, note="物业管的小区")
    RoutingRow.objects.create(table=table, area_prefix=area.code, order=999, note="兜底")
    routing.forget()
    return Town(
        street, area, other, company, second,
        resident=person("1", "林小青", area), neighbour=person("2", "陈大树", area),
        stranger=person("3", "外人", other), worker=give(person("4", "周敏"), "worker", area=area),
        head=give(person("5", "吴书记"), "community_head", area=area),
        desk=give(person("6", "何前台"), "property_desk", area=area, organisation=company),
        fitter=give(person("7", "赵师傅"), "property_worker", area=area, organisation=company),
        mate=give(person("8", "钱师傅"), "property_worker", area=area, organisation=company),
        leader=give(person("9", "街道主任"), "street_leader", area=street))
