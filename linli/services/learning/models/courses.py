"""银发课堂: a course somebody teaches here; its times, places and queue are the bookings mechanism's."""

from __future__ import annotations

from django.db.models import (
    CASCADE,
    PROTECT,
    BigIntegerField,
    BooleanField,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    ForeignKey,
    Index,
    Q,
    TextChoices,
    TextField,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.records import Record
from linli.services.learning import catalogue

STAFF = frozenset({"worker", "community_head"})


class CourseState(TextChoices):
    PROPOSED = "proposed", _("等社区看过")
    OPEN = "open", _("在开课")
    REFUSED = "refused", _("这次不开")
    ENDED = "ended", _("结束了")


class Course(AreaModel):
    """A run of a course: a module of the catalogue, or what a neighbour offers to teach (`module` is then empty)."""

    module = CharField(_("教什么"), max_length=20, blank=True)
    title = CharField(_("名称"), max_length=80)
    text = TextField(_("说明"), max_length=1000, blank=True)
    place = CharField(_("地点"), max_length=80, blank=True)
    host = ForeignKey(Person, PROTECT, related_name="+", verbose_name=_("任课老师"))
    proposed_by = ForeignKey(Person, PROTECT, related_name="+")
    touches_health = BooleanField(_("讲健康、吃药、锻炼"), default=False)
    for_minors = BooleanField(_("有未成年人参加"), default=False)
    state = CharField(max_length=8, choices=CourseState, default=CourseState.PROPOSED)
    answer = CharField(_("答复"), max_length=200, blank=True)
    checked_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    checked_at = DateTimeField(null=True, blank=True)
    vetted_on = DateField(_("犯罪记录查询日期"), null=True, blank=True)
    offer_id = BigIntegerField(null=True, editable=False)
    once = CharField(max_length=40, blank=True)
    created = DateTimeField(default=now)

    class Meta:
        ordering = ["-created", "-id"]
        indexes = [Index(fields=["area", "state"], name="learning_courses_here")]
        constraints = [
            CheckConstraint(name="learning_open_is_checked", condition=(
                ~Q(state__in=["open", "ended"]) | Q(checked_by__isnull=False, offer_id__isnull=False))),
            CheckConstraint(name="learning_minors_vetted", condition=(
                ~Q(state="open", for_minors=True) | Q(vetted_on__isnull=False))),
            UniqueConstraint(fields=["proposed_by", "once"], condition=~Q(once=""), name="learning_course_once"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def icon(self) -> str:
        found = catalogue.load().get(self.module)
        return found.icon if found else "book"

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Open ones by everybody of the community; what is not, by who offered it, its teacher and staff."""
        open_to = Q(state__in=["open", "ended"]) & person.scope_q("area__code")
        own = Q(host=person) | Q(proposed_by=person)
        return open_to | own | person.scope_q("area__code", roles=STAFF)

    def relations_to(self, person: Person) -> frozenset[str]:
        found = {"@host"} if self.host_id == person.pk else set()
        if self.proposed_by_id == person.pk:
            found.add("@proposer")
        if self.helpers.filter(person=person, left_at=None).exists():
            found.add("@class_helper")
        return frozenset(found)


class CourseHelper(Record):
    """Somebody who helps the teacher: each makes room for some learners more."""

    course = ForeignKey(Course, CASCADE, related_name="helpers")
    person = ForeignKey(Person, PROTECT, related_name="+")
    since = DateTimeField(default=now)
    left_at = DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["since", "id"]
        constraints = [UniqueConstraint(
            fields=["course", "person"], condition=Q(left_at=None), name="learning_helper_once")]
