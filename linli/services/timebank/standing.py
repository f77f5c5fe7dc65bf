"""From rows to the values the rules ask about: who somebody is on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.foundation.policy import policy
from linli.services.timebank.models import (
    Entitlement,
    Kinship,
    Service,
    ServiceState,
    TeamMember,
    Volunteer,
)
from linli.services.timebank.rules import Who, age


@dataclass(frozen=True)
class Item:
    """One kind of help, from policy data."""

    code: str
    title: str
    risk: str
    skill: str
    minutes: int


def items(area: Area | None, on: date) -> Mapping[str, Item]:
    return {row["code"]: Item(**row) for row in policy("timebank.items", on=on, area=area)}


def item_title(area: Area, code: str, on: date) -> str:
    """The words for a kind of help, translated; the code itself for one that policy no longer lists."""
    found = items(area, on).get(code)
    return _(found.title) if found else code


def volunteer_of(person: Person) -> Volunteer | None:
    found: Volunteer | None = Volunteer.objects.filter(person=person).select_related("person", "area").first()
    return found


def entitlements(person: Person, on: date) -> set[str]:
    rows = Entitlement.objects.filter(Q(until=None) | Q(until__gte=on), person=person, since__lte=on)
    return set(rows.values_list("kind", flat=True))


def person_age(person: Person, on: date) -> int | None:
    volunteer = volunteer_of(person)
    return age(on, person.birth_year, volunteer.born if volunteer else None)


def lifetime(person: Person) -> int:
    """All minutes ever credited to the helper, wherever they went: what stars and certificates count (R15)."""
    found = Service.objects.filter(helper=person, state=ServiceState.SETTLED).aggregate(total=Sum("credit"))
    return int(found["total"] or 0)


def who(person: Person, area: Area, on: date) -> Who:
    """What R4, R5 and R9 ask about `person` on the day."""
    volunteer = volunteer_of(person)
    entitled = entitlements(person, on)
    spouse = Kinship.objects.filter(
        person=person, relation="spouse", confirmed_at__isnull=False).select_related("other").first()
    return Who(
        age=age(on, person.birth_year, volunteer.born if volunteer else None),
        is_registered=volunteer is not None and volunteer.left_on is None,
        is_trained=volunteer is not None and volunteer.trained_on is not None and volunteer.trained_on <= on,
        is_resident=person.area_code[:12] == area.code[:12],
        has_guardian_consent=volunteer is not None and volunteer.guardian_agreed_at is not None,
        in_group=TeamMember.objects.filter(person=person, until=None, team__is_active=True).exists(),
        in_hardship="hardship" in entitled,
        is_key_empty_nest="key_empty_nest" in entitled,
        spouse_age=person_age(spouse.other, on) if spouse else None,
        earned_minutes=lifetime(person))


def relation_of(person: Person, other: Person) -> str:
    """The confirmed bond of `person` to `other` ("parent": the other is my parent), or ""."""
    found = Kinship.objects.filter(person=person, other=other, confirmed_at__isnull=False).first()
    return found.relation if found else ""
