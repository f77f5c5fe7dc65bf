"""The database itself refuses to change or delete a published version. Put in place after every `migrate`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections

_TABLE = "forms_formversion"
_VERBS = ("update", "delete")
_SENTENCE = "a published form version never changes"


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
        for verb in _VERBS:
            on = f" ON {_TABLE}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {_TABLE}_no_{verb}{on}")
    try:
        yield
    finally:
        install(alias)


def after_migrate(using: str, **_: Any) -> None:
    """Receiver of `post_migrate`."""
    if _TABLE in connections[using].introspection.table_names():
        install(using)


def _statements(vendor: str) -> Iterator[str]:
    if vendor == "postgresql":
        yield ("CREATE OR REPLACE FUNCTION forms_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
               f"RAISE EXCEPTION '{_SENTENCE}'; END $$")
    for verb in _VERBS:
        name = f"{_TABLE}_no_{verb}"
        if vendor == "sqlite":
            yield (f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {verb.upper()} ON {_TABLE} "
                   f"BEGIN SELECT RAISE(ABORT, '{_SENTENCE}'); END")
        else:
            yield (f"CREATE OR REPLACE TRIGGER {name} BEFORE {verb.upper()} ON {_TABLE} FOR EACH ROW "
                   "EXECUTE FUNCTION forms_refuse()")
