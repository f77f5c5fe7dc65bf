"""What runs by the clock: nobody waits in a queue that nobody looks at; a mended question is measured again."""

from __future__ import annotations

import logging
from datetime import timedelta

from linli.foundation.calendar.clock import now
from linli.foundation.jobs import job, periodic
from linli.services.assistant import measuring, queries
from linli.services.assistant.actions.handing import call_back, close_quiet
from linli.services.assistant.models import Conversation, Gap
from linli.services.assistant.states import State

log = logging.getLogger("linli.assistant")
_BATCH = 200
AGAIN_S, ROUNDS = 75, 8


@periodic(every_s=60)
def keep_moving() -> int:
    """Who waited too long, or beyond the desk's hours, gets a case with a deadline; what is long quiet ends."""
    done = 0
    for talk in Conversation.objects.filter(state=State.QUEUED).select_related("area").order_by("queued_at")[:_BATCH]:
        if queries.waits_too_long(talk):
            call_back(None, talk)
            done += 1
    stale = now() - timedelta(minutes=30)
    others = Conversation.objects.exclude(state__in=[State.QUEUED, State.CLOSED]).filter(last_at__lt=stale)
    for talk in others.select_related("area").order_by("last_at")[:_BATCH]:
        done += queries.is_quiet(talk) and close_quiet(talk)
    return done


@job(retries=3)
def measure(*, gap: int, tries: int = 0) -> None:
    """Ask the mended question again, once the index knows the new wording."""
    row = Gap.objects.select_related("area").filter(pk=gap).first()
    if row is None or not row.group or row.after:
        return
    if measuring.stamp() == row.before.get("stamp") and tries < ROUNDS:
        measure.enqueue_at(now() + timedelta(seconds=AGAIN_S), gap=gap, tries=tries + 1)
        return
    row.after = measuring.measured(row, row.group)
    row.save(update_fields=["after"])
