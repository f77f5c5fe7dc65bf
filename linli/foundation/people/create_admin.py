"""`linli create admin --phone … --area …`: the first administrator, whom no administrator can appoint."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from django.db.transaction import atomic

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person, RoleAssignment, RoleName
from linli.foundation.people.rules import apart, parse_phone
from linli.foundation.web.refusals import Refused

ROLES = (RoleName.SYSTEM_ADMIN, RoleName.SECURITY_ADMIN, RoleName.AUDIT_ADMIN)


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--phone", required=True, help="the phone number that person signs in with")
    parser.add_argument("--area", required=True, help="code of the division: all below it is in reach")
    parser.add_argument("--role", default=RoleName.SYSTEM_ADMIN, choices=[str(role) for role in ROLES])


def run(options: Namespace) -> int:
    """Prints what was done; 1 with a sentence when it cannot be."""
    try:
        phone = parse_phone(options.phone)
        appoint(phone, options.area, options.role)
    except Refused as refusal:
        print(str(refusal.sentence))  # noqa: T201
        return 1
    print(f"{options.role} of {options.area}. Sign in with that phone; the authenticator is set up then.")  # noqa: T201
    return 0


@atomic
def appoint(phone: str, area_code: str, role: str) -> RoleAssignment:
    """Make the account if need be and give it the role. Raises `Refused`: area_unknown, apart, held."""
    area = Area.objects.filter(code=area_code).first()
    if area is None:
        raise Refused("area_unknown", f"No area has the code {area_code}. Import areas first: linli import areas FILE.")
    person = Person.objects.by_phone(phone).first()
    if person is None:
        person = Person(phone=phone)
        person.set_unusable_password()
        person.save(force_insert=True)
    standing = RoleAssignment.objects.filter(person=person, withdrawn=None)
    held = frozenset(standing.values_list("role", flat=True))
    if apart(held, role):
        raise Refused("apart", "This person already holds another of the three administrators' roles.")
    if standing.filter(role=role, area=area).exists():
        raise Refused("held", "This person already holds that role there.")
    given: RoleAssignment = RoleAssignment.objects.create(person=person, role=role, area=area)
    audit.record(None, "people.give_role", given, role=role, place=area.code, by="operator")
    return given
