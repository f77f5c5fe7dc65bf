"""Tables of which the database itself refuses to change or delete a row, on SQLite and on PostgreSQL alike.

Put in place after every `migrate`, not by one migration, because SQLite makes a table anew when it is altered and
forgets its triggers. They stop a mistake and a query tool; whoever owns the file can remove them.

A room says in its `AppConfig.ready` what it keeps: `triggers.keep(self, Kept("gov_itemversion", "a version …"))`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


@dataclass(frozen=True)
class Kept:
    """A table that only grows, and the sentence with which the database refuses.

    `may_become`: columns that may be emptied later, all at once, each with the only SQL value it may be changed to;
    nothing else of the row may differ then. `unless`: SQL over OLD under which a row may be changed and deleted.
    `once`: further SQL over NEW that finds a row with the same unique key. On SQLite INSERT OR REPLACE deletes the row
    it meets, by any of its keys, without asking the trigger of a deletion; its primary key is looked at anyway.
    All of them are the room's own constants, never what a person sent.
    """

    table: str
    sentence: str
    may_become: Mapping[str, str] = field(default_factory=dict)
    unless: str = ""
    once: Sequence[str] = ()

    @property
    def function(self) -> str:
        """On PostgreSQL a trigger is two things; this is the name of the second."""
        return f"{self.table}_refuse"

    def triggers(self, vendor: str) -> tuple[str, ...]:
        """The names of what protects the table."""
        last = "no_replace" if vendor == "sqlite" else "no_truncate"
        return tuple(f"{self.table}_{name}" for name in ("no_update", "no_delete", last))


class Guard:
    """What protects some tables together."""

    def __init__(self, *kept: Kept) -> None:
        self.kept = kept
        self.tables = tuple(one.table for one in kept)

    def install(self, alias: str = "default") -> None:
        """Create whatever trigger is missing or says something else by now. Tables that are not there yet wait."""
        connection = connections[alias]
        there = set(connection.introspection.table_names())
        with connection.cursor() as cursor:
            standing = _texts(cursor) if connection.vendor == "sqlite" else {}
            for kept in self.kept:
                if kept.table not in there:
                    continue
                columns = [column.name for column in connection.introspection.get_table_description(
                    cursor, kept.table)]
                key = connection.introspection.get_primary_key_column(cursor, kept.table) or "id"
                if connection.vendor == "sqlite":
                    for name, text in _sqlite(kept, columns, key):
                        if standing.get(name) != text:
                            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
                            cursor.execute(text)
                else:
                    for text in _postgresql(kept, columns):
                        cursor.execute(text)

    def missing(self, alias: str = "default") -> list[str]:
        """The tables that the database does not protect now."""
        connection = connections[alias]
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                found = set(_texts(cursor))
            else:
                cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
                found = {row[0] for row in cursor.fetchall()}
        return [kept.table for kept in self.kept if not set(kept.triggers(connection.vendor)) <= found]

    @contextmanager
    def lifted(self, alias: str = "default") -> Iterator[None]:
        """Without triggers inside the block: only for emptying the whole database."""
        connection = connections[alias]
        there = set(connection.introspection.table_names())
        with connection.cursor() as cursor:
            for kept in self.kept:
                for name in kept.triggers(connection.vendor) if kept.table in there else ():
                    on = f" ON {kept.table}" if connection.vendor == "postgresql" else ""
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
        try:
            yield
        finally:
            self.install(alias)

    def after_migrate(self, using: str, **_: Any) -> None:
        """Receiver of `post_migrate`."""
        self.install(using)

    def watch(self, app: AppConfig) -> None:
        """Put in place whenever that app's tables have been migrated; lifted while everything is emptied."""
        post_migrate.connect(self.after_migrate, sender=app)
        guards.append(self)


guards: list[Guard] = []


def keep(app: AppConfig, *kept: Kept) -> Guard:
    """From `AppConfig.ready`: the app's tables that the database keeps as they are."""
    guard = Guard(*kept)
    guard.watch(app)
    return guard


def missing(alias: str = "default") -> list[str]:
    """The tables of every room that the database does not protect now."""
    return [table for guard in guards for table in guard.missing(alias)]


@contextmanager
def all_lifted(alias: str = "default", *others: Callable[[str], Any]) -> Iterator[None]:
    """Without any of them inside the block: only for emptying the whole database."""
    with ExitStack() as stack:
        for lift in (*(guard.lifted for guard in guards), *others):
            stack.enter_context(lift(alias))
        yield


def _texts(cursor: Any) -> dict[str, str]:
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    return dict(cursor.fetchall())


def _allowed(kept: Kept, columns: Sequence[str], same: str) -> str:
    """The change that is allowed, as SQL over OLD and NEW; empty where there is none."""
    if not kept.may_become:
        return ""
    rest = [f"NEW.{column} {same} OLD.{column}" for column in columns if column not in kept.may_become]
    emptied = [f"NEW.{column} {same} {value}" for column, value in kept.may_become.items()]
    return " AND ".join(rest + emptied)


def _sqlite(kept: Kept, columns: Sequence[str], key: str) -> Iterator[tuple[str, str]]:
    ways = [way for way in (kept.unless, _allowed(kept, columns, "IS")) if way]
    update = f"WHEN NOT ({' OR '.join(f'({way})' for way in ways)}) " if ways else ""
    delete = f"WHEN NOT ({kept.unless}) " if kept.unless else ""
    there = " OR ".join(f"EXISTS (SELECT 1 FROM {kept.table} WHERE {found})"
                        for found in (f"{key} = NEW.{key}", *kept.once))
    for name, event, when in zip(kept.triggers("sqlite"), ("UPDATE", "DELETE", "INSERT"),
                                 (update, delete, f"WHEN {there} "), strict=True):
        yield name, (f"CREATE TRIGGER {name} BEFORE {event} ON {kept.table} {when}"
                     f"BEGIN SELECT RAISE(ABORT, '{kept.sentence}'); END")


def _postgresql(kept: Kept, columns: Sequence[str]) -> Iterator[str]:
    allowed = _allowed(kept, columns, "IS NOT DISTINCT FROM")
    change = f"IF TG_OP = 'UPDATE' THEN IF {allowed} THEN RETURN NEW; END IF; END IF; " if allowed else ""
    either = (f"IF TG_OP <> 'TRUNCATE' THEN IF {kept.unless} THEN RETURN COALESCE(NEW, OLD); END IF; END IF; "
              if kept.unless else "")
    yield (f"CREATE OR REPLACE FUNCTION {kept.function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
           f"{change}{either}RAISE EXCEPTION '{kept.sentence}'; END $$")
    for name, event, each in zip(kept.triggers("postgresql"), ("UPDATE", "DELETE", "TRUNCATE"),
                                 ("ROW", "ROW", "STATEMENT"), strict=True):
        yield (f"CREATE OR REPLACE TRIGGER {name} BEFORE {event} ON {kept.table} FOR EACH {each} "
               f"EXECUTE FUNCTION {kept.function}()")
