"""Tables made at once are the tables that Django's own way makes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import ConnectionHandler
from django.db.migrations import AddConstraint, AddField, AddIndex, AlterField, CreateModel, RunPython
from django.db.migrations.executor import MigrationExecutor
from django.db.models import CharField, CheckConstraint, Index, Q

from linli.foundation.web.migrating import AtOnceExecutor, runs

Schema = dict[tuple[str, str], tuple[str, frozenset[str]]]


def made_by(executor: type[MigrationExecutor], path: Path) -> Schema:
    """Every table and index: its table, and the parts of its statement in any order (columns may be placed anew)."""
    given = {**settings.DATABASES["default"], "ENGINE": "linli.foundation.sqlite", "NAME": str(path), "OPTIONS": {}}
    connection = ConnectionHandler({"default": given})["default"]
    running = executor(connection)
    running.migrate([node for node in running.loader.graph.leaf_nodes() if node[0] in ("cases", "ledger")])
    with connection.cursor() as cursor:
        cursor.execute("SELECT type, name, tbl_name, sql FROM sqlite_master")
        rows = cursor.fetchall()
    connection.close()
    return {(kind, name): (table, frozenset(re.split(r", (?=\"|CONSTRAINT)|\(", sql or "", flags=re.S)))
            for kind, name, table, sql in rows}


@pytest.mark.django_db
def test_the_same_tables_constraints_and_indexes(tmp_path: Path) -> None:
    ours, djangos = (made_by(way, tmp_path / way.__name__) for way in (AtOnceExecutor, MigrationExecutor))
    assert len(ours) > 100
    assert ours == djangos


def test_only_what_belongs_to_new_tables_is_taken_together() -> None:
    a, b = CreateModel("A", []), CreateModel("B", [])
    checks = AddConstraint("A", CheckConstraint(condition=Q(x=1), name="a_x"))
    index = AddIndex("b", Index(fields=["x"], name="b_x"))
    old_index = AddIndex("old", Index(fields=["x"], name="old_x"))
    column, wider = AddField("a", "x", CharField(max_length=9)), AlterField("a", "x", CharField(max_length=99))
    data = RunPython(RunPython.noop)
    given = [a, b, checks, index, column, old_index, wider, data, b, index]
    found = [(makes, list(part)) for makes, part in runs(given)]
    assert found == [
        (True, [a, b, checks, index, column]), (False, [old_index]), (False, [wider]), (False, [data]),
        (True, [b, index])]
