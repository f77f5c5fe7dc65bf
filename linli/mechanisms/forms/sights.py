"""Who opens the files of a sheet: whose it is; of an inquiry, once handed in, the staff who sent it round."""

from __future__ import annotations

from linli.foundation.files import accept, sight
from linli.foundation.people.models import Person
from linli.mechanisms.forms.models import Sheet

accept("forms.file", "photo", "document")


@sight("forms.sheet")
def sees(person: Person | None, thing_id: str) -> bool:
    return bool(Sheet.objects.visible_to(person).filter(pk=thing_id).exists())
