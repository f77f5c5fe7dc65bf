"""What is on file for a barrier-free work: survey, plan, consent, measurements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from linli.foundation.people.models import Person
from linli.foundation.policy import policy
from linli.mechanisms.cases.kinds import say
from linli.mechanisms.cases.models import Case, CaseEvent
from linli.services.access.models import Consent, Measurement, Plan, Survey
from linli.services.access.rules import Asked, Reached, consent, needs_consent, to_measure, within

KIND = "barrier_work"


@dataclass(frozen=True)
class Item:
    """One thing to measure: what it must be, what was found, and by which source it is judged."""

    code: str
    title: str
    unit: str
    how: str
    limit: Decimal
    source: str
    value: Decimal | None
    is_good: bool
    by: str = ""
    with_user: bool = False


def survey_of(case: Case) -> Survey | None:
    found: Survey | None = Survey.objects.filter(case=case).select_related("by").order_by("-at", "-pk").first()
    return found


def plan_of(case: Case) -> Plan | None:
    """The newest plan, unless it was refused since (`replan`)."""
    found: Plan | None = Plan.objects.filter(case=case).select_related("by").order_by("-at", "-pk").first()
    refused = CaseEvent.objects.filter(case=case, name="replan").order_by("-seq").values_list("at", flat=True).first()
    return None if found is not None and refused is not None and found.at <= refused else found


def rule_of(plan: Plan, case: Case) -> dict[str, Any]:
    """The entry of `access.consent_rules` the plan names, as it is on the day of the plan."""
    rules = policy("access.consent_rules", on=plan.at.date(), area=case.area_code)
    found: dict[str, Any] = next(rule for rule in rules if rule["code"] == plan.consent_rule)
    return found


def consents_of(plan: Plan | None) -> Sequence[Consent]:
    return list(Consent.objects.filter(plan=plan).select_related("by").order_by("-at", "-pk")) if plan else []


def reached(row: Consent, rule: dict[str, Any]) -> Reached:
    return consent(rule, Asked(
        row.owners, row.owners_took_part, row.owners_agreed, row.m2, row.m2_took_part, row.m2_agreed))


def consent_holds(case: Case) -> bool:
    """Is the newest plan agreed to, or does it need nobody's consent?"""
    plan = plan_of(case)
    if plan is None:
        return False
    rule = rule_of(plan, case)
    if not needs_consent(rule):
        return True
    found = consents_of(plan)
    return bool(found) and reached(found[0], rule).is_reached


def acceptance(case: Case) -> list[Item]:
    """The items of the case's category with the newest value of this building cycle."""
    begun = CaseEvent.objects.filter(case=case, name__in=["build", "rework", "not_fixed", "reopen"]).order_by(
        "-seq").values_list("at", flat=True).first()
    rows = Measurement.objects.filter(case=case).select_related("by").order_by("at", "pk")
    if begun is not None:
        rows = rows.filter(at__gte=begun)
    newest = {row.item: row for row in rows}
    found = []
    for item in to_measure(policy("access.acceptance", area=case.area_code), case.category or "other"):
        row = newest.get(item["code"])
        found.append(Item(
            item["code"], say(item["title"]), item["unit"], item["how"], Decimal(str(item["limit"])), item["source"],
            row.value if row else None, bool(row) and within(item, row.value if row else Decimal(0)),
            by=row.by.shown_name if row else "", with_user=bool(row and row.with_user)))
    return found


def works_for_desk(person: Person, *, is_open: bool = True) -> QuerySet[Case]:
    """Barrier-free works the person may see at the desk, nearest deadline first."""
    return Case.objects.visible_to(person).filter(kind_code=KIND, is_open=is_open).select_related(
        "assignee", "building__compound", "facility").order_by("-created", "-pk")


def own_works(person: Person) -> QuerySet[Case]:
    return Case.objects.visible_to(person).filter(kind_code=KIND, requester=person).order_by("-created", "-pk")
