"""一对一: who helps, who asks, the two brought together, their lessons, and the helping time."""

from __future__ import annotations

from datetime import datetime

from django.db.models import (
    CASCADE,
    PROTECT,
    BigIntegerField,
    BooleanField,
    CharField,
    CheckConstraint,
    DateTimeField,
    F,
    ForeignKey,
    Index,
    JSONField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.privacy.fields import EncryptedTextField
from linli.services.learning import catalogue
from linli.services.learning.models.courses import STAFF


class Slot(TextChoices):
    """When it suits, as coarse as people say it."""

    MORNING = "morning", _("平日上午")
    AFTERNOON = "afternoon", _("平日下午")
    EVENING = "evening", _("晚上")
    WEEKEND = "weekend", _("周末")


class Helper(AreaModel):
    """A neighbour who teaches one to one; staff met them first. Their times are an offer of bookings."""

    person = ForeignKey(Person, PROTECT, related_name="+")
    topics = JSONField(_("能教什么"), default=list)
    slots = JSONField(_("什么时候方便"), default=list)
    goes_home = BooleanField(_("愿意上门（两个人一起去）"), default=False)
    since = DateTimeField(default=now)
    checked_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    checked_at = DateTimeField(null=True, blank=True)
    left_at = DateTimeField(null=True, blank=True)
    offer_id = BigIntegerField(null=True, editable=False)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["person", "area"], condition=Q(left_at=None), name="learning_tutor_once"),
            CheckConstraint(name="learning_tutor_checked", condition=(
                Q(checked_by=None) | Q(offer_id__isnull=False))),
        ]

    def __str__(self) -> str:
        return self.person.shown_name

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Oneself and those who match: who helps is no public list."""
        return Q(person=person) | person.scope_q("area__code", roles=STAFF)

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@self"}) if self.person_id == person.pk else frozenset()

    @property
    def topic_words(self) -> list[str]:
        return [catalogue.module_title(code) for code in self.topics]

    @property
    def slot_words(self) -> list[str]:
        return [str(Slot(code).label) for code in self.slots if code in Slot.values]


class AskState(TextChoices):
    OPEN = "open", _("在找人")
    MATCHED = "matched", _("有人教")
    DONE = "done", _("学完了")
    WITHDRAWN = "withdrawn", _("不用了")


class HelpAsk(AreaModel):
    """An elder (or family, or the desk for them) asks for somebody who teaches them alone."""

    person = ForeignKey(Person, PROTECT, related_name="+")
    asked_by = ForeignKey(Person, PROTECT, related_name="+")
    topics = JSONField(_("想学什么"), default=list)
    slots = JSONField(_("什么时候方便"), default=list)
    at_home = BooleanField(_("希望上门教"), default=False)
    place = CharField(max_length=15, blank=True, help_text="the code of the cell they live in, for the ranking")
    note = EncryptedTextField(_("还要知道什么"), purpose="learning.lesson", blank=True)
    state = CharField(max_length=10, choices=AskState, default=AskState.OPEN)
    asked_at = DateTimeField(default=now)
    once = CharField(max_length=40, blank=True)

    class Meta:
        indexes = [Index(fields=["area", "state", "asked_at"], name="learning_asks_open")]
        constraints = [
            UniqueConstraint(fields=["asked_by", "once"], condition=~Q(once=""), name="learning_ask_once"),
            UniqueConstraint(fields=["person"], condition=Q(state__in=["open", "matched"]), name="learning_ask_one"),
        ]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """The two of it, and staff. A helper reads an ask once it was proposed to them."""
        proposed = Match.objects.filter(helper__person=person, state__in=LIVING).values("ask")
        own = Q(person=person) | Q(asked_by=person)
        return own | Q(pk__in=proposed) | person.scope_q("area__code", roles=STAFF)

    def relations_to(self, person: Person) -> frozenset[str]:
        found = {"@learner"} if self.person_id == person.pk else set()
        return frozenset(found | ({"@asker"} if self.asked_by_id == person.pk else set()))

    @property
    def data_subject_id(self) -> int:
        return self.person_id

    @property
    def topic_words(self) -> list[str]:
        return [catalogue.module_title(code) for code in self.topics]

    @property
    def slot_words(self) -> list[str]:
        return [str(Slot(code).label) for code in self.slots if code in Slot.values]


class MatchState(TextChoices):
    PROPOSED = "proposed", _("等双方说行不行")
    AGREED = "agreed", _("说好了")
    DECLINED = "declined", _("这次不合适")
    ENDED = "ended", _("结束了")


LIVING = ("proposed", "agreed")


class Match(AreaModel):
    """Two people brought together. Who said no, and why, is asked of nobody and kept nowhere."""

    ask = ForeignKey(HelpAsk, PROTECT, related_name="matches")
    helper = ForeignKey(Helper, PROTECT, related_name="matches")
    proposed_by = ForeignKey(Person, PROTECT, related_name="+")
    proposed_at = DateTimeField(default=now)
    reasons = JSONField(default=list, help_text="the ranking's points, as shown when it was proposed")
    helper_yes = BooleanField(default=False)
    learner_yes = BooleanField(default=False)
    state = CharField(max_length=8, choices=MatchState, default=MatchState.PROPOSED)
    ended_at = DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["ask", "helper"], condition=Q(state__in=LIVING), name="learning_match_once"),
            UniqueConstraint(fields=["ask"], condition=Q(state="agreed"), name="learning_one_to_one"),
            CheckConstraint(name="learning_both_agreed", condition=(
                ~Q(state="agreed") | Q(helper_yes=True, learner_yes=True))),
        ]
        indexes = [Index(fields=["helper", "state"], name="learning_pairs_of_helper")]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        own = Q(ask__person=person) | Q(ask__asked_by=person) | Q(helper__person=person)
        return own | person.scope_q("area__code", roles=STAFF)

    def relations_to(self, person: Person) -> frozenset[str]:
        found = set(self.ask.relations_to(person))
        return frozenset(found | ({"@helper"} if self.helper.person_id == person.pk else set()))


class VisitState(TextChoices):
    BOOKED = "booked", _("约好了")
    RUNNING = "running", _("正在教")
    DONE = "done", _("等确认时长")
    CONFIRMED = "confirmed", _("教过了")
    CANCELLED = "cancelled", _("取消了")


class Visit(AreaModel):
    """One lesson of a pair. At home it needs the learner's consent and a second helper who said yes."""

    match = ForeignKey(Match, PROTECT, related_name="visits")
    session_id = BigIntegerField(editable=False)
    reservation_id = BigIntegerField(null=True, editable=False)
    starts = DateTimeField(_("从"))
    ends = DateTimeField(_("到"))
    at_home = BooleanField(_("上门教"), default=False)
    place = EncryptedTextField(_("在哪里"), purpose="learning.lesson", blank=True)
    second = ForeignKey(Helper, PROTECT, null=True, blank=True, related_name="+", verbose_name=_("第二位志愿者"))
    second_yes = BooleanField(default=False)
    ticked = JSONField(_("开始前勾过的规矩"), default=list)
    began_at = DateTimeField(null=True, blank=True)
    ended_at = DateTimeField(null=True, blank=True)
    state = CharField(max_length=10, choices=VisitState, default=VisitState.BOOKED)
    booked_by = ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        ordering = ["-starts", "-id"]
        constraints = [
            CheckConstraint(name="learning_visit_forward", condition=Q(ends__gt=F("starts"))),
            CheckConstraint(name="learning_home_needs_two", condition=(
                Q(at_home=False) | Q(state__in=["booked", "cancelled"]) | Q(second__isnull=False, second_yes=True))),
            UniqueConstraint(
                fields=["session_id"], condition=~Q(state="cancelled"), name="learning_visit_once"),
        ]
        indexes = [Index(fields=["area", "state", "starts"], name="learning_visits_here")]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        own = Q(match__ask__person=person) | Q(match__ask__asked_by=person) | Q(match__helper__person=person)
        return own | Q(second__person=person) | person.scope_q("area__code", roles=STAFF)

    def relations_to(self, person: Person) -> frozenset[str]:
        found = set(self.match.relations_to(person))
        if self.second is not None and self.second.person_id == person.pk:
            found.add("@second")
        return frozenset(found)

    @property
    def data_subject_id(self) -> int:
        return self.match.ask.person_id

    def overlaps(self, starts: datetime, ends: datetime) -> bool:
        return self.starts < ends and self.ends > starts


class Helping(AreaModel):
    """Helping time of one person: in, out, and confirmed by somebody else. Then it is told to whoever keeps hours."""

    person = ForeignKey(Person, PROTECT, related_name="+")
    visit = ForeignKey(Visit, CASCADE, null=True, blank=True, related_name="helping")
    session_id = BigIntegerField(null=True, blank=True, help_text="of a class")
    course = ForeignKey("learning.Course", PROTECT, null=True, blank=True, related_name="+")
    in_at = DateTimeField(default=now)
    out_at = DateTimeField(null=True, blank=True)
    minutes = PositiveSmallIntegerField(null=True, blank=True)
    confirmed_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-in_at", "-id"]
        constraints = [
            UniqueConstraint(fields=["person", "visit"], condition=Q(visit__isnull=False),
                             name="learning_helping_of_visit"),
            UniqueConstraint(fields=["person", "session_id"], condition=Q(session_id__isnull=False),
                             name="learning_helping_of_class"),
            CheckConstraint(name="learning_helping_of_one", condition=(
                Q(visit__isnull=False, session_id=None, course=None)
                | Q(visit=None, session_id__isnull=False, course__isnull=False))),
            CheckConstraint(name="learning_helping_not_own", condition=(
                Q(confirmed_by=None) | ~Q(confirmed_by=F("person")))),
        ]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | person.scope_q("area__code", roles=STAFF)

    def relations_to(self, person: Person) -> frozenset[str]:
        found = {"@self"} if self.person_id == person.pk else set()
        if self.visit is not None:
            found |= self.visit.match.ask.relations_to(person)
        if self.course is not None:
            found |= self.course.relations_to(person)
        return frozenset(found)

    @property
    def about(self) -> str:
        """What the hours are for: the same always, so that they count once."""
        return f"learning.visit:{self.visit_id}" if self.visit_id else f"learning.class:{self.session_id}"
