"""Ways to school: the stretches with what makes them safe or not, and the children who walk in a line with adults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import (
    CASCADE,
    PROTECT,
    SET_NULL,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    ForeignKey,
    JSONField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    TimeField,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Organisation, Person
from linli.foundation.records import Record
from linli.services.children.models.places import Amount

if TYPE_CHECKING:
    from linli.services.children.rules import SegmentFacts


class Crossing(TextChoices):
    NONE = "none", _("不过马路")
    BRIDGE = "bridge", _("天桥或地道")
    SIGNAL = "signal", _("红绿灯路口")
    ZEBRA = "zebra", _("斑马线")
    UNMARKED = "unmarked", _("没有标线的路口")


class Pavement(TextChoices):
    BOTH = "both", _("两边有人行道")
    ONE = "one", _("一边有人行道")
    SHARED = "shared", _("和非机动车混走")
    NONE = "none", _("没有人行道")


class Route(AreaModel):
    """上学路: a way from a compound to a school, in the order of walking."""

    name = CharField(_("名称"), max_length=60)
    school = ForeignKey(Organisation, PROTECT, related_name="+", verbose_name=_("学校"))
    starts_at = CharField(_("从哪里出发"), max_length=60)
    is_published = BooleanField(_("给家长看"), default=True)
    walked_on = DateField(_("哪天实地走过"), null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [UniqueConstraint(fields=["area", "name"], name="child_route_once")]

    def __str__(self) -> str:
        return self.name


class Segment(Record):
    """One stretch of a route: its line and the facts its score is computed from."""

    route = ForeignKey(Route, CASCADE, related_name="segments")
    order = PositiveSmallIntegerField(_("第几段"))
    name = CharField(_("路段"), max_length=60)
    points = JSONField(_("折线"), help_text="[[lon, lat], …] WGS 84, at least two")
    speed_kmh = PositiveSmallIntegerField(_("车速（公里/小时）"), default=0)
    crossing = CharField(_("过路口"), max_length=10, choices=Crossing, default=Crossing.NONE)
    pavement = CharField(_("人行道"), max_length=8, choices=Pavement)
    lighting = CharField(_("照明"), max_length=6, choices=Amount, default=Amount.GOOD)
    has_guard = BooleanField(_("上下学有人护送过路"), default=False)
    advice = CharField(_("走到这里要当心"), max_length=120, blank=True)

    class Meta:
        ordering = ["order", "id"]
        constraints = [UniqueConstraint(fields=["route", "order"], name="child_segment_order_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def area_code(self) -> str:
        return self.route.area_code

    def facts(self, hazards: int = 0) -> SegmentFacts:
        """What `rules.segment_score` needs."""
        from linli.services.children.rules import SegmentFacts, length_m

        return SegmentFacts(
            length_m=length_m(self.points), speed_kmh=self.speed_kmh, crossing=self.crossing, pavement=self.pavement,
            lighting=self.lighting, has_guard=self.has_guard, hazards=hazards)


class Bus(AreaModel):
    """集体步行: children of a route walk together, an adult in front and one behind."""

    route = ForeignKey(Route, PROTECT, related_name="buses")
    name = CharField(_("名称"), max_length=60)
    weekdays = JSONField(_("星期几"), default=list, help_text="1 Monday … 7 Sunday")
    departs = TimeField(_("出发时间"))
    meets_at = CharField(_("集合地点"), max_length=60)
    adults_min = PositiveSmallIntegerField(_("至少几位大人"), default=2)
    is_running = BooleanField(_("在办"), default=True)
    phone = CharField(_("联系电话"), max_length=20, blank=True)

    class Meta:
        ordering = ["departs", "id"]

    def __str__(self) -> str:
        return self.name


class BusTurn(Record):
    """One volunteer walks one bus on one day."""

    bus = ForeignKey(Bus, CASCADE, related_name="turns")
    on = DateField()
    volunteer = ForeignKey(Person, CASCADE, related_name="+")
    at = DateTimeField(default=now)

    class Meta:
        ordering = ["on", "id"]
        constraints = [UniqueConstraint(fields=["bus", "on", "volunteer"], name="child_bus_turn_once")]

    @property
    def area_code(self) -> str:
        return self.bus.area_code


class BusRider(Record):
    """A child that walks along, put in by a guardian."""

    bus = ForeignKey(Bus, CASCADE, related_name="riders")
    child = ForeignKey("children.Child", CASCADE, related_name="+")
    by = ForeignKey(Person, SET_NULL, null=True, related_name="+")
    since = DateField()
    until = DateField(null=True, blank=True)

    class Meta:
        constraints = [UniqueConstraint(
            fields=["bus", "child"], condition=Q(until=None), name="child_bus_rider_once")]
