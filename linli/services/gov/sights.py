"""Who opens the files of answers: as the forms say; and of an application that was handed in, who handles it."""

from __future__ import annotations

from linli.foundation.files import accept, sight
from linli.foundation.people.models import Person
from linli.mechanisms.forms import sights as theirs

accept("gov.application", "photo", "document")


@sight("forms.sheet")
def sees(person: Person | None, thing_id: str) -> bool:
    from linli.services.gov.models import AnsweredSheet

    return theirs.sees(person, thing_id) or bool(
        AnsweredSheet.objects.visible_to(person).filter(pk=thing_id).exists())
