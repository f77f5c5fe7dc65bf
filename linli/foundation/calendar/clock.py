"""The one clock of the house, so that a demo can live in the past and a fault test can make it jump."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta

from django.utils import timezone

_moment: ContextVar[datetime | None] = ContextVar("linli_moment", default=None)


def now() -> datetime:
    """The present moment, aware, UTC. `LINLI_CLOCK_SHIFT_S` shifts it, for fault tests only."""
    fixed = _moment.get()
    if fixed is not None:
        return fixed
    shift = os.environ.get("LINLI_CLOCK_SHIFT_S")
    return timezone.now() + timedelta(seconds=float(shift)) if shift else timezone.now()


def today() -> date:
    """The local date of `now()`."""
    return timezone.localtime(now()).date()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Within the block, `now()` is `moment`."""
    token = _moment.set(moment)
    try:
        yield
    finally:
        _moment.reset(token)
