"""The wallet 证照: a person's papers, what they were used for, and the short code by which a window may look at one."""

from __future__ import annotations

from datetime import date

from django.db.models import (
    CASCADE,
    PROTECT,
    SET_NULL,
    BigIntegerField,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    ForeignKey,
    Index,
    IntegerField,
    OneToOneField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import VisibleModel
from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Person
from linli.foundation.people.queries import mandate_for, subjects_for
from linli.foundation.privacy.fields import EncryptedTextField
from linli.foundation.privacy.masks import mask_id
from linli.foundation.records import Record

ROOM = "gov"


class Source(TextChoices):
    """Where a paper comes from: what was issued here is trusted without asking, what one added oneself is not."""

    ISSUED = "issued", _("在这里办出来的")
    VERIFIED = "verified", _("窗口核对过原件")
    OWN = "own", _("自己加的，没核对")


TRUST = (Source.ISSUED, Source.VERIFIED, Source.OWN)


class Paper(VisibleModel):
    """One licence or certificate of a person. Its number and its picture are sealed; nobody lists another's papers.

    `owner` and who holds their mandate for this room see it; a window sees it while a code is shown to it, and who
    handles an application for which it was used sees its picture there (`wallet.shown_in_matter`).
    """

    owner = ForeignKey(Person, CASCADE, related_name="+", verbose_name=_("持有人"))
    licence = CharField(_("哪种证"), max_length=60)
    name = CharField(_("名称"), max_length=120)
    number = EncryptedTextField(_("证件号"), purpose="gov.wallet", blank=True)
    source = CharField(max_length=8, choices=Source)
    valid_from = DateField(_("从"), null=True, blank=True)
    valid_until = DateField(_("有效到"), null=True, blank=True)
    result = BigIntegerField(null=True, blank=True, unique=True, help_text="the Result that it is, where it is one")
    added_by = ForeignKey(Person, PROTECT, related_name="+")
    added_at = DateTimeField(default=now)
    verified_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    verified_at = DateTimeField(null=True, blank=True)
    revoked_at = DateTimeField(null=True, blank=True)
    dropped_at = DateTimeField(null=True, blank=True, help_text="out of the wallet, kept with its matters")
    once = CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-added_at", "-id"]
        indexes = [Index(fields=["owner", "licence"], name="gov_paper_held"),
                   Index(fields=["valid_until"], condition=Q(revoked_at=None), name="gov_paper_expiring")]
        constraints = [
            UniqueConstraint(fields=["added_by", "once"], condition=~Q(once=""), name="gov_paper_once"),
            CheckConstraint(name="gov_verified_by_somebody", condition=(
                ~Q(source="verified") | Q(verified_by__isnull=False, verified_at__isnull=False))),
            CheckConstraint(name="gov_issued_has_result", condition=Q(source="issued", result__isnull=False)
                            | ~Q(source="issued") & Q(result=None)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def area_code(self) -> str:
        return self.owner.area_code

    @property
    def data_subject_id(self) -> int:
        return self.owner_id

    @property
    def masked(self) -> str:
        """The number with only its last four signs."""
        return mask_id(self.number) if self.number else ""

    def is_good_on(self, day: date) -> bool:
        is_there = self.revoked_at is None and self.dropped_at is None
        return is_there and (self.valid_until is None or day <= self.valid_until)

    @property
    def is_good(self) -> bool:
        return self.is_good_on(today())

    @property
    def state(self) -> str:
        """revoked, expired, soon (the first reminder's days are running) or good."""
        from linli.services.gov.wallet import reminder_days

        if self.revoked_at is not None:
            return "revoked"
        if self.valid_until is None:
            return "good"
        left = (self.valid_until - today()).days
        return "expired" if left < 0 else "soon" if left <= max(reminder_days()) else "good"

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(owner__in=[person.pk, *(one.pk for one in subjects_for(person, ROOM))], dropped_at=None)

    def relations_to(self, person: Person) -> frozenset[str]:
        if self.dropped_at is not None:
            return frozenset()
        if self.owner_id == person.pk:
            return frozenset({"@owner"})
        return frozenset({"@agent"}) if mandate_for(person, self.owner, ROOM) else frozenset()


class PaperScan(Record):
    """The picture (JPEG, PNG) or PDF of a paper, base64, sealed as every other personal value is."""

    paper = OneToOneField(Paper, CASCADE, related_name="scan")
    content = EncryptedTextField(purpose="gov.wallet")
    media_type = CharField(max_length=40)
    size = IntegerField()


class UseKind(TextChoices):
    MATTER = "matter", _("用在一件申请里")
    WINDOW = "window", _("给窗口看过")
    VERIFIED = "verified", _("窗口核对原件")


class PaperUse(Record):
    """Where a paper was used; the owner reads it as the paper's history."""

    paper = ForeignKey(Paper, CASCADE, related_name="uses")
    kind = CharField(max_length=8, choices=UseKind)
    application = BigIntegerField(null=True, blank=True)
    material = CharField(max_length=60, blank=True)
    title = CharField(max_length=200, blank=True)
    by = ForeignKey(Person, PROTECT, related_name="+")
    at = DateTimeField(default=now)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            UniqueConstraint(fields=["application", "material"], condition=Q(kind="matter"),
                             name="gov_paper_used_once"),
            CheckConstraint(name="gov_paper_use_names_matter", condition=(
                ~Q(kind="matter") | Q(application__isnull=False) & ~Q(material=""))),
        ]


class Showing(Record):
    """A code by which one window looks at one paper once, for some minutes. Only its keyed hash is kept."""

    paper = ForeignKey(Paper, CASCADE, related_name="showings")
    code_hash = CharField(max_length=64, unique=True)
    made_by = ForeignKey(Person, CASCADE, related_name="+")
    made_at = DateTimeField(default=now)
    until = DateTimeField()
    opened_by = ForeignKey(Person, SET_NULL, null=True, blank=True, related_name="+")
    opened_at = DateTimeField(null=True, blank=True)
