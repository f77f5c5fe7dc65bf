"""Keeping the index true: soon after something changed, and by the clock for what changes by itself."""

from __future__ import annotations

import logging

from linli.foundation.jobs import job, periodic
from linli.mechanisms.knowledge import building, collecting

log = logging.getLogger("linli.knowledge")
BATCH = 40  # vectors a run: under two seconds, then others have their turn


@job(retries=4)
def index(*, room: str) -> None:
    """Bring one room's units up to date; their vectors follow in jobs of their own."""
    building.publish(collecting.collect([room]))
    make_meanings.enqueue_once("knowledge.meanings")


@job(retries=4)
def make_meanings(*, batch: int = 0) -> None:
    """A batch of missing vectors, and the next one; at the end they become part of the index.

    The index is made anew only when none is missing, or after twenty batches, not after each.
    """
    made = building.make_meanings(most=BATCH)
    if made == BATCH:
        if batch % 20 == 19:
            building.publish()
        make_meanings.enqueue(batch=batch + 1)
    elif made:
        building.publish()


@periodic(every_s=600)
def refresh() -> int:
    """What changes by itself (a notice expires, an event is over), and what a lost event left undone."""
    built = building.publish(collecting.collect())
    if built.missing:
        make_meanings.enqueue_once("knowledge.meanings")
    return built.written + built.gone
