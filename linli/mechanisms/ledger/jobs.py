"""What the worker does for the books: holds whose time is over."""

from __future__ import annotations

from linli.foundation.jobs import tick
from linli.mechanisms.ledger import actions


@tick(order=40)
def expire_holds() -> int:
    """Give back the holds whose time is over."""
    return actions.expire_due()
