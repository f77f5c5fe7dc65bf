"""Who judges, every score they gave, the audience's votes apart from who voted, and the awards."""

from __future__ import annotations

import secrets

from django.db.models import (
    CASCADE,
    PROTECT,
    BigIntegerField,
    CharField,
    CheckConstraint,
    DateTimeField,
    DecimalField,
    ForeignKey,
    Index,
    Model,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.records import Record
from linli.services.activities.models.works import Call, Work


class Juror(Record):
    """评委. `order` is the number under which the scores are published."""

    call = ForeignKey(Call, CASCADE, related_name="jurors")
    person = ForeignKey(Person, PROTECT, related_name="+")
    order = PositiveSmallIntegerField()
    asked_at = DateTimeField(default=now)
    left_at = DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["order"]
        constraints = [
            UniqueConstraint(fields=["call", "person"], name="activity_juror_once"),
            UniqueConstraint(fields=["call", "order"], name="activity_juror_order_once"),
        ]


class Recusal(Record):
    """回避: the juror recognised a work and steps back from it; no score of theirs counts for it."""

    juror = ForeignKey(Juror, CASCADE, related_name="recusals")
    work = ForeignKey(Work, CASCADE, related_name="+")
    at = DateTimeField(default=now)

    class Meta:
        constraints = [UniqueConstraint(fields=["juror", "work"], name="activity_recusal_once")]


class Score(Record):
    """One score. A juror who thinks again adds a row: the last one counts, the earlier ones stay."""

    juror = ForeignKey(Juror, PROTECT, related_name="scores")
    work = ForeignKey(Work, PROTECT, related_name="scores")
    points = PositiveSmallIntegerField()
    at = DateTimeField(default=now)

    class Meta:
        ordering = ["id"]
        constraints = [CheckConstraint(name="activity_score_range", condition=Q(points__lte=100))]
        indexes = [Index(fields=["work", "juror"], name="activity_scores_of_work")]


class AudienceTurn(Record):
    """Somebody has voted in this class: once, whatever happens. What they chose is not here."""

    call = ForeignKey(Call, CASCADE, related_name="turns")
    age_class = CharField(max_length=12)
    person = ForeignKey(Person, CASCADE, related_name="+")

    class Meta:
        constraints = [UniqueConstraint(fields=["call", "age_class", "person"], name="activity_one_vote")]


def ballot_id() -> int:
    """At random, so that the order of the rows tells nothing of the order of the voters."""
    return secrets.randbits(62)


class AudienceBallot(Model):
    """A vote without a voter: no person, no time, a random number."""

    id = BigIntegerField(primary_key=True, default=ballot_id, editable=False)
    call = ForeignKey(Call, CASCADE, related_name="ballots")
    age_class = CharField(max_length=12)
    work = ForeignKey(Work, CASCADE, related_name="+")

    def __str__(self) -> str:
        return self.age_class


class AwardKind(TextChoices):
    JURY = "jury", _("评委评选")
    AUDIENCE = "audience", _("大家投票")


class Award(Record):
    """A place of the published result; the jury's and the audience's are apart."""

    call = ForeignKey(Call, CASCADE, related_name="awards")
    work = ForeignKey(Work, CASCADE, related_name="awards")
    kind = CharField(max_length=8, choices=AwardKind)
    age_class = CharField(max_length=12)
    rank = PositiveIntegerField()
    points = DecimalField(max_digits=9, decimal_places=3)
    prize = CharField(max_length=30, blank=True)

    class Meta:
        ordering = ["age_class", "kind", "rank", "work__number"]
        constraints = [UniqueConstraint(fields=["work", "kind"], name="activity_award_once")]
