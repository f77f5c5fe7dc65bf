"""Who opens an announcement's attachments: whoever may read the announcement, also without signing in."""

from __future__ import annotations

from linli.foundation.files import accept, sight
from linli.foundation.people.models import Person
from linli.services.bulletin import queries

accept("bulletin.attachment", "photo", "document", "sheet")


@sight("bulletin.announcement")
def sees(person: Person | None, thing_id: str) -> bool:
    return queries.readable(person, int(thing_id)) is not None
