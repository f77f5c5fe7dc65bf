"""防骗演练: made-up messages for who asked for them; what somebody did is theirs alone."""

from __future__ import annotations

from django.db.models import (
    CASCADE,
    PROTECT,
    CharField,
    DateTimeField,
    ForeignKey,
    Index,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.services.learning.models.courses import STAFF


class DrillPlace(AreaModel):
    """Somebody who wants to be tried, until they leave."""

    person = ForeignKey(Person, CASCADE, related_name="+")
    since = DateTimeField(default=now)
    left_at = DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["person"], condition=Q(left_at=None), name="learning_drill_place")]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Oneself. Staff know how many there are, not who."""
        return Q(person=person)

    @property
    def data_subject_id(self) -> int:
        return self.person_id


class Drill(AreaModel):
    """One made-up message, sent to all who had signed up by then."""

    message = CharField(max_length=30)
    started_by = ForeignKey(Person, PROTECT, related_name="+")
    started_at = DateTimeField(default=now)
    closes_at = DateTimeField()
    closed_at = DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at", "-id"]
        indexes = [Index(fields=["closes_at"], condition=Q(closed_at=None), name="learning_drills_open")]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        got = DrillAnswer.objects.filter(person=person).values("drill")
        return Q(pk__in=got) | person.scope_q("area__code", roles=STAFF)


class Reaction(TextChoices):
    """What one would have done; the first two keep the money."""

    LEFT = "left", _("不理它，删掉")
    ASKED = "asked", _("打存着的号码去问")
    OPENED = "opened", _("点开看看")
    PAID = "paid", _("照它说的做")


CAREFUL = (Reaction.LEFT, Reaction.ASKED)


class DrillAnswer(AreaModel):
    """That somebody got the message, and what they would have done. Private: nobody else ever reads a row."""

    drill = ForeignKey(Drill, CASCADE, related_name="answers")
    person = ForeignKey(Person, CASCADE, related_name="+")
    reaction = CharField(max_length=6, choices=Reaction, blank=True)
    answered_at = DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["drill", "person"], name="learning_drill_answer")]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person)

    @property
    def data_subject_id(self) -> int:
        return self.person_id
