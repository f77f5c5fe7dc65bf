"""The database itself refuses to change or delete an event or a firing, except the events of an erased case.

Put in place after every `migrate`, as those of the audit log are and for the same reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections

_TABLES = ("cases_caseevent", "cases_timerfiring")
_ERASED = "(SELECT erased_at FROM cases_case WHERE id = OLD.case_id) IS NULL"


def install(alias: str = "default") -> None:
    """Create whatever trigger is missing."""
    with connections[alias].cursor() as cursor:
        for statement in _statements(connections[alias].vendor):
            cursor.execute(statement)


@contextmanager
def lifted(alias: str = "default") -> Iterator[None]:
    """Without triggers inside the block: only for emptying the whole database."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        for table in _TABLES:
            for verb in ("update", "delete"):
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}{on}")
    try:
        yield
    finally:
        install(alias)


def after_migrate(using: str, **_: Any) -> None:
    """Receiver of `post_migrate`."""
    if set(_TABLES) <= set(connections[using].introspection.table_names()):
        install(using)


def _statements(vendor: str) -> Iterator[str]:
    if vendor == "postgresql":
        yield ("CREATE OR REPLACE FUNCTION cases_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
               "IF TG_TABLE_NAME = 'cases_caseevent' AND EXISTS (SELECT 1 FROM cases_case WHERE id = OLD.case_id "
               "AND erased_at IS NOT NULL) THEN RETURN COALESCE(NEW, OLD); END IF; "
               "RAISE EXCEPTION 'the story of a case is append-only'; END $$")
    for table in _TABLES:
        for verb in ("update", "delete"):
            name = f"{table}_no_{verb}"
            if vendor == "sqlite":
                when = f"WHEN {_ERASED}" if table == "cases_caseevent" else ""
                yield (f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {verb.upper()} ON {table} {when} "
                       "BEGIN SELECT RAISE(ABORT, 'the story of a case is append-only'); END")
            else:
                yield (f"CREATE OR REPLACE TRIGGER {name} BEFORE {verb.upper()} ON {table} FOR EACH ROW "
                       "EXECUTE FUNCTION cases_refuse()")
