"""The worker's part: tell events, and forget old ones."""

from __future__ import annotations

from datetime import timedelta

from linli.foundation.calendar.clock import now
from linli.foundation.events.delivery import deliver_batch
from linli.foundation.jobs import periodic, tick

KEEP = timedelta(days=3)


@tick(order=10)
def deliver() -> int:
    """Tell what is pending; the first step of each round."""
    return deliver_batch()


@periodic(every_s=3600)
def forget_told_events() -> None:
    """Delete what was told more than three days ago, in small batches, so that others can write in between."""
    from linli.foundation.events.models import OutboxEvent

    old = OutboxEvent.objects.filter(pending=False, at__lt=now() - KEEP).order_by("id")
    while ids := list(old.values_list("pk", flat=True)[:1000]):
        OutboxEvent.objects.filter(pk__in=ids).delete()
