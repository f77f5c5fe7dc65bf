"""What must be true before the first request: tables there, static files gathered. Cheap when it already is."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

Say = Callable[[str], None]


def quiet(_sentence: str) -> None:
    """Say nothing."""


def pending_migrations() -> list[str]:
    """The migrations that this database has not seen, as `label.name`."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def migrate(say: Say = quiet) -> int:
    """Bring the tables up to date; how many migrations were applied."""
    waiting = pending_migrations()
    if waiting:
        say(f"Preparing the database ({len(waiting)} steps) …")
        call_command("migrate", interactive=False, verbosity=0)
    return len(waiting)


def _static_sources() -> Iterator[tuple[str, Path]]:
    for finder in get_finders():
        for path, storage in finder.list([]):
            yield path, Path(storage.path(path))


def static_stamp() -> str:
    """Changes whenever a static file does. Reads no contents: a build or an install gives new times."""
    found = hashlib.sha256(str(settings.STORAGES["staticfiles"]).encode())
    for name, path in sorted(_static_sources()):
        state = path.stat()
        found.update(f"{name}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return found.hexdigest()


def gather_static(say: Say = quiet) -> bool:
    """Copy static files with their hash in their name to LINLI_DATA/static, if anything changed since."""
    target = Path(settings.STATIC_ROOT)
    stamp, now = target / ".stamp", static_stamp()
    if stamp.exists() and stamp.read_text() == now:
        return False
    say("Gathering style sheets, scripts and icons …")
    target.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(now)
    return True


def tell(sentence: str) -> None:
    """Say it to the operator, at once."""
    print(sentence, file=sys.stderr, flush=True)
