from __future__ import annotations

from typing import Any

from django.core.management.commands import flush

from linli.foundation import triggers
from linli.foundation.audit.triggers import also_lifted


class Command(flush.Command):
    """Django's own `flush`, which empties every table, and so may empty those that only grow."""

    def handle(self, **options: Any) -> None:
        with triggers.all_lifted(options["database"], *also_lifted):
            super().handle(**options)
