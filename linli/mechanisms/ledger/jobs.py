"""What the worker does for the books: holds whose time is over, the chains, the nightly check."""

from __future__ import annotations

from linli.foundation.jobs import periodic, tick
from linli.mechanisms.ledger import actions, checking, sealing


@tick(order=40)
def expire_holds() -> int:
    """Give back the holds whose time is over."""
    return actions.expire_due()


@periodic(every_s=60)
def seal() -> None:
    """Put committed entries into their accounts' chains."""
    sealing.seal_batch()


@periodic(every_s=86_400, at="02:40")
def check() -> None:
    """Seal stragglers, then compare every balance with its entries; what is found stands on the books' page."""
    sealing.seal_batch(everything=True)
    checking.check_and_note()
