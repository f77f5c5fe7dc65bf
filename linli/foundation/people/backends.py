from __future__ import annotations

from django.contrib.auth.backends import BaseBackend

from linli.foundation.people.models import Person
from linli.foundation.prepared import Prepared

# A community's outline may be long, and only maps draw it.
_active = Prepared(lambda pk: Person.objects.select_related("community").defer("community__outline").filter(
    pk=pk, is_active=True))


class PersonBackend(BaseBackend):
    """Loads the person of a session; how one signs in is the business of `actions`."""

    def get_user(self, user_id: int) -> Person | None:
        person = _active.first(int(user_id))
        return person if isinstance(person, Person) else None
