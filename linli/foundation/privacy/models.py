"""Consents, reveals, requests of the data subject, and the clocks after which data goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import (
    CASCADE,
    PROTECT,
    BigIntegerField,
    BooleanField,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    ForeignKey,
    Index,
    Q,
    TextChoices,
    TextField,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import Area, VisibleModel
from linli.foundation.calendar.clock import now
from linli.foundation.privacy.fields import EncryptedTextField
from linli.foundation.records import Record

if TYPE_CHECKING:
    from linli.foundation.people.models import Person

HANDLERS = frozenset({"security_admin", "community_head"})


class ConsentText(Record):
    """A text that people agree to, kept once; a consent names it by its hash (个人信息保护法 第14条)."""

    hash = CharField(max_length=64, unique=True)
    purpose = CharField(max_length=60)
    version = CharField(max_length=40)
    language = CharField(max_length=10)
    text = TextField()
    since = DateTimeField(default=now)

    class Meta:
        indexes = [Index(fields=["purpose", "language", "since"], name="consent_text_newest")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.version} {self.language}"


class Channel(TextChoices):
    APP = "app", _("手机或网页")
    PAPER = "paper", _("纸质签字")
    WINDOW = "window", _("窗口当面")
    PHONE = "phone", _("电话")


class Consent(VisibleModel):
    """That a person agreed to a purpose, to which text, when, how and by whose hand; kept after its withdrawal."""

    person = ForeignKey("people.Person", CASCADE, related_name="consents")
    purpose = CharField(max_length=60)
    text = ForeignKey(ConsentText, PROTECT, related_name="+")
    given_at = DateTimeField(default=now)
    channel = CharField(max_length=8, choices=Channel, default=Channel.APP)
    actor = ForeignKey("people.Person", PROTECT, related_name="+")
    withdrawn_at = DateTimeField(null=True)
    withdrawn_by = ForeignKey("people.Person", PROTECT, related_name="+", null=True)

    class Meta:
        constraints = [UniqueConstraint(
            fields=["person", "purpose"], condition=Q(withdrawn_at=None), name="consent_once")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.given_at:%Y-%m-%d}"

    @property
    def area_code(self) -> str:
        return self.person.area_code

    @property
    def data_subject_id(self) -> int:
        return self.person_id

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person)


class Reveal(VisibleModel):
    """That somebody read a masked value in full, and why; the person it is about sees it on their page."""

    who = ForeignKey("people.Person", PROTECT, related_name="+")
    subject_id = BigIntegerField(null=True, help_text="Whose value it was, where known")
    thing_type = CharField(max_length=60)
    thing_id = CharField(max_length=40)
    area_code = CharField(max_length=15, blank=True)
    field = CharField(max_length=60)
    reason = EncryptedTextField(_("原因"), purpose="privacy.access")
    at = DateTimeField(default=now)

    class Meta:
        indexes = [
            Index(fields=["subject_id", "at"], name="reveal_of_subject"),
            Index(fields=["who", "at"], name="reveal_by_whom"),
        ]

    def __str__(self) -> str:
        return f"{self.thing_type}.{self.field} {self.at:%Y-%m-%d %H:%M}"

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(subject_id=person.pk) | Q(who=person)


class RequestKind(TextChoices):
    COPY = "copy", _("要一份副本")
    CORRECT = "correct", _("更正")
    DELETE = "delete", _("删除")
    EXPLAIN = "explain", _("要一个说明")


class RequestState(TextChoices):
    RECEIVED = "received", _("在办")
    DONE = "done", _("办好了")
    REFUSED = "refused", _("没有同意")
    WITHDRAWN = "withdrawn", _("您撤回了")


class DataRequest(VisibleModel):
    """What a person asks about their own data (个人信息保护法 第44–50条), with a clock; a refusal has its reason."""

    person = ForeignKey("people.Person", CASCADE, related_name="data_requests")
    area = ForeignKey(Area, PROTECT, related_name="+", null=True)
    kind = CharField(_("要办的事"), max_length=8, choices=RequestKind)
    what = EncryptedTextField(_("说明"), purpose="privacy.rights", blank=True)
    state = CharField(max_length=10, choices=RequestState, default=RequestState.RECEIVED)
    made_at = DateTimeField(default=now)
    due_at = DateTimeField()
    due_is_provisional = BooleanField(default=False)
    handled_by = ForeignKey("people.Person", PROTECT, related_name="+", null=True)
    handled_at = DateTimeField(null=True)
    answer = EncryptedTextField(_("答复"), purpose="privacy.rights", blank=True)

    class Meta:
        indexes = [Index(fields=["state", "due_at"], name="data_request_queue")]
        constraints = [
            UniqueConstraint(
                fields=["person", "kind"], condition=Q(state="received", kind__in=["copy", "delete"]),
                name="data_request_open_once"),
            CheckConstraint(
                name="data_request_refusal_has_reason", condition=~Q(state="refused") | ~Q(answer="")),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.made_at:%Y-%m-%d}"

    @property
    def area_code(self) -> str:
        return self.area.code if self.area else ""

    @property
    def data_subject_id(self) -> int:
        return self.person_id

    @property
    def is_overdue(self) -> bool:
        return self.state == RequestState.RECEIVED and self.due_at < now()

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | person.scope_q("area__code", roles=HANDLERS)

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@self"}) if self.person_id == person.pk else frozenset()


class TimerState(TextChoices):
    RUNNING = "running", _("在计时")
    DONE = "done", _("已到期处理")
    STOPPED = "stopped", _("不再计时")


class RetentionTimer(Record):
    """When a thing's personal data, kept for one purpose, must go (个人信息保护法 第19条, 第47条)."""

    purpose = CharField(max_length=60)
    thing_type = CharField(max_length=60)
    thing_id = CharField(max_length=40)
    area_code = CharField(max_length=15, blank=True)
    ends_on = DateField(help_text="The first day on which it may no longer be kept")
    state = CharField(max_length=8, choices=TimerState, default=TimerState.RUNNING)
    result = CharField(max_length=200, blank=True)
    done_at = DateTimeField(null=True)
    tries = BigIntegerField(default=0)

    class Meta:
        constraints = [UniqueConstraint(fields=["thing_type", "thing_id", "purpose"], name="retention_timer_once")]
        indexes = [Index(fields=["state", "ends_on"], name="retention_due")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.thing_type}#{self.thing_id} {self.ends_on}"


class RetentionHold(Record):
    """A statute, a dispute or an investigation for which a thing must stay; other use of it stops (第47条第2款)."""

    thing_type = CharField(max_length=60)
    thing_id = CharField(max_length=40)
    area_code = CharField(max_length=15, blank=True)
    source = CharField(_("依据"), max_length=200)
    until = DateField(_("到"), null=True)
    placed_by = ForeignKey("people.Person", PROTECT, related_name="+")
    placed_at = DateTimeField(default=now)
    released_by = ForeignKey("people.Person", PROTECT, related_name="+", null=True)
    released_at = DateTimeField(null=True)

    class Meta:
        indexes = [Index(fields=["thing_type", "thing_id"], name="retention_hold_of_thing")]

    def __str__(self) -> str:
        return f"{self.thing_type}#{self.thing_id}: {self.source}"


class KeyRotation(Record):
    """How far a re-sealing of every value has come: one row a run and table, so that a killed run goes on."""

    run = CharField(max_length=20, help_text="The key, or the index, that the run brings in")
    label = CharField(max_length=60)
    last_pk = CharField(max_length=40, blank=True)
    is_finished = BooleanField(default=False)
    changed = BigIntegerField(default=0)
    at = DateTimeField(default=now)

    class Meta:
        constraints = [UniqueConstraint(fields=["run", "label"], name="key_rotation_once")]

    def __str__(self) -> str:
        return f"{self.run} {self.label} {self.changed}"
