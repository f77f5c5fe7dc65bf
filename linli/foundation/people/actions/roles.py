"""Who works as what, where, from when to when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError
from django.db.models import Q
from django.db.transaction import atomic
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people import rules
from linli.foundation.people.models import Organisation, Person, RoleAssignment, RoleName
from linli.foundation.people.permit import permit
from linli.foundation.web.refusals import Denied, Refused


@atomic
def give_role(person: Person, to: Person, role: str, *, area: Area | None = None,
              organisation: Organisation | None = None, since: datetime | None = None,
              until: datetime | None = None, skills: Sequence[str] = ()) -> RoleAssignment:
    """Give `to` a role within `area`, or within what `organisation` answers for.

    Raises `Denied` where the giver's own role does not reach that place or is not above the role given
    (people/rules.py GIVES), and `Refused`: own_role, apart, organisation_missing, term_missing, term_past, held.
    """
    place = area or (organisation.area if organisation else None)
    if place is None:
        raise Refused("area_missing", _("请选这个角色管到哪里。"), field="area")
    permit(person, "people.give_role", place)
    if to.pk == person.pk:
        raise Refused("own_role", _("不能给自己加角色，请别的管理员来加。"), field="phone")
    if role not in RoleName.values or role == RoleName.RESIDENT or not _gives(person, role, place.code):
        raise Denied("people.give_role", visible=True)
    if organisation is not None and not organisation.area_code.startswith(place.code[:12]) \
            and not place.code.startswith(organisation.area_code):
        raise Refused("organisation_elsewhere", _("这个单位不在选的地方。"), field="organisation")
    if role in rules.ORGANISATION_NEEDED and organisation is None:
        raise Refused("organisation_missing", _("这个角色要选单位。"), field="organisation")
    if role in rules.TERM_NEEDED and until is None:
        raise Refused("term_missing", _("第三方审计员要写到哪天为止。"), field="until")
    begins = since or now()
    if until is not None and until <= max(begins, now()):
        raise Refused("term_past", _("「到」要在「从」和今天之后。"), field="until")
    Person.objects.select_for_update().get(pk=to.pk)  # two givers at once must not make one person both administrators
    running = RoleAssignment.objects.filter(Q(until=None) | Q(until__gt=now()), person=to, withdrawn=None)
    if rules.apart(frozenset(running.values_list("role", flat=True)), role):
        raise Refused("apart", _("系统、安全、审计三种管理员和审计员要由不同的人担任。"), field="role")
    if running.filter(role=role, area=place, organisation=organisation).exists():
        raise Refused("held", _("这个人已经有这个角色了。"), field="role")
    given = RoleAssignment.objects.create(
        person=to, role=role, area=place, organisation=organisation, since=begins, until=until,
        given_by=person, skills=[skill.strip() for skill in skills if skill.strip()])
    audit.record(person, "people.give_role", given, role=role, place=place.code)
    emit("people.role_given", assignment=given.pk)
    tell(to, gettext_lazy("您有了新角色：%(role)s（%(place)s）。下次登录请设好验证器。"),
         values={"role": RoleName(role).label, "place": place.name}, about=given, key=f"people.role.{given.pk}",
         url="/me/security/")
    return given


@atomic
def withdraw_role(person: Person, assignment: RoleAssignment) -> RoleAssignment:
    """End a role now; the row stays. Raises `Denied`, `Refused("ended")`."""
    permit(person, "people.give_role", assignment)
    if assignment.person_id != person.pk and not _gives(person, assignment.role, assignment.area_code):
        raise Denied("people.give_role", visible=True)
    done = RoleAssignment.objects.filter(pk=assignment.pk, withdrawn=None).update(withdrawn=now())
    if not done:
        raise Refused("ended", _("这个角色已经收回了。"))
    assignment.refresh_from_db(fields=["withdrawn"])
    audit.record(person, "people.withdraw_role", assignment, role=assignment.role)
    emit("people.role_withdrawn", assignment=assignment.pk)
    return assignment


@atomic
def register_person(person: Person, community: Area, *, name: str, phone: str = "", birth_year: int | None = None,
                    title: str = "") -> Person:
    """Staff write down somebody who stands before them, with or without a telephone.

    Raises `Denied`, `Refused("phone_taken")`.
    """
    permit(person, "people.register", community)
    if not name.strip():
        raise Refused("name_missing", _("请写姓名。"), field="name")
    fresh = Person(phone=phone or None, name=name.strip(), title=title.strip(), community=community,
                   birth_year=birth_year)
    fresh.set_unusable_password()
    try:
        with atomic():
            fresh.save(force_insert=True)
    except IntegrityError:
        raise Refused("phone_taken", _("这个手机号已经登记过了。"), field="phone") from None
    audit.record(person, "people.register", fresh)
    emit("people.joined", person=fresh.pk)
    return fresh


def _gives(person: Person, role: str, code: str) -> bool:
    return any(rules.may_give(standing.role, role) and standing.area_code and code.startswith(standing.area_code)
               for standing in person.standings)
