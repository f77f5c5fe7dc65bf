"""What began online and could not be finished there, told at the window: the page is named, the person is not."""

from __future__ import annotations

from django.db.models import PROTECT, CharField, DateField, ForeignKey, Index, Q, TextChoices
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel
from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Person
from linli.services.learning.models.courses import STAFF


class Band(TextChoices):
    UNDER_60 = "under_60", _("60 岁以下")
    SIXTIES = "60_69", _("60–69 岁")
    SEVENTIES = "70_79", _("70–79 岁")
    EIGHTIES = "80_up", _("80 岁以上")
    UNKNOWN = "unknown", _("没有问")


class Stuck(AreaModel):
    """One task that was begun online and finished at the window."""

    page = CharField(_("哪一页"), max_length=60)
    step = CharField(_("卡在哪一步"), max_length=80)
    band = CharField(_("年纪"), max_length=8, choices=Band, default=Band.UNKNOWN)
    on = DateField(default=today)
    noted_by = ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        ordering = ["-on", "-id"]
        indexes = [Index(fields=["area", "on"], name="learning_stuck_here")]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return person.scope_q("area__code", roles=STAFF | {"street_leader"})
