"""The log, the tree over it, and the signed states of the tree. All append-only: the database itself refuses
UPDATE and DELETE (`triggers`), except dropping an entry's salt."""

from __future__ import annotations

from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateTimeField,
    Index,
    JSONField,
    Model,
    PositiveSmallIntegerField,
    Q,
    TextField,
    UniqueConstraint,
)

from linli.foundation.calendar.clock import now
from linli.foundation.records import Record


class AuditEntry(Record):
    """One change, written in the transaction that made it.

    `facts` is canonical JSON; under its key `personal` lie commitments, HMAC-SHA-256 by `salt`, never values.
    No foreign keys: the log outlives what it speaks of, and checks nothing when it is written.
    """

    at = DateTimeField(default=now)
    actor_id = BigIntegerField(null=True)
    acting_for_id = BigIntegerField(null=True)
    subject_id = BigIntegerField(null=True, help_text="Whose personal data the entry is about")
    verb = CharField(max_length=60)
    thing_type = CharField(max_length=60)
    thing_id = CharField(max_length=40)
    area_code = CharField(max_length=15, blank=True)
    facts = TextField(default="{}")
    salt = CharField(max_length=32, null=True, help_text="Hex; dropped to erase the personal values")

    class Meta:
        indexes = [
            Index(fields=["thing_type", "thing_id"], name="audit_of_thing"),
            Index(fields=["actor_id", "at"], name="audit_of_actor"),
            Index(fields=["verb", "at"], name="audit_of_verb"),
            Index(fields=["at"], name="audit_by_time"),
            Index(fields=["subject_id"], condition=Q(salt__isnull=False), name="audit_salt_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.thing_type}#{self.thing_id}"


class AuditLeaf(Model):
    """The dense number of an entry in the tree, and its leaf hash (RFC 6962 § 2.1)."""

    number = BigIntegerField(primary_key=True)
    entry_id = BigIntegerField(unique=True)
    hash = CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.number}: {self.hash[:12]}"


class AuditNode(Model):
    """A complete subtree's hash, kept from level 8 (256 leaves) up, so that a proof reads few rows."""

    level = PositiveSmallIntegerField()
    number = BigIntegerField()
    hash = CharField(max_length=64)

    class Meta:
        constraints = [UniqueConstraint(fields=["level", "number"], name="audit_node_once")]

    def __str__(self) -> str:
        return f"{self.level}/{self.number}: {self.hash[:12]}"


class AuditCheckpoint(Record):
    """A signed state of the tree: `note` is a signed note (origin, size, root, time, signature lines)."""

    size = BigIntegerField(unique=True)
    root = CharField(max_length=64)
    peaks = JSONField(help_text="Hashes of the complete subtrees, left to right, hex")
    at = DateTimeField(default=now)
    note = TextField()

    def __str__(self) -> str:
        return f"{self.size}: {self.root[:12]}"


class AuditFinding(Record):
    """What a check of the log found: empty `problems` is a clean check."""

    at = DateTimeField(default=now)
    size = BigIntegerField()
    is_clean = BooleanField()
    problems = JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {len(self.problems)}"
