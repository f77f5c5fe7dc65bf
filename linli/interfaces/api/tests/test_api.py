"""What a program meets: keys and scopes, problems, pages, and a repeated request carried out once."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.web import Denied
from linli.interfaces.api import actions
from linli.interfaces.api.schema import api
from linli.mechanisms.cases import actions as cases
from linli.mechanisms.cases.models import Case


@pytest.fixture
def case(resident: Person, community: Area) -> Case:
    return cases.open_case(resident, "repair", community, category="lift", title="电梯异响")


def key(person: Person, *scopes: str) -> dict[str, str]:
    _token, plain = actions.make_token(person, name="手机小程序", scopes=scopes or ("read", "write"), days=30)
    return {"HTTP_AUTHORIZATION": f"Bearer {plain}"}


def post(headers: dict[str, str], path: str, body: dict[str, Any]) -> Any:
    return Client().post(f"/api/v1{path}", json.dumps(body), content_type="application/json", **headers)


def test_the_description_is_openapi_3_1_and_declares_every_problem() -> None:
    schema = api.get_openapi_schema()
    assert schema["openapi"].startswith("3.1")
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            assert {"401", "403", "404", "409", "422"} <= {str(code) for code in operation["responses"]}, path


@pytest.mark.django_db
def test_without_a_key_nothing(case: Case) -> None:
    answer = Client().get("/api/v1/cases/")
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert Client().get("/api/v1/cases/", HTTP_AUTHORIZATION="Bearer linli_guess").status_code == 401


@pytest.mark.django_db
def test_a_reading_key_reads_and_does_not_write(case: Case, resident: Person) -> None:
    headers = key(resident, "read")
    assert [row["number"] for row in Client().get("/api/v1/cases/", **headers).json()["items"]] == [case.number]
    answer = post(headers, f"/cases/{case.number}/messages/", {"text": "还在响"})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope")


@pytest.mark.django_db
def test_a_key_ends(case: Case, resident: Person) -> None:
    token, plain = actions.make_token(resident, name="短", scopes=["read"], days=1)
    headers = {"HTTP_AUTHORIZATION": f"Bearer {plain}"}
    assert Client().get("/api/v1/me/", **headers).status_code == 200
    with clock.at(now() + timedelta(days=2)):
        assert Client().get("/api/v1/me/", **headers).status_code == 401
    actions.withdraw_token(resident, token)
    assert Client().get("/api/v1/me/", **headers).status_code == 401


@pytest.mark.django_db
def test_nobody_withdraws_anothers_key(resident: Person, stranger: Person) -> None:
    token, _plain = actions.make_token(resident, name="我的", scopes=["read"], days=1)
    with pytest.raises(Denied):
        actions.withdraw_token(stranger, token)


@pytest.mark.django_db
def test_another_community_gets_404_in_every_verb(case: Case, stranger: Person) -> None:
    headers = key(stranger)
    assert Client().get(f"/api/v1/cases/{case.number}/", **headers).status_code == 404
    for path, body in ((f"/cases/{case.number}/messages/", {"text": "看看"}), (f"/cases/{case.number}/nudge/", {}),
                       (f"/cases/{case.number}/steps/cancel/", {})):
        assert post(headers, path, body).status_code == 404


@pytest.mark.django_db
def test_a_repeated_request_is_carried_out_once(case: Case, resident: Person) -> None:
    headers = {**key(resident), "HTTP_IDEMPOTENCY_KEY": "abc-1"}
    path, body = f"/cases/{case.number}/messages/", {"text": "还在响"}
    first, second = post(headers, path, body), post(headers, path, body)
    assert (first.status_code, second.status_code, second["Idempotent-Replayed"]) == (200, 200, "true")
    assert first.json() == second.json()
    assert case.events.filter(name="message").count() == 1
    other = post(headers, path, {"text": "换了一句"})
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


@pytest.mark.django_db
def test_a_failed_request_may_be_tried_again(case: Case, resident: Person) -> None:
    headers = {**key(resident), "HTTP_IDEMPOTENCY_KEY": "abc-2"}
    path = f"/cases/{case.number}/steps/rate/"
    for _try in range(2):
        answer = post(headers, path, {"data": {"solved": "yes"}})
        assert (answer.status_code, answer.json()["code"]) == (409, "moved_on")


@pytest.mark.django_db
def test_the_second_editor_is_told(case: Case, resident: Person) -> None:
    headers = key(resident)
    post(headers, f"/cases/{case.number}/messages/", {"text": "还在响"})
    answer = post(headers, f"/cases/{case.number}/steps/cancel/", {"seen": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "changed")
    assert answer.json()["seq"] == 2


@pytest.mark.django_db
def test_malformed_json_is_a_problem_and_not_a_crash(resident: Person, case: Case) -> None:
    answer = Client().post(f"/api/v1/cases/{case.number}/messages/", "{", content_type="application/json",
                           **key(resident))
    assert answer.status_code in (400, 422)
    assert answer["Content-Type"] == "application/problem+json"
