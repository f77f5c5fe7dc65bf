"""`sees`, asked of a row that is here, and `visible_to`, asked of the database, are one rule in two languages."""

from __future__ import annotations

from itertools import product

import pytest

from linli.foundation.areas.models import Area, Level
from linli.foundation.people.models import Organisation, Person, RoleName
from linli.mechanisms.cases import actions, queries
from linli.mechanisms.cases.models import Case, Leg, Visibility
from linli.mechanisms.cases.reach import sees
from linli.mechanisms.cases.tests.conftest import Town, give, person


@pytest.fixture
def cell(town: Town) -> Area:
    return Area.objects.create(code=town.area.code + "001", name="第一网格", level=Level.GRID)


@pytest.fixture
def people(town: Town, cell: Area) -> list[Person]:
    """Everybody of the town, and one in each role at each level and in each unit."""
    city = Area.objects.create(code="3301", name="测试市", level=Level.CITY)
    found = [town.resident, town.neighbour, town.stranger, town.worker, town.head, town.desk, town.fitter, town.leader]
    number = 100
    places = [(city, None), (town.street, None), (town.area, None), (town.other, None), (cell, None),
              (town.area, town.company), (None, town.company), (town.area, town.second), (None, town.second)]
    for role, (area, unit) in product(RoleName.values, places):
        if role != "resident":
            number += 1
            found.append(give(person(str(number), f"{role}", town.area), role, area=area, organisation=unit))
    return found


@pytest.fixture
def matters(town: Town, cell: Area) -> list[Case]:
    """One of each visibility, with and without unit, cell, parties, a helper, a body complained of."""
    bureau = Organisation.objects.create(name="执法队", kind="department", area=town.street)
    found = []
    columns: list[dict[str, object]] = [
        {}, {"unit": town.company}, {"unit": town.second, "grid_code": cell.code}, {"unit": bureau},
        {"unit": None, "assignee": town.fitter}, {"unit": None, "offered_to": town.stranger},
        {"area_code": town.other.code}, {"grid_code": cell.code},
        {"facts": {"complained_of": town.company.pk}}, {"facts": {"complained_of": str(town.second.pk)}},
        {"facts": {"complained_of": None}}, {"facts": {"complained_of": ""}},
    ]
    for number, (visibility, values) in enumerate(product(Visibility.values, columns)):
        case = actions.open_case(town.resident, "repair", town.area, category="lift", title=f"电梯 {number}")
        Case.objects.filter(pk=case.pk).update(visibility=visibility, **values)
        if number % 3 == 0:
            leg = Leg.objects.create(case=case, unit=town.second, opened_by=town.worker, reason="一起看")
            Leg.objects.filter(pk=leg.pk, case__pk__gt=0).update(closed_at=case.created if number % 2 else None)
        found.append(Case.objects.get(pk=case.pk))
    return found


def test_a_row_and_the_database_say_the_same(town: Town, people: list[Person], matters: list[Case]) -> None:
    for who in people:
        seen = set(Case.objects.visible_to(who).values_list("pk", flat=True))
        for case in matters:
            assert sees(who, case) == (case.pk in seen), (who.name, list(who.standings), case.visibility, case.facts)
    assert not sees(None, matters[0])


def test_by_its_number_only_what_one_sees(town: Town, matters: list[Case]) -> None:
    sealed = next(case for case in matters if case.visibility == Visibility.SEALED)
    assert queries.by_number(town.resident, sealed.number) == sealed
    for who, number in ((town.worker, sealed.number), (town.stranger, matters[0].number), (town.worker, "none")):
        with pytest.raises(Case.DoesNotExist):
            queries.by_number(who, number)
