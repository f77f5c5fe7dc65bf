"""Rows of a judged import into tables, in a handful of statements. Called by `actions`, inside its transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from linli.foundation.areas.columns import ACCESS_KEYS
from linli.foundation.areas.models import LEVEL_DIGITS, Area, Building, Compound, Facility, Home
from linli.foundation.areas.previews import facility_key, home_key

_BATCH = 500
_LEVELS = {digits: level for level, digits in LEVEL_DIGITS.items()}


def write(kind: str, area: Area | None, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add what is new and change what differs; a cell left empty keeps what is there."""
    if kind == "areas":
        _areas(rows)
    else:
        assert area is not None, "homes and facilities belong to a community"
        (_homes if kind == "homes" else _facilities)(area, rows)


def _areas(rows: Sequence[Mapping[str, Any]]) -> None:
    known = {one.code: one for one in Area.objects.filter(code__in=[row["code"] for row in rows])}
    fresh, changed = [], []
    for row in rows:
        one = known.get(row["code"])
        if one is None:
            one = Area(code=row["code"], level=_LEVELS[len(row["code"])])
            fresh.append(one)
        else:
            changed.append(one)
        _fill(one, row, ("name", "short", "phone"))
    Area.objects.bulk_create(fresh, batch_size=_BATCH)
    Area.objects.bulk_update(changed, ["name", "short", "phone"], batch_size=_BATCH)


def _homes(area: Area, rows: Sequence[Mapping[str, Any]]) -> None:
    compounds = _compounds(area, rows)
    buildings = _buildings(area, compounds, rows)
    known = {(home.building.compound.name, home.building.name, home.entrance, home.number): home
             for home in Home.objects.filter(area=area).select_related("building__compound")}
    fresh, changed = [], []
    for row in rows:
        home = known.get(home_key(row))
        if home is None:
            home = Home(area=area, building=buildings[row["compound"], row["building"]],
                        entrance=row.get("entrance") or "", number=row["number"])
            fresh.append(home)
        else:
            changed.append(home)
        _fill(home, row, ("floor", "area_source"))
        if row.get("exclusive_area"):
            home.exclusive_area = Decimal(row["exclusive_area"])
    Home.objects.bulk_create(fresh, batch_size=_BATCH)
    Home.objects.bulk_update(changed, ["floor", "area_source", "exclusive_area"], batch_size=_BATCH)


def _compounds(area: Area, rows: Sequence[Mapping[str, Any]]) -> dict[str, Compound]:
    from linli.foundation.people.models import Organisation

    above = [area.code[:length] for length in LEVEL_DIGITS.values()]
    companies = {one.name: one for one in Organisation.objects.filter(area__code__in=above, kind="property_company")}
    found = {one.name: one for one in Compound.objects.filter(area=area)}
    known = set(found)
    for row in rows:
        compound = found.setdefault(row["compound"], Compound(area=area, name=row["compound"]))
        _fill(compound, row, ("address", "completed_on_year"))
        if row.get("company"):
            compound.property_company = companies[row["company"]]
    Compound.objects.bulk_create([one for name, one in found.items() if name not in known])
    Compound.objects.bulk_update(
        [found[name] for name in known], ["address", "completed_on_year", "property_company"], batch_size=_BATCH)
    return found


def _buildings(area: Area, compounds: Mapping[str, Compound],
               rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Building]:
    grids = {one.code: one for one in Area.objects.filter(code__startswith=area.code, level="grid")}
    found = _buildings_here(area)
    known = set(found)
    for row in rows:
        key = row["compound"], row["building"]
        digits = "".join(sign for sign in row["building"] if sign.isdecimal())
        building = found.setdefault(key, Building(
            area=area, compound=compounds[row["compound"]], name=row["building"], number=int(digits[:6] or 0)))
        _fill(building, row, ("floors", "entrances"))
        if row.get("building_number") is not None:
            building.number = row["building_number"]
        if row.get("grid"):
            building.grid = grids[row["grid"]]
    Building.objects.bulk_create([one for key, one in found.items() if key not in known], batch_size=_BATCH)
    Building.objects.bulk_update(
        [found[key] for key in known], ["number", "floors", "entrances", "grid"], batch_size=_BATCH)
    return found


def _facilities(area: Area, rows: Sequence[Mapping[str, Any]]) -> None:
    compounds = {one.name: one for one in Compound.objects.filter(area=area)}
    buildings = _buildings_here(area)
    known = {facility_key({"code": one.code, "kind": one.kind, "name": one.name}): one
             for one in Facility.objects.filter(area=area)}
    fresh, changed = [], []
    for row in rows:
        one = known.get(facility_key(row))
        if one is None:
            one = Facility(area=area)
            fresh.append(one)
        else:
            changed.append(one)
        _fill(one, row, ("kind", "name", "code", "entrance", "lon", "lat", "checked_on"))
        if row.get("compound"):
            one.compound = compounds[row["compound"]]
        if row.get("building"):
            one.building = buildings[row["compound"], row["building"]]
        one.access = one.access | {key: row[key] for key in ACCESS_KEYS if row.get(key) is not None}
    Facility.objects.bulk_create(fresh, batch_size=_BATCH)
    Facility.objects.bulk_update(
        changed, ["kind", "name", "entrance", "lon", "lat", "checked_on", "compound", "building", "access"],
        batch_size=_BATCH)


def _buildings_here(area: Area) -> dict[tuple[str, str], Building]:
    rows = Building.objects.filter(area=area).select_related("compound")
    return {(one.compound.name, one.name): one for one in rows}


def _fill(thing: Any, row: Mapping[str, Any], names: Sequence[str]) -> None:
    for name in names:
        if row.get(name) is not None:
            setattr(thing, name, row[name])


def place_outline(area: Area, feature: Mapping[str, Any]) -> bool:
    """Give a place of `area` the outline of `feature`, if the feature names one; areas only, no lines."""
    words, geometry = feature["properties"], feature["geometry"]
    if not geometry["type"].endswith("Polygon"):
        return False
    kind, name = words.get("kind"), words.get("name", "")
    if kind == "building":
        rows: Any = Building.objects.filter(area=area, compound__name=words.get("compound", ""), name=name)
    elif kind == "compound":
        rows = Compound.objects.filter(area=area, name=name)
    elif kind == "grid":
        rows = Area.objects.filter(code=words.get("code", ""), code__startswith=area.code, level="grid")
    elif kind == "community":
        rows = Area.objects.filter(pk=area.pk)
    else:
        return False
    return bool(rows.update(outline=geometry))
