"""Cases for the residents' pages: the shared small world and a routing table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from linli.foundation.areas.models import Area
    from linli.foundation.people.models import Organisation, Person
    from linli.mechanisms.cases.models import Case

Report = Callable[..., "Case"]


@pytest.fixture
def report(community: Area, property_company: Organisation, resident: Person, settings: Any) -> Report:
    """`report(title="…")`: a repair of 林女士's that the property company answers for."""
    from linli.mechanisms.cases import actions, routing
    from linli.mechanisms.cases.models import RoutingRow, RoutingTable

    settings.LINLI_DEMO = True  # no second factor to set up first
    table = RoutingTable.objects.create(area_code=community.code, version=1, state="published")
    RoutingRow.objects.create(table=table, area_prefix=community.code, kind_code="repair", unit=property_company)
    RoutingRow.objects.create(table=table, area_prefix=community.code, order=999)
    routing.forget()

    def make(kind: str = "repair", **known: Any) -> Case:
        who = known.pop("by", resident)
        return actions.open_case(
            who, kind, community, **{"category": "lift" if kind == "repair" else "", "title": "电梯异响", **known})

    return make
