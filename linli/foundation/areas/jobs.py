"""What places need done by the clock."""

from __future__ import annotations

from datetime import timedelta

from linli.foundation.areas.models import ImportDraft
from linli.foundation.calendar.clock import now
from linli.foundation.jobs import periodic

DRAFT_KEPT = timedelta(days=1)


@periodic(every_s=3600)
def forget_drafts() -> None:
    """Delete uploads that nobody confirmed within a day."""
    ImportDraft.objects.filter(created__lt=now() - DRAFT_KEPT).delete()
