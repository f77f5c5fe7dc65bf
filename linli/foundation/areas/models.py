"""The tree of places: division codes, compounds, buildings, homes, facilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.core.validators import RegexValidator
from django.db.models import (
    CASCADE,
    PROTECT,
    CharField,
    CheckConstraint,
    DecimalField,
    FloatField,
    ForeignKey,
    Index,
    JSONField,
    Manager,
    PositiveIntegerField,
    Q,
    QuerySet,
    SmallIntegerField,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.records import Record

if TYPE_CHECKING:
    from linli.foundation.people.models import Person


class VisibleQuerySet(QuerySet[Any]):
    """Every list of a room starts from `visible_to`."""

    def visible_to(self, person: Person | None) -> Self:
        """Only the rows that `person` may see; nobody sees nothing."""
        if person is None:
            return self.none()
        return self.filter(self.model.seen_by(person))


class VisibleModel(Record):
    """Abstract: a table with `objects.visible_to(person)`; the table says who sees it in `seen_by`."""

    objects: Manager[Any] = Manager.from_queryset(VisibleQuerySet)()

    class Meta:
        abstract = True

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        raise NotImplementedError(f"{cls.__name__} does not say who sees it")


class Level(TextChoices):
    PROVINCE = "province", _("省")
    CITY = "city", _("市")
    DISTRICT = "district", _("区")
    STREET = "street", _("街道")
    COMMUNITY = "community", _("社区")
    GRID = "grid", _("网格")


LEVEL_DIGITS = {
    Level.PROVINCE: 2, Level.CITY: 4, Level.DISTRICT: 6, Level.STREET: 9, Level.COMMUNITY: 12, Level.GRID: 15,
}


class Area(Record):
    """A division: its `code` is the national code without trailing zeros, so a prefix is an ancestor."""

    code = CharField(_("区划代码"), max_length=15, unique=True, validators=[RegexValidator(r"^\d{2,15}$")])
    name = CharField(_("名称"), max_length=60)
    level = CharField(_("级别"), max_length=10, choices=Level)
    short = CharField(_("单号字头"), max_length=6, blank=True, help_text=_("写在单号前面的字母，例如 WTL"))
    outline = JSONField(_("边界"), null=True, blank=True, help_text="GeoJSON geometry, WGS 84")
    phone = CharField(_("值班电话"), max_length=20, blank=True)

    objects = Manager.from_queryset(VisibleQuerySet)()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def area_code(self) -> str:
        return self.code

    @property
    def community_code(self) -> str:
        """The 12 digits of the community this place lies in; shorter above it."""
        return self.code[:12]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Names of divisions are public."""
        return Q()


class AreaModel(VisibleModel):
    """Abstract: a row that belongs to a place. By default its community's people see it, and staff above it."""

    area = ForeignKey(Area, PROTECT, related_name="+", verbose_name=_("所属"))

    class Meta:
        abstract = True

    @property
    def area_code(self) -> str:
        return self.area.code

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return person.scope_q("area__code")


class Compound(AreaModel):
    """小区: a residential compound of a community."""

    name = CharField(_("小区"), max_length=60)
    address = CharField(_("地址"), max_length=120, blank=True)
    property_company = ForeignKey(
        "people.Organisation", PROTECT, null=True, blank=True, related_name="compounds", verbose_name=_("物业"))
    completed_on_year = PositiveIntegerField(_("竣工年份"), null=True, blank=True)
    outline = JSONField(_("边界"), null=True, blank=True, help_text="GeoJSON geometry, WGS 84")

    class Meta:
        ordering = ["name"]
        constraints = [UniqueConstraint(fields=["area", "name"], name="compound_name_once")]

    def __str__(self) -> str:
        return self.name


class Building(AreaModel):
    """楼栋."""

    compound = ForeignKey(Compound, CASCADE, related_name="buildings", verbose_name=_("小区"))
    name = CharField(_("楼栋"), max_length=30, help_text=_("例如 3号楼"))
    number = PositiveIntegerField(_("楼号"), default=0)
    floors = SmallIntegerField(_("层数"), default=6)
    entrances = SmallIntegerField(_("单元数"), default=1)
    grid = ForeignKey(Area, PROTECT, null=True, blank=True, related_name="+", verbose_name=_("网格"))
    outline = JSONField(_("轮廓"), null=True, blank=True, help_text="GeoJSON geometry, WGS 84")
    lon = FloatField(_("经度"), null=True, blank=True, help_text="WGS 84")
    lat = FloatField(_("纬度"), null=True, blank=True, help_text="WGS 84")

    class Meta:
        ordering = ["compound", "number", "name"]
        constraints = [UniqueConstraint(fields=["compound", "name"], name="building_name_once")]

    def __str__(self) -> str:
        return f"{self.compound.name} {self.name}"


class AreaSource(TextChoices):
    """Where an exclusive area comes from; owners vote by it (民法典 第278条)."""

    REGISTER = "register", _("不动产登记簿")
    CONTRACT = "contract", _("买卖合同")
    MEASURED = "measured", _("测绘成果")
    UNKNOWN = "unknown", _("未核实")


class Home(AreaModel):
    """户: one home (unit) of a building."""

    building = ForeignKey(Building, CASCADE, related_name="homes", verbose_name=_("楼栋"))
    entrance = CharField(_("单元"), max_length=10, blank=True)
    floor = SmallIntegerField(_("楼层"), default=1)
    number = CharField(_("房号"), max_length=12)
    exclusive_area = DecimalField(_("专有面积（m²）"), max_digits=9, decimal_places=2, null=True, blank=True)
    area_source = CharField(_("面积来源"), max_length=10, choices=AreaSource, default=AreaSource.UNKNOWN)

    class Meta:
        ordering = ["building", "entrance", "floor", "number"]
        constraints = [
            UniqueConstraint(fields=["building", "entrance", "number"], name="home_number_once"),
            CheckConstraint(name="home_area_positive", condition=Q(exclusive_area=None) | Q(exclusive_area__gt=0)),
        ]

    def __str__(self) -> str:
        entrance = f"{self.entrance}单元" if self.entrance else ""
        return f"{self.building} {entrance}{self.number}"


class FacilityKind(TextChoices):
    LIFT = "lift", _("电梯")
    RAMP = "ramp", _("坡道")
    DOOR = "door", _("门禁")
    PLAYGROUND = "playground", _("儿童乐园")
    AED = "aed", _("AED 急救")
    CANTEEN = "canteen", _("食堂")
    STATION = "station", _("驿站")
    PARKING = "parking", _("停车场")
    BINS = "bins", _("垃圾投放点")
    LIGHT = "light", _("路灯")
    FIRE = "fire", _("消防设施")
    ROOM = "room", _("活动室")
    TOILET = "toilet", _("公共厕所")
    GREEN = "green", _("绿地")
    OTHER = "other", _("其他设施")


class Facility(AreaModel):
    """设施: a thing that stands somewhere, with a code printed on its sticker."""

    kind = CharField(_("种类"), max_length=12, choices=FacilityKind)
    name = CharField(_("名称"), max_length=60)
    code = CharField(_("设备码"), max_length=20, blank=True)
    compound = ForeignKey(Compound, CASCADE, null=True, blank=True, related_name="facilities")
    building = ForeignKey(Building, CASCADE, null=True, blank=True, related_name="facilities")
    entrance = CharField(_("单元"), max_length=10, blank=True)
    lon = FloatField(_("经度"), null=True, blank=True, help_text="WGS 84")
    lat = FloatField(_("纬度"), null=True, blank=True, help_text="WGS 84")
    access = JSONField(_("无障碍"), default=dict, blank=True, help_text=_("OSM 式的键：wheelchair、door_width_cm…"))
    checked_on = CharField(_("最近检验"), max_length=10, blank=True)

    class Meta:
        ordering = ["kind", "name"]
        constraints = [UniqueConstraint(
            fields=["area", "code"], condition=~Q(code=""), name="facility_code_once")]
        indexes = [Index(fields=["area", "kind"], name="facility_by_kind")]

    def __str__(self) -> str:
        return self.name


class MapLayer(AreaModel):
    """The community's own vector map: one GeoJSON FeatureCollection in WGS 84 a layer."""

    name = CharField(max_length=30)
    features = JSONField()

    class Meta:
        constraints = [UniqueConstraint(fields=["area", "name"], name="map_layer_once")]


# The draft of an import lies in a file of its own; Django looks for it here.
from linli.foundation.areas.drafts import ImportDraft as ImportDraft  # noqa: E402
