"""放学后托管: rooms with their papers, groups with their term, who is enrolled, and each child's day."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db.models import (
    CASCADE,
    PROTECT,
    SET_NULL,
    BigIntegerField,
    BooleanField,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    DecimalField,
    F,
    ForeignKey,
    Index,
    JSONField,
    PositiveSmallIntegerField,
    Q,
    QuerySet,
    TextChoices,
    TimeField,
    UniqueConstraint,
)
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel, VisibleModel
from linli.foundation.calendar import clock
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Organisation, Person
from linli.foundation.privacy.fields import EncryptedTextField
from linli.foundation.records import Record
from linli.services.children.models.people import CARERS, Child, Collector


class CareSite(AreaModel):
    """The rooms of a care provider, and what limits how many children fit."""

    name = CharField(_("名称"), max_length=60)
    operator = ForeignKey(Organisation, PROTECT, related_name="+", verbose_name=_("谁办的"))
    address = CharField(_("地址"), max_length=120)
    phone = CharField(_("电话"), max_length=20)
    room_m2 = DecimalField(_("室内面积（m²）"), max_digits=7, decimal_places=2)
    fire_limit = PositiveSmallIntegerField(_("消防核定人数"))
    seats = PositiveSmallIntegerField(_("座位"))
    meals = PositiveSmallIntegerField(_("每天能供几份餐"), null=True, blank=True, help_text=_("不供餐就不填"))

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class PaperKind(TextChoices):
    LICENCE = "licence", _("登记或备案")
    FOOD = "food", _("食品经营许可")
    FIRE = "fire", _("消防合格")


class CarePaper(Record):
    """A paper with its last day; past it no new child is enrolled."""

    site = ForeignKey(CareSite, CASCADE, related_name="papers")
    kind = CharField(_("证照"), max_length=8, choices=PaperKind)
    number = CharField(_("编号"), max_length=60)
    valid_until = DateField(_("有效期到"))
    recorded_by = ForeignKey(Person, PROTECT, related_name="+")
    recorded_at = DateTimeField(default=now)

    class Meta:
        ordering = ["kind", "-valid_until"]

    @property
    def area_code(self) -> str:
        return self.site.area_code


class CareGroup(AreaModel):
    """A group of one term. Its places are a session of the bookings mechanism (`offer_id`, `session_id`)."""

    site = ForeignKey(CareSite, PROTECT, related_name="groups")
    name = CharField(_("班名"), max_length=60)
    school = ForeignKey(Organisation, PROTECT, related_name="+", verbose_name=_("合作学校"))
    starts_on = DateField(_("学期从"))
    ends_on = DateField(_("学期到"))
    weekdays = JSONField(_("星期几"), default=list, help_text="1 Monday … 7 Sunday")
    meets = TimeField(_("从学校接的时间"), help_text=_("老师把孩子交给托管老师"))
    closes = TimeField(_("几点前接走"))
    has_meal = BooleanField(_("供餐"), default=False)
    grades = CharField(_("几年级"), max_length=40, blank=True)
    offer_id = BigIntegerField(null=True, editable=False)
    session_id = BigIntegerField(null=True, editable=False)
    is_open = BooleanField(_("接受报名"), default=False)

    class Meta:
        ordering = ["starts_on", "name", "id"]
        constraints = [CheckConstraint(name="child_term_forward", condition=Q(ends_on__gt=F("starts_on")))]

    def __str__(self) -> str:
        return self.name

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        """The school alone: the provider works through its staff (`CareStaff`)."""
        return (self.school_id,)

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@care_staff"}) if CareStaff.current().filter(group=self, person=person).exists() else (
            frozenset())

    def runs_on(self, day: date) -> bool:
        """A day of the term's calendar, not called off."""
        return (
            self.starts_on <= day <= self.ends_on and day.isoweekday() in self.weekdays
            and not self.changes.filter(on=day, is_closed=True).exists())

    def closing(self, day: date) -> datetime:
        """When children must be collected on `day`: the term's time, or the earlier one announced."""
        change = self.changes.filter(on=day).first()
        return at(day, change.closes if change and change.closes else self.closes)

    def meeting(self, day: date) -> datetime:
        """When the school hands over on `day`; an early closing of the school moves it."""
        change = self.changes.filter(on=day).first()
        return at(day, change.meets if change and change.meets else self.meets)


def at(day: date, hour: time) -> datetime:
    """That wall time of that day, aware."""
    return timezone.make_aware(datetime.combine(day, hour))


class DayChange(Record):
    """One day that is not as the term says: closed, or meeting or closing at another time."""

    group = ForeignKey(CareGroup, CASCADE, related_name="changes")
    on = DateField(_("哪天"))
    is_closed = BooleanField(_("这天不开"), default=False)
    meets = TimeField(_("改到几点从学校接"), null=True, blank=True)
    closes = TimeField(_("改到几点前接走"), null=True, blank=True)
    reason = CharField(_("原因"), max_length=120)
    by = ForeignKey(Person, PROTECT, related_name="+")
    at = DateTimeField(default=now)

    class Meta:
        ordering = ["on"]
        constraints = [UniqueConstraint(fields=["group", "on"], name="child_day_change_once")]

    @property
    def area_code(self) -> str:
        return self.group.area_code


class CareStaff(VisibleModel):
    """Who looks after a group, from and until a date. Counts for the ratio only while the vetting is in date."""

    group = ForeignKey(CareGroup, CASCADE, related_name="staff")
    person = ForeignKey(Person, CASCADE, related_name="+")
    since = DateField(default=clock.today)
    until = DateField(null=True, blank=True)

    class Meta:
        constraints = [UniqueConstraint(
            fields=["group", "person"], condition=Q(until=None), name="child_care_staff_once")]

    @property
    def area_code(self) -> str:
        return self.group.area_code

    @classmethod
    def current(cls) -> QuerySet[CareStaff]:
        """Those on the staff today."""
        day = clock.today()
        found: QuerySet[CareStaff] = cls.objects.filter(Q(until=None) | Q(until__gte=day), since__lte=day)
        return found

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | person.scope_q("group__area__code", roles=CARERS)


class EnrolmentState(TextChoices):
    WAITING = "waiting", _("候补中")
    ACTIVE = "active", _("在托")
    ENDED = "ended", _("已退托")


class Enrolment(AreaModel):
    """A child in a group. `reservation_id` or `entry_id` is its place, or its place in the queue, at bookings."""

    group = ForeignKey(CareGroup, PROTECT, related_name="enrolments")
    child = ForeignKey(Child, CASCADE, related_name="enrolments")
    by = ForeignKey(Person, SET_NULL, null=True, related_name="+")
    state = CharField(max_length=8, choices=EnrolmentState)
    since = DateField()
    until = DateField(null=True, blank=True)
    reservation_id = BigIntegerField(null=True, editable=False)
    entry_id = BigIntegerField(null=True, editable=False)
    at = DateTimeField(default=now)

    class Meta:
        ordering = ["at", "id"]
        constraints = [UniqueConstraint(
            fields=["group", "child"], condition=~Q(state="ended"), name="child_enrolled_once")]

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        return self.group.organisation_ids

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(child__in=Child.objects.visible_to(person).values("pk"))

    def relations_to(self, person: Person) -> frozenset[str]:
        return self.child.relations_to(person)


class DayState(TextChoices):
    EXPECTED = "expected", _("等着来")
    ABSENT = "absent", _("今天不来")
    ARRIVED = "arrived", _("在托管班")
    COLLECTED = "collected", _("接走了")


class DayEntry(VisibleModel):
    """One child, one day: what the school and the guardian said, when it came, when it left."""

    enrolment = ForeignKey(Enrolment, CASCADE, related_name="days")
    group = ForeignKey(CareGroup, PROTECT, related_name="entries")
    child = ForeignKey(Child, CASCADE, related_name="days")
    on = DateField()
    state = CharField(max_length=10, choices=DayState, default=DayState.EXPECTED)
    absent_because = CharField(max_length=80, blank=True)
    said_by = ForeignKey(Person, SET_NULL, null=True, blank=True, related_name="+")
    school_said = CharField(max_length=8, blank=True, help_text="here or away: the roll of the day")
    meets_at = DateTimeField()
    closes_at = DateTimeField()
    arrived_at = DateTimeField(null=True, blank=True)
    collected_at = DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["on", "id"]
        constraints = [UniqueConstraint(fields=["enrolment", "on"], name="child_day_once")]
        indexes = [
            Index(fields=["meets_at"], condition=Q(state="expected"), name="child_day_awaited"),
            Index(fields=["closes_at"], condition=Q(state="arrived"), name="child_day_here"),
        ]

    @property
    def area_code(self) -> str:
        return self.group.area_code

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        return self.group.organisation_ids

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(child__in=Child.objects.visible_to(person).values("pk"))

    def relations_to(self, person: Person) -> frozenset[str]:
        return self.child.relations_to(person)


class HandOver(Record):
    """Who gave which child to whom, when, before whose eyes. Written once, never changed."""

    class Direction(TextChoices):
        IN = "in", _("老师交给托管")
        OUT = "out", _("交给接送人")

    class How(TextChoices):
        TEACHER = "teacher", _("和老师当面交接")
        CODE = "code", _("照片和一次性接送码")
        EXCEPTION = "exception", _("监护人当面，负责人在场")

    entry = ForeignKey(DayEntry, CASCADE, related_name="handovers")
    direction = CharField(max_length=3, choices=Direction)
    how = CharField(max_length=10, choices=How)
    staff = ForeignKey(Person, PROTECT, related_name="+")
    other = EncryptedTextField(_("交接的人"), purpose="children.care")
    collector = ForeignKey(Collector, SET_NULL, null=True, blank=True, related_name="+")
    at = DateTimeField()
    note = EncryptedTextField(_("说明"), purpose="children.care", blank=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [UniqueConstraint(fields=["entry", "direction"], name="child_handed_once")]

    @property
    def area_code(self) -> str:
        return self.entry.area_code


class PickupCode(Record):
    """One code for one collector and one day: only its keyed digest is kept; spent once, refused after a few tries."""

    collector = ForeignKey(Collector, CASCADE, related_name="codes")
    on = DateField()
    digest = CharField(max_length=64)
    made_by = ForeignKey(Person, PROTECT, related_name="+")
    made_at = DateTimeField(default=now)
    tries = PositiveSmallIntegerField(default=0)
    used_at = DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["collector", "on"], name="child_code_of_day")]

    @property
    def area_code(self) -> str:
        return self.collector.area_code


class ChangeState(TextChoices):
    WAITING = "waiting", _("等监护人确认")
    CONFIRMED = "confirmed", _("监护人确认了")
    DECLINED = "declined", _("监护人不同意")


class PlanChange(VisibleModel):
    """Somebody told the staff of a change by telephone: it counts only when a guardian has confirmed it."""

    class What(TextChoices):
        ABSENT = "absent", _("今天不来")
        EARLY = "early", _("提早接走")

    entry = ForeignKey(DayEntry, CASCADE, related_name="plan_changes")
    what = CharField(_("改成"), max_length=8, choices=What)
    told_by = EncryptedTextField(_("谁打来的"), purpose="children.care")
    taken_by = ForeignKey(Person, PROTECT, related_name="+")
    at = DateTimeField(default=now)
    state = CharField(max_length=10, choices=ChangeState, default=ChangeState.WAITING)
    decided_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    decided_at = DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [UniqueConstraint(
            fields=["entry", "what"], condition=Q(state="waiting"), name="child_plan_change_once")]

    @property
    def area_code(self) -> str:
        return self.entry.area_code

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(entry__child__in=Child.objects.visible_to(person).values("pk"))

    def relations_to(self, person: Person) -> frozenset[str]:
        return self.entry.relations_to(person)
