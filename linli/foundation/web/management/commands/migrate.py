"""`migrate`, as Django's, with the executor that makes tables at once."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from django.core.management.commands import migrate

from linli.foundation.web.migrating import AtOnceExecutor


class Command(migrate.Command):
    """Django's command; it names its executor in its module, and offers no other way to choose one."""

    def handle(self, *args: Any, **options: Any) -> Any:
        with patch.object(migrate, "MigrationExecutor", AtOnceExecutor):
            return super().handle(*args, **options)
