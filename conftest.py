"""The small world every room's tests share: one community, its neighbour, and the people of both.

Street 330106001 holds the community 330106001001 (梧桐里) and its neighbour 330106001002 (桂花巷), so a test can
always ask both "may she?" and "may somebody from next door?". All of it is made up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from linli.foundation.areas.models import Area, Building, Compound, Home
    from linli.foundation.people.models import Organisation, Person

pytest_plugins = ["tests.browser"]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)  # tests freeze their day; the roles were there before it
MakePerson = Callable[..., "Person"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgresql", action="store_true", help="run on a real PostgreSQL started for this run (tests/settings.py)")


# Their tests find what `migrate` put into the database; a test that commits empties it when it is over.
NEEDS_THE_CATALOGUE = ("linli/services/gov/", "linli/services/window/", "linli/services/assistant/")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before the test's own transaction begins: the shipped catalogue stands again, where one emptied the database."""
    if not item.nodeid.startswith(NEEDS_THE_CATALOGUE) or not _emptied or _uses_no_database(item):
        return
    from pytest_django.plugin import blocking_manager_key

    with item.config.stash[blocking_manager_key].unblock():
        from linli.foundation.events.models import OutboxEvent
        from linli.services.gov.actions.loading import load
        from linli.services.gov.models import ServiceItem

        if not ServiceItem.objects.exists():
            load()
            OutboxEvent.objects.all().delete()
    _emptied.clear()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    marker = item.get_closest_marker("django_db")
    if (marker is not None and marker.kwargs.get("transaction")) or "transactional_db" in _fixtures(item):
        _emptied.append(item.nodeid)


_emptied: list[str] = []


def _fixtures(item: pytest.Item) -> list[str]:
    return list(getattr(item, "fixturenames", ()))


def _uses_no_database(item: pytest.Item) -> bool:
    return item.get_closest_marker("django_db") is None and not {"db", "transactional_db"} & set(_fixtures(item))


@pytest.fixture(autouse=True)
def _clean_slate() -> Iterator[None]:
    """Language, clock and caches of one test never reach the next."""
    from django.core.cache import cache
    from django.utils import translation

    from linli.mechanisms.cases import routing

    cache.clear()
    routing.forget()
    translation.activate("zh-hans")
    yield
    translation.deactivate()


def _area(code: str, name: str, level: str, **more: Any) -> Area:
    from linli.foundation.areas.models import Area

    return Area.objects.get_or_create(code=code, defaults={"name": name, "level": level, **more})[0]


@pytest.fixture
def district(db: None) -> Area:
    _area("33", "浙江省", "province")
    _area("3301", "杭州市", "city")
    return _area("330106", "西湖区", "district")


@pytest.fixture
def street(district: Area) -> Area:
    return _area("330106001", "青桐街道", "street")


@pytest.fixture
def community(street: Area) -> Area:
    return _area("330106001001", "梧桐里社区", "community", short="WTL", phone="0571-00000001")


@pytest.fixture
def other_community(street: Area) -> Area:
    return _area("330106001002", "桂花巷社区", "community", short="GHX")


@pytest.fixture
def grid_cell(community: Area) -> Area:
    return _area("330106001001001", "第一网格", "grid")


@pytest.fixture
def property_company(community: Area) -> Organisation:
    from linli.foundation.people.models import Organisation

    return Organisation.objects.create(name="安居物业", kind="property_company", area=community, phone="0571-00000002")


@pytest.fixture
def department(street: Area) -> Organisation:
    from linli.foundation.people.models import Organisation

    return Organisation.objects.create(name="街道城管中队", kind="department", area=street)


@pytest.fixture
def compound(community: Area, property_company: Organisation) -> Compound:
    from linli.foundation.areas.models import Compound

    return Compound.objects.create(area=community, name="梧桐苑", property_company=property_company)


@pytest.fixture
def building(compound: Compound, grid_cell: Area) -> Building:
    from linli.foundation.areas.models import Building

    return Building.objects.create(
        area=compound.area, compound=compound, name="3号楼", number=3, floors=11, entrances=2, grid=grid_cell)


@pytest.fixture
def home(building: Building) -> Home:
    from linli.foundation.areas.models import Home

    return Home.objects.create(
        area=building.area, building=building, entrance="1", floor=7, number="702", exclusive_area="89.60",
        area_source="register")


@pytest.fixture
def make_person(db: None) -> MakePerson:
    """`make_person("林女士", community, "worker", at=area)`: an account, with one role where a role is named.

    `at` is the area of the role (the community if left out), `of` its organisation, `home` makes a confirmed owner.
    """
    from linli.foundation.people.models import Person, Residency, RoleAssignment

    made = 0

    def make(title: str = "", community: Area | None = None, role: str = "", *, at: Area | None = None,
             of: Organisation | None = None, home: Home | None = None, bond: str = "owner", **fields: Any) -> Person:
        nonlocal made
        made += 1
        person = Person.objects.create(
            phone=fields.pop("phone", f"+8613000{made:06d}"), name=fields.pop("name", f"测试{made}"),
            title=title or f"测试{made}", community=community, **fields)
        if role:
            place = at or (None if of else community)
            RoleAssignment.objects.create(person=person, role=role, area=place, organisation=of, since=LONG_AGO)
        if home is not None:
            Residency.objects.create(person=person, home=home, area=home.area, bond=bond, state="confirmed")
        return Person.objects.get(pk=person.pk)

    return make


@pytest.fixture
def resident(make_person: MakePerson, community: Area, home: Home) -> Person:
    return make_person("林女士", community, home=home)


@pytest.fixture
def neighbour(make_person: MakePerson, community: Area) -> Person:
    return make_person("赵先生", community)


@pytest.fixture
def stranger(make_person: MakePerson, other_community: Area) -> Person:
    """A resident of the community next door."""
    return make_person("钱女士", other_community)


@pytest.fixture
def worker(make_person: MakePerson, community: Area) -> Person:
    return make_person("周敏", None, "worker", at=community)


@pytest.fixture
def other_worker(make_person: MakePerson, other_community: Area) -> Person:
    """A community worker of the community next door."""
    return make_person("吴老师", None, "worker", at=other_community)


@pytest.fixture
def grid_worker(make_person: MakePerson, community: Area) -> Person:
    return make_person("郑师傅", None, "grid_worker", at=community)


@pytest.fixture
def community_head(make_person: MakePerson, community: Area) -> Person:
    return make_person("王书记", None, "community_head", at=community)


@pytest.fixture
def property_desk(make_person: MakePerson, community: Area, property_company: Organisation) -> Person:
    return make_person("物业前台", None, "property_desk", at=community, of=property_company)


@pytest.fixture
def property_worker(make_person: MakePerson, community: Area, property_company: Organisation) -> Person:
    from linli.foundation.people.models import RoleAssignment

    person = make_person("陈师傅", None, "property_worker", at=community, of=property_company)
    RoleAssignment.objects.filter(person=person).update(skills=["电工证", "特种设备作业人员证"])
    return person


@pytest.fixture
def department_desk(make_person: MakePerson, street: Area, department: Organisation) -> Person:
    return make_person("城管经办", None, "department_desk", at=street, of=department)


@pytest.fixture
def street_leader(make_person: MakePerson, street: Area) -> Person:
    return make_person("街道主任", None, "street_leader", at=street)


@pytest.fixture
def client_of() -> Callable[[Person], Client]:
    """A test client that is signed in as that person, as after a code from the telephone."""
    from django.test import Client

    def signed_in(person: Person) -> Client:
        client = Client()
        client.force_login(person, backend="linli.foundation.people.backends.PersonBackend")
        return client

    return signed_in
