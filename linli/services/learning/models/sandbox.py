"""The sandbox's only table. It names nobody, points at nothing, and is emptied every night."""

from __future__ import annotations

from django.db.models import CharField, DateTimeField, PositiveSmallIntegerField, UniqueConstraint

from linli.foundation.calendar.clock import now
from linli.foundation.records import Record


class SandboxVisit(Record):
    """Where a visitor is in one exercise. `token` is a random cookie of these pages; what is typed is not kept."""

    token = CharField(max_length=32)
    task = CharField(max_length=20)
    screen = CharField(max_length=20)
    tries = PositiveSmallIntegerField(default=0)
    mistakes = PositiveSmallIntegerField(default=0)
    size = CharField(max_length=4, blank=True)
    said = CharField(max_length=20, blank=True, help_text="the code of the press last explained, '-' for typed words")
    at = DateTimeField(default=now)

    class Meta:
        constraints = [UniqueConstraint(fields=["token", "task"], name="learning_sandbox_once")]
