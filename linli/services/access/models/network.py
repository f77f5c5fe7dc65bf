"""The community's path network: nodes and edges with what somebody measured. An empty column means nobody looked."""

from __future__ import annotations

from django.db.models import (
    CASCADE,
    PROTECT,
    SET_NULL,
    BooleanField,
    CharField,
    CheckConstraint,
    DateField,
    F,
    FloatField,
    ForeignKey,
    Index,
    JSONField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel, Building, Facility
from linli.foundation.people.models import Person

SURFACES = (
    ("asphalt", _("沥青")), ("concrete", _("水泥")), ("paving_stones", _("地砖")), ("paved", _("硬路面")),
    ("sett", _("石块路")), ("cobblestone", _("卵石路")), ("compacted", _("压实土")), ("fine_gravel", _("细石")),
    ("gravel", _("碎石")), ("ground", _("土路")), ("grass", _("草地")), ("sand", _("沙地")), ("wood", _("木板")),
    ("unpaved", _("没铺过的路")),
)
CROSSINGS = (("signals", _("有信号灯")), ("zebra", _("有斑马线，没有信号灯")), ("unmarked", _("没有标线")))


class Network(AreaModel):
    """One row for a community: its `version` rises with every change, so that a process knows its copy is old."""

    version = PositiveIntegerField(default=0)
    source = CharField(_("数据来源"), max_length=200, blank=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["area"], name="access_network_once")]


class PathKind(TextChoices):
    FOOTWAY = "footway", _("人行道")
    ROAD = "road", _("路边，没有人行道")
    STEPS = "steps", _("台阶")
    RAMP = "ramp", _("坡道")
    LIFT = "lift", _("电梯")
    CROSSING = "crossing", _("过街处")
    INDOOR = "indoor", _("室内通道")


class PathNode(AreaModel):
    """A place where paths meet or end: a corner, a gate, a door."""

    key = CharField(_("编号"), max_length=30)
    lon = FloatField(_("经度"), help_text="WGS 84")
    lat = FloatField(_("纬度"), help_text="WGS 84")
    name = CharField(_("名称"), max_length=60, blank=True)
    facility = ForeignKey(Facility, SET_NULL, null=True, blank=True, related_name="+")
    building = ForeignKey(Building, SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [UniqueConstraint(fields=["area", "key"], name="access_node_key_once")]

    def __str__(self) -> str:
        return self.name or self.key


class PathEdge(AreaModel):
    """A stretch of path. `incline` in percent, positive where it rises from `start` to `end`."""

    key = CharField(_("编号"), max_length=40)
    start = ForeignKey(PathNode, CASCADE, related_name="+")
    end = ForeignKey(PathNode, CASCADE, related_name="+")
    kind = CharField(_("是什么"), max_length=10, choices=PathKind, default=PathKind.FOOTWAY)
    name = CharField(_("名称"), max_length=60, blank=True)
    length_m = FloatField(_("长度（米）"))
    incline = FloatField(_("坡度（%）"), null=True, blank=True)
    width_cm = PositiveSmallIntegerField(_("净宽（厘米）"), null=True, blank=True)
    steps = PositiveSmallIntegerField(_("台阶级数"), null=True, blank=True)
    kerb_cm = FloatField(_("路缘高（厘米）"), null=True, blank=True)
    surface = CharField(_("路面"), max_length=20, blank=True)
    lit = BooleanField(_("有路灯"), null=True, blank=True)
    tactile = BooleanField(_("有盲道"), null=True, blank=True)
    handrail = BooleanField(_("有扶手"), null=True, blank=True)
    crossing = CharField(_("怎么过街"), max_length=10, blank=True)
    sound = BooleanField(_("信号灯有声音"), null=True, blank=True)
    bench = BooleanField(_("有椅子"), default=False)
    one_way = BooleanField(_("只能一个方向走"), default=False)
    wheelchair = CharField(_("轮椅"), max_length=8, blank=True)
    facility = ForeignKey(Facility, SET_NULL, null=True, blank=True, related_name="+")
    shape = JSONField(null=True, blank=True, help_text="WGS 84 points, start to end")
    checked_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    checked_on = DateField(_("量的日期"), null=True, blank=True)

    class Meta:
        indexes = [Index(fields=["area", "kind"], name="access_edge_kind")]
        constraints = [
            UniqueConstraint(fields=["area", "key"], name="access_edge_key_once"),
            CheckConstraint(name="access_edge_has_length", condition=Q(length_m__gte=0)),
            CheckConstraint(name="access_edge_two_ends", condition=~Q(start=F("end"))),
        ]

    def __str__(self) -> str:
        return self.name or str(self.get_kind_display())

    @property
    def surface_words(self) -> str:
        return str(dict(SURFACES).get(self.surface, self.surface))
