"""The judged rows of an upload, kept for a day until somebody confirms them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import CASCADE, CharField, DateTimeField, ForeignKey, JSONField, Q

from linli.foundation.areas.models import Area, VisibleModel
from linli.foundation.calendar.clock import now

if TYPE_CHECKING:
    from linli.foundation.people.models import Person


class ImportDraft(VisibleModel):
    """One upload between preview and confirmation; only who uploaded it sees it."""

    person = ForeignKey("people.Person", CASCADE, related_name="+")
    area = ForeignKey(Area, CASCADE, related_name="+")
    kind = CharField(max_length=10)
    file_name = CharField(max_length=120)
    rows = JSONField()
    created = DateTimeField(default=now)

    @property
    def area_code(self) -> str:
        return self.area.code

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person)
