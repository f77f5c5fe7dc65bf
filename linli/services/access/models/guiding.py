"""Neighbours who guide and push, and those who ask for it."""

from __future__ import annotations

from django.db.models import (
    PROTECT,
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

STAFF = frozenset({"worker", "community_head"})


class GuideKind(TextChoices):
    ESCORT = "escort", _("陪看不见的人走")
    PUSH = "push", _("推轮椅")
    READ = "read", _("念信、念表")
    CARRY = "carry", _("陪着上下楼、拿东西")


class Guide(AreaModel):
    """A neighbour who offers to guide, checked by staff before the first time."""

    person = ForeignKey(Person, PROTECT, related_name="+")
    kinds = JSONField(_("能做什么"), default=list)
    when = CharField(_("什么时候方便"), max_length=100, blank=True)
    since = DateTimeField(default=now)
    checked_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    checked_at = DateTimeField(null=True, blank=True)
    left_at = DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [UniqueConstraint(
            fields=["person", "area"], condition=Q(left_at=None), name="access_guide_once")]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Oneself, and those who match: who guides is no public list."""
        return Q(person=person) | person.scope_q("area__code", roles=STAFF)

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@self"}) if self.person_id == person.pk else frozenset()

    @property
    def kind_words(self) -> list[str]:
        return [str(GuideKind(kind).label) for kind in self.kinds if kind in GuideKind.values]


class GuideState(TextChoices):
    ASKED = "asked", _("在找人")
    MATCHED = "matched", _("有人陪")
    REPORTED = "reported", _("等确认时长")
    LAPSED = "lapsed", _("没人确认")
    DONE = "done", _("陪过了")
    CANCELLED = "cancelled", _("取消了")


class GuideRequest(AreaModel):
    """Somebody asks to be guided once, from–to; staff match by hand. Where and why are read by the two and staff."""

    requester = ForeignKey(Person, PROTECT, related_name="+")
    kind = CharField(_("要什么帮助"), max_length=8, choices=GuideKind)
    starts = DateTimeField(_("从"))
    ends = DateTimeField(_("到"))
    place = EncryptedTextField(_("在哪里碰头，去哪里"), purpose="access.guide")
    note = EncryptedTextField(_("还要知道什么"), purpose="access.guide", blank=True)
    state = CharField(max_length=10, choices=GuideState, default=GuideState.ASKED)
    guide = ForeignKey(Guide, PROTECT, null=True, blank=True, related_name="+")
    matched_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    minutes = PositiveSmallIntegerField(_("陪了多少分钟"), null=True, blank=True)
    reported_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    asked_at = DateTimeField(default=now)
    once = CharField(max_length=40, blank=True)

    class Meta:
        indexes = [Index(fields=["area", "state", "starts"], name="access_guides_wanted")]
        constraints = [
            CheckConstraint(name="access_guiding_forward", condition=Q(ends__gt=F("starts"))),
            CheckConstraint(name="access_guiding_has_guide", condition=(
                Q(state__in=["asked", "cancelled"]) | Q(guide__isnull=False))),
            UniqueConstraint(fields=["requester", "once"], condition=~Q(once=""), name="access_guiding_once"),
        ]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(requester=person) | Q(guide__person=person) | person.scope_q("area__code", roles=STAFF)

    def relations_to(self, person: Person) -> frozenset[str]:
        found = {"@requester"} if self.requester_id == person.pk else set()
        is_guide = self.guide is not None and self.guide.person_id == person.pk
        return frozenset(found | ({"@guide"} if is_guide else set()))
