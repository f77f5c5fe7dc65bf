"""The reads about people that pages, other rooms and the API share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Exists, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import Area, Level
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import (
    ORGANISATION_ROLES,
    STAFF_ROLES,
    Mandate,
    Organisation,
    Person,
    Residency,
    RoleAssignment,
    RoleName,
    SecondFactor,
    SignInSession,
)
from linli.foundation.prepared import Prepared
from linli.foundation.web.manifest import manifests

# What a visitor of the demo finds behind each of its people.
DEMO_PURPOSES: Mapping[str, str | Promise] = {
    RoleName.RESIDENT: _("报修、提诉求、看公告"),
    RoleName.GRID_WORKER: _("巡查、上门、处理网格里的事"),
    RoleName.WORKER: _("受理诉求、核实住址、发公告"),
    RoleName.COMMUNITY_HEAD: _("看全社区，给人派角色"),
    RoleName.PROPERTY_DESK: _("接报修、派师傅"),
    RoleName.PROPERTY_WORKER: _("接单、上门、拍照回单"),
    RoleName.DEPARTMENT_DESK: _("办部门的工单"),
    RoleName.STREET_LEADER: _("看超时的事，督办"),
    RoleName.DISTRICT_LEADER: _("看全区"),
    RoleName.SYSTEM_ADMIN: _("管账号、设施和设置"),
    RoleName.SECURITY_ADMIN: _("管安全和审计人选"),
    RoleName.AUDIT_ADMIN: _("管审计日志"),
    RoleName.AUDITOR: _("查访问记录和抽样"),
}


def running(prefix: str = "") -> Q:
    """The rows whose term has begun, has not ended, and which nobody withdrew."""
    moment = now()
    return (Q(**{f"{prefix}until": None}) | Q(**{f"{prefix}until__gt": moment})) & Q(
        **{f"{prefix}since__lte": moment, f"{prefix}withdrawn": None})


def mandate_for(agent: Person, subject: Person, room: str) -> Mandate | None:
    """The mandate by which `agent` may now act for `subject` in `room` (a service's name), if there is one."""
    found = Mandate.objects.filter(running(), agent=agent, subject=subject, agreed_at__isnull=False)
    return next((mandate for mandate in found.order_by("-since") if room in mandate.scope), None)


def subjects_for(person: Person, room: str) -> list[Person]:
    """Those for whom `person` may now act in `room`: "替 王** 办"."""
    return list({m.subject_id: m.subject for m in mandates_held(person) if room in m.scope}.values())


def may_act_for(person: Person) -> list[Person]:
    """Everybody `person` may act for now, in any room. One query."""
    return list({mandate.subject_id: mandate.subject for mandate in mandates_held(person)}.values())


def mandates_held(person: Person) -> list[Mandate]:
    """Every mandate by which `person` may act now, with its subject; the oldest first. One query."""
    return _mandates.all(person.pk, now())


_mandates = Prepared(lambda agent, moment: Mandate.objects.filter(
    Q(until=None) | Q(until__gt=moment), since__lte=moment, withdrawn=None, agent=agent, agreed_at__isnull=False,
).select_related("subject__community").order_by("since"))


def mandate_rooms() -> list[tuple[str, str | Promise]]:
    """(name, title) of the services one may act in for another: in the portal's menu, with a verb for residents.

    The rooms about one's own person are left out: nobody signs in or moves house for another.
    """
    return [(m.name, m.title) for m in manifests()
            if m.title and m.name not in {"people", "areas", "privacy", "notices"}
            and any(entry.shell == "portal" for entry in m.menu)
            and any("resident" in who for who in m.permissions.values())]


def communities() -> QuerySet[Area]:
    """All communities, to choose one's own from."""
    return Area.objects.filter(level=Level.COMMUNITY).order_by("code")


def homes_of(person: Person) -> QuerySet[Residency]:
    """Where `person` says they live, and how far that is confirmed; the newest first."""
    return Residency.objects.filter(person=person).select_related(
        "home__building__compound").order_by("-claimed_at", "-pk")


def residency_queue(person: Person, state: str = Residency.State.CLAIMED) -> QuerySet[Residency]:
    """The claims `person` may decide, the oldest first."""
    found = Residency.objects.visible_to(person).filter(state=state).exclude(person=person)
    return found.select_related("person", "home__building__compound", "area").order_by("claimed_at", "pk")


def roles_held(person: Person, *, all_rows: bool = False) -> QuerySet[RoleAssignment]:
    """The roles `person` may see at the desk: running ones, or with their history; the newest first."""
    found = RoleAssignment.objects.visible_to(person)
    found = found if all_rows else found.filter(withdrawn=None).filter(Q(until=None) | Q(until__gt=now()))
    return found.select_related("person", "area", "organisation", "given_by").order_by("-since", "-pk")


def organisations(person: Person, *, place: Area | None = None) -> QuerySet[Organisation]:
    """Bodies at or under the places `person` works for."""
    roles = STAFF_ROLES - ORGANISATION_ROLES
    found = Organisation.objects.visible_to(person).filter(person.scope_q("area__code", roles=roles))
    found = found.filter(area__code__startswith=place.code) if place else found
    return found.select_related("area").order_by("-is_active", "area__code", "name")


def sign_ins_of(person: Person) -> QuerySet[SignInSession]:
    """The devices that are signed in as `person`, the last seen first."""
    return SignInSession.objects.visible_to(person).filter(ended=None).order_by("-last_seen")


def has_second_factor(person: Person) -> bool:
    """Is an authenticator set up and confirmed?"""
    return SecondFactor.objects.filter(person=person, confirmed_at__isnull=False).exists()


def demo_people() -> Sequence[tuple[Person, str | Promise, str | Promise]]:
    """(person, role, what one finds there) for each demo account; residents first, then by rank."""
    order = list(RoleName.values)
    found = []
    rows = Person.objects.filter(is_demo=True, is_active=True).select_related("community")
    for person in rows.prefetch_related("roles__area", "roles__organisation")[:40]:
        roles = [s.role for s in person.standings if s.role != RoleName.RESIDENT]
        role = max(roles, key=order.index, default=RoleName.RESIDENT)
        found.append((person, RoleName(role).label, DEMO_PURPOSES[role], order.index(role)))
    found.sort(key=lambda row: (row[3], row[0].pk))
    return [row[:3] for row in found]


def holding(person: Person, *rows: QuerySet[Any]) -> tuple[bool, ...]:
    """Which of `rows` hold anything, asked in one statement: on most days a room has nothing to tell somebody."""
    return tuple(Person.objects.filter(pk=person.pk).values_list(*(Exists(one) for one in rows)).get())
