"""An activity as people read it; its times, places and queue are the offer's, at bookings."""

from __future__ import annotations

from datetime import datetime

from django.db.models import (
    CASCADE,
    PROTECT,
    BooleanField,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    F,
    ForeignKey,
    Index,
    JSONField,
    OneToOneField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    TextField,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel, Facility
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Organisation, Person
from linli.foundation.records import Record
from linli.mechanisms.bookings.models import Offer
from linli.mechanisms.bookings.models.offers import PLACE_ROLES


class ActivityKind(TextChoices):
    CLASS = "class", _("兴趣班")
    LECTURE = "lecture", _("讲座")
    FOLK = "folk", _("民俗")
    NEIGHBOURS = "neighbours", _("邻里节")
    FESTIVAL = "festival", _("文化节")
    SHOW = "show", _("演出")
    EXHIBITION = "exhibition", _("展览")
    SPORT = "sport", _("运动")
    CLUB = "club", _("社团活动")
    OTHER = "other", _("其他活动")


class EventClass(TextChoices):
    """The five classes of 大型群众性活动安全管理条例 第2条, and none of them."""

    NONE = "", _("都不是")
    SPORT = "sport", _("体育比赛")
    PERFORMANCE = "performance", _("演唱会、音乐会等文艺演出")
    EXHIBITION = "exhibition", _("展览、展销")
    FAIR = "fair", _("游园、灯会、庙会、花会、焰火晚会")
    JOB = "job", _("人才招聘会、现场开奖的彩票销售")


class ActivityState(TextChoices):
    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    CANCELLED = "cancelled", _("已经取消")


TONES = {ActivityKind.CLASS: "brand", ActivityKind.LECTURE: "info"}
ICONS = {
    ActivityKind.CLASS: "edit", ActivityKind.LECTURE: "talk", ActivityKind.FOLK: "leaf", ActivityKind.SPORT: "pulse",
    ActivityKind.EXHIBITION: "eye", ActivityKind.SHOW: "star", ActivityKind.CLUB: "people",
    ActivityKind.NEIGHBOURS: "people", ActivityKind.FESTIVAL: "flag", ActivityKind.OTHER: "calendar",
}


class Activity(AreaModel):
    """社区活动: what, for whom, where, who leads. `offer` counts the places, `helper_offer` the volunteers' shifts.

    `starts` and `ends` follow the first start and last end of its sessions; `expected` persons are those of one.
    """

    kind = CharField(_("种类"), max_length=12, choices=ActivityKind)
    title = CharField(_("名称"), max_length=60)
    summary = CharField(_("一句话介绍"), max_length=120, blank=True)
    text = TextField(_("详细说明"), max_length=3000, blank=True)
    audience = CharField(_("适合谁"), max_length=80, blank=True, help_text=_("例如 零基础的大人、6–12 岁的孩子"))
    age_from = PositiveSmallIntegerField(_("从几岁"), null=True, blank=True)
    age_to = PositiveSmallIntegerField(_("到几岁"), null=True, blank=True)
    place = CharField(_("地点"), max_length=80)
    facility = ForeignKey(
        Facility, PROTECT, null=True, blank=True, related_name="+", verbose_name=_("在哪处设施"))
    step_free = CharField(
        _("坐轮椅怎么进"), max_length=200, blank=True,
        help_text=_("写清楚门口有没有台阶、有没有电梯、厕所能不能进。不知道就写不知道"))
    bring = CharField(_("要带什么"), max_length=120, blank=True)
    cost = CharField(_("费用"), max_length=60, blank=True, help_text=_("不收钱就不填"))
    phone = CharField(_("问谁"), max_length=20, blank=True, help_text=_("能打通的电话"))
    host = ForeignKey(Person, PROTECT, related_name="+", verbose_name=_("带的人"))
    organisation = ForeignKey(
        Organisation, PROTECT, null=True, blank=True, related_name="+", verbose_name=_("承办单位"))
    club = ForeignKey("activities.Club", PROTECT, null=True, blank=True, related_name="activities")
    signup = BooleanField(_("要报名"), default=True)
    weather_plan = CharField(_("下雨怎么办"), max_length=200, blank=True)

    expected = PositiveIntegerField(_("每场预计来多少人"), default=30)
    event_class = CharField(
        _("是不是这几类"), max_length=12, choices=EventClass, blank=True, default=EventClass.NONE)
    is_public = BooleanField(_("向社会公众开放"), default=True)
    is_daily_business = BooleanField(
        _("场馆、公园日常业务内的活动"), default=False, help_text=_("影剧院、音乐厅、公园等日常办的，不用另办许可"))
    by_government = BooleanField(_("县级以上政府或国务院部门直接举办"), default=False)
    vetted_on = DateField(_("带孩子的人：犯罪记录查询日期"), null=True, blank=True)
    vetted_receipt = CharField(_("查询回执号"), max_length=40, blank=True)

    offer = ForeignKey(Offer, PROTECT, null=True, related_name="+", editable=False)
    helper_offer = ForeignKey(Offer, PROTECT, null=True, related_name="+", editable=False)
    copied_from = ForeignKey("self", PROTECT, null=True, related_name="+", editable=False)
    starts = DateTimeField(default=now, editable=False)
    ends = DateTimeField(default=now, editable=False)
    state = CharField(max_length=10, choices=ActivityState, default=ActivityState.DRAFT)
    reason = CharField(max_length=200, blank=True)
    published_at = DateTimeField(null=True, editable=False)
    created = DateTimeField(default=now)
    created_by = ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        ordering = ["starts", "id"]
        constraints = [
            CheckConstraint(name="activity_ages", condition=Q(age_from=None) | Q(age_to=None) | Q(
                age_to__gte=F("age_from"))),
            CheckConstraint(name="activity_forward", condition=Q(ends__gte=F("starts"))),
        ]
        indexes = [
            Index(fields=["area", "state", "ends"], name="activity_upcoming"),
            Index(fields=["area", "kind", "starts"], name="activity_by_kind"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        return (self.organisation_id,) if self.organisation_id else ()

    @property
    def is_published(self) -> bool:
        return self.state == ActivityState.PUBLISHED

    @property
    def is_cancelled(self) -> bool:
        return self.state == ActivityState.CANCELLED

    def is_over(self, moment: datetime) -> bool:
        return self.ends <= moment

    @property
    def is_festival(self) -> bool:
        """Has it stages and a programme?"""
        return self.kind in (ActivityKind.FESTIVAL, ActivityKind.NEIGHBOURS)

    @property
    def is_for_minors(self) -> bool:
        """Meant for minors: who leads was looked up first (未保法 第62条)."""
        return self.age_to is not None and self.age_to < 18

    @property
    def icon(self) -> str:
        return ICONS[ActivityKind(self.kind)]

    @property
    def tone(self) -> str:
        return TONES.get(ActivityKind(self.kind), "warm")

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@host"} if self.host_id == person.pk else ())

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """A draft: only who keeps the place's activities, and who leads it."""
        kept = person.scope_q("area__code", roles=PLACE_ROLES) | Q(host=person)
        return kept | person.scope_q("area__code") & ~Q(state=ActivityState.DRAFT)


class Hazard(TextChoices):
    """What may harm at a custom; each has its own words of safety (`words.HAZARDS`)."""

    FIRE = "fire", _("明火")
    FIREWORKS = "fireworks", _("烟花爆竹")
    WATER = "water", _("水边")
    FOOD = "food", _("现做食物")
    BLADE = "blade", _("刀剪")
    CROWD = "crowd", _("人多拥挤")


class Custom(Record):
    """民俗: a day of the calendar, what is done on it, who leads it, and what to be careful about."""

    activity = OneToOneField(Activity, CASCADE, related_name="custom")
    day = CharField(_("节令"), max_length=20, help_text=_("例如 端午、冬至、元宵"))
    done = TextField(_("做什么"), max_length=800)
    leader = CharField(_("谁来领"), max_length=60, help_text=_("例如 会包粽子的邻居、非遗传承人"))
    hazards = JSONField(_("要当心的"), default=list, blank=True)
    safety = CharField(_("现场怎么防"), max_length=300, blank=True)

    def __str__(self) -> str:
        return self.day
