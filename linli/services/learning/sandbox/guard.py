"""What makes the sandbox one: inside `only_here()` no other table can be written, whoever's code runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

OWN = "learning_sandboxvisit"
_READS = re.compile(r"\s*(SELECT|SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|PRAGMA|SET|SHOW)\b", re.IGNORECASE)
_WRITES = re.compile(
    r"\s*(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE|DELETE\s+FROM)\s+\"?(?P<table>\w+)\"?(?![\w.])", re.IGNORECASE)


class LeftTheSandbox(AssertionError):  # noqa: N818 - it cannot happen; where it does, nothing may be written
    """A page of the sandbox was about to write somewhere else."""


def is_allowed(sql: str) -> bool:
    """Does the statement only read, or write to the sandbox's own table?"""
    if ";" in sql.rstrip().rstrip(";"):
        return False
    if _READS.match(sql):
        return True
    written = _WRITES.match(sql)
    return written is not None and written["table"] == OWN


@contextmanager
def only_here() -> Iterator[None]:
    """Within the block a statement that would write to any other table raises `LeftTheSandbox` and is not sent."""

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not is_allowed(sql):
            raise LeftTheSandbox(sql[:120])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield
