"""A child that did not come, or was not collected: one alarm, and the rungs of its ladder, each climbed once."""

from __future__ import annotations

from django.db.models import (
    CASCADE,
    PROTECT,
    CharField,
    DateTimeField,
    ForeignKey,
    Index,
    JSONField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import VisibleModel
from linli.foundation.people.models import Person
from linli.foundation.records import Record
from linli.services.children.models.care import DayEntry
from linli.services.children.models.people import CARERS, Child


class CareAlarm(VisibleModel):
    class Kind(TextChoices):
        NOT_ARRIVED = "not_arrived", _("没到托管班")
        NOT_COLLECTED = "not_collected", _("过了时间没人接")

    entry = ForeignKey(DayEntry, CASCADE, related_name="alarms")
    kind = CharField(max_length=14, choices=Kind)
    since = DateTimeField(help_text="when it was due: the ladder counts from here")
    raised_at = DateTimeField()
    taken_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    taken_at = DateTimeField(null=True, blank=True)
    ended_at = DateTimeField(null=True, blank=True)
    ended_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    outcome = CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["raised_at", "id"]
        constraints = [UniqueConstraint(fields=["entry", "kind"], name="child_alarm_once")]
        indexes = [Index(fields=["since"], condition=Q(ended_at=None), name="child_alarm_open")]

    @property
    def area_code(self) -> str:
        return self.entry.area_code

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(entry__child__in=Child.objects.visible_to(person).values("pk")) | person.scope_q(
            "entry__group__area__code", roles=CARERS)

    def relations_to(self, person: Person) -> frozenset[str]:
        return self.entry.relations_to(person)


class AlarmRung(Record):
    """That a rung was climbed, and whom it told: the pair is unique, so no restart tells anybody twice."""

    alarm = ForeignKey(CareAlarm, CASCADE, related_name="rungs")
    number = PositiveSmallIntegerField()
    at = DateTimeField()
    told = JSONField(default=list, help_text="the words of the rung: care_staff, school, guardian, head …")
    people = PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["number"]
        constraints = [UniqueConstraint(fields=["alarm", "number"], name="child_rung_once")]

    @property
    def area_code(self) -> str:
        return self.alarm.area_code


