"""Who is let in where: every address, as nobody, as residents, as those who keep order, and as people from next door.

The table is `grants.yaml`. Staff walk in `test_every_url_staff.py`, so that two processes share the work.
"""

from __future__ import annotations

import pytest

from tests.every_url import STAFF, World, broken, recorded, strays, world
from tests.walking import Answer, addresses

__all__ = ["world"]
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def answers(world: World) -> list[Answer]:
    return world.answers(lambda role: role not in STAFF)


def test_nobody_is_let_in_whom_the_table_does_not_name(answers: list[Answer], world: World) -> None:
    open_doors = strays(answers, world.table)
    assert not open_doors, f"{len(open_doors)} doors stand open:\n" + "\n".join(open_doors)


def test_no_address_breaks(answers: list[Answer]) -> None:
    found = broken(answers)
    assert not found, f"{len(found)} addresses break:\n" + "\n".join(found[:60])


def test_reading_changes_nothing(answers: list[Answer], world: World) -> None:
    assert not recorded(answers, world.table)


def test_every_role_is_walked(answers: list[Answer], world: World) -> None:
    """Between the two files, and each at every address."""
    assert {answer.role for answer in answers} | set(STAFF) == set(world.people)
    for role in {answer.role for answer in answers}:
        assert {a.name for a in answers if a.role == role} == {a.name for a in answers}


def test_the_table_names_views_that_exist(world: World) -> None:
    gone = sorted(world.table.views.keys() - {address.name for address in addresses()})
    assert not gone, f"grants.yaml still names {gone}"


def test_every_view_has_a_line(world: World) -> None:
    without_line = sorted({address.name for address in addresses()} - world.table.views.keys())
    assert not without_line, f"grants.yaml says nothing of {without_line}"
