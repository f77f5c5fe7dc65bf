"""The database itself refuses to change or delete what the log says; only an entry's salt may go.

Whoever owns the file can remove the triggers, and is then found by the tree.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from linli.foundation.triggers import Guard, Kept

# Rooms with triggers of another shape add here what lifts them while the whole database is emptied.
also_lifted: list[Callable[[str], AbstractContextManager[None]]] = []
_WORDS = "the audit log is append-only"

GUARD = Guard(
    Kept("audit_auditentry", _WORDS, may_become={"salt": "NULL"}),
    *(Kept(f"audit_{name}", _WORDS) for name in ("auditleaf", "auditnode", "auditcheckpoint", "auditfinding")))
lifted, missing = GUARD.lifted, GUARD.missing
