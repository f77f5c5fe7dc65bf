from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from linli.foundation.areas.models import Area, Building, Compound, Facility
from linli.foundation.people.models import Organisation, Person, RoleAssignment
from linli.mechanisms.cases import actions as cases, routing
from linli.mechanisms.cases.models import Case, RoutingRow, RoutingTable
from linli.services.repairs import actions
from linli.services.repairs.models import PriceItem, PriceList


@pytest.fixture(autouse=True)
def _routes(request: pytest.FixtureRequest) -> Any:
    """The compound's company answers for repairs wherever a test has one."""
    routing.forget()
    if "property_company" in request.fixturenames:
        company = request.getfixturevalue("property_company")
        table = RoutingTable.objects.create(area_code=company.area.code, version=1, state="published")
        RoutingRow.objects.create(table=table, area_prefix=company.area.code, kind_code="repair", unit=company)
    yield
    routing.forget()


@pytest.fixture
def lift(building: Building, community: Area) -> Facility:
    return Facility.objects.create(
        area=community, kind="lift", name="3号楼1单元电梯", code="LT-0301", building=building,
        compound=building.compound, lon=120.1, lat=30.2)


@pytest.fixture
def mate(make_person: Any, community: Area, property_company: Organisation) -> Person:
    """A second worker of the company."""
    person = make_person("钱师傅", None, "property_worker", at=community, of=property_company)
    shift(person, skills=["电工证", "特种设备作业人员证"])
    return person


@pytest.fixture
def prices(property_desk: Person, compound: Compound) -> PriceList:
    row = actions.draft_list(property_desk, compound)
    actions.save_item(property_desk, row, name="换水龙头", unit="个", category="water", labour_min=Decimal(30),
                      labour_max=Decimal(60), material_min=Decimal(20), material_max=Decimal(200), warranty_months=6)
    actions.save_item(property_desk, row, name="疏通下水道", unit="次", category="water.drain", labour_min=Decimal(80),
                      labour_max=Decimal(150), warranty_months=1)
    return actions.post_list(property_desk, row)


@pytest.fixture
def tap(prices: PriceList) -> PriceItem:
    return prices.items.get(name="换水龙头")


@pytest.fixture
def leak(resident: Person, community: Area, home: Any, property_desk: Person, property_worker: Person) -> Case:
    """A leaking tap in the resident's home, taken by the worker."""
    case = actions.report(resident, community, actions.Report(
        text="厨房水龙头漏水，关不紧", category="water", home=home, building=home.building, once="leak",
        facts={"before_photos": [1]}))
    cases.act(property_desk, case, "dispatch", worker=property_worker.pk)
    return cases.act(property_worker, case, "take")


@pytest.fixture
def offered(resident: Person, community: Area, lift: Facility, property_desk: Person) -> Case:
    case = actions.report(resident, community, actions.Report(
        text="电梯咔咔响", category="lift.noise", facility=lift, building=lift.building, once="noise"))
    return cases.act(property_desk, case, "offer")


def shift(person: Person, *, on: bool = True, skills: list[str] | None = None) -> RoleAssignment:
    role = RoleAssignment.objects.get(person=person, role="property_worker")
    role.on_shift = on
    role.skills = role.skills if skills is None else skills
    role.save()
    return role
