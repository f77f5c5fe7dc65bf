"""The log seals itself once a minute, and looks at itself once a day."""

from __future__ import annotations

from linli.foundation.audit.checking import check_and_note
from linli.foundation.audit.sealing import seal_batch
from linli.foundation.jobs import periodic


@periodic(every_s=60)
def seal() -> None:
    """Put committed entries into the tree and sign it."""
    seal_batch()


@periodic(every_s=86_400)
def check() -> None:
    """Seal stragglers, then compare every row with its leaf; what is found stands on the auditor's page."""
    seal_batch(everything=True)
    check_and_note()
