"""When somebody can come: the fitters' calendars, and the two-hour windows in which one of them is free."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Organisation, Person, RoleAssignment
from linli.foundation.policy import policy
from linli.mechanisms.bookings.finder import Need, in_windows
from linli.mechanisms.bookings.models import Claim, Resource
from linli.mechanisms.cases.models import Case
from linli.services.repairs import rules
from linli.services.repairs.models import Fitter, Visit

KIND = "fitter"
OWN_HOURS = "own_hours"  # a fact of a calendar whose hours the desk set by hand


def all_windows(area_code: str) -> list[rules.Window]:
    """Every window of the next days, whoever comes: what one may wish for before a company is known."""
    spans = policy("repairs.visit_windows", on=today(), area=area_code)
    return list(rules.windows(now(), spans, int(policy("repairs.visit_days", on=today(), area=area_code))))


def free_windows(area_code: str, company: int | None, case: Case | None = None) -> list[rules.Window]:
    """The windows in which whoever would come is free: of a `case` that somebody has, that fitter, else any of the
    company who may have it. All windows where no company is known yet. At most four statements; nothing is written.
    """
    found = all_windows(area_code)
    if company is None or not found:
        return found
    unit = Organisation.objects.select_related("area").get(pk=company)
    hands = hands_for(case) if case is not None else workers_of(company)
    resting = _off_shift(hands, company)
    last = today()
    free: set[datetime] = set()
    for is_today in (True, False):  # who went off shift today comes again tomorrow
        wanted = [w for w in found if (timezone.localdate(w.starts) == last) is is_today]
        there = [one for one in hands if not (is_today and one.pk in resting)]
        if there and wanted:
            need = Need(KIND, among=calendars(there, unit, area_code))
            fits = in_windows([need], [(w.starts, w.ends) for w in wanted], area=unit.area).fits
            free.update(fit.starts for fit in fits)
    return [window for window in found if window.starts in free]


def hands_for(case: Case) -> list[Person]:
    """Who would come: the one who has the case; else the workers of its unit who may have it."""
    if case.assignee_id is not None and case.assignee is not None:
        return [case.assignee]
    if case.unit_id is None:
        return []
    skill = rules.skill_for(case.category, policy("repairs.skills", on=today()))
    back = set(case.facts.get("sent_back", []))
    return [one for one in workers_of(case.unit_id, skill=skill) if one.pk not in back]


def workers_of(company: int, *, skill: str = "") -> list[Person]:
    """The fitters of a company, of those who hold `skill` where one is asked for, in a fixed order."""
    held = RoleAssignment.objects.filter(
        organisation=company, role="property_worker", withdrawn=None, person__is_active=True).select_related("person")
    found = {row.person_id: row.person for row in held.order_by("person") if not skill or skill in row.skills}
    return list(found.values())


def _off_shift(hands: Sequence[Person], company: int) -> set[int]:
    return set(RoleAssignment.objects.filter(
        person__in=[one.pk for one in hands], organisation=company, role="property_worker", withdrawn=None,
        on_shift=False).values_list("person_id", flat=True))


def calendars(hands: Sequence[Person], unit: Organisation, area_code: str) -> list[Resource]:
    """Their calendars with the terms of the place, in the order of `hands`; who has none yet is free in the hours."""
    held = {row.person_id: row.resource for row in Fitter.objects.filter(
        person__in=[one.pk for one in hands]).select_related("resource")}
    found = [held.get(one.pk) or blank(one, unit) for one in hands]
    for row in found:
        with_terms(row, area_code)
    return found


def blank(person: Person, unit: Organisation) -> Resource:
    """The calendar of a fitter who has promised nothing yet, unsaved."""
    return Resource(
        area=unit.area, kind=KIND, name=person.shown_name[:80], person=person, organisation=unit,
        manage_verb="repairs.keep_visits", owner_room="repairs", owner_type="repairs.fitter", owner_id=str(person.pk))


def with_terms(resource: Resource, area_code: str) -> bool:
    """Put the hours and the way between two homes on a calendar. True if that changed it."""
    before = resource.hours, resource.buffer_after_min
    resource.buffer_after_min = int(policy("repairs.visit_travel_min", on=today(), area=area_code))
    if not resource.facts.get(OWN_HOURS):
        resource.hours = usual_hours(area_code)
    return before != (resource.hours, resource.buffer_after_min)


def usual_hours(area_code: str) -> dict[str, Any]:
    """The hours of who has none of their own: ISO weekday → [[from, to]]."""
    return dict(policy("repairs.visit_shift", on=today(), area=area_code))


def fewest_first(resources: Sequence[Resource], starts: datetime) -> list[Resource]:
    """Those with the fewest visits on that day first; one statement."""
    day = timezone.localdate(starts)
    counts: dict[int, int] = {}
    for pk, at in Claim.objects.filter(resource__in=[one.pk for one in resources], starts__gte=now()).values_list(
            "resource", "starts"):
        counts[pk] = counts.get(pk, 0) + (timezone.localdate(at) == day)
    return sorted(resources, key=lambda one: (counts.get(one.pk, 0), one.pk))


def visit_of(case: Case) -> Visit | None:
    """The last time that was agreed on, whatever became of it."""
    found = Visit.objects.filter(case=case).select_related("fitter").order_by("-pk").first()
    return found if isinstance(found, Visit) else None


def failures(workers: Collection[int], since: datetime) -> dict[int, int]:
    """How often each did not come to an agreed time since then."""
    found: dict[int, int] = {}
    for pk in Visit.objects.filter(fitter__in=workers, state=Visit.State.FAILED, starts__gte=since).values_list(
            "fitter_id", flat=True):
        found[pk] = found.get(pk, 0) + 1
    return found


def duties(resource: Resource) -> list[tuple[Claim, str]]:
    """What a fitter has promised and when they are away, from now on: (claim, number of the case or "")."""
    rows = list(Claim.objects.filter(resource=resource, ends__gt=now()).select_related(
        "session__offer").order_by("starts")[:60])
    ids = {row.pk: int(row.session.offer.owner_id) for row in rows
           if row.session and row.session.offer.owner_type == "repairs.case"}
    numbers = dict(Case.objects.filter(pk__in=ids.values()).values_list("pk", "number"))
    return [(row, numbers.get(ids.get(row.pk, 0), "")) for row in rows]


def area_of(code: str) -> Area:
    """The community of a case."""
    found = Area.objects.get(code=code)
    assert isinstance(found, Area)
    return found
