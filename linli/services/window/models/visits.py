"""Home visits 上门办: who asked, when somebody comes, and what happened at the door."""

from __future__ import annotations

from django.db.models import (
    PROTECT,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    ForeignKey,
    Index,
    Q,
    TextChoices,
    TimeField,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.privacy.fields import EncryptedTextField
from linli.foundation.records import Record

STAFF = frozenset({"worker", "community_head", "grid_worker"})


class VisitState(TextChoices):
    ASKED = "asked", _("等安排")
    PLANNED = "planned", _("约好了")
    DONE = "done", _("上门办过了")
    ABSENT = "absent", _("没遇上人")
    CANCELLED = "cancelled", _("取消了")


class Visit(AreaModel):
    """A wish for a visit at home, and its day."""

    asked_by = ForeignKey(Person, PROTECT, related_name="+")
    subject = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    name = EncryptedTextField(_("姓名"), purpose="window.visit", blank=True)
    phone = EncryptedTextField(_("电话"), purpose="window.visit", blank=True)
    address = EncryptedTextField(_("住址"), purpose="window.visit", blank=True)
    words = EncryptedTextField(_("要办什么"), purpose="window.visit", blank=True)
    wanted_on = DateField(_("希望哪天"))
    state = CharField(max_length=10, choices=VisitState, default=VisitState.ASKED)
    once = CharField(max_length=64, unique=True)
    asked_at = DateTimeField(default=now)
    worker = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    planned_on = DateField(null=True, blank=True)
    planned_at = TimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [CheckConstraint(
            name="window_planned_has_worker", condition=~Q(state__in=["planned", "done", "absent"]) | Q(
                worker__isnull=False, planned_on__isnull=False))]
        indexes = [
            Index(fields=["worker", "planned_on"], name="window_visit_day"),
            Index(fields=["area", "state"], name="window_visit_state"),
        ]

    def __str__(self) -> str:
        return str(self.wanted_on)

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(asked_by=person) | Q(subject=person) | person.scope_q("area__code", roles=STAFF)


class VisitReport(Record):
    """What was written down at the door. `once` is made on the tablet: sent twice it is one row."""

    visit = ForeignKey(Visit, PROTECT, related_name="reports")
    by = ForeignKey(Person, PROTECT, related_name="+")
    at = DateTimeField()
    what = CharField(max_length=8, choices=[("done", _("办好了")), ("absent", _("没遇上人"))])
    note = EncryptedTextField(_("记一笔"), purpose="window.visit", blank=True)
    once = CharField(max_length=64, unique=True)
    kept_at = DateTimeField(default=now)

    class Meta:
        ordering = ["id"]
