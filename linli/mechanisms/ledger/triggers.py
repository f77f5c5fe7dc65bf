"""The database itself refuses to change or delete a transfer, an entry, a link of the chain, a seal or a finding.

Put in place after every `migrate`, as those of the audit log are and for the same reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections

TABLES = ("ledger_transfer", "ledger_entry", "ledger_link", "ledger_seal", "ledger_reconciliation")
# On SQLite INSERT OR REPLACE deletes the row it meets without asking the delete trigger: by any of its unique keys.
_ONCE = {
    "ledger_transfer": (
        "id = NEW.id", "key = NEW.key",
        "NEW.kind = 'reverse' AND of_id = NEW.of_id AND kind = 'reverse'",
        "NEW.kind IN ('post', 'void', 'expire') AND of_id = NEW.of_id AND kind IN ('post', 'void', 'expire')"),
    "ledger_link": ("id = NEW.id", "account_id = NEW.account_id AND number = NEW.number",
                    "entry_id = NEW.entry_id AND account_id = NEW.account_id"),
}
_WORDS = "the ledger is append-only"


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
    return [table for table in TABLES if not set(_names(connection.vendor, table)) <= found]


@contextmanager
def lifted(alias: str = "default") -> Iterator[None]:
    """Without triggers inside the block: only for emptying the whole database."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        for table in TABLES:
            for name in _names(connection.vendor, table):
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
    try:
        yield
    finally:
        install(alias)


def after_migrate(using: str, **_: Any) -> None:
    """Receiver of `post_migrate`."""
    if set(TABLES) <= set(connections[using].introspection.table_names()):
        install(using)


def _names(vendor: str, table: str) -> tuple[str, ...]:
    found = (f"{table}_no_update", f"{table}_no_delete")
    return (*found, f"{table}_no_replace") if vendor == "sqlite" else (*found, f"{table}_no_truncate")


def _statements(vendor: str) -> Iterator[str]:
    if vendor == "postgresql":
        yield ("CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS "
               f"$$ BEGIN RAISE EXCEPTION '{_WORDS}'; END $$")
    for table in TABLES:
        if vendor == "sqlite":
            there = " OR ".join(
                f"EXISTS (SELECT 1 FROM {table} WHERE {key})" for key in _ONCE.get(table, ("id = NEW.id",)))
            for name, event, when in (
                (f"{table}_no_update", "UPDATE", ""),
                (f"{table}_no_delete", "DELETE", ""),
                (f"{table}_no_replace", "INSERT", f"WHEN {there}"),
            ):
                yield (f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {event} ON {table} {when} "
                       f"BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END")
        else:
            for event, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
                yield (f"CREATE OR REPLACE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                       f"FOR EACH {each} EXECUTE FUNCTION ledger_refuse()")
