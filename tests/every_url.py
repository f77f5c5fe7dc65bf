"""Every address of the house, as some of the roles: what the two files of tests share, so that two processes can walk.

The table is `grants.yaml`. Whoever is let in without standing there fails; so does an address that breaks.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse

from linli.foundation.web import middleware
from tests.walking import Answer, Door, Examples, Table, addresses, draft, undrawn

NOBODY = "anonymous"
# Those of the second file; whoever is added to the roles is walked by the first.
STAFF = ("worker", "community_head", "grid_worker", "property_desk", "property_worker", "department_desk",
         "street_leader", "district_leader")


class World:
    """The small demo community, one person for each role, and three people of the community next door."""

    def __init__(self) -> None:
        from linli.foundation.people.models import Organisation, Person, RoleAssignment, RoleName
        from linli.interfaces.cli import demoing

        demo = demoing.seed(small=True, say=None)
        self.people: dict[str, Person | None] = {
            NOBODY: None, "resident": demo.stars.get("resident", demo.resident(0))}
        for role in RoleName.values:
            holders = demo.people(role)
            self.people.setdefault(
                role, holders[0] if holders else _person(len(self.people), role=role, area=demo.area))
        self.people["neighbouring_resident"] = _person(90, community=demo.other)
        self.people["neighbouring_worker"] = _person(91, role="worker", area=demo.other)
        company = Organisation.objects.create(name="隔壁物业", kind="property_company", area=demo.other)
        self.people["neighbouring_property"] = _person(92, role="property_desk", area=demo.other, organisation=company)
        assert RoleAssignment.objects.exists()
        self.table = Table(self.people, addresses())

    def answers(self, wanted: Callable[[str], bool]) -> list[Answer]:
        """What every address said to the wanted roles. What a request did is undone before the next."""
        examples = Examples()
        urls = [(address, examples.urls(address)) for address in addresses()]
        found: list[Answer] = []
        logging.disable(logging.CRITICAL)  # thousands of expected refusals
        # Half of the time would go into drawing the page that says no; tests of its own look at that.
        whole, middleware._page = middleware._page, lambda _request, status: HttpResponse(status=status)
        try:
            for role, person in self.people.items():
                if wanted(role):
                    door = Door(role, person)
                    for address, some in urls:
                        for number, url in enumerate(some):
                            # Every door is tried; the page behind it is drawn for the oldest and the newest row.
                            with undrawn(0 < number < len(some) - 1):
                                found += [door.ask(method, address.name, url) for method in ("GET", "POST")]
        finally:
            logging.disable(logging.NOTSET)
            middleware._page = whole
        return found


def _person(number: int, *, community: Any = None, role: str = "", area: Any = None, organisation: Any = None) -> Any:
    from linli.foundation.people.models import Person, RoleAssignment

    made = Person.objects.create(
        phone=f"+86139990000{number:02d}", name=f"巡查{number}", title=f"巡查{number}", community=community
    )
    if role:
        RoleAssignment.objects.create(person=made, role=role, area=area, organisation=organisation)
    return made


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield World()
        transaction.set_rollback(True)


def strays(answers: Collection[Answer], table: Table) -> list[str]:
    """Doors that stand open for somebody whom the table does not name."""
    if "LINLI_TEST_GRANTS_DRAFT" in os.environ:
        with Path(os.environ["LINLI_TEST_GRANTS_DRAFT"]).open("a", encoding="utf-8") as out:
            out.write(draft(answers, table))
    return sorted({f"{a.method} {a.name} lets {a.role} in ({a.status})"
                   for a in answers if a.let_in and not table.allows(a)})


def broken(answers: Collection[Answer]) -> list[str]:
    """Addresses that break."""
    return sorted({f"{a.method} {a.name} as {a.role}: {a.status} at {a.url}" for a in answers if a.status >= 500})


def recorded(answers: Collection[Answer], table: Table) -> list[str]:
    """Views that leave an audit line after a GET, and are not known to.

    Such a door acts when a robot, or a browser that fetches ahead, looks at it.
    """
    return sorted({a.name for a in answers if a.method == "GET" and a.wrote} - table.reading_is_recorded)
