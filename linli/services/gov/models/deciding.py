"""Who did which step of an application: the rows with which the database itself holds four eyes and "asked once"."""

from __future__ import annotations

from django.db.models import (
    PROTECT,
    BooleanField,
    CharField,
    CheckConstraint,
    DateTimeField,
    F,
    ForeignKey,
    JSONField,
    OneToOneField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.privacy.fields import EncryptedTextField
from linli.services.gov.models.letters import Letter


class OfApplication(AreaModel):
    """Abstract: seen by who sees the application."""

    class Meta:
        abstract = True

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        from linli.services.gov.models import Application

        return Q(application__in=Application.objects.visible_to(person))


class Correction(OfApplication):
    """The one request for corrections (行政许可法 第32条: all at once). `needs`: [{kind: material | element, key, name,
    sentence}], each one an entry of the item's version, so that the applicant is led to the place to mend."""

    application = OneToOneField("gov.Application", PROTECT, related_name="correction")
    needs = JSONField()
    asked_by = ForeignKey(Person, PROTECT, related_name="+")
    asked_at = DateTimeField(default=now)
    letter = ForeignKey(Letter, PROTECT, null=True, related_name="+")
    answered_at = DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.application_id} {len(self.needs)}"


class Proposal(TextChoices):
    NONE = "", _("不作建议")
    GRANT = "grant", _("建议准予")
    DENY = "deny", _("建议不予")


class Handling(OfApplication):
    """One step of the item, done once by one person, who is never the one who filed. `filed_by` is kept beside it so
    that the table itself can say no."""

    application = ForeignKey("gov.Application", PROTECT, related_name="handlings")
    step = CharField(max_length=60)
    name = CharField(max_length=200)
    role = CharField(max_length=10)
    by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    filed_by = ForeignKey(Person, PROTECT, related_name="+")
    at = DateTimeField(default=now)
    proposal = CharField(max_length=5, blank=True, choices=Proposal, default="")
    note = EncryptedTextField(_("意见"), purpose="gov.application", blank=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            UniqueConstraint(fields=["application", "step"], name="gov_step_once"),
            CheckConstraint(name="gov_step_not_by_who_filed", condition=Q(by=None) | ~Q(by=F("filed_by"))),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.step}"


class Decision(OfApplication):
    """Granted or not, once. `decided_by` None: what the law makes of silence."""

    application = OneToOneField("gov.Application", PROTECT, related_name="decision")
    granted = BooleanField()
    reasons = EncryptedTextField(_("理由"), purpose="gov.application", blank=True)
    filed_by = ForeignKey(Person, PROTECT, related_name="+")
    reviewed_by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    decided_by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    at = DateTimeField(default=now)
    letter = ForeignKey(Letter, PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            CheckConstraint(name="gov_decided_four_eyes", condition=Q(decided_by=None) | (
                ~Q(decided_by=F("filed_by")) & (Q(reviewed_by=None) | ~Q(decided_by=F("reviewed_by"))))),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.granted}"


class Objection(OfApplication):
    """Who it is for says that it is not their wish, or not true. While one is open nothing is decided."""

    application = ForeignKey("gov.Application", PROTECT, related_name="objections")
    words = EncryptedTextField(_("怎么回事"), purpose="gov.application", blank=True)
    by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    at = DateTimeField(default=now)
    answered_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    answer = EncryptedTextField(_("答复"), purpose="gov.application", blank=True)
    answered_at = DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            UniqueConstraint(fields=["application"], condition=Q(answered_at=None), name="gov_objection_open_once"),
            CheckConstraint(name="gov_objection_answered_by", condition=(
                Q(answered_at=None, answered_by=None) | Q(answered_at__isnull=False, answered_by__isnull=False))),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.at:%Y-%m-%d}"
