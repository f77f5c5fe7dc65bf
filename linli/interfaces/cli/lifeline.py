"""A child that outlives its supervisor would hold the port and run every job twice; this is how it notices."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress

LIFELINE = "LINLI_LIFELINE_FD"  # set by the supervisor for its children, never by an operator
GRACE_S = 4.0


def hold() -> None:
    """In a child: stop, politely and then not, as soon as the supervisor's end of the pipe closes.

    The kernel closes it however the supervisor ends, `kill -9` included. Without a supervisor nothing happens.
    """
    handle = os.environ.pop(LIFELINE, "")
    if handle:
        threading.Thread(target=_watch, args=(int(handle),), name="lifeline", daemon=True).start()


def _watch(handle: int) -> None:
    with suppress(OSError):
        while os.read(handle, 1):
            pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    # The child leads its own group, so whatever it started goes with it.
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)
