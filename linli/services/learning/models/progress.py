"""What somebody can do, in their own eyes and in the teacher's; and the certificate of a module."""

from __future__ import annotations

import secrets

from django.db.models import (
    CASCADE,
    PROTECT,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    ForeignKey,
    Index,
    JSONField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.services.learning import catalogue
from linli.services.learning.models.courses import STAFF


class Level(TextChoices):
    ALONE = "alone", _("自己会")
    HELP = "help", _("要人帮一下")
    NOT_YET = "not_yet", _("还不会")


class Progress(AreaModel):
    """One skill of one person: `own` is what they say, `taught` what a teacher saw. Neither overwrites the other."""

    person = ForeignKey(Person, CASCADE, related_name="+")
    skill = CharField(max_length=40)
    own = CharField(_("自己觉得"), max_length=8, choices=Level, blank=True)
    own_at = DateTimeField(null=True, blank=True)
    taught = CharField(_("老师看到"), max_length=8, choices=Level, blank=True)
    taught_at = DateTimeField(null=True, blank=True)
    taught_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    ask_on = DateField(null=True, blank=True)
    asked_at = DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["person", "skill"], name="learning_skill_once"),
            CheckConstraint(name="learning_taught_by_somebody", condition=(
                Q(taught="") | Q(taught_by__isnull=False, taught_at__isnull=False))),
        ]
        indexes = [Index(fields=["ask_on"], condition=Q(ask_on__isnull=False), name="learning_to_ask")]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Oneself, and staff of the place; a teacher reads it on the roll of their own class."""
        return Q(person=person) | person.scope_q("area__code", roles=STAFF)

    @property
    def data_subject_id(self) -> int:
        return self.person_id

    @property
    def title(self) -> str:
        return catalogue.skill_title(self.skill)


def _token() -> str:
    return secrets.token_urlsafe(9)


class Certificate(AreaModel):
    """学习证书 of one module: free, numbered, checked by its QR without signing in, revocable in public."""

    person = ForeignKey(Person, CASCADE, related_name="+")
    module = CharField(max_length=20)
    number = CharField(_("证书编号"), max_length=30, unique=True)
    token = CharField(max_length=16, unique=True, default=_token)
    skills = JSONField(default=list)
    learned_on = DateField(_("学会的日子"))
    recorded_by = CharField(_("发证单位"), max_length=80)
    issued_at = DateTimeField(default=now)
    issued_by = ForeignKey(Person, PROTECT, related_name="+")
    digest = CharField(max_length=16)
    revoked_at = DateTimeField(null=True)
    revoked_by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    why_revoked = CharField(_("撤销的理由"), max_length=120, blank=True)

    class Meta:
        ordering = ["-issued_at", "-id"]
        constraints = [UniqueConstraint(
            fields=["person", "module"], condition=Q(revoked_at=None), name="learning_certificate_once")]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | person.scope_q("area__code", roles=STAFF)

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@self"}) if self.person_id == person.pk else frozenset()

    @property
    def data_subject_id(self) -> int:
        return self.person_id

    @property
    def title(self) -> str:
        return catalogue.module_title(self.module)
