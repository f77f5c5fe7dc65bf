"""Who reaches a case with which of their roles: asked once here, for the actions, the lists and the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q

from linli.foundation.people.permit import reaches
from linli.foundation.prepared import Prepared
from linli.foundation.web.manifest import grants
from linli.foundation.web.refusals import Denied

if TYPE_CHECKING:
    from linli.foundation.people.models import Person
    from linli.mechanisms.cases.models import Case


class _Place:
    """A case as roles see it: in its grid cell where it has one (so that a 网格员 of that cell reaches it), answered
    for by its lead unit and, for what helpers may do too, by the units that were called in."""

    def __init__(self, case: Case, *, helpers: bool) -> None:
        self.area_code = case.grid_code or case.area_code
        self.organisation_ids = (*case.organisation_ids, *(helping_units(case) if helpers else ()))
        self.relations_to = case.relations_to


def _legs_open(case: int) -> Any:
    from linli.mechanisms.cases.models import Leg

    return Leg.objects.filter(case=case, closed_at=None).select_related("unit")


_open_legs = Prepared(_legs_open)


def helping_units(case: Case) -> tuple[int, ...]:
    """The units with an open helper leg. Read once for each `case` object."""
    if "open_legs" not in case.__dict__:
        legs = _open_legs.all(case.pk)
        for leg in legs:
            leg.case = case
        case.__dict__["open_legs"] = legs
    return tuple(leg.unit_id for leg in case.__dict__["open_legs"])


def works_for(person: Person, organisation: int | None) -> bool:
    """Does `person` hold any role in that organisation now?"""
    return bool(organisation) and any(standing.organisation_id == organisation for standing in person.standings)


def reaches_case(person: Person | None, allowed: frozenset[str], case: Case, *, helpers: bool = False) -> bool:
    """Does one of the roles or `@relations` in `allowed` bind `person` to this case?

    Whoever works for the body complained of is bound only as a party, whatever else they hold in that place
    (信访工作条例 第30条: the matter is not passed to the one complained of).
    """
    if person is None or not (
            reaches(person, allowed, _Place(case, helpers=False))
            or (helpers and helping_units(case) and reaches(person, allowed, _Place(case, helpers=True)))):
        return False
    if works_for(person, case.complained_of):
        return bool(allowed & case.relations_to(person) - {"@assignee", "@offered"})
    return True


def may_on(person: Person | None, verb: str, case: Case, *, helpers: bool = False) -> bool:
    """Is `verb` of this room's manifest granted to `person` for `case`? `helpers`: to units called in as well."""
    return reaches_case(person, grants()[verb], case, helpers=helpers)


def permit_on(person: Person | None, verb: str, case: Case, *, helpers: bool = False) -> None:
    """Raise `Denied` unless `may_on`; a sealed case must be the person's to see at all."""
    if may_on(person, verb, case, helpers=helpers) and (case.visibility != "sealed" or sees(person, case)):
        return
    raise Denied(verb, visible=sees(person, case))


def sees(person: Person | None, case: Case) -> bool:
    """Would `Case.objects.visible_to(person)` hold this case? `Case.seen_by`, asked of a row that is here already."""
    from linli.mechanisms.cases.models import PLACE_ROLES, Visibility, unit_ids
    from linli.mechanisms.cases.parties import is_party

    if person is None:
        return False
    if person.pk in (case.requester_id, case.assignee_id, case.offered_to_id) or is_party(person, case):
        return True
    if case.visibility == Visibility.SEALED or works_for(person, case.complained_of):
        return False
    codes = [s.area_code for s in person.standings if s.area_code and s.role in PLACE_ROLES]
    if any(case.area_code.startswith(code) or (len(code) > 12 and case.grid_code == code) for code in codes):
        return True
    units = unit_ids(person)
    return bool(units) and (case.unit_id in units or not set(units).isdisjoint(helping_units(case)))


def not_about_own(person: Person) -> Q:
    """Every row but the complaints about a body that `person` works for; nothing to ask of who works for none."""
    own = sorted({s.organisation_id for s in person.standings if s.organisation_id})
    if not own:
        return Q()
    named: list[int | str] = [*own, *(str(pk) for pk in own)]
    # A missing key and a JSON null are neither equal nor unequal to anything: both are said apart.
    return (Q(facts__complained_of__isnull=True) | Q(facts__complained_of=None)
            | ~Q(facts__complained_of__in=named))
