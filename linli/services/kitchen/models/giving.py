"""Donors, what they offer, and the paper they get for it."""

from __future__ import annotations

from django.db.models import (
    PROTECT,
    SET_NULL,
    BooleanField,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    ForeignKey,
    Index,
    JSONField,
    OneToOneField,
    PositiveIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.privacy.fields import EncryptedTextField
from linli.foundation.privacy.masks import mask_name
from linli.services.kitchen.models.stock import KEEPERS, Ingredient, Measure, Storage


class Donor(AreaModel):
    """捐赠人: a person or a body. The name is public only with consent (慈善法 第82条), and never preselected."""

    person = ForeignKey(Person, SET_NULL, null=True, blank=True, related_name="+")
    name = EncryptedTextField(_("捐赠人"), purpose="kitchen.donor")
    phone = EncryptedTextField(_("联系电话"), purpose="kitchen.donor", blank=True)
    is_body = BooleanField(_("是单位"), default=False)
    is_named = BooleanField(_("可以公开名字"), default=False)
    since = DateTimeField(default=now)

    class Meta:
        ordering = ["-since", "-id"]
        constraints = [UniqueConstraint(
            fields=["area", "person"], condition=Q(person__isnull=False), name="kitchen_donor_once")]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        """What the desk's lists show: a body's name whole, a person's masked."""
        return self.name if self.is_body else mask_name(self.name)

    @property
    def data_subject_id(self) -> int | None:
        return self.person_id

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | person.scope_q("area__code", roles=KEEPERS)

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@donor"} if self.person_id == person.pk else ())


class GiftState(TextChoices):
    OFFERED = "offered", _("等厨房答复")
    ACCEPTED = "accepted", _("约好交接")
    RECEIVED = "received", _("收到了")
    DECLINED = "declined", _("没有收")
    WITHDRAWN = "withdrawn", _("自己撤回")


class Gift(AreaModel):
    """One thing offered: what, how much, until when good; the answer; the hand-over; what was counted."""

    class Condition(TextChoices):
        GOOD = "good", _("完好")
        SOME = "some", _("有一部分不能用")
        BAD = "bad", _("不能用")

    donor = ForeignKey(Donor, PROTECT, related_name="gifts")
    what = CharField(_("捐什么"), max_length=60)
    measure = CharField(_("怎么计量"), max_length=6, choices=Measure, default=Measure.GRAM)
    amount = PositiveIntegerField(_("多少"))
    allergens = JSONField(_("含致敏物"), default=list, blank=True)
    expires_on = DateField(_("到期日"))
    storage = CharField(_("怎么存"), max_length=8, choices=Storage, default=Storage.ROOM)
    is_packaged = BooleanField(_("是包装食品"), default=False)
    licence = CharField(_("生产许可证号"), max_length=40, blank=True)
    label = CharField(_("厂家批号"), max_length=40, blank=True)
    wants_agreement = BooleanField(_("要签书面捐赠协议"), default=False)
    wants_receipt = BooleanField(_("要收据"), default=True)
    is_anonymous = BooleanField(_("匿名捐赠"), default=False)
    once = CharField(max_length=40)
    state = CharField(max_length=10, choices=GiftState, default=GiftState.OFFERED)
    offered_at = DateTimeField(default=now)
    answered_at = DateTimeField(null=True, blank=True)
    answered_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    why_not = CharField(_("为什么没有收"), max_length=120, blank=True)
    collect_at = DateTimeField(_("什么时候交接"), null=True, blank=True)
    collect_where = CharField(_("在哪里交接"), max_length=80, blank=True)
    agreed_at = DateTimeField(_("协议签了"), null=True, blank=True)
    ingredient = ForeignKey(Ingredient, PROTECT, null=True, blank=True, related_name="+")
    counted = PositiveIntegerField(_("点下来多少"), default=0)
    condition = CharField(_("品相"), max_length=6, choices=Condition, blank=True)
    received_at = DateTimeField(null=True, blank=True)
    received_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-offered_at", "-id"]
        constraints = [
            UniqueConstraint(fields=["donor", "once"], name="kitchen_gift_once"),
            CheckConstraint(name="kitchen_gift_something", condition=Q(amount__gt=0)),
        ]
        indexes = [Index(fields=["area", "state", "offered_at"], name="kitchen_gift_queue")]

    def __str__(self) -> str:
        return self.what

    @property
    def waits_for_agreement(self) -> bool:
        return self.wants_agreement and self.agreed_at is None

    @property
    def data_subject_id(self) -> int | None:
        return self.donor.person_id

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(donor__person=person) | person.scope_q("area__code", roles=KEEPERS)

    def relations_to(self, person: Person) -> frozenset[str]:
        return self.donor.relations_to(person)


class ReceiptKind(TextChoices):
    OFFICIAL = "official", _("公益事业捐赠票据")
    ACKNOWLEDGEMENT = "acknowledgement", _("捐赠收讫凭证")
    ANONYMOUS = "anonymous", _("匿名，不开收据")
    WAIVED = "waived", _("捐赠人不要收据")


class Receipt(AreaModel):
    """慈善法 第38条: what was given, by whom, to whom, by whose hand, on which day; or that none was wanted."""

    gift = OneToOneField(Gift, PROTECT, related_name="receipt")
    kind = CharField(max_length=16, choices=ReceiptKind)
    number = CharField(max_length=24)
    ticket = CharField(_("财政票据号码"), max_length=40, blank=True)
    body = CharField(max_length=80)
    handler = ForeignKey(Person, PROTECT, related_name="+")
    on = DateField()

    class Meta:
        constraints = [UniqueConstraint(fields=["area", "number"], name="kitchen_receipt_number_once")]

    @property
    def is_paper(self) -> bool:
        return self.kind in (ReceiptKind.OFFICIAL, ReceiptKind.ACKNOWLEDGEMENT)

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(gift__donor__person=person) | person.scope_q("area__code", roles=KEEPERS)
