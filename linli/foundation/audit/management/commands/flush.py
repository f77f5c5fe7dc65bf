from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from django.core.management.commands import flush

from linli.foundation.audit import triggers


class Command(flush.Command):
    """Django's own `flush`, which empties every table, and so may empty this one."""

    def handle(self, **options: Any) -> None:
        with ExitStack() as stack:
            for lift in (triggers.lifted, *triggers.also_lifted):
                stack.enter_context(lift(options["database"]))
            super().handle(**options)
