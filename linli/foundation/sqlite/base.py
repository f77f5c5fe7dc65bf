"""How a transaction of SQLite waits for its turn to write.

SQLite lets one write at a time, and who comes second sleeps 1, 2, 5, 10 … 100 ms before looking again: longer than
most of our transactions take, and whoever waited longest sleeps longest. Here whoever ends a transaction rings a bell
that wakes one of those who wait; who waited in vain for the bell looks again after a while, because it may have been
lost with a process that was killed. A crowd that looks every few milliseconds keeps the machine from writing.
"""

from __future__ import annotations

import random
import time
from contextlib import suppress
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

from linli.foundation.sqlite.bell import Bell, bell_of

FIRST_S, LAST_S = 0.0005, 0.005  # between looks where there is no bell
RUNG_FIRST_S, RUNG_LAST_S = 0.005, 0.05


class DatabaseWrapper(base.DatabaseWrapper):
    """ENGINE "linli.foundation.sqlite". Statements outside a transaction wait as SQLite does."""

    _is_turn = False

    def _start_transaction_under_autocommit(self) -> None:
        raw: Any = self.connection
        wait_s = float(self.settings_dict["OPTIONS"].get("timeout", 5))
        bell, until = self._bell(), time.monotonic() + wait_s
        pause, longest = (RUNG_FIRST_S, RUNG_LAST_S) if bell else (FIRST_S, LAST_S)
        raw.execute("PRAGMA busy_timeout = 0")
        try:
            while True:
                try:
                    super()._start_transaction_under_autocommit()  # type: ignore[misc]
                    self._is_turn = True
                    return
                except OperationalError as error:
                    if "locked" not in str(error) or time.monotonic() > until:
                        raise
                span = pause * random.uniform(0.5, 1.5)
                if bell is not None:
                    bell.wait(span)
                else:
                    time.sleep(span)
                pause = min(pause * 1.3, longest)
        finally:
            with suppress(Exception):  # a connection that broke meanwhile has nothing to wait with
                raw.execute(f"PRAGMA busy_timeout = {int(wait_s * 1000)}")

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._over()

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]
        self._over()

    def _over(self) -> None:
        if self._is_turn:
            self._is_turn = False
            bell = self._bell()
            if bell is not None:
                bell.ring()

    def _bell(self) -> Bell | None:
        return None if self.is_in_memory_db() else bell_of(str(self.settings_dict["NAME"]))
