"""社团: neighbours who meet again and again; their meetings are an offer at bookings, with its own calendar feed."""

from __future__ import annotations

from django.db.models import (
    CASCADE,
    PROTECT,
    BooleanField,
    CharField,
    DateTimeField,
    ForeignKey,
    Index,
    Q,
    TextField,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.records import Record
from linli.mechanisms.bookings.models import Offer


class Club(AreaModel):
    """合唱队、书法社 …: a leader, members who join and leave by themselves, a calendar."""

    name = CharField(_("名称"), max_length=40)
    about = TextField(_("做什么"), max_length=600)
    meets = CharField(_("平时什么时候聚"), max_length=80, blank=True, help_text=_("例如 每周二、周四早上 7:00"))
    place = CharField(_("地点"), max_length=80, blank=True)
    leader = ForeignKey(Person, PROTECT, related_name="+", verbose_name=_("负责人"))
    offer = ForeignKey(Offer, PROTECT, related_name="+", editable=False)
    is_active = BooleanField(default=True)
    created = DateTimeField(default=now)

    class Meta:
        ordering = ["name", "id"]
        constraints = [UniqueConstraint(fields=["area", "name"], name="activity_club_once")]

    def __str__(self) -> str:
        return self.name

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@leader"} if self.leader_id == person.pk else ())


class ClubMember(Record):
    """Somebody is in a club, from – until."""

    club = ForeignKey(Club, CASCADE, related_name="members")
    person = ForeignKey(Person, CASCADE, related_name="+")
    joined_at = DateTimeField(default=now)
    left_at = DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["joined_at", "id"]
        constraints = [UniqueConstraint(
            fields=["club", "person"], condition=Q(left_at=None), name="activity_club_member_once")]
        indexes = [Index(fields=["person", "left_at"], name="activity_club_of_person")]
