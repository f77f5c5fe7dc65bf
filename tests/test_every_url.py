"""Who is let in where: every address, as every role, as nobody, and as people from next door.

The table is `grants.yaml`. Whoever is let in without standing there fails this test; so does a line of the table
for a view that no longer exists, and an address that breaks.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from linli.foundation.web import middleware
from tests.walking import Answer, Examples, Table, addresses, ask, draft

pytestmark = pytest.mark.django_db
BACKEND = "linli.foundation.people.backends.PersonBackend"


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """The small demo community, one person for each role, and three people of the community next door."""
    from linli.foundation.people.models import Organisation, Person, RoleAssignment, RoleName
    from linli.interfaces.cli import demoing

    with django_db_blocker.unblock(), transaction.atomic():
        demo = demoing.seed(small=True, say=None)
        people: dict[str, Person | None] = {"anonymous": None, "resident": demo.stars.get("resident", demo.resident(0))}
        for role in RoleName.values:
            holders = demo.people(role)
            if holders:
                people.setdefault(role, holders[0])
            elif role not in people:
                people[role] = _person(len(people), role=role, area=demo.area)
        people["neighbouring_resident"] = _person(90, community=demo.other)
        people["neighbouring_worker"] = _person(91, role="worker", area=demo.other)
        company = Organisation.objects.create(name="隔壁物业", kind="property_company", area=demo.other)
        people["neighbouring_property"] = _person(92, role="property_desk", area=demo.other, organisation=company)
        assert RoleAssignment.objects.exists()
        yield {"demo": demo, "people": people, "examples": Examples()}
        transaction.set_rollback(True)


def _person(number: int, *, community: Any = None, role: str = "", area: Any = None, organisation: Any = None) -> Any:
    from linli.foundation.people.models import Person, RoleAssignment

    made = Person.objects.create(
        phone=f"+86139990000{number:02d}", name=f"巡查{number}", title=f"巡查{number}", community=community
    )
    if role:
        RoleAssignment.objects.create(person=made, role=role, area=area, organisation=organisation)
    return made


@pytest.fixture(scope="module")
def answers(world: dict[str, Any]) -> list[Answer]:
    """What every address said to everybody. What a POST did is undone before the next."""
    found: list[Answer] = []
    logging.disable(logging.CRITICAL)  # thousands of expected refusals
    # Half of the time would go into drawing the page that says no; tests of its own look at that.
    whole, middleware._page = middleware._page, lambda _request, status: HttpResponse(status=status)
    for role, person in world["people"].items():
        client = Client(raise_request_exception=False)
        if person is not None:
            client.force_login(person, backend=BACKEND)
        for address in addresses():
            for url in world["examples"].urls(address):
                for method in ("GET", "POST"):
                    found.append(ask(client, role, method, address.name, url))
            if address.name == "people:sign_out" and person is not None:
                client.force_login(person, backend=BACKEND)
    logging.disable(logging.NOTSET)
    middleware._page = whole
    return found


@pytest.fixture(scope="module")
def table(world: dict[str, Any]) -> Table:
    return Table(world["people"], addresses())


def test_nobody_is_let_in_whom_the_table_does_not_name(answers: list[Answer], table: Table) -> None:
    if "LINLI_TEST_GRANTS_DRAFT" in os.environ:
        Path(os.environ["LINLI_TEST_GRANTS_DRAFT"]).write_text(draft(answers, table), encoding="utf-8")
    stray = sorted(
        {f"{a.method} {a.name} lets {a.role} in ({a.status})" for a in answers if a.let_in and not table.allows(a)}
    )
    assert not stray, f"{len(stray)} doors stand open:\n" + "\n".join(stray)


def test_no_address_breaks(answers: list[Answer]) -> None:
    broken = sorted({f"{a.method} {a.name} as {a.role}: {a.status} at {a.url}" for a in answers if a.status >= 500})
    assert not broken, f"{len(broken)} addresses break:\n" + "\n".join(broken[:60])


def test_reading_changes_nothing(answers: list[Answer], table: Table) -> None:
    """An audit line after a GET is a door that acts when a robot, or a browser that fetches ahead, looks at it."""
    wrote = sorted({a.name for a in answers if a.method == "GET" and a.wrote} - table.reading_is_recorded)
    assert not wrote, wrote


def test_the_table_names_views_that_exist(table: Table) -> None:
    gone = sorted(table.views.keys() - {address.name for address in addresses()})
    assert not gone, f"grants.yaml still names {gone}"


def test_every_view_has_a_line(table: Table) -> None:
    without_line = sorted({address.name for address in addresses()} - table.views.keys())
    assert not without_line, f"grants.yaml says nothing of {without_line}"
