"""What is known of a facility, who says so, and what does not work just now."""

from __future__ import annotations

from datetime import datetime

from django.db.models import (
    CASCADE,
    PROTECT,
    SET_NULL,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    F,
    ForeignKey,
    Index,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel, Facility
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.mechanisms.cases.models import Case


class FactState(TextChoices):
    PROPOSED = "proposed", _("待核对")
    CONFIRMED = "confirmed", _("核对过")
    REFUSED = "refused", _("没采用")
    REPLACED = "replaced", _("有了新的")


class Fact(AreaModel):
    """One fact of one facility, `key` = `value`, with who recorded it and who looked. Never changed, only replaced."""

    facility = ForeignKey(Facility, CASCADE, related_name="access_facts", verbose_name=_("设施"))
    key = CharField(max_length=30)
    value = CharField(_("是什么样"), max_length=40)
    state = CharField(max_length=10, choices=FactState, default=FactState.PROPOSED)
    note = CharField(_("说明"), max_length=200, blank=True)
    recorded_by = ForeignKey(Person, PROTECT, related_name="+")
    recorded_at = DateTimeField(default=now)
    checked_by = ForeignKey(Person, PROTECT, related_name="+", null=True, blank=True)
    checked_on = DateField(_("核对日期"), null=True, blank=True)
    answer = CharField(_("答复"), max_length=200, blank=True)

    class Meta:
        indexes = [Index(fields=["area", "state"], name="access_facts_to_check")]
        constraints = [
            UniqueConstraint(fields=["facility", "key"], condition=Q(state="confirmed"), name="access_fact_in_force"),
            UniqueConstraint(
                fields=["facility", "key", "recorded_by"],
                condition=Q(state="proposed"),
                name="access_fact_proposed_once",
            ),
            CheckConstraint(
                name="access_checked_means_who",
                condition=(Q(state="proposed", checked_by=None) | ~Q(state="proposed") & Q(checked_by__isnull=False)),
            ),
        ]

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@recorder"}) if self.recorded_by_id == person.pk else frozenset()


class OutageState(TextChoices):
    REPORTED = "reported", _("有人报了")
    CONFIRMED = "confirmed", _("核实过")
    OVER = "over", _("恢复了")
    DISMISSED = "dismissed", _("没有这回事")


class Outage(AreaModel):
    """Something that does not work now: a lift is out, a ramp is blocked, a stretch of path is dug up."""

    class Kind(TextChoices):
        OUT = "out", _("坏了，停用")
        BLOCKED = "blocked", _("被占、被堵")
        WORKS = "works", _("在施工")
        WET = "wet", _("结冰、积水")

    facility = ForeignKey(Facility, CASCADE, null=True, blank=True, related_name="outages", verbose_name=_("设施"))
    edge = ForeignKey(
        "access.PathEdge", SET_NULL, null=True, blank=True, related_name="outages", verbose_name=_("路段")
    )
    kind = CharField(_("怎么了"), max_length=8, choices=Kind)
    note = CharField(_("说明"), max_length=200, blank=True)
    starts = DateTimeField(_("从"), default=now)
    until = DateTimeField(_("到"), null=True, blank=True)
    state = CharField(max_length=10, choices=OutageState, default=OutageState.REPORTED)
    reported_by = ForeignKey(Person, PROTECT, related_name="+")
    reported_at = DateTimeField(default=now)
    checked_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    looked_at = DateTimeField(null=True, blank=True, help_text="when staff last saw that it is still so")
    ended_at = DateTimeField(null=True, blank=True)
    case = ForeignKey(Case, SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [Index(fields=["area", "state"], name="access_outages_now")]
        constraints = [
            CheckConstraint(name="access_outage_forward", condition=Q(until=None) | Q(until__gt=F("starts"))),
        ]

    def __str__(self) -> str:
        return f"{self.where} {self.get_kind_display()}"

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        """The company that answers for the place: of the facility's compound, or for a path every one here."""
        from linli.services.access.places import Place

        if self.facility is not None and self.facility.compound is not None:
            company = self.facility.compound.property_company_id
            return (company,) if company else ()
        return Place(self.area).organisation_ids

    @property
    def where(self) -> str:
        if self.facility_id and self.facility:
            return self.facility.name
        return (self.edge.name if self.edge else "") or str(_("一段路"))

    @property
    def seen_at(self) -> datetime:
        """When somebody last saw that it is so: staff, else who reported it."""
        return max(self.looked_at or self.reported_at, self.starts)

    def holds_at(self, moment: datetime) -> bool:
        """Is it so at `moment`? What nobody has ended stays; a reported one counts, as it is the safer of the two."""
        if self.state not in (OutageState.REPORTED, OutageState.CONFIRMED):
            return False
        return self.starts <= moment and (self.until is None or moment < self.until)

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@reporter"}) if self.reported_by_id == person.pk else frozenset()
