"""Work that is done after the answer: claimed once, tried again, never forgotten; and what runs by the clock.

A room puts its jobs into `jobs.py`, which the worker imports by `autodiscover()`:

    @job(retries=5)
    def print_notice(*, bulletin: int) -> None: ...

    print_notice.enqueue(bulletin=7)      # a row in the caller's transaction; rolls back with it

    @periodic(every_s=60)
    def close_old_polls() -> None: ...

    @tick(order=30)
    def ring_timers() -> int: ...         # a short step of the worker's loop; returns how much it did
"""

from linli.foundation.jobs.registry import autodiscover, job, periodic, tick
from linli.foundation.jobs.running import run_all

__all__ = ["autodiscover", "job", "periodic", "run_all", "tick"]
