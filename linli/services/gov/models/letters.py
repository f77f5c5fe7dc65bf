"""What an authority hands out: letters that never change, results that anybody can check, and how it was graded."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from django.db.models import (
    PROTECT,
    SET_NULL,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    F,
    ForeignKey,
    Index,
    JSONField,
    OneToOneField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel
from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Person
from linli.foundation.privacy.fields import EncryptedTextField

RATERS = frozenset({"worker", "community_head", "street_leader", "district_leader"})


class LetterKind(TextChoices):
    RECEIPT = "receipt", _("收件回执")
    CORRECTIONS = "corrections", _("补正告知书")
    CORRECTED = "corrected", _("补正收件回执")
    ACCEPTED = "accepted", _("受理通知书")
    REFUSED = "refused", _("不予受理决定书")
    PAUSED = "paused", _("特别程序告知书")
    RESUMED = "resumed", _("恢复计时告知书")
    EXTENDED = "extended", _("延长期限告知书")
    DECISION = "decision", _("决定书")
    DELIVERED = "delivered", _("送达回执")
    WITHDRAWN = "withdrawn", _("终止办理通知书")
    REVOKED = "revoked", _("撤销通知书")


# A matter gets one of these in its life.
ONCE = frozenset({"receipt", "corrections", "corrected", "accepted", "refused", "extended", "decision", "delivered",
                  "withdrawn"})


class Letter(AreaModel):
    """One paper that went out. Its words are kept as they were sent; neither a new template nor a new version of the
    item changes them. Only when the matter's term ends do they go: then `content` is empty and nothing else."""

    application = ForeignKey("gov.Application", PROTECT, related_name="letters")
    sequence = PositiveSmallIntegerField()
    number = CharField(_("文号"), max_length=40, unique=True)
    kind = CharField(max_length=12, choices=LetterKind)
    content = EncryptedTextField(_("内容"), purpose="gov.application")
    by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    made_at = DateTimeField(default=now)
    once = CharField(max_length=60)

    class Meta:
        ordering = ["application", "sequence"]
        constraints = [
            UniqueConstraint(fields=["application", "sequence"], name="gov_letter_sequence_once"),
            UniqueConstraint(fields=["application", "once"], name="gov_letter_once"),
        ]

    def __str__(self) -> str:
        return self.number

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        from linli.services.gov.models import Application

        return Q(application__in=Application.objects.visible_to(person))

    @property
    def data_subject_id(self) -> int | None:
        found: int | None = self.application.subject_id
        return found

    @property
    def pages(self) -> dict[str, Any]:
        """What was written: language → page (see `letters.composing`)."""
        found: dict[str, Any] = json.loads(self.content) if self.content else {}
        return found

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("a letter is never changed; write another")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("a letter is never deleted")


class ResultState(TextChoices):
    VALID = "valid", _("有效")
    REVOKED = "revoked", _("已撤销")


class Result(AreaModel):
    """What was granted, as a paper of ours: its QR code opens a page on which anybody sees whether it holds."""

    application = ForeignKey("gov.Application", PROTECT, related_name="results")
    key = CharField(max_length=60)
    name = CharField(_("结果"), max_length=200)
    kind = CharField(max_length=12)
    licence = CharField(max_length=60, blank=True)
    number = CharField(_("编号"), max_length=40, unique=True)
    token = CharField(max_length=32, unique=True)
    holder = EncryptedTextField(_("持有人"), purpose="gov.application", blank=True)
    item_name = CharField(max_length=200)
    issuer = CharField(_("出具单位"), max_length=120)
    valid_from = DateField()
    valid_until = DateField(null=True, blank=True)
    issued_by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    issued_at = DateTimeField(default=now)
    state = CharField(max_length=8, choices=ResultState, default=ResultState.VALID)
    revoked_at = DateTimeField(null=True, blank=True)
    revoked_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    revoke_reason = CharField(_("撤销的原因"), max_length=300, blank=True)

    class Meta:
        ordering = ["application", "key"]
        constraints = [
            UniqueConstraint(fields=["application", "key"], name="gov_result_once"),
            CheckConstraint(name="gov_revoked_with_reason", condition=Q(state="valid", revoked_at=None) | (
                Q(state="revoked", revoked_at__isnull=False, revoked_by__isnull=False) & ~Q(revoke_reason=""))),
            CheckConstraint(name="gov_revoked_four_eyes", condition=(
                Q(revoked_by=None) | Q(issued_by=None) | ~Q(revoked_by=F("issued_by")))),
        ]

    def __str__(self) -> str:
        return self.number

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        from linli.services.gov.models import Application

        return Q(application__in=Application.objects.visible_to(person))

    @property
    def data_subject_id(self) -> int | None:
        found: int | None = self.application.subject_id
        return found

    def holds_on(self, day: date) -> bool:
        """Is it good on that day?"""
        return self.state == ResultState.VALID and (self.valid_until is None or day <= self.valid_until)

    @property
    def is_good(self) -> bool:
        return self.holds_on(today())


class Grade(TextChoices):
    """The five grades of 好差评."""

    VERY_GOOD = "5", _("非常满意")
    GOOD = "4", _("满意")
    FAIR = "3", _("基本满意")
    BAD = "2", _("不满意")
    VERY_BAD = "1", _("非常不满意")


BAD = ("1", "2")


class Rating(AreaModel):
    """How a matter was handled, said once by who it was for. A bad one is called back by somebody who had no part."""

    application = OneToOneField("gov.Application", PROTECT, related_name="rating")
    grade = CharField(_("评价"), max_length=1, choices=Grade)
    reasons = JSONField(default=list)
    words = EncryptedTextField(_("想说的话"), purpose="gov.application", blank=True)
    by = ForeignKey(Person, SET_NULL, null=True, blank=True, related_name="+")
    at = DateTimeField(default=now)
    channel = CharField(max_length=12, default="app")
    call_back_due = DateTimeField(null=True, blank=True)
    called_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    called_at = DateTimeField(null=True, blank=True)
    call_note = EncryptedTextField(_("回访记录"), purpose="gov.application", blank=True)
    outcome = CharField(max_length=10, blank=True, choices=[
        ("mended", _("已经改好")), ("explained", _("解释清楚了")), ("not_so", _("核实不属实")),
        ("unreached", _("联系不上"))])

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [Index(fields=["area", "at"], name="gov_ratings_of_area"),
                   Index(fields=["call_back_due"], condition=Q(called_at=None, call_back_due__isnull=False),
                         name="gov_ratings_to_call")]
        constraints = [
            CheckConstraint(name="gov_bad_rating_is_called_back", condition=(
                ~Q(grade__in=BAD) | Q(call_back_due__isnull=False))),
            CheckConstraint(name="gov_called_by_somebody", condition=(
                Q(called_at=None, called_by=None, outcome="") | (
                    Q(called_at__isnull=False, called_by__isnull=False) & ~Q(outcome="")))),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.grade}"

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Who gave it, whose matter it was, and the staff of the place."""
        return Q(by=person) | Q(application__subject=person) | person.scope_q("area__code", roles=RATERS)

    @property
    def data_subject_id(self) -> int | None:
        found: int | None = self.application.subject_id
        return found

    @property
    def is_bad(self) -> bool:
        return self.grade in BAD

    @property
    def waits_since(self) -> datetime | None:
        """When the call-back is due; None where there is none to make."""
        return self.call_back_due if self.called_at is None else None
