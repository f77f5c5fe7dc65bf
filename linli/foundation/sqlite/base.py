"""How a transaction of SQLite waits for its turn to write.

SQLite lets one write at a time, and who comes second sleeps 1, 2, 5, 10 … 100 ms before looking again: longer than
most of our transactions take, and whoever waited longest sleeps longest. Here a transaction looks again after half a
millisecond, and seldom sleeps longer than five.
"""

from __future__ import annotations

import random
import time
from contextlib import suppress
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

FIRST_S, LAST_S = 0.0005, 0.005


class DatabaseWrapper(base.DatabaseWrapper):
    """ENGINE "linli.foundation.sqlite". Statements outside a transaction wait as SQLite does."""

    def _start_transaction_under_autocommit(self) -> None:
        raw: Any = self.connection
        wait_s = float(self.settings_dict["OPTIONS"].get("timeout", 5))
        until, pause = time.monotonic() + wait_s, FIRST_S
        raw.execute("PRAGMA busy_timeout = 0")
        try:
            while True:
                try:
                    super()._start_transaction_under_autocommit()  # type: ignore[misc]
                    return
                except OperationalError as error:
                    if "locked" not in str(error) or time.monotonic() > until:
                        raise
                time.sleep(pause * random.uniform(0.5, 1.5))
                pause = min(pause * 1.3, LAST_S)
        finally:
            with suppress(Exception):  # a connection that broke meanwhile has nothing to wait with
                raw.execute(f"PRAGMA busy_timeout = {int(wait_s * 1000)}")
