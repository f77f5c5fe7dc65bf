"""Repairs for programs: the same rules, the same doors."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from linli.foundation.people.models import Person
from linli.mechanisms.cases.models import Case
from linli.services.repairs import actions
from linli.services.repairs.actions.money import Line

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/repairs/"


def post(client: Any, path: str, **body: Any) -> Any:
    return client.post(ROOT + path, json.dumps(body), content_type="application/json")


def test_the_same_once_is_one_repair(client_of: Any, resident: Person, lift: Any) -> None:
    client = client_of(resident)
    body = {"text": "电梯咔咔响", "once": "program-1", "facility": lift.code}
    first, again = post(client, "", **body), post(client, "", **body)
    assert first.status_code == again.status_code == 201
    assert first.json()["number"] == again.json()["number"]
    assert first.json()["category"] == "lift.noise"
    assert Case.objects.count() == 1
    assert client.get(ROOT).json()["items"][0]["number"] == first.json()["number"]


@pytest.mark.parametrize("wrong", [
    {"home": "1"}, {"building": "1"}, {"facility": "LT-9"}, {"subject": "1"},
])
def test_what_is_not_mine_is_not_there(client_of: Any, resident: Person, wrong: dict[str, str]) -> None:
    assert post(client_of(resident), "", text="坏了", once="program-2", **wrong).status_code == 404


def test_too_long_is_a_problem_in_json(client_of: Any, resident: Person) -> None:
    answer = post(client_of(resident), "", text="水" * 10_000, once="program-3", detail="东门")
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"


def test_a_quote_is_answered_by_its_requester_alone(
    client_of: Any, resident: Person, neighbour: Person, stranger: Person, property_worker: Person, leak: Case,
    tap: Any,
) -> None:
    row = actions.quote(property_worker, leak, [Line(tap.pk, Decimal(1), tap.labour_min, Decimal(0))])
    path = f"{leak.number}/quotes/{row.pk}/answer/"
    for person in (neighbour, stranger):
        assert post(client_of(person), path, agree=True).status_code == 404
    assert post(client_of(property_worker), path, agree=True).status_code in (403, 404)
    answer = post(client_of(resident), path, agree=True)
    assert answer.status_code == 200
    assert answer.json()["quotes"][0]["state"] == "agreed"
    assert answer.json()["payer"] == "owner"


def test_the_worker_makes_steps(client_of: Any, property_worker: Person, leak: Case) -> None:
    answer = post(client_of(property_worker), f"{leak.number}/steps/arrive/", note="")
    assert answer.json()["state"] == "working"
    desk = client_of(property_worker).get(f"{ROOT}desk/?queue=mine").json()
    assert [item["number"] for item in desk["items"]] == [leak.number]


def test_prices_are_public_in_their_place(client_of: Any, resident: Person, stranger: Person, prices: Any) -> None:
    assert client_of(resident).get(f"{ROOT}prices/").json()[0]["items"][0]["name"] == "换水龙头"
    assert client_of(stranger).get(f"{ROOT}prices/").json() == []
