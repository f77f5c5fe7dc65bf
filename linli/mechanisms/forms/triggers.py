"""The database itself refuses to change or delete a published version."""

from __future__ import annotations

from linli.foundation.triggers import Guard, Kept

GUARD = Guard(Kept("forms_formversion", "a published form version never changes"))
