from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.people.models import Organisation, Person
from linli.mechanisms.cases import routing
from linli.mechanisms.cases.models import Case, RoutingRow, RoutingTable
from linli.services.requests import actions, classifying
from linli.services.requests.actions.asking import Asked

NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)  # Wednesday noon in Hangzhou
Ask = Callable[..., Case]


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A Wednesday noon, no model to ask, and no rule of an earlier test in memory."""
    monkeypatch.setattr(classifying, "folder", lambda: tmp_path / "model")
    routing.forget()
    with clock.at(NOON):
        yield
    routing.forget()


@pytest.fixture
def committee(community: Area) -> Organisation:
    return Organisation.objects.create(name="梧桐里居委会", kind="residents_committee", area=community)


@pytest.fixture
def rules(community: Area, department: Organisation, committee: Organisation,
          property_company: Organisation) -> RoutingTable:
    """What is in force: 城乡建设 to the department, 物业服务 to the company, the rest to the committee."""
    table = RoutingTable.objects.create(area_code=community.code, version=1, state="published")
    for order, (category, unit, note) in enumerate((
            ("城乡建设", department, "市容归城管"), ("物业服务", property_company, "物业的事物业办"),
            ("", committee, "诉求先由社区接"))):
        RoutingRow.objects.create(table=table, order=order, area_prefix=community.code, kind_code="complaint",
                                  category=category, unit=unit, note=note)
    RoutingRow.objects.create(table=table, order=999, area_prefix=community.code, note="兜底")
    routing.forget()
    return table


@pytest.fixture
def ask(resident: Person, community: Area, rules: RoutingTable) -> Ask:
    """`ask("路灯不亮", category=…)`: a request of the resident, by the action."""

    def make(text: str = "3号楼门口的路灯三天不亮了", *, by: Person | None = None, kind: str = "complaint",
             category: str = "公共设施.路灯", **more: Any) -> Case:
        subject = more.pop("subject", None)
        return actions.ask(by or resident, community, Asked(kind=kind, text=text, category=category, **more),
                           subject=subject)

    return make
