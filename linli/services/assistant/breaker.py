"""After some failures a configured endpoint is left alone for a while: nobody waits for what does not answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Breaker:
    """Closed: calls pass. After `most` failures in a row it is open for `rest_s`; then one call may try."""

    def __init__(self, *, most: int = 3, rest_s: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._rest, self._clock = most, rest_s, clock
        self._failures, self._until, self._trying = 0, 0.0, False
        self._lock = threading.Lock()

    def may(self) -> bool:
        """May a call be made now? Who is told yes must say how it went."""
        with self._lock:
            if self._failures < self._most:
                return True
            if self._clock() < self._until or self._trying:
                return False
            self._trying = True
            return True

    def went(self, well: bool) -> None:
        with self._lock:
            self._trying = False
            self._failures = 0 if well else self._failures + 1
            if self._failures >= self._most:
                self._until = self._clock() + self._rest
