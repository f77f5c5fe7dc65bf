"""Who opens the photos of a case: its parties and those who handle it. Neighbours see what was made public."""

from __future__ import annotations

from linli.foundation.files import accept, sight
from linli.foundation.people.models import Person
from linli.mechanisms.cases import queries
from linli.mechanisms.cases.models import Case

accept("cases.photo", "photo")


@sight("cases.case")
def sees(person: Person | None, thing_id: str) -> bool:
    """Not everybody who may see the case in a list: a neighbour who joined, or a leader who reads, is no hand."""
    if person is None:
        return False
    case = Case.objects.visible_to(person).filter(pk=queries.whole(thing_id) or 0).first()
    return case is not None and shows_photos(person, case)


def shows_photos(person: Person, case: Case) -> bool:
    """Of a case that `person` sees: do they see its photos too?"""
    return "@requester" in case.relations_to(person) or queries.is_hand(person, case)
