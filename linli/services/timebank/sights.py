"""Who opens a photo of a service: the two people of it, and those who keep the bank."""

from __future__ import annotations

from linli.foundation.files import accept, sight
from linli.foundation.people.models import Person
from linli.services.timebank.models import Service

accept("timebank.photo", "photo")


@sight("timebank.service")
def sees(person: Person | None, thing_id: str) -> bool:
    return Service.objects.visible_to(person).filter(pk=int(thing_id)).exists()
