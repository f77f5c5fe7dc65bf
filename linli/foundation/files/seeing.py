"""Who sees the files of a thing: whoever sees the thing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.apps import apps

if TYPE_CHECKING:
    from linli.foundation.files.models import StoredFile
    from linli.foundation.people.models import Person

Sight = Callable[["Person | None", str], bool]
_sights: dict[str, Sight] = {}


def sight(thing_type: str) -> Callable[[Sight], Sight]:
    """Register `f(person, thing_id) -> bool` for `app.model`; put it into the room's `sights.py`.

    Without one, a thing's files are seen by those for whom `objects.visible_to(person)` has the thing.
    `person` is None for who has not signed in.
    """

    def register(function: Sight) -> Sight:
        _sights[thing_type] = function
        return function

    return register


def sees_about(person: Person | None, stored: StoredFile) -> bool:
    """Does `person` see the thing that `stored` is about? Asked anew each time the file is served."""
    if not stored.about_type:
        return False
    if stored.about_type in _sights:
        return _sights[stored.about_type](person, stored.about_id)
    model = apps.get_model(stored.about_type)
    manager = model._default_manager
    if not hasattr(manager, "visible_to"):
        return False
    return bool(manager.visible_to(person).filter(pk=stored.about_id).exists())


def may_see(person: Person | None, stored: StoredFile) -> bool:
    """May `person` open `stored`? Its owner always; who sees its thing, unless it is sealed; all, if public."""
    if person is not None and stored.owner_id == person.pk:
        return True
    if stored.is_sealed:
        return False
    return stored.is_public or sees_about(person, stored)
