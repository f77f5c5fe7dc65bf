"""Who opens the photograph of a signed mandate: staff who may help there, and the person it is about."""

from __future__ import annotations

from linli.foundation.files import accept, sight
from linli.foundation.people.models import Person
from linli.services.window.models import Help

accept("window.mandate", "photo", "document")


@sight("window.help")
def sees_help(person: Person | None, thing_id: str) -> bool:
    from linli.foundation.people.permit import may

    row = Help.objects.visible_to(person).select_related("area").filter(pk=int(thing_id)).first()
    return row is not None and person is not None and (row.subject_id == person.pk or may(person, "window.help", row))
