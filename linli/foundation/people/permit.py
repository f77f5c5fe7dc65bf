"""May this person do that to this thing? Denied unless a manifest grants it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linli.foundation.web.manifest import grants
from linli.foundation.web.refusals import Denied

if TYPE_CHECKING:
    from linli.foundation.people.models import Person


def may(person: Person | None, verb: str, thing: Any = None) -> bool:
    """Is `verb` granted to `person` for `thing`?

    A grant is a role (which must reach the thing's place, or its organisation) or an `@relation`
    that the thing itself reports by `relations_to(person)`. `thing` may be an `Area`, a row with
    `area_code`, or None for "anywhere at all". A verb that no manifest declares is an error.
    """
    return reaches(person, grants()[verb], thing)


def reaches(person: Person | None, allowed: frozenset[str], thing: Any = None) -> bool:
    """Does one of the roles or `@relations` in `allowed` bind `person` to `thing`? No table of grants is read."""
    if person is None or not person.is_active:
        return False
    if thing is None:
        return any(standing.role in allowed for standing in person.standings)
    code = thing.area_code
    organisations = _organisations_of(thing)
    if any(s.role in allowed and s.covers(code, organisations) for s in person.standings):
        return True
    relations = getattr(thing, "relations_to", None)
    return relations is not None and bool(allowed & relations(person))


def permit(person: Person | None, verb: str, thing: Any = None) -> None:
    """Raise `Denied` unless `may(person, verb, thing)`."""
    if not may(person, verb, thing):
        raise Denied(verb, visible=_is_visible(person, thing))


def _organisations_of(thing: Any) -> tuple[int, ...]:
    found = getattr(thing, "organisation_ids", None)
    if found is not None:
        return tuple(found)
    return (thing.pk,) if type(thing).__name__ == "Organisation" else ()


def _is_visible(person: Person | None, thing: Any) -> bool:
    manager: Any = getattr(thing.__class__, "objects", None)  # not `type`: request.area is lazy, and names its class
    if person is None or not hasattr(manager, "visible_to"):
        return False
    return bool(manager.visible_to(person).filter(pk=thing.pk).exists())
