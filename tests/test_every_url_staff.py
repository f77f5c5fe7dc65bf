"""Who is let in where, the other half: every address, as everybody who handles cases. See `test_every_url.py`."""

from __future__ import annotations

import pytest

from tests.every_url import STAFF, World, broken, recorded, strays, world
from tests.walking import Answer

__all__ = ["world"]
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def answers(world: World) -> list[Answer]:
    found = world.answers(lambda role: role in STAFF)
    assert {answer.role for answer in found} == set(STAFF)
    return found


def test_nobody_is_let_in_whom_the_table_does_not_name(answers: list[Answer], world: World) -> None:
    open_doors = strays(answers, world.table)
    assert not open_doors, f"{len(open_doors)} doors stand open:\n" + "\n".join(open_doors)


def test_no_address_breaks(answers: list[Answer]) -> None:
    found = broken(answers)
    assert not found, f"{len(found)} addresses break:\n" + "\n".join(found[:60])


def test_reading_changes_nothing(answers: list[Answer], world: World) -> None:
    assert not recorded(answers, world.table)
