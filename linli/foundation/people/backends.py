from __future__ import annotations

from django.contrib.auth.backends import BaseBackend

from linli.foundation.people.models import Person


class PersonBackend(BaseBackend):
    """Loads the person of a session; how one signs in is the business of `actions`."""

    def get_user(self, user_id: int) -> Person | None:
        person = Person.objects.select_related("community").filter(pk=user_id, is_active=True).first()
        return person if isinstance(person, Person) else None
