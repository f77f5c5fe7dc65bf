"""What the worker does for cases in its loop."""

from __future__ import annotations

from linli.foundation.jobs import periodic, tick
from linli.mechanisms.cases import timers


@tick(order=30)
def fire_timers() -> int:
    """Fire the rungs that are due. Returns how many timers were looked at."""
    return timers.fire_due()


@periodic(every_s=6 * 3600)
def recompute_provisional() -> None:
    """A year's holidays may have been announced: compute its provisional deadlines again."""
    timers.recompute_provisional()
