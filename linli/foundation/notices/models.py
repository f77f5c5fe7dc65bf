"""What a person was told, by which way it went out, and where the ways end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import (
    CASCADE,
    BigIntegerField,
    BooleanField,
    CharField,
    DateTimeField,
    ForeignKey,
    Index,
    OneToOneField,
    Q,
    SmallIntegerField,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import VisibleModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import ORGANISATION_ROLES, STAFF_ROLES, Person
from linli.foundation.privacy.fields import BlindIndexField, EncryptedTextField
from linli.foundation.records import Record

if TYPE_CHECKING:
    from typing import Any


class Notice(VisibleModel):
    """One sentence to one person, in their language; the inbox is the list of these rows.

    `key` makes telling idempotent: the same key reaches the same person once.
    """

    person = ForeignKey(Person, CASCADE, related_name="notices")
    key = CharField(max_length=120)
    title = EncryptedTextField(_("标题"), purpose="notices.message", blank=True, default="")
    sentence = EncryptedTextField(_("内容"), purpose="notices.message")
    url = CharField(max_length=300, blank=True)
    about_type = CharField(max_length=60, blank=True)
    about_id = CharField(max_length=40, blank=True)
    urgent = BooleanField(_("紧急"), default=False)
    at = DateTimeField(default=now)
    read_at = DateTimeField(null=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["person", "key"], name="notice_once")]
        indexes = [
            Index(fields=["person", "-id"], name="notice_inbox"),
            Index(fields=["person", "-id"], condition=Q(read_at=None), name="notice_unread"),
            Index(fields=["at"], name="notice_age"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def area_code(self) -> str:
        return ""  # a notice belongs to its person, not to a place: no role reaches it

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Only the person told."""
        return Q(person=person)

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@self"}) if self.person_id == person.pk else frozenset()


class Way(TextChoices):
    """The channels that leave the house; the inbox is not one of them, because it never fails."""

    PUSH = "push", _("手机推送")
    SMS = "sms", _("短信")
    EMAIL = "email", _("邮件")


class Delivery(VisibleModel):
    """One notice on its way through one channel. Rows of one message (a digest) share their `bundle`."""

    class State(TextChoices):
        QUEUED = "queued", _("等着发")
        SENT = "sent", _("已发出")
        FAILED = "failed", _("没发出去")
        SKIPPED = "skipped", _("不用发")

    notice = ForeignKey(Notice, CASCADE, related_name="deliveries")
    person = ForeignKey(Person, CASCADE, related_name="+")
    area_code = CharField(max_length=15, blank=True)
    channel = CharField(_("渠道"), max_length=8, choices=Way)
    state = CharField(max_length=8, choices=State, default=State.QUEUED)
    urgent = BooleanField(default=False)
    held = BooleanField(default=False, help_text="waits for the morning or the daily digest, to be bundled")
    due_at = DateTimeField(default=now)
    bundle = BigIntegerField(null=True)
    tries = SmallIntegerField(default=0)
    error = CharField(max_length=60, blank=True)
    sent_at = DateTimeField(null=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["notice", "channel"], name="delivery_once")]
        indexes = [
            Index(fields=["-urgent", "due_at"], condition=Q(state="queued"), name="delivery_due"),
            Index(fields=["area_code", "-id"], condition=Q(state="failed"), name="delivery_failed"),
            Index(fields=["person", "channel"], condition=Q(state="queued"), name="delivery_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.channel}:{self.state}"

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Staff of the person's place: they see that it did not arrive, never what it said."""
        return person.scope_q("area_code", roles=STAFF_ROLES - ORGANISATION_ROLES)


class PushSubscription(Record):
    """A browser that takes web push for a person. The endpoint lets its holder write to that browser: encrypted."""

    person = ForeignKey(Person, CASCADE, related_name="+")
    endpoint = EncryptedTextField(purpose="notices.address")
    endpoint_index = BlindIndexField(of="endpoint", unique=True, null=True)
    p256dh = CharField(max_length=120)
    auth = EncryptedTextField(purpose="notices.address")
    created = DateTimeField(default=now)

    def __str__(self) -> str:
        return str(self.pk)


class EmailAddress(Record):
    """A person's e-mail address; nothing but the confirmation goes there before it is confirmed."""

    person = OneToOneField(Person, CASCADE, related_name="+")
    address = EncryptedTextField(_("邮箱"), purpose="notices.address")
    asked_at = DateTimeField(default=now)
    confirmed_at = DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)


class DemoMessage(Record):
    """What would have been a text message, kept to be looked at in demo mode only."""

    to = CharField(max_length=20, help_text="masked")
    text = EncryptedTextField(purpose="notices.message")
    at = DateTimeField(default=now)

    def __str__(self) -> str:
        return self.to


def about_of(thing: Any) -> tuple[str, str]:
    """The type and id by which a notice remembers what it is about."""
    return (thing._meta.label_lower, str(thing.pk)) if thing is not None else ("", "")
