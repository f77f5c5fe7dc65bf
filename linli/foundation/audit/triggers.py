"""The database itself refuses to change or delete what the log says, on SQLite and on PostgreSQL alike.

Put in place after every `migrate`, not by one migration, because SQLite makes a table anew when it is altered and
forgets its triggers. They stop a mistake and a query tool; whoever owns the file can remove them, and is then
found by the tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.db import connections

# Rooms whose own tables only grow add here what lifts their triggers while the whole database is emptied.
also_lifted: list[Callable[[str], AbstractContextManager[None]]] = []
_ENTRY = "audit_auditentry"
_TABLES = (_ENTRY, "audit_auditleaf", "audit_auditnode", "audit_auditcheckpoint", "audit_auditfinding")
_FIXED = (
    "id", "at", "actor_id", "acting_for_id", "subject_id", "verb", "thing_type", "thing_id", "area_code", "facts")
_WORDS = "the audit log is append-only"


def install(alias: str = "default") -> None:
    """Create whatever trigger is missing."""
    with connections[alias].cursor() as cursor:
        for statement in _statements(connections[alias].vendor):
            cursor.execute(statement)


def missing(alias: str = "default") -> list[str]:
    """The tables that the database does not protect now."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        found = {row[0] for row in cursor.fetchall()}
    return [table for table in _TABLES if not set(_names(connection.vendor, table)) <= found]


@contextmanager
def lifted(alias: str = "default") -> Iterator[None]:
    """Without triggers inside the block: only for emptying the whole database."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        for table in _TABLES:
            for name in _names(connection.vendor, table):
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
    try:
        yield
    finally:
        install(alias)


def after_migrate(using: str, **_: Any) -> None:
    """Receiver of `post_migrate`."""
    if _ENTRY in connections[using].introspection.table_names():
        install(using)


def _names(vendor: str, table: str) -> tuple[str, ...]:
    found = (f"{table}_no_update", f"{table}_no_delete")
    return (*found, f"{table}_no_replace") if vendor == "sqlite" else (*found, f"{table}_no_truncate")


def _statements(vendor: str) -> Iterator[str]:
    if vendor == "postgresql":
        yield (
            "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_WORDS}'; END $$")
    for table in _TABLES:
        when = _unless_only_the_salt_goes(vendor) if table == _ENTRY else ""
        if vendor == "sqlite":
            key = {"audit_auditleaf": "number"}.get(table, "id")
            # INSERT OR REPLACE deletes without asking the delete trigger.
            for name, event, condition in (
                (f"{table}_no_update", "UPDATE", when),
                (f"{table}_no_delete", "DELETE", ""),
                (f"{table}_no_replace", "INSERT", f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"),
            ):
                yield (
                    f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {event} ON {table} {condition} "
                    f"BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END")
        else:
            yield (f"CREATE OR REPLACE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW {when} "
                   "EXECUTE FUNCTION audit_refuse()")
            yield (f"CREATE OR REPLACE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW "
                   "EXECUTE FUNCTION audit_refuse()")
            yield (f"CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
                   "EXECUTE FUNCTION audit_refuse()")


def _unless_only_the_salt_goes(vendor: str) -> str:
    same = "IS" if vendor == "sqlite" else "IS NOT DISTINCT FROM"
    kept = " AND ".join(f"NEW.{column} {same} OLD.{column}" for column in _FIXED)
    return f"WHEN (NOT (NEW.salt IS NULL AND {kept}))"
