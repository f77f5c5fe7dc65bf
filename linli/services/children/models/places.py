"""Where children play: what is known of the place's safety, and each check of it."""

from __future__ import annotations

from datetime import date

from django.db.models import (
    CASCADE,
    PROTECT,
    BooleanField,
    CharField,
    CheckConstraint,
    DateField,
    F,
    ForeignKey,
    Index,
    JSONField,
    OneToOneField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel, Facility
from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.foundation.records import Record
from linli.mechanisms.cases.models import Case


class SpotKind(TextChoices):
    PLAYGROUND = "playground", _("儿童乐园")
    SAND = "sand", _("沙坑")
    READING = "reading", _("阅读角")
    SPORT = "sport", _("运动场")
    POOL = "pool", _("戏水池")
    NURSERY = "nursery", _("母婴室")
    ROOM = "room", _("亲子活动室")
    GREEN = "green", _("草坪")


class Fence(TextChoices):
    FULL = "full", _("四面有围栏")
    PARTIAL = "partial", _("一部分有围栏")
    NONE = "none", _("没有围栏")
    INDOOR = "indoor", _("在室内")


class Surface(TextChoices):
    RUBBER = "rubber", _("塑胶")
    SAND = "sand", _("沙")
    GRASS = "grass", _("草地")
    WOOD = "wood", _("木地板")
    MAT = "mat", _("软垫")
    HARD = "hard", _("硬地")
    WATER = "water", _("水面")


class Amount(TextChoices):
    GOOD = "good", _("够")
    SOME = "some", _("不太够")
    NONE = "none", _("没有")


class Spot(AreaModel):
    """A facility of the place as parents see it: for which ages, how safe, who watches, when it was last checked."""

    facility = OneToOneField(Facility, CASCADE, related_name="+", verbose_name=_("设施"))
    kind = CharField(_("种类"), max_length=12, choices=SpotKind)
    age_from = PositiveSmallIntegerField(_("从几岁"), default=0)
    age_to = PositiveSmallIntegerField(_("到几岁"), default=12)
    fence = CharField(_("围栏"), max_length=8, choices=Fence)
    surface = CharField(_("地面"), max_length=8, choices=Surface)
    shade = CharField(_("遮阳"), max_length=6, choices=Amount, default=Amount.SOME)
    lighting = CharField(_("照明"), max_length=6, choices=Amount, default=Amount.SOME)
    has_toilet = BooleanField(_("旁边有厕所"), default=False)
    has_water = BooleanField(_("有洗手或饮水处"), default=False)
    is_step_free = BooleanField(_("推车、轮椅进得去"), default=False)
    open_hours = CharField(_("开放时间"), max_length=60, blank=True)
    supervised_hours = CharField(_("有人看护的时间"), max_length=60, blank=True, help_text=_("没有人看护就不填"))
    note = CharField(_("给家长的话"), max_length=200, blank=True)
    check_days = PositiveSmallIntegerField(_("多少天检查一次"), default=90)
    next_check_on = DateField(_("下次检查"))
    is_closed = BooleanField(_("暂停开放"), default=False)
    closed_because = CharField(_("为什么停"), max_length=120, blank=True)

    class Meta:
        ordering = ["kind", "id"]
        constraints = [CheckConstraint(name="child_spot_ages", condition=Q(age_to__gte=F("age_from")))]
        indexes = [Index(fields=["next_check_on"], name="child_spot_due")]

    def __str__(self) -> str:
        return self.facility.name

    @property
    def is_check_overdue(self) -> bool:
        return self.next_check_on < clock.today()

    @property
    def last_check(self) -> SafetyCheck | None:
        found: SafetyCheck | None = self.checks.order_by("-on", "-id").first()
        return found


class SafetyCheck(Record):
    """One look at a spot by a named person: every item of the list, what was found, when the next one is due."""

    spot = ForeignKey(Spot, CASCADE, related_name="checks")
    on = DateField(_("哪天查的"))
    by = ForeignKey(Person, PROTECT, related_name="+")
    items = JSONField(default=dict, help_text="item code → good, mend or stop")
    findings = CharField(_("看到什么"), max_length=300, blank=True)
    is_safe = BooleanField(default=True)
    next_on = DateField()

    class Meta:
        ordering = ["-on", "-id"]

    @property
    def area_code(self) -> str:
        return self.spot.area_code


class Hazard(Record):
    """Ties the case of a hazard to the spot or the stretch of way where it is; shown there until the case is closed."""

    case = OneToOneField(Case, CASCADE, related_name="+")
    spot = ForeignKey(Spot, CASCADE, null=True, blank=True, related_name="hazards")
    segment = ForeignKey("children.Segment", CASCADE, null=True, blank=True, related_name="hazards")

    class Meta:
        constraints = [CheckConstraint(
            name="child_hazard_somewhere",
            condition=Q(spot__isnull=False, segment=None) | Q(spot=None, segment__isnull=False))]

    @property
    def area_code(self) -> str:
        return self.case.area_code


class CheckNotice(Record):
    """That staff were told of a check: once for each spot, due day and step, however often the job runs."""

    spot = ForeignKey(Spot, CASCADE, related_name="+")
    due_on = DateField()
    step = CharField(max_length=8)
    at = DateField(default=date.today)

    class Meta:
        constraints = [UniqueConstraint(fields=["spot", "due_on", "step"], name="child_check_told_once")]
