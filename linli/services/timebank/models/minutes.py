"""What the books are about: decisions, issued time, gifts, corrections, certificates, exchange."""

from __future__ import annotations

import secrets

from django.db.models import (
    CASCADE,
    PROTECT,
    BooleanField,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    F,
    ForeignKey,
    JSONField,
    PositiveIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import Area, AreaModel
from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Organisation, Person
from linli.services.timebank.models.helping import Service
from linli.services.timebank.models.people import KEEPERS, Relation, Team


def _token() -> str:
    return secrets.token_urlsafe(9)


class _Kept(AreaModel):
    """Abstract: seen by those who keep the bank there."""

    class Meta:
        abstract = True

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return person.scope_q("area__code", roles=KEEPERS)


class Decision(_Kept):
    """R9: a decision with its number, by which time may be created up to `limit_minutes`. Two people."""

    number = CharField(_("决定文号"), max_length=60)
    title = CharField(_("为什么发放"), max_length=80)
    limit_minutes = PositiveIntegerField(_("额度（分钟）"))
    since = DateField(_("从"))
    until = DateField(_("到"), null=True, blank=True)
    made_by = ForeignKey(Person, PROTECT, related_name="+")
    agreed_by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    agreed_at = DateTimeField(null=True)

    class Meta:
        ordering = ["-since", "-id"]
        constraints = [
            UniqueConstraint(fields=["area", "number"], name="timebank_decision_once"),
            CheckConstraint(name="timebank_decision_two", condition=Q(agreed_by=None) | ~Q(agreed_by=F("made_by"))),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.agreed_at is not None and self.since <= today() and (self.until is None or self.until >= today())


class Issue(_Kept):
    """R9, R18: time issued to one elder under a decision; what is not used by `expires_on` goes to the pool."""

    decision = ForeignKey(Decision, PROTECT, related_name="issues")
    person = ForeignKey(Person, PROTECT, related_name="+")
    minutes = PositiveIntegerField()
    at = DateTimeField(default=now)
    by = ForeignKey(Person, PROTECT, related_name="+")
    expires_on = DateField(null=True)
    once = CharField(max_length=60, unique=True)

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | person.scope_q("area__code", roles=KEEPERS)


class Gift(AreaModel):
    """R7, R8: minutes given on. `to_kind` person, pool, hardship_elder or institution; by a person or a team."""

    giver = ForeignKey(Person, PROTECT, related_name="+")
    team = ForeignKey(Team, PROTECT, null=True, related_name="+")
    to_kind = CharField(max_length=16)
    to = ForeignKey(Person, PROTECT, null=True, related_name="+")
    institution = ForeignKey(Organisation, PROTECT, null=True, related_name="+")
    relation = CharField(max_length=12, choices=Relation, blank=True)
    minutes = PositiveIntegerField()
    at = DateTimeField(default=now)
    by = ForeignKey(Person, PROTECT, related_name="+", help_text="who pressed the button, where somebody helped")
    once = CharField(max_length=60, unique=True)

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(giver=person) | Q(to=person) | person.scope_q("area__code", roles=KEEPERS)


class Correction(_Kept):
    """R13: a settled service is put right by reversing entries. Asked by one, done by another."""

    service = ForeignKey(Service, PROTECT, related_name="corrections")
    reason = CharField(_("理由"), max_length=200)
    minutes = PositiveIntegerField(_("应记多少分钟"))
    was_minutes = PositiveIntegerField()
    asked_by = ForeignKey(Person, PROTECT, related_name="+")
    asked_at = DateTimeField(default=now)
    done_by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    done_at = DateTimeField(null=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["service"], name="timebank_correction_once"),
            CheckConstraint(name="timebank_correction_two", condition=Q(done_by=None) | ~Q(done_by=F("asked_by"))),
        ]


class Certificate(AreaModel):
    """R15: 志愿服务记录证明: free, numbered, checked by its QR without signing in, revocable in public."""

    person = ForeignKey(Person, CASCADE, related_name="+")
    number = CharField(_("证明编号"), max_length=30, unique=True)
    token = CharField(max_length=16, unique=True, default=_token)
    since = DateField(_("从"))
    until = DateField(_("到"))
    minutes = PositiveIntegerField()
    services = PositiveIntegerField()
    stars = PositiveIntegerField(default=0)
    recorded_by = CharField(_("记录单位"), max_length=80)
    issued_at = DateTimeField(default=now)
    issued_by = ForeignKey(Person, PROTECT, related_name="+")
    digest = CharField(max_length=16)
    revoked_at = DateTimeField(null=True)
    revoked_by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    why_revoked = CharField(_("撤销的理由"), max_length=120, blank=True)

    class Meta:
        ordering = ["-issued_at", "-id"]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | person.scope_q("area__code", roles=KEEPERS)

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@self"}) if self.person_id == person.pk else frozenset()


class Agreement(AreaModel):
    """R17: two communities accept each other's hours up to a limit; each side's staff agrees for its own."""

    partner = ForeignKey(Area, PROTECT, related_name="+", verbose_name=_("对方社区"))
    limit_minutes = PositiveIntegerField(_("差额上限（分钟）"))
    proposed_by = ForeignKey(Person, PROTECT, related_name="+")
    proposed_at = DateTimeField(default=now)
    agreed_by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    agreed_at = DateTimeField(null=True)
    ended_at = DateTimeField(null=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["area", "partner"], condition=Q(ended_at=None), name="timebank_partner_once"),
            CheckConstraint(name="timebank_partner_other", condition=~Q(area=F("partner"))),
        ]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return person.scope_q("area__code", roles=KEEPERS) | person.scope_q("partner__code", roles=KEEPERS)


class Crossing(AreaModel):
    """R17: minutes that went over to the partner's book, to oneself there or to family. `area` is where they left."""

    agreement = ForeignKey(Agreement, PROTECT, related_name="crossings")
    person = ForeignKey(Person, PROTECT, related_name="+")
    to = ForeignKey(Person, PROTECT, related_name="+")
    to_area = ForeignKey(Area, PROTECT, related_name="+")
    minutes = PositiveIntegerField()
    at = DateTimeField(default=now)
    once = CharField(max_length=60, unique=True)

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return (Q(person=person) | Q(to=person) | person.scope_q("area__code", roles=KEEPERS)
                | person.scope_q("to_area__code", roles=KEEPERS))


class Leaving(_Kept):
    """R19: a member died or left; relatives may come until `relatives_until`, then it goes to the pool."""

    class Why(TextChoices):
        DIED = "died", _("去世")
        LEFT = "left", _("退出")

    person = ForeignKey(Person, PROTECT, related_name="+")
    why = CharField(max_length=4, choices=Why)
    left_on = DateField(default=today)
    relatives_until = DateField(null=True)
    by = ForeignKey(Person, PROTECT, related_name="+")
    closed_at = DateTimeField(null=True)
    went_to = CharField(max_length=8, blank=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["person"], name="timebank_leaving_once")]


class GoodsGiven(_Kept):
    """R20: goods for points, where the city allows it. The points never become time again."""

    person = ForeignKey(Person, PROTECT, related_name="+")
    what = CharField(_("什么东西"), max_length=60)
    minutes = PositiveIntegerField()
    at = DateTimeField(default=now)
    by = ForeignKey(Person, PROTECT, related_name="+")
    once = CharField(max_length=60, unique=True)


class AuditSample(_Kept):
    """R22: a month's random sample; seed and ids stand here, so that anybody draws it again."""

    month = DateField()
    seed = CharField(max_length=80)
    ids = JSONField(default=list)
    drawn = JSONField(default=list)
    results = JSONField(default=dict, help_text="service id → fine or not, with a note")
    by = ForeignKey(Person, PROTECT, related_name="+")
    at = DateTimeField(default=now)
    is_closed = BooleanField(default=False)

    class Meta:
        constraints = [UniqueConstraint(fields=["area", "month"], name="timebank_sample_once")]
