"""A child that outlives its supervisor would hold the port and run every job twice; this is how it notices."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress

LIFELINE = "LINLI_LIFELINE_FD"  # set by the supervisor for its children, never by an operator
GRACE_S = 4.0


def hold() -> None:
    """In a child, before it starts a thread: leave a guardian that ends its whole group when the supervisor is gone.

    The kernel closes the supervisor's end of the pipe however it ends, `kill -9` included. The guardian is a process
    of its own, so that it also ends helpers whose parent was quicker to die. Without a supervisor nothing happens.
    """
    handle = os.environ.pop(LIFELINE, "")
    if not handle or os.getpgrp() != os.getpid():
        return
    sys.stdout.flush()
    sys.stderr.flush()
    if os.fork() == 0:
        try:
            _guard(int(handle), os.getpgrp())
        finally:
            os._exit(0)
    os.close(int(handle))


def _guard(handle: int, group: int) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with suppress(OSError):
        while os.read(handle, 1):
            pass
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGTERM)
        time.sleep(GRACE_S)
        os.killpg(group, signal.SIGKILL)
