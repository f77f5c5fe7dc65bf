"""The reads about places that pages, other rooms and the API share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation.areas.columns import ACCESS_KEYS, AREA_SOURCES, FACILITY_KINDS
from linli.foundation.areas.models import Area, Building, Compound, Facility, FacilityKind, Home

if TYPE_CHECKING:
    from linli.foundation.people.models import Person

MANAGING = frozenset({"worker", "community_head", "system_admin"})


@dataclass(frozen=True)
class Branch:
    """One division of the tree with how deep it hangs and what is in it."""

    area: Area
    depth: int
    compounds: int
    buildings: int
    homes: int
    facilities: int


def tree(person: Person) -> list[Branch]:
    """The divisions `person` works for and what is below them. Five queries, whatever the size."""
    areas = list(Area.objects.filter(person.scope_q("code", roles=MANAGING)).order_by("code"))
    counts = [dict(table.objects.visible_to(person).values_list("area__code").annotate(Count("pk")).order_by())
              for table in (Compound, Building, Home, Facility)]
    shortest = min((len(area.code) for area in areas), default=0)
    steps = sorted({len(area.code) for area in areas})
    return [Branch(area, steps.index(len(area.code)) if shortest else 0, *(found.get(area.code, 0) for found in counts))
            for area in areas]


def compounds(person: Person, area: Area) -> QuerySet[Compound]:
    """The compounds of a community with how many buildings each has."""
    return Compound.objects.visible_to(person).filter(area=area).select_related("property_company").annotate(
        building_count=Count("buildings")).order_by("name")


def facilities(person: Person, area: Area, *, kind: str = "") -> QuerySet[Facility]:
    """The facilities of a community."""
    found = Facility.objects.visible_to(person).filter(area=area).select_related("compound", "building")
    return found.filter(kind=kind).order_by("kind", "name", "pk") if kind else found.order_by("kind", "name", "pk")


_FACTS: dict[str, tuple[str | Promise, dict[str, str | Promise]]] = {
    "wheelchair": (gettext_lazy("轮椅"), {
        "yes": gettext_lazy("能进出"), "limited": gettext_lazy("要人帮"), "no": gettext_lazy("进不去")}),
    "handrail": (gettext_lazy("扶手"), {"yes": gettext_lazy("有"), "no": gettext_lazy("没有")}),
    "tactile": (gettext_lazy("盲文"), {"yes": gettext_lazy("有"), "no": gettext_lazy("没有")}),
    "speech": (gettext_lazy("语音播报"), {"yes": gettext_lazy("有"), "no": gettext_lazy("没有")}),
    "toilet": (gettext_lazy("无障碍厕所"), {"yes": gettext_lazy("有"), "no": gettext_lazy("没有")}),
}


def access_facts(facility: Facility) -> list[tuple[str, str]]:
    """(what, how it is) in the reader's language; what nobody has looked at is left out."""
    found = []
    for key in ACCESS_KEYS:
        value = facility.access.get(key)
        if value is None:
            continue
        if key == "door_width_cm":
            found.append((_("门宽"), _("%(width)s 厘米") % {"width": value}))
        elif key == "steps":
            found.append((_("台阶"), _("%(count)s 级") % {"count": value} if value else _("没有台阶")))
        elif key in _FACTS and value in _FACTS[key][1]:
            found.append((str(_FACTS[key][0]), str(_FACTS[key][1][value])))
    return found


def rows_of(kind: str, person: Person, area: Area) -> Iterator[Sequence[str]]:
    """What is here, in the columns of the template, so that an export can be mended and imported again."""
    if kind == "areas":
        for division in Area.objects.filter(code__startswith=area.code).order_by("code"):
            yield division.code, division.name, division.short, division.phone
    elif kind == "homes":
        sources = {str(value): word for word, value in AREA_SOURCES.items()}
        homes = Home.objects.visible_to(person).filter(area=area).select_related(
            "building__compound__property_company", "building__grid")
        for home in homes.order_by("building__compound__name", "building__number", "entrance", "floor", "number"):
            building, compound = home.building, home.building.compound
            yield (compound.name, compound.address, _plain(compound.completed_on_year),
                   compound.property_company.name if compound.property_company else "", building.name,
                   str(building.number), str(building.floors), str(building.entrances),
                   building.grid.code if building.grid else "", home.entrance, str(home.floor), home.number,
                   _plain(home.exclusive_area), sources[home.area_source] if home.exclusive_area else "")
    else:
        kinds = {FacilityKind(value): word for word, value in FACILITY_KINDS.items()}
        words = {"wheelchair": {"yes": "能", "limited": "要人帮", "no": "不能"}}
        for one in facilities(person, area):
            access = [words.get(key, {"yes": "有", "no": "无"}).get(one.access.get(key), _plain(one.access.get(key)))
                      for key in ACCESS_KEYS]
            yield (kinds[FacilityKind(one.kind)], one.name, one.code, one.compound.name if one.compound else "",
                   one.building.name if one.building else "", one.entrance, _plain(one.lon), _plain(one.lat),
                   "WGS84" if one.lon is not None else "", one.checked_on, *access)


def _plain(value: object) -> str:
    return "" if value is None else str(value)
