"""The permit of a large event, its safety plan, and what was agreed to afterwards."""

from __future__ import annotations

from django.db.models import (
    CASCADE,
    PROTECT,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    F,
    ForeignKey,
    PositiveIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import VisibleModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.records import Record
from linli.mechanisms.bookings.models.offers import PLACE_ROLES
from linli.services.activities.models.activities import Activity


class PermitState(TextChoices):
    APPLIED = "applied", _("已申请")
    GRANTED = "granted", _("已许可")
    REFUSED = "refused", _("没有许可")
    REPLACED = "replaced", _("已换新的")


class Permit(VisibleModel):
    """安全许可: what was applied for and what the police approved. Another place, content or size is a new row.

    `content` is the digest of what the event was when it was approved (`rules.content_digest`).
    """

    activity = ForeignKey(Activity, CASCADE, related_name="permits")
    authority = CharField(max_length=8, help_text="county or city, as it was needed on the day of application")
    applied_on = DateField(_("哪天申请的"))
    number = CharField(_("许可证编号"), max_length=60, blank=True)
    granted_on = DateField(_("哪天许可的"), null=True, blank=True)
    persons = PositiveIntegerField(_("核准的每场人数"))
    place = CharField(_("核准的地点"), max_length=80)
    starts = DateTimeField(_("核准的开始时间"))
    ends = DateTimeField(_("核准的结束时间"))
    content = CharField(max_length=64, blank=True)
    state = CharField(max_length=10, choices=PermitState, default=PermitState.APPLIED)
    note = CharField(_("说明"), max_length=200, blank=True)
    noted_by = ForeignKey(Person, PROTECT, related_name="+")
    created = DateTimeField(default=now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            UniqueConstraint(fields=["activity"], condition=Q(state="granted"), name="activity_permit_once"),
            CheckConstraint(name="activity_permit_number", condition=~Q(state="granted") | (
                ~Q(number="") & Q(granted_on__isnull=False))),
            CheckConstraint(name="activity_permit_forward", condition=Q(ends__gt=F("starts"))),
        ]

    @property
    def area_code(self) -> str:
        return self.activity.area_code

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return person.scope_q("activity__area__code", roles=PLACE_ROLES) | Q(activity__host=person)


class TimeConsent(Record):
    """The police agreed to another time (第15条第2款): the permit stands, its hours are the new ones."""

    permit = ForeignKey(Permit, CASCADE, related_name="consents")
    reference = CharField(_("同意变更的文号"), max_length=60)
    agreed_on = DateField(_("哪天同意的"))
    starts = DateTimeField()
    ends = DateTimeField()
    noted_by = ForeignKey(Person, PROTECT, related_name="+")
    at = DateTimeField(default=now)


class PlanPoint(Record):
    """One of the nine points of the safety plan (第6条), in words, by whom and when."""

    activity = ForeignKey(Activity, CASCADE, related_name="plan_points")
    code = CharField(max_length=12)
    text = CharField(max_length=500)
    by = ForeignKey(Person, PROTECT, related_name="+")
    at = DateTimeField(default=now)

    class Meta:
        constraints = [UniqueConstraint(fields=["activity", "code"], name="activity_plan_point_once")]


class PermitReminder(Record):
    """A reminder was sent: "soon" (30 days ahead) or "late" (the last day to apply has passed)."""

    activity = ForeignKey(Activity, CASCADE, related_name="+")
    first_day = DateField()
    step = CharField(max_length=6)
    at = DateTimeField(default=now)

    class Meta:
        constraints = [UniqueConstraint(fields=["activity", "first_day", "step"], name="activity_reminded_once")]
