from __future__ import annotations

from typing import Any

from django.core.management.commands import flush

from linli.foundation.audit import triggers


class Command(flush.Command):
    """Django's own `flush`, which empties every table, and so may empty this one."""

    def handle(self, **options: Any) -> None:
        with triggers.lifted(options["database"]):
            super().handle(**options)
