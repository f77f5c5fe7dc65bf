"""The outbox, and what a listener still owes."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateTimeField,
    Index,
    JSONField,
    Q,
    SmallIntegerField,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.calendar.clock import now
from linli.foundation.records import Record


class OutboxEvent(Record):
    """A fact that happened, told to its listeners by the worker and kept for a few days for the live pages.

    `payload` holds ids and plain values, never personal data. `pending` says that it is still to be told:
    ids rise with time, but a lower id may be committed after a higher one, so nobody reads "beyond the last".
    """

    name = CharField(max_length=60)
    payload = JSONField(default=dict, encoder=DjangoJSONEncoder)
    at = DateTimeField(default=now)
    pending = BooleanField(default=True)

    class Meta:
        indexes = [Index(fields=["id"], condition=Q(pending=True), name="outbox_pending")]

    def __str__(self) -> str:
        return self.name


class Debt(Record):
    """One event that one listener could not take yet: tried again with growing pauses, then laid before staff."""

    class State(TextChoices):
        WAITING = "waiting", _("还会再试")
        GIVEN_UP = "given_up", _("试了几次都没送到")

    event_id = BigIntegerField()
    name = CharField(max_length=60)
    payload = JSONField(default=dict, encoder=DjangoJSONEncoder)
    listener = CharField(max_length=160)
    state = CharField(max_length=8, choices=State, default=State.WAITING)
    tries = SmallIntegerField(default=0)
    next_at = DateTimeField(default=now)
    error = CharField(max_length=200, blank=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["event_id", "listener"], name="debt_once")]
        indexes = [Index(fields=["state", "next_at"], name="debt_due")]

    def __str__(self) -> str:
        return f"{self.name} → {self.listener}"
