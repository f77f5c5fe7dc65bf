"""亲子活动: a thin list; the places, the parties and the queue are the bookings mechanism's."""

from __future__ import annotations

from django.db.models import (
    PROTECT,
    BigIntegerField,
    BooleanField,
    CharField,
    DateTimeField,
    ForeignKey,
    PositiveSmallIntegerField,
    TextField,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel, Facility
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person


class Outing(AreaModel):
    """Something parents and children do together: every party has at least one adult."""

    title = CharField(_("名称"), max_length=80)
    text = TextField(_("做什么、带什么"), max_length=1000, blank=True)
    facility = ForeignKey(Facility, PROTECT, null=True, blank=True, related_name="+", verbose_name=_("地点"))
    place = CharField(_("地点"), max_length=80, blank=True)
    age_from = PositiveSmallIntegerField(_("从几岁"), default=0)
    age_to = PositiveSmallIntegerField(_("到几岁"), default=12)
    starts = DateTimeField(_("开始"))
    ends = DateTimeField(_("结束"))
    host = ForeignKey(Person, PROTECT, related_name="+", verbose_name=_("带队的人"))
    offer_id = BigIntegerField(null=True, editable=False)
    session_id = BigIntegerField(null=True, editable=False)
    is_cancelled = BooleanField(default=False)
    created = DateTimeField(default=now)

    class Meta:
        ordering = ["starts", "id"]

    def __str__(self) -> str:
        return self.title

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@host"} if self.host_id == person.pk else ())
