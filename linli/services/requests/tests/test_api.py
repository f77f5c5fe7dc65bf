"""The same rights and the same case over JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from linli.foundation.people.models import Organisation, Person
from linli.mechanisms.cases.models import Case, RoutingTable

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Person], Client]


def post(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(f"/api/v1/requests/{path}", json.dumps(body), content_type="application/json")


def test_asking_over_the_api(client_of: ClientOf, resident: Person, stranger: Person, rules: RoutingTable,
                             property_company: Organisation) -> None:
    client = client_of(resident)
    guess = post(client, "suggest", {"text": "门口的路灯杆冒烟，路灯不亮"}).json()
    assert guess["category"].startswith("公共设施")
    assert guess["call_first"] == ["119"]
    body = {"text": "保安大声骂人", "category": "物业服务.服务态度", "complained_of": property_company.pk, "once": "k"}
    first, again = post(client, "", body), post(client, "", body)
    assert first.status_code == 201
    assert first.json()["number"] == again.json()["number"]
    case = Case.objects.get()
    assert (case.complained_of, case.visibility) == (property_company.pk, "parties")
    assert post(client_of(stranger), "", {**body, "once": "x"}).json()["code"] == "no_unit"
    assert post(client, "", {"text": "字" * 5001}).status_code == 422
    assert post(client, "", {"text": "字", "where": "b-1"}).json()["code"] == "no_place"
    assert post(client, "", {"text": "字", "kind": "repair"}).json()["code"] == "no_kind"
    assert post(Client(), "", body).status_code == 401
    assert "公共设施.路灯" in client.get("/api/v1/requests/categories").json()
