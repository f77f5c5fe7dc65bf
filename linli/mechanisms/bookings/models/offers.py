"""What can be booked: an offer, its rule of recurrence, and each single session with its counted places."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property

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
    PositiveIntegerField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel, VisibleModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import ORGANISATION_ROLES, STAFF_ROLES, Organisation, Person
from linli.foundation.records import Record
from linli.mechanisms.bookings.rules import OfferRules

AUDIT_ROLES = frozenset({"system_admin", "security_admin", "audit_admin", "auditor"})
PLACE_ROLES = STAFF_ROLES - ORGANISATION_ROLES - AUDIT_ROLES


class OfferState(TextChoices):
    DRAFT = "draft", _("未公布")
    OPEN = "open", _("开放")
    CLOSED = "closed", _("已结束")


class Offer(AreaModel):
    """What is offered: a class, a lecture, a room, an interpreter's time. Its text and pictures are its service's.

    `owner_room`, `owner_type` and `owner_id` name the thing of the service behind it ("activities",
    "activities.activity", "123"). `book_verb` and `manage_verb` are verbs that a manifest declares.
    `reach` is the area prefix whose people see it; `rules` is `OfferRules.data`.
    """

    owner_room = CharField(max_length=30, blank=True)
    owner_type = CharField(max_length=60, blank=True)
    owner_id = CharField(max_length=40, blank=True)
    organisation = ForeignKey(Organisation, PROTECT, null=True, blank=True, related_name="+")
    host = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    category = CharField(_("类别"), max_length=40)
    term = CharField(_("学期"), max_length=20, blank=True)
    title = CharField(_("名称"), max_length=80)
    url = CharField(max_length=200, blank=True, help_text="path of the service's own page of it")
    book_verb = CharField(max_length=60, default="bookings.book")
    manage_verb = CharField(max_length=60, default="bookings.manage")
    reach = CharField(max_length=15, blank=True)
    is_public = BooleanField(default=False, help_text="its times stand in the area's public calendar")
    is_sealed = BooleanField(default=False, help_text="only its host, its own body and who is in it know of it")
    state = CharField(max_length=8, choices=OfferState, default=OfferState.OPEN)
    rules = JSONField(default=dict)
    created = DateTimeField(default=now)
    created_by = ForeignKey(Person, PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-id"]
        indexes = [
            Index(fields=["owner_type", "owner_id"], name="bk_offer_of_owner"),
            Index(fields=["area", "category", "state"], name="bk_offer_in_area"),
        ]

    def __str__(self) -> str:
        return self.title

    @cached_property
    def terms(self) -> OfferRules:
        """The rules as values."""
        return OfferRules.read(self.rules)

    @property
    def owner(self) -> str:
        """`activities.activity:123`, or empty."""
        return f"{self.owner_type}:{self.owner_id}" if self.owner_type else ""

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        return (self.organisation_id,) if self.organisation_id else ()

    @property
    def is_open(self) -> bool:
        return self.state == OfferState.OPEN

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@host"} if self.host_id == person.pk else ())

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return offer_seen("", person)


def offer_seen(path: str, person: Person) -> Q:
    """What of the offers at `path` ("offer__") `person` may see: its reach, unless sealed; its host, its own body."""
    codes = {s.area_code[:end] for s in person.standings for end in range(2, len(s.area_code) + 1)}
    open_to = (Q(**{f"{path}reach__in": sorted(codes)}) | person.scope_q(f"{path}area__code")) & Q(
        **{f"{path}is_sealed": False})
    return open_to & ~Q(**{f"{path}state": OfferState.DRAFT}) | offer_kept(path, person)


def offer_kept(path: str, person: Person) -> Q:
    """The offers at `path` that `person` keeps as host, as staff of the place (not the sealed), or of its body."""
    bodies = [s.organisation_id for s in person.standings if s.organisation_id]
    kept = Q(**{f"{path}host": person}) | Q(**{f"{path}organisation__in": bodies})
    return kept | (person.scope_q(f"{path}area__code", roles=PLACE_ROLES) & Q(**{f"{path}is_sealed": False}))


class Series(Record):
    """A rule of recurrence (RFC 5545 RRULE in Asia/Shanghai); its occurrences are `Session` rows made to a horizon.

    `first` is local wall time without zone. A change of "this and following" ends the old series by `until`
    and begins a new one that names it in `previous`.
    """

    offer = ForeignKey(Offer, CASCADE, related_name="series")
    uid = CharField(max_length=60, unique=True)
    sequence = PositiveIntegerField(default=0)
    rrule = CharField(max_length=300)
    first = CharField(max_length=19, help_text="local, YYYY-MM-DDTHH:MM:SS")
    minutes = PositiveIntegerField()
    until = DateField(null=True, blank=True, help_text="the term's end, inclusive")
    horizon_weeks = PositiveSmallIntegerField(default=26)
    made_until = DateField(null=True)
    holidays = CharField(max_length=12, default="skip", help_text="skip, keep, as_weekday")
    exdates = JSONField(default=list, help_text="local starts left out, and why: [[start, reason]]")
    rdates = JSONField(default=list, help_text="local starts added")
    pattern = JSONField(default=dict, help_text="capacity, place, resources, closes_h of each session")
    previous = ForeignKey("self", PROTECT, null=True, blank=True, related_name="following")
    ended_at = DateTimeField(null=True, blank=True)

    @property
    def first_start(self) -> datetime:
        return datetime.fromisoformat(self.first)  # naive on purpose: wall time, as RRULE counts it

    @property
    def area_code(self) -> str:
        return self.offer.area_code


class SessionState(TextChoices):
    OPEN = "open", _("可报名")
    CLOSED = "closed", _("停止报名")
    CANCELLED = "cancelled", _("已经取消")


class Session(VisibleModel):
    """One time: `taken` counts every place that somebody has, holds or was offered; the database keeps it ≤ capacity.

    `reserved` are places of unreleased shares that nobody has taken yet: they are free only for that share.
    """

    offer = ForeignKey(Offer, CASCADE, related_name="sessions")
    series = ForeignKey(Series, PROTECT, null=True, blank=True, related_name="sessions")
    occurrence = CharField(max_length=19, blank=True, help_text="the local start the rule gave it")
    uid = CharField(max_length=60, unique=True)
    sequence = PositiveIntegerField(default=0)
    starts = DateTimeField(_("开始时间"))
    ends = DateTimeField(_("结束时间"))
    opens_at = DateTimeField(null=True, blank=True)
    closes_at = DateTimeField(_("报名截止"))
    place = CharField(_("地点"), max_length=120, blank=True)
    title = CharField(max_length=80, blank=True, help_text="own title of this one, else the offer's")
    capacity = PositiveIntegerField(_("名额"))
    taken = PositiveIntegerField(default=0)
    reserved = PositiveIntegerField(default=0)
    waiting = PositiveIntegerField(default=0, help_text="entries that wait, for lists")
    state = CharField(max_length=10, choices=SessionState, default=SessionState.OPEN)
    reason = CharField(max_length=200, blank=True)
    changed_by_hand = BooleanField(default=False)
    moved_at = DateTimeField(null=True, blank=True, help_text="its time or place changed: who is in may leave freely")
    rush_at = DateTimeField(null=True, blank=True, help_text="when free places were opened to all who wait")
    reminded_24 = BooleanField(default=False)
    reminded_2 = BooleanField(default=False)
    released_at = DateTimeField(null=True, blank=True, help_text="when unclaimed places went to who was on site")
    absent_at = DateTimeField(null=True, blank=True, help_text="when who never came was marked")
    created = DateTimeField(default=now)

    class Meta:
        ordering = ["starts", "id"]
        constraints = [
            CheckConstraint(name="bk_never_overbooked", condition=Q(capacity__gte=F("taken") + F("reserved"))),
            CheckConstraint(name="bk_session_forward", condition=Q(ends__gt=F("starts"))),
            UniqueConstraint(fields=["series", "occurrence"], condition=~Q(occurrence=""), name="bk_occurrence_once"),
        ]
        indexes = [
            Index(fields=["offer", "starts"], name="bk_session_of_offer"),
            Index(fields=["starts", "id"], name="bk_session_by_time"),
            Index(fields=["waiting", "starts"], condition=Q(waiting__gt=0), name="bk_session_waited_for"),
        ]

    def __str__(self) -> str:
        return self.shown_title

    @property
    def shown_title(self) -> str:
        return self.title or self.offer.title

    @property
    def is_long(self) -> bool:
        """More than two days at once: a term, an exhibition. Its days matter, not the hour it began."""
        return self.ends - self.starts > timedelta(days=2)

    @property
    def free(self) -> int:
        """Places that anyone may take now; those kept for a share are not among them."""
        return self.capacity - self.taken - self.reserved

    @property
    def area_code(self) -> str:
        return self.offer.area_code

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        return self.offer.organisation_ids

    def relations_to(self, person: Person) -> frozenset[str]:
        return self.offer.relations_to(person)

    def takes_registrations(self, moment: datetime) -> bool:
        """Is registration open at `moment`? (Whether a place is free is another question.)"""
        return (
            self.state == SessionState.OPEN and self.offer.is_open and moment < self.closes_at
            and (self.opens_at is None or moment >= self.opens_at))

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        from linli.mechanisms.bookings.models.parties import Attendance

        return offer_seen("offer__", person) | Q(pk__in=Attendance.objects.filter(person=person).values("session"))


class Share(Record):
    """Places of one session kept for some people or ways in until `releases_at`, then free for all."""

    session = ForeignKey(Session, CASCADE, related_name="shares")
    name = CharField(max_length=30)
    places = PositiveIntegerField()
    taken = PositiveIntegerField(default=0)
    classes = JSONField(default=list, help_text="who: elder, disabled, newcomer …; empty: anyone by the channels")
    channels = JSONField(default=list, help_text="window, phone …; empty: any way in")
    releases_at = DateTimeField()
    released_at = DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["session", "name"], name="bk_share_once"),
            CheckConstraint(name="bk_share_kept", condition=Q(places__gte=F("taken"))),
        ]
        indexes = [Index(fields=["releases_at"], condition=Q(released_at=None), name="bk_share_due")]
