"""Tables that only grow: the database refuses, whoever asks it and in whatever words."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from linli.foundation import triggers
from linli.foundation.triggers import Guard, Kept

TABLE = "kept_for_a_test"
GUARD = Guard(Kept(TABLE, "it stays", may_become={"words": "''"}, unless="OLD.gone", once=("code = NEW.code",)))


@pytest.fixture
def kept(db: None) -> Any:
    """Row 1 stays, row 2 may go."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {TABLE} (id bigint PRIMARY KEY, code varchar(9) UNIQUE, words varchar(9), "
                       "gone boolean NOT NULL)")
        cursor.execute(f"INSERT INTO {TABLE} VALUES (1, 'a', 'said', false), (2, 'b', 'said', true)")
        GUARD.install()
        yield cursor


def refused(statement: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as error:
        return "it stays" in str(error)
    return False


@pytest.mark.parametrize(("statement", "stays"), [
    (f"UPDATE {TABLE} SET words = 'other' WHERE id = 1", True),
    (f"UPDATE {TABLE} SET words = NULL WHERE id = 1", True),
    (f"UPDATE {TABLE} SET words = '', code = 'c' WHERE id = 1", True),
    (f"UPDATE {TABLE} SET words = '' WHERE id = 1", False),
    (f"UPDATE {TABLE} SET id = 3 WHERE id = 1", True),
    (f"DELETE FROM {TABLE} WHERE id = 1", True),
    (f"DELETE FROM {TABLE}", True),
    (f"UPDATE {TABLE} SET words = 'other' WHERE id = 2", False),
    (f"DELETE FROM {TABLE} WHERE id = 2", False),
    (f"INSERT INTO {TABLE} VALUES (3, 'c', 'said', false)", False),
])
def test_what_is_refused_and_what_is_not(kept: Any, statement: str, stays: bool) -> None:
    assert refused(statement) is stays


def test_the_back_doors_are_shut(kept: Any) -> None:
    doors = [f"INSERT OR REPLACE INTO {TABLE} VALUES (1, 'z', 'other', false)",
             f"INSERT OR REPLACE INTO {TABLE} VALUES (9, 'a', 'other', false)"]
    if connection.vendor == "postgresql":
        doors = [f"TRUNCATE {TABLE}"]
    assert [refused(door) for door in doors] == [True] * len(doors)
    kept.execute(f"SELECT words FROM {TABLE} WHERE id = 1")
    assert kept.fetchone() == ("said",)


def test_a_sentence_that_changed_takes_the_old_ones_place(kept: Any) -> None:
    Guard(Kept(TABLE, "it stays, they say")).install()
    assert refused(f"UPDATE {TABLE} SET words = '' WHERE id = 1")
    assert refused(f"DELETE FROM {TABLE} WHERE id = 2")


def test_a_missing_one_is_named(kept: Any) -> None:
    assert GUARD.missing() == []
    with GUARD.lifted():
        assert GUARD.missing() == [TABLE]
        assert not refused(f"UPDATE {TABLE} SET words = 'other' WHERE id = 1")
    assert GUARD.missing() == []


def test_a_table_that_is_not_there_yet_waits(db: None) -> None:
    guard = Guard(Kept("nowhere_at_all", "it stays"))
    guard.install()
    assert guard.missing() == ["nowhere_at_all"]
    with guard.lifted():
        pass


def test_every_room_keeps_what_it_says(db: None) -> None:
    assert triggers.missing() == []
    kept = {table for guard in triggers.guards for table in guard.tables}
    assert {"audit_auditentry", "cases_caseevent", "forms_formversion", "ledger_entry", "gov_itemversion",
            "gov_bundleversion"} <= kept


@pytest.mark.django_db(transaction=True)
def test_a_database_may_be_emptied_as_a_whole() -> None:
    call_command("flush", interactive=False, verbosity=0)
    assert triggers.missing() == []
