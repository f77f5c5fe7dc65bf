"""Pictures that only show who agreed, and the one question afterwards."""

from __future__ import annotations

from django.db.models import (
    CASCADE,
    PROTECT,
    BooleanField,
    CharField,
    DateTimeField,
    ForeignKey,
    OneToOneField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import VisibleModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.privacy.fields import EncryptedTextField
from linli.foundation.records import Record
from linli.mechanisms.bookings.models import PartyMember
from linli.services.activities.models.activities import Activity, ActivityState


class GuardianYes(Record):
    """The guardian of a member under 14 agreed separately to pictures of them (个保法 第31条)."""

    member = OneToOneField(PartyMember, CASCADE, related_name="+")
    guardian = ForeignKey(Person, CASCADE, related_name="+")
    at = DateTimeField(default=now)


class Photo(VisibleModel):
    """A picture of an activity. It is in the gallery while everybody it shows agrees; the file lies with files."""

    activity = ForeignKey(Activity, CASCADE, related_name="photos")
    caption = CharField(_("画面说明"), max_length=120, help_text=_("看不见的人靠这句话知道照片里有什么"))
    by = ForeignKey(Person, PROTECT, related_name="+")
    at = DateTimeField(default=now)
    is_removed = BooleanField(default=False)
    removed_because = CharField(max_length=20, blank=True, help_text="consent, staff")

    class Meta:
        ordering = ["id"]

    @property
    def area_code(self) -> str:
        return self.activity.area_code

    def relations_to(self, person: Person) -> frozenset[str]:
        return self.activity.relations_to(person)

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return person.scope_q("activity__area__code") & Q(is_removed=False) & ~Q(activity__state=ActivityState.DRAFT)


class Shown(Record):
    """Somebody of the list can be recognised in a picture."""

    photo = ForeignKey(Photo, CASCADE, related_name="shown")
    member = ForeignKey(PartyMember, CASCADE, related_name="+")

    class Meta:
        constraints = [UniqueConstraint(fields=["photo", "member"], name="activity_shown_once")]


class Answer(TextChoices):
    AGAIN = "again", _("想再来")
    FINE = "fine", _("还行")
    NOT = "not", _("不想再来")


class Feedback(Record):
    """One answer of somebody who was there. The organiser reads sums, and only from five answers on."""

    activity = ForeignKey(Activity, CASCADE, related_name="feedback")
    person = ForeignKey(Person, CASCADE, related_name="+")
    answer = CharField(max_length=6, choices=Answer)
    text = EncryptedTextField(_("想说的"), purpose="activities.feedback", blank=True)
    at = DateTimeField(default=now)

    class Meta:
        constraints = [UniqueConstraint(fields=["activity", "person"], name="activity_feedback_once")]
