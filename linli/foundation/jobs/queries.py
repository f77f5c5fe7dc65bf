"""What does not get done: jobs that fail and events that a listener cannot take; and who is at work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from linli.foundation.events.models import Debt, OutboxEvent
from linli.foundation.jobs.models import Job, State, Worker

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet


def failing_jobs() -> QuerySet[Job]:
    """Jobs that failed at least once: given up, or waiting for another attempt; the newest first."""
    return Job.objects.filter(failed_at__isnull=False).order_by("-id")


def debts() -> QuerySet[Debt]:
    """Events that a listener could not take; the newest first."""
    return Debt.objects.filter(tries__gte=1).order_by("-id")


@dataclass(frozen=True)
class Standing:
    """The worker's standing, for the desk and for `linli doctor`."""

    workers: Sequence[Worker]
    last_beat: datetime | None
    waiting_jobs: int
    waiting_events: int
    given_up: int


def standing() -> Standing:
    """Who works, what waits, what was given up. Four queries."""
    workers = list(Worker.objects.order_by("-beat_at"))
    given_up = Job.objects.filter(state=State.FAILED).count() + Debt.objects.filter(state=Debt.State.GIVEN_UP).count()
    return Standing(
        workers, workers[0].beat_at if workers else None,
        Job.objects.filter(state=State.WAITING).count(), OutboxEvent.objects.filter(pending=True).count(), given_up)
