"""Real worker processes over the test's own database."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connection


def database_url() -> str:
    """LINLI_DATABASE_URL of the database this test runs on."""
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    who = f"{quote(found['USER'])}:{quote(found['PASSWORD'])}@" if found["USER"] else ""
    host = found["HOST"]
    if host.startswith("/"):
        return f"postgresql://{who}/{found['NAME']}?{urlencode({'host': host})}"
    return f"postgresql://{who}{host}:{found['PORT'] or 5432}/{found['NAME']}"


@contextmanager
def worker(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process; killed at the end of the block if it still runs."""
    variables = {
        **os.environ, "LINLI_DATABASE_URL": database_url(), "LINLI_DATA": str(settings.LINLI_DATA),
        "DJANGO_SETTINGS_MODULE": "linli.settings", "LINLI_DEMO": "1", **environment}
    process = subprocess.Popen([sys.executable, "-m", "linli.foundation.jobs.worker", *arguments], env=variables)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def until(condition: Callable[[], bool], *, seconds: float = 60.0) -> None:
    """Wait for `condition`; fails the test when it does not come true."""
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.05)
