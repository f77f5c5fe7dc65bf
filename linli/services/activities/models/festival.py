"""A festival's stages, what happens on them when, and the volunteers' shifts."""

from __future__ import annotations

from django.db.models import (
    CASCADE,
    PROTECT,
    CharField,
    CheckConstraint,
    DateTimeField,
    F,
    ForeignKey,
    OneToOneField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.records import Record
from linli.mechanisms.bookings.models import Session
from linli.services.activities.models.activities import Activity


class Stage(Record):
    """舞台、展位、广场: where the programme happens side by side."""

    activity = ForeignKey(Activity, CASCADE, related_name="stages")
    name = CharField(_("舞台"), max_length=30)
    place = CharField(_("在哪里"), max_length=60, blank=True)
    order = PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "id"]
        constraints = [UniqueConstraint(fields=["activity", "name"], name="activity_stage_once")]

    def __str__(self) -> str:
        return self.name


class ItemKind(TextChoices):
    SHOW = "show", _("节目")
    REHEARSAL = "rehearsal", _("彩排")


class ProgrammeItem(Record):
    """One line of the programme. A stage holds one at a time; a rehearsal is shown to helpers and the desk only."""

    stage = ForeignKey(Stage, CASCADE, related_name="items")
    kind = CharField(_("是什么"), max_length=10, choices=ItemKind, default=ItemKind.SHOW)
    title = CharField(_("节目"), max_length=60)
    who = CharField(_("谁演"), max_length=60, blank=True)
    starts = DateTimeField(_("开始"))
    ends = DateTimeField(_("结束"))

    class Meta:
        ordering = ["starts", "stage__order", "id"]
        constraints = [CheckConstraint(name="activity_item_forward", condition=Q(ends__gt=F("starts")))]

    def __str__(self) -> str:
        return self.title


class Shift(Record):
    """志愿者班次: what to do; the time, the places and who comes are the session's."""

    activity = ForeignKey(Activity, CASCADE, related_name="shifts")
    session = OneToOneField(Session, PROTECT, related_name="+")
    name = CharField(_("岗位"), max_length=30)
    what = CharField(_("做什么"), max_length=120, blank=True)

    class Meta:
        ordering = ["session__starts", "id"]

    def __str__(self) -> str:
        return self.name
