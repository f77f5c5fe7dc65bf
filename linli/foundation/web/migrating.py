"""Migrations that make tables, carried out at once.

Django renders all related models anew for each operation; nearly every model of the house is related to `Person`, so a
fresh database cost the square of the number of tables: most of a first start, and of every test run. What a migration
does to tables it has itself just created is one CREATE TABLE of their last shape: the same columns, the same names of
constraints and indexes (`tests/test_migrating.py` compares them). Everything else is left to Django.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from typing import Any

from django.db.migrations import AddConstraint, AddField, AddIndex, CreateModel, Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation

_TO_WHAT_WAS_MADE = (AddConstraint, AddField, AddIndex)


class AtOnceExecutor(MigrationExecutor):
    """Django's executor, but for tables a migration makes."""

    def apply_migration(self, state: Any, migration: Any, fake: bool = False, fake_initial: bool = False) -> Any:
        at_once = copy(migration)
        at_once.apply = lambda state, editor, collect_sql=False: apply(migration, state, editor)
        return super().apply_migration(state, at_once, fake=fake, fake_initial=fake_initial)


def apply(migration: Migration, state: Any, editor: Any) -> Any:
    """As `Migration.apply`; returns the state after it."""
    for makes_tables, operations in runs(migration.operations):
        if not makes_tables:
            part: Any = copy(migration)
            part.operations = operations
            state = Migration.apply(part, state, editor)
            continue
        state.__dict__.pop("apps", None)  # rendered once, when the first table is made
        before = state.clone()
        for operation in operations:
            operation.state_forwards(migration.app_label, state)
        for operation in operations:
            if isinstance(operation, CreateModel):
                operation.database_forwards(migration.app_label, editor, before, state)
    return state


def runs(operations: Sequence[Operation]) -> Iterator[tuple[bool, Sequence[Operation]]]:
    """The operations in their order, in runs that make tables (True) or are anything else."""
    at = 0
    while at < len(operations):
        end, made = at, set[str]()
        while end < len(operations) and _belongs(operations[end], made):
            end += 1
        if made:
            yield True, operations[at:end]
        else:
            end = at + 1
            yield False, operations[at:end]
        at = end


def _belongs(operation: Operation, made: set[str]) -> bool:
    """Does it make a table, or give something to one of `made`? Adds what it makes."""
    if isinstance(operation, CreateModel):
        made.add(operation.name.lower())
        return True
    return isinstance(operation, _TO_WHAT_WAS_MADE) and operation.model_name.lower() in made
