"""Where a matter is, as one choice of a form: a building or a facility of the community."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area, Building, Facility
from linli.foundation.people.models import Organisation, Person
from linli.foundation.web import Denied
from linli.mechanisms.cases.queries import whole

if TYPE_CHECKING:
    from linli.foundation.web.middleware import Request

Choices = list[tuple[str, Any]]
# Who may be complained of by name: not the departments, for which the rules themselves find the way.
COMPLAINED_KINDS = ("property_company", "contractor", "utility", "residents_committee")


@dataclass(frozen=True)
class Where:
    """What the choice stands for. Both are None where nothing was chosen."""

    building: Building | None = None
    facility: Facility | None = None

    def __str__(self) -> str:
        return str(self.building or (self.facility.name if self.facility else ""))


def here(request: Request) -> Area:
    """The place being looked at. Raises `Denied` for who belongs to none."""
    if not request.area:  # type: ignore[truthy-bool]  # lazy, and None for who has no place
        raise Denied("requests.place")
    return request.area


def choices(area: Area) -> Choices:
    """Nothing, then the buildings by compound, then the facilities. Two statements."""
    found: Choices = [("", _("说不准，或不在某栋楼"))]
    groups: dict[str, list[tuple[str, str]]] = {}
    for building in Building.objects.filter(area__code__startswith=area.code[:12]).select_related("compound"):
        groups.setdefault(building.compound.name, []).append((f"b-{building.pk}", str(building)))
    found += list(groups.items())
    facilities = Facility.objects.filter(area__code__startswith=area.code[:12]).exclude(kind="lift").order_by("name")
    listed = [(f"f-{one.pk}", one.name) for one in facilities]
    return [*found, (_("设施"), listed)] if listed else found


def chosen(area: Area, value: str) -> Where | None:
    """What `value` stands for in that community; None for a forged or outdated one."""
    if not value:
        return Where()
    kind, _dash, number = value.partition("-")
    pk = whole(number)
    if pk is None:
        return None
    if kind == "b":
        building = Building.objects.filter(
            pk=pk, area__code__startswith=area.code[:12]).select_related("compound", "grid", "area").first()
        return Where(building=building) if building else None
    if kind == "f":
        facility = Facility.objects.filter(
            pk=pk, area__code__startswith=area.code[:12]).select_related("building__compound", "area").first()
        return Where(facility=facility) if facility else None
    return None


def complained_of(area: Area, person: Person | None = None) -> Sequence[Organisation]:
    """The bodies of the place a complaint may be about; the company of the person's own compound first."""
    codes = [area.code[:n] for n in (4, 6, 9, 12)]
    rows = list(Organisation.objects.filter(
        area__code__in=codes, is_active=True, kind__in=COMPLAINED_KINDS).select_related("area").order_by("name"))
    own: set[int] = set()
    if person is not None:
        own = set(person.residencies.filter(state="confirmed").values_list(
            "home__building__compound__property_company", flat=True))
    return sorted(rows, key=lambda unit: unit.pk not in own)
