"""Who is told that rules wait for a second person."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.calendar.clock import now
from linli.foundation.notices import tell
from linli.foundation.people.models import Person, RoleAssignment
from linli.mechanisms.cases.models import RoutingTable


def on_proposed(table: int, area: str, by: int | None = None, **_rest: object) -> None:
    """Everybody else who may publish the rules of that place learns that a version waits."""
    row = RoutingTable.objects.filter(pk=table, state="proposed").first()
    if row is None:
        return
    held = RoleAssignment.objects.filter(
        role__in=["community_head", "street_leader"], withdrawn=None, since__lte=now()).select_related("person", "area")
    people: dict[int, Person] = {
        one.person_id: one.person for one in held if one.area is not None and area.startswith(one.area.code)}
    for person in people.values():
        if person.pk != by:
            tell(person, _("派单规则改好了一版，等您看过再发布。"), key=f"requests.routing.{table}.{person.pk}",
                 url=f"/requests/desk/routing/{table}/", title=_("派单规则等着发布"))
