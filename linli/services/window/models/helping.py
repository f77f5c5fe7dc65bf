"""Filing for a person: who acted, for whom, on what word, by which way; kept apart, and with a way to object."""

from __future__ import annotations

from django.db.models import (
    PROTECT,
    BigIntegerField,
    BooleanField,
    CharField,
    CheckConstraint,
    DateTimeField,
    F,
    ForeignKey,
    Index,
    JSONField,
    Q,
    TextChoices,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Mandate, Person
from linli.foundation.privacy.fields import EncryptedTextField
from linli.services.window.models.queue import Ticket, new_token

STAFF = frozenset({"worker", "community_head"})


class HelpChannel(TextChoices):
    WINDOW = "window", _("窗口")
    PHONE = "phone", _("电话")
    VISIT = "visit", _("上门")
    PAPER = "paper", _("纸质表")


class Help(AreaModel):
    """One matter that staff filed for somebody. `application` and `number` are gov's own; it is asked by its acts.

    Identity: what kind of paper was looked at, by whom and when; never its number, never a copy.
    """

    ticket = ForeignKey(Ticket, PROTECT, null=True, blank=True, related_name="helps")
    actor = ForeignKey(Person, PROTECT, related_name="+")
    subject = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    name = EncryptedTextField(_("姓名"), purpose="window.help", blank=True)
    phone = EncryptedTextField(_("电话"), purpose="window.help", blank=True)
    is_agent = BooleanField(default=False, help_text="somebody else stands at the window for the subject")
    agent_name = EncryptedTextField(_("代办人姓名"), purpose="window.mandate", blank=True)
    mandate = ForeignKey(Mandate, PROTECT, null=True, blank=True, related_name="+")
    photo = BigIntegerField(null=True, blank=True, help_text="the file of the signed mandate")
    channel = CharField(max_length=8, choices=HelpChannel, default=HelpChannel.WINDOW)
    check_kind = CharField(max_length=20)
    checked_by = ForeignKey(Person, PROTECT, related_name="+")
    checked_at = DateTimeField(default=now)
    item = CharField(max_length=80)
    title = CharField(max_length=120)
    application = BigIntegerField()
    pages = JSONField(default=list, blank=True, help_text="[page, title] of the form, as they were at the beginning")
    number = CharField(max_length=30, blank=True)
    once = CharField(max_length=64, unique=True)
    token = CharField(max_length=32, unique=True, default=new_token)
    began_at = DateTimeField(default=now)
    handed_in_at = DateTimeField(null=True, blank=True)
    due_at = DateTimeField(null=True, blank=True)
    missing = JSONField(default=list, blank=True)
    objected_at = DateTimeField(null=True, blank=True)
    objection = EncryptedTextField(_("异议"), purpose="window.help", blank=True)
    answered_at = DateTimeField(null=True, blank=True)
    answered_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    answer = EncryptedTextField(_("答复"), purpose="window.help", blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            CheckConstraint(name="window_agent_shows_mandate", condition=Q(is_agent=False) | Q(photo__isnull=False)),
            CheckConstraint(
                name="window_answer_by_another", condition=Q(answered_by=None) | ~Q(answered_by=F("actor"))),
        ]
        indexes = [Index(fields=["area", "number"], name="window_help_number")]

    def __str__(self) -> str:
        return self.number or self.title

    @property
    def shown_subject(self) -> str:
        """The name that stands on the slip: the account's, else what was written down."""
        return self.name or (self.subject.shown_name if self.subject else "")

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(subject=person) | Q(actor=person) | person.scope_q("area__code", roles=STAFF)


class Pin(AreaModel):
    """The PIN by which a matter is told on the telephone or at the kiosk; only its hash.

    `opened_by` may see the matter in gov (its applicant, or the staff who filed it): what is told is what they see.
    """

    number = CharField(max_length=30, unique=True)
    hash = CharField(max_length=200)
    opened_by = ForeignKey(Person, PROTECT, related_name="+")
    set_at = DateTimeField(default=now)

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(opened_by=person) | person.scope_q("area__code", roles=STAFF)
