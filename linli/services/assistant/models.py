"""Conversations with the assistant and its people, what was said, and the questions nobody could answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import (
    CASCADE,
    PROTECT,
    CharField,
    CheckConstraint,
    DateTimeField,
    ForeignKey,
    Index,
    JSONField,
    PositiveIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person, RoleName
from linli.foundation.privacy.fields import BlindIndexField, EncryptedTextField
from linli.foundation.records import Record
from linli.services.assistant.states import State

if TYPE_CHECKING:
    from datetime import datetime

DESK = frozenset({RoleName.WORKER, RoleName.COMMUNITY_HEAD, RoleName.STREET_LEADER})


class Conversation(AreaModel):
    """One talk of one person. Staff see it once it was handed to them, and not what was asked of the bot alone."""

    person = ForeignKey(Person, CASCADE, related_name="+")
    state = CharField(max_length=8, choices=State, default=State.BOT)
    opened_at = DateTimeField(default=now)
    last_at = DateTimeField(default=now)
    turns = PositiveIntegerField(default=0, help_text=_("说了几句"))
    queued_at = DateTimeField(null=True, blank=True)
    handed_at = DateTimeField(null=True, blank=True, help_text=_("第一次交给人的时刻"))
    staff = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    taken_at = DateTimeField(null=True, blank=True)
    closed_at = DateTimeField(null=True, blank=True)
    ended_by = CharField(max_length=10, blank=True, help_text="resident, staff, quiet, call_back, erased")
    case_number = CharField(max_length=30, blank=True, help_text=_("回电工单的单号"))

    class Meta:
        ordering = ["-last_at", "-id"]
        indexes = [
            Index(fields=["area", "state", "queued_at"], name="assistant_queue"),
            Index(fields=["person", "state"], name="assistant_of_person"),
        ]
        constraints = [
            UniqueConstraint(fields=["person"], condition=~Q(state="closed"), name="assistant_one_open_talk"),
            CheckConstraint(name="assistant_person_owns_it", condition=~Q(state="human") | Q(staff__isnull=False)),
            CheckConstraint(name="assistant_queue_has_time", condition=~Q(state="queued") | Q(queued_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | (person.scope_q("area__code", roles=DESK) & Q(handed_at__isnull=False))

    def relations_to(self, person: Person) -> frozenset[str]:
        found = {"@owner"} if self.person_id == person.pk else set()
        return frozenset(found | ({"@staff"} if self.staff_id == person.pk else set()))

    @property
    def is_open(self) -> bool:
        return self.state != State.CLOSED


class Who(TextChoices):
    RESIDENT = "resident", _("居民")
    BOT = "bot", _("自动回答")
    STAFF = "staff", _("社区的人")
    SYSTEM = "system", _("提示")


class Turn(Record):
    """One thing said. `told` holds what the bot showed: kind, groups, aspect, code; never a personal value."""

    conversation = ForeignKey(Conversation, CASCADE, related_name="said")
    number = PositiveIntegerField()
    at = DateTimeField(default=now)
    who = CharField(max_length=8, choices=Who)
    author = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    text = EncryptedTextField(_("说的话"), purpose="assistant.conversation", blank=True)
    told = JSONField(default=dict, blank=True)
    once = CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            UniqueConstraint(fields=["conversation", "number"], name="assistant_turn_once"),
            UniqueConstraint(fields=["conversation", "once"], condition=~Q(once=""), name="assistant_sent_once"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.number}"


class GapState(TextChoices):
    OPEN = "open", _("没答上来")
    MENDED = "mended", _("补上了")
    DROPPED = "dropped", _("不归这里答")


class Gap(AreaModel):
    """A question without an answer, without numbers and doors, tied to nobody; the same words count up one row."""

    week = CharField(max_length=8, help_text="2026-W48")
    text = EncryptedTextField(_("问题"), purpose="assistant.gap")
    text_index = BlindIndexField(of="text")
    times = PositiveIntegerField(default=1)
    first_at = DateTimeField(default=now)
    last_at = DateTimeField(default=now)
    state = CharField(max_length=8, choices=GapState, default=GapState.OPEN)
    group = CharField(max_length=120, blank=True)
    group_title = CharField(max_length=200, blank=True)
    settled_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    settled_at = DateTimeField(null=True, blank=True)
    before = JSONField(default=dict, blank=True, help_text="rank, hit1, hit3, questions, stamp")
    after = JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-last_at", "-id"]
        indexes = [Index(fields=["area", "state", "-last_at"], name="assistant_gaps")]
        constraints = [UniqueConstraint(fields=["area", "text_index"], name="assistant_gap_once")]

    def __str__(self) -> str:
        return f"{self.week} {self.pk}"

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return person.scope_q("area__code", roles=DESK)


def week_of(moment: datetime) -> str:
    from django.utils import timezone

    year, week, _day = timezone.localtime(moment).isocalendar()
    return f"{year}-W{week:02d}"
