"""Every operation against thousands of odd requests: no crash, and no answer the description does not declare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.interfaces.api import actions
from linli.mechanisms.cases import actions as cases

CHECKS = [not_a_server_error, status_code_conformance, response_schema_conformance]


@pytest.fixture
def one_connection() -> Iterator[None]:
    """A bare WSGI application closes the database after each request; the test's transaction lives in it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.usefixtures("one_connection")
def test_no_request_breaks_the_api(worker: Person, resident: Person, community: Area) -> None:
    cases.open_case(resident, "repair", community, category="lift", title="电梯异响")
    _token, plain = actions.make_token(worker, name="试", scopes=["read", "write"], days=1)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation is None:
            raise AssertionError(result.err())
        # The tester reads a bare WSGI answer and does not unpack it.
        _fuzz(operation, {"Authorization": f"Bearer {plain}", "Accept-Encoding": "identity"})


def _fuzz(operation: Any, headers: dict[str, str]) -> None:
    @settings(max_examples=12, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    ask()
