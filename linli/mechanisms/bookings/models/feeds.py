"""A person's private calendar address: a secret that opens one feed and can be taken back."""

from __future__ import annotations

from django.db.models import CASCADE, CharField, DateTimeField, ForeignKey, Q, UniqueConstraint

from linli.foundation.areas.models import VisibleModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person


class CalendarFeed(VisibleModel):
    """Only the SHA-256 of the secret is kept: who reads the table cannot read the calendars."""

    person = ForeignKey(Person, CASCADE, related_name="+")
    digest = CharField(max_length=64, unique=True)
    created = DateTimeField(default=now)
    withdrawn = DateTimeField(null=True, blank=True)
    read_at = DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["person"], condition=Q(withdrawn=None), name="bk_one_feed")]

    @property
    def area_code(self) -> str:
        return self.person.area_code

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person)
