"""Volunteers of the kitchen: shifts on bookings, who came and went, and the health certificate of who cooks."""

from __future__ import annotations

from datetime import date

from django.db.models import (
    CASCADE,
    PROTECT,
    BigIntegerField,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    F,
    ForeignKey,
    Index,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel, VisibleModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.privacy.fields import EncryptedTextField
from linli.services.kitchen.models.stock import KEEPERS


class ShiftKind(TextChoices):
    COOK = "cook", _("做饭")
    PACK = "pack", _("装餐")
    CARRY = "carry", _("送餐")


class Shift(AreaModel):
    """A time at which hands are wanted. Its places are a session of the bookings mechanism."""

    kind = CharField(_("做什么"), max_length=6, choices=ShiftKind)
    starts = DateTimeField(_("从"))
    ends = DateTimeField(_("到"))
    places = PositiveSmallIntegerField(_("要几个人"))
    session_id = BigIntegerField(null=True, editable=False)

    class Meta:
        ordering = ["starts", "id"]
        constraints = [CheckConstraint(name="kitchen_shift_forward", condition=Q(ends__gt=F("starts")))]
        indexes = [Index(fields=["area", "starts"], name="kitchen_shift_by_time")]

    def __str__(self) -> str:
        return str(self.get_kind_display())

    @property
    def minutes(self) -> int:
        return int((self.ends - self.starts).total_seconds() // 60)


class Attending(VisibleModel):
    """Who came to a shift and when they went: the minutes that the time bank hears of, once."""

    shift = ForeignKey(Shift, CASCADE, related_name="attending")
    person = ForeignKey(Person, CASCADE, related_name="+")
    came_at = DateTimeField()
    went_at = DateTimeField(null=True, blank=True)
    minutes = PositiveSmallIntegerField(default=0)
    noted_by = ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        ordering = ["came_at", "id"]
        constraints = [UniqueConstraint(fields=["shift", "person"], name="kitchen_attending_once")]

    @property
    def area_code(self) -> str:
        return self.shift.area_code

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | person.scope_q("shift__area__code", roles=KEEPERS)


class Certificate(AreaModel):
    """健康证 of somebody who touches food that is eaten as it is (食品安全法 第45条)."""

    person = ForeignKey(Person, CASCADE, related_name="+")
    number = EncryptedTextField(_("健康证号"), purpose="kitchen.handler")
    valid_until = DateField(_("有效期到"))
    by = ForeignKey(Person, PROTECT, related_name="+")
    at = DateTimeField(default=now)

    class Meta:
        ordering = ["-valid_until", "-id"]
        indexes = [Index(fields=["person", "valid_until"], name="kitchen_certificate_of")]

    @property
    def data_subject_id(self) -> int | None:
        return self.person_id

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | person.scope_q("area__code", roles=KEEPERS)


def may_cook_on(person: Person, day: date) -> bool:
    """Is a health certificate in date on `day`?"""
    return bool(Certificate.objects.filter(person=person, valid_until__gte=day).exists())
