"""Announcements, whom they are for, their versions, and who has read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import (
    CASCADE,
    PROTECT,
    BooleanField,
    CharField,
    CheckConstraint,
    DateTimeField,
    F,
    ForeignKey,
    Index,
    OneToOneField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    TextField,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import Area, AreaModel, Building, Compound
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Organisation, Person, RoleName
from linli.foundation.records import Record
from linli.services.bulletin import rules

if TYPE_CHECKING:
    from datetime import datetime

BODY_MAX = 10_000
# Who keeps the notice board of a place; the property desk keeps its own company's.
KEEPERS = frozenset({RoleName.WORKER, RoleName.COMMUNITY_HEAD, RoleName.STREET_LEADER, RoleName.DISTRICT_LEADER})


class Kind(TextChoices):
    OUTAGE = "outage", _("停水停电")
    EVENT = "event", _("活动")
    POLICY = "policy", _("政策")
    SAFETY = "safety", _("安全提醒")
    HEALTH = "health", _("健康")
    PROPERTY = "property", _("物业")
    PUBLIC_NOTICE = "public_notice", _("公示")
    LOST = "lost", _("失物招领")
    OTHER = "other", _("通知")


LOOKS = {
    Kind.OUTAGE: ("drop", "info"), Kind.EVENT: ("calendar", "warm"), Kind.POLICY: ("doc", "brand"),
    Kind.SAFETY: ("shield", "warn"), Kind.HEALTH: ("heart", "warm"), Kind.PROPERTY: ("building", "brand"),
    Kind.PUBLIC_NOTICE: ("list", "info"), Kind.LOST: ("search", "brand"), Kind.OTHER: ("bell", "brand"),
}


class State(TextChoices):
    """`published` ends by itself at `expires_at`: expired is read off the clock, not stored."""

    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("等人审核")
    PUBLISHED = "published", _("已发布")
    WITHDRAWN = "withdrawn", _("已撤回")


class Announcement(AreaModel):
    """公告: what a community, a street or a property company tells those who live there.

    `title` and `body` are the approved words; a change of a published one waits as a `Version`.
    Everybody of the place may read it; `targets` and the ages say whom it concerns: their home page, their notices.
    """

    organisation = ForeignKey(
        Organisation, PROTECT, null=True, blank=True, related_name="+", verbose_name=_("物业公司"))
    author = ForeignKey(Person, PROTECT, related_name="+", verbose_name=_("写的人"))
    kind = CharField(_("类别"), max_length=14, choices=Kind, default=Kind.OTHER)
    title = CharField(_("标题"), max_length=60)
    body = TextField(_("正文"), max_length=BODY_MAX)
    state = CharField(max_length=10, choices=State, default=State.DRAFT)
    version = PositiveSmallIntegerField(default=1)
    is_pinned = BooleanField(_("置顶"), default=False)
    is_urgent = BooleanField(_("紧急，马上告诉有关的人"), default=False)
    is_public = BooleanField(_("没登录的人也能看"), default=True)
    is_for_all = BooleanField(default=True, editable=False)
    age_from = PositiveSmallIntegerField(_("满多少岁"), null=True, blank=True)
    age_to = PositiveSmallIntegerField(_("到多少岁"), null=True, blank=True)
    age_basis = CharField(_("按年龄发的依据"), max_length=120, blank=True)
    publish_at = DateTimeField(_("什么时候发"), null=True, blank=True)
    expires_at = DateTimeField(_("什么时候过期"))
    shown_from = DateTimeField(default=now, editable=False)
    published_at = DateTimeField(null=True, editable=False)
    created = DateTimeField(default=now, editable=False)
    submitted_by = ForeignKey(Person, PROTECT, null=True, related_name="+", editable=False)
    decided_by = ForeignKey(Person, PROTECT, null=True, related_name="+", editable=False)
    note = CharField(_("说明"), max_length=200, blank=True, help_text=_("退回或撤回的理由"))

    class Meta:
        indexes = [
            Index(fields=["area", "state", "-shown_from"], name="bulletin_board"),
            Index(fields=["organisation", "state"], name="bulletin_of_company"),
        ]
        constraints = [
            CheckConstraint(name="bulletin_ages_forward", condition=(
                Q(age_from=None) | Q(age_to=None) | Q(age_to__gte=F("age_from")))),
            CheckConstraint(name="bulletin_age_has_basis", condition=(
                Q(age_from=None, age_to=None) | ~Q(age_basis=""))),
            CheckConstraint(name="bulletin_published_once_decided", condition=(
                ~Q(state="published") | Q(published_at__isnull=False, decided_by__isnull=False))),
            CheckConstraint(name="bulletin_two_people", condition=~Q(state="published", decided_by=F("submitted_by"))),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        return (self.organisation_id,) if self.organisation_id else ()

    @property
    def issuer(self) -> str:
        """Who speaks: the property company, else the place."""
        return self.organisation.name if self.organisation else self.area.name

    @property
    def icon(self) -> str:
        return LOOKS[Kind(self.kind)][0]

    @property
    def tone(self) -> str:
        return LOOKS[Kind(self.kind)][1]

    def is_expired(self, at: datetime | None = None) -> bool:
        return self.state == State.PUBLISHED and self.expires_at <= (at or now())

    @property
    def is_waiting(self) -> bool:
        """Approved, to appear later."""
        return self.state == State.PUBLISHED and self.shown_from > now()

    @property
    def is_open(self) -> bool:
        """On the board at this moment."""
        return self.state == State.PUBLISHED and self.shown_from <= now() < self.expires_at

    @property
    def state_word(self) -> str:
        """What a chip says: 草稿, 等人审核, 定时发布, 已发布, 已过期, 已撤回."""
        if self.is_expired():
            return str(_("已过期"))
        return str(_("定时发布") if self.is_waiting else State(self.state).label)

    @property
    def state_tone(self) -> str:
        if self.is_expired() or self.state == State.WITHDRAWN:
            return ""
        return {"draft": "", "submitted": "warn", "published": "info" if self.is_waiting else "ok"}[self.state]

    @property
    def ages(self) -> rules.Ages | None:
        return None if self.age_from is None and self.age_to is None else rules.Ages(self.age_from, self.age_to)

    def relations_to(self, person: Person) -> frozenset[str]:
        """`@author` of it; `@reader` where it hangs on a board that the person stands before."""
        found = {"@author"} if self.author_id == person.pk else set()
        codes = [standing.area_code for standing in person.standings]
        if self.published_at and self.shown_from <= now() and rules.hangs_before(self.area_code, codes):
            found.add("@reader")
        return frozenset(found)

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """What was published for one's places and those above and below them; drafts by those who keep the board.

        What is withdrawn or past stays readable by its address, and says so: somebody was told about it.
        """
        out = Q(state__in=[State.PUBLISHED, State.WITHDRAWN], published_at__isnull=False, shown_from__lte=now())
        return out & cls._before(person) | cls.kept_by(person)

    @classmethod
    def _before(cls, person: Person) -> Q:
        above = {code for s in person.standings for code in rules.ancestors(s.area_code)}
        return person.scope_q("area__code") | Q(area__code__in=above)

    @classmethod
    def kept_by(cls, person: Person) -> Q:
        """Those on the desk of `person`: of the places they keep, of their company, and what they wrote."""
        companies = [s.organisation_id for s in person.standings if s.role == RoleName.PROPERTY_DESK]
        return person.scope_q("area__code", roles=KEEPERS) | Q(organisation__in=companies) | Q(author=person)


class Target(Record):
    """One place an announcement concerns: a division below its area, a compound or a building."""

    announcement = ForeignKey(Announcement, CASCADE, related_name="targets")
    area = ForeignKey(Area, PROTECT, null=True, related_name="+")
    compound = ForeignKey(Compound, PROTECT, null=True, related_name="+")
    building = ForeignKey(Building, PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [CheckConstraint(name="bulletin_target_is_one_place", condition=(
            Q(area__isnull=False, compound=None, building=None) | Q(area=None, compound__isnull=False, building=None)
            | Q(area=None, compound=None, building__isnull=False)))]

    def __str__(self) -> str:
        return str(self.building or self.compound or self.area)


class Version(Record):
    """The words of an announcement as they stood; `approved_by` is empty while a change waits."""

    announcement = ForeignKey(Announcement, CASCADE, related_name="versions")
    number = PositiveSmallIntegerField()
    title = CharField(max_length=60)
    body = TextField(max_length=BODY_MAX)
    written_by = ForeignKey(Person, PROTECT, related_name="+")
    at = DateTimeField(default=now)
    approved_by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    approved_at = DateTimeField(null=True)
    refused = BooleanField(default=False, help_text=_("没有采用：被退回，或者后来又改了"))

    class Meta:
        constraints = [UniqueConstraint(fields=["announcement", "number"], name="bulletin_version_once")]
        ordering = ["-number"]


class Read(Record):
    """One person opened one announcement, once. Only sums leave this table."""

    announcement = ForeignKey(Announcement, CASCADE, related_name="reads")
    person = ForeignKey(Person, CASCADE, related_name="+")
    at = DateTimeField(default=now)

    class Meta:
        constraints = [UniqueConstraint(fields=["announcement", "person"], name="bulletin_read_once")]


class Tally(Record):
    """How many people an urgent announcement was told to, and how far the telling has come."""

    announcement = OneToOneField(Announcement, CASCADE, related_name="tally")
    told = PositiveIntegerField(default=0)
    finished_at = DateTimeField(null=True)
