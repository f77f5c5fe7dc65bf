"""Who may come in as a program, and what a repeated request was answered the first time."""

from __future__ import annotations

from django.db.models import (
    CASCADE,
    CharField,
    DateTimeField,
    ForeignKey,
    JSONField,
    PositiveSmallIntegerField,
    Q,
    TextField,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import VisibleModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.records import Record


class ApiToken(VisibleModel):
    """A program's key: it may what its person may, within `scopes`; only its hash is kept."""

    person = ForeignKey(Person, CASCADE, related_name="api_tokens")
    name = CharField(_("用途"), max_length=60)
    prefix = CharField(max_length=12)
    digest = CharField(max_length=64, unique=True)
    scopes = JSONField(default=list)
    created = DateTimeField(default=now)
    until = DateTimeField(_("到"))
    last_used = DateTimeField(null=True, blank=True)
    withdrawn = DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created", "-id"]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person)

    @property
    def area_code(self) -> str:
        return self.person.area_code

    @property
    def is_live(self) -> bool:
        return self.withdrawn is None and self.until > now()

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@self"}) if person.pk == self.person_id else frozenset()


class Repeated(Record):
    """The answer to a request with an `Idempotency-Key`, given again to whoever sends it again."""

    person = ForeignKey(Person, CASCADE, related_name="+")
    key = CharField(max_length=80)
    digest = CharField(max_length=64, help_text="of method, path and body: another request under the key is refused")
    status = PositiveSmallIntegerField(default=0)
    body = TextField(blank=True)
    created = DateTimeField(default=now)

    class Meta:
        constraints = [UniqueConstraint(fields=["person", "key"], name="repeated_once")]
