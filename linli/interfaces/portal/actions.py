"""The one thing the shell writes: the look and the language a person chose."""

from __future__ import annotations

from dataclasses import asdict

from django.conf import settings
from django.db.transaction import atomic

from linli.foundation import audit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.interfaces.components.look import Look


@atomic
def choose_look(person: Person, look: Look, *, language: str = "") -> Person:
    """Remember `look`, and `language` where it is one of the site's. Choosing the same again writes nothing.

    Raises `Denied`.
    """
    permit(person, "portal.choose_look", person)
    wanted = {key: value for key, value in asdict(look).items() if value}
    spoken = language if language in dict(settings.LANGUAGES) else person.language
    if (person.look, person.language) == (wanted, spoken):
        return person
    person.look, person.language = wanted, spoken
    person.save(update_fields=["look", "language"])
    audit.record(person, "portal.choose_look", person, **wanted, language=spoken)
    return person
