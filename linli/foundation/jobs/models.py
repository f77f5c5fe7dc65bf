"""The queue, the calendar of periodic jobs, and the workers that are alive."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import (
    BigIntegerField,
    CharField,
    DateTimeField,
    Index,
    JSONField,
    Model,
    Q,
    SmallIntegerField,
    TextChoices,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.calendar.clock import now
from linli.foundation.records import Record


class State(TextChoices):
    WAITING = "waiting", _("等待执行")
    RUNNING = "running", _("正在执行")
    FAILED = "failed", _("没做成")


class Job(Record):
    """One call of a `@job` function that is still to be done; the row is deleted when it is.

    `facts` are the keyword arguments: ids and plain values, never personal data.
    `key`, if given, is unique as long as the job has not been given up: the same work is queued once.
    """

    name = CharField(max_length=160)
    queue = CharField(max_length=30, default="default")
    facts = JSONField(default=dict, encoder=DjangoJSONEncoder)
    key = CharField(max_length=160, null=True, unique=True)
    state = CharField(max_length=8, choices=State, default=State.WAITING)
    tries = SmallIntegerField(default=0)
    most_tries = SmallIntegerField(default=6)
    run_at = DateTimeField(default=now)
    queued_at = DateTimeField(default=now)
    worker = BigIntegerField(null=True)
    error = CharField(max_length=200, blank=True)
    failed_at = DateTimeField(null=True)

    class Meta:
        indexes = [
            Index(fields=["run_at", "id"], condition=Q(state="waiting"), name="job_ready"),
            Index(fields=["state", "worker"], condition=~Q(state="waiting"), name="job_not_waiting"),
            Index(fields=["failed_at"], condition=Q(failed_at__isnull=False), name="job_failing"),
        ]

    def __str__(self) -> str:
        return self.name


class PeriodicRun(Model):
    """When a `@periodic` function is due next; taken with `UPDATE … WHERE next_at = old`, so by one worker."""

    name = CharField(primary_key=True, max_length=160)
    next_at = DateTimeField()

    def __str__(self) -> str:
        return self.name


class Worker(Record):
    """A worker process and its heartbeat; `host` also tells pid namespaces and boots apart."""

    host = CharField(max_length=120)
    pid = BigIntegerField()
    started = DateTimeField(default=now)
    beat_at = DateTimeField(default=now)

    def __str__(self) -> str:
        return f"{self.host.split('|')[0]}:{self.pid}"
