"""The verbs of places: import them, change them, draw them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError
from django.db.models import Model
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas import writing
from linli.foundation.areas.models import Area, Building, Compound, Facility, Home, ImportDraft, Level, MapLayer
from linli.foundation.areas.previews import Preview, recheck
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web.refusals import Refused


@atomic
def keep_draft(person: Person, area: Area, found: Preview, *, file_name: str) -> ImportDraft:
    """Keep judged rows until they are confirmed; older drafts of the same person go."""
    permit(person, _verb(found.kind), area)
    ImportDraft.objects.filter(person=person).delete()
    draft: ImportDraft = ImportDraft.objects.create(
        person=person, area=area, kind=found.kind, file_name=file_name[-120:], rows=found.rows)
    return draft


@atomic
def import_draft(person: Person, draft: ImportDraft) -> Preview:
    """Judge the rows once more and write all of them, or none. Raises `Refused("rows_broken")`."""
    permit(person, _verb(draft.kind), draft.area)
    done = _import(person, draft.area, draft.kind, draft.rows)
    draft.delete()
    return done


@atomic
def import_rows(person: Person | None, area: Area | None, kind: str, rows: Sequence[Mapping[str, Any]]) -> Preview:
    """As `import_draft`, without a draft. `person` None is the operator at the machine itself.

    `area` is the community of homes and facilities, or the division under which divisions are imported.
    """
    if person is not None:
        permit(person, _verb(kind), area)
    return _import(person, area, kind, rows)


def _import(person: Person | None, area: Area | None, kind: str, rows: Sequence[Mapping[str, Any]]) -> Preview:
    if area is not None:
        Area.objects.select_for_update().get(pk=area.pk)  # two imports of one place, one after the other
    if kind != "areas" and (area is None or area.level != Level.COMMUNITY):
        raise Refused("no_community", _("房屋和设施要导入到一个社区里。"))
    found = recheck(kind, area, rows)
    if not found.is_sound:
        first = found.errors[0].sentence if found.errors else _("文件里没有一行可以导入。")
        raise Refused("rows_broken", _("一行也没导入。%(first)s") % {"first": first})
    writing.write(kind, area, found.rows)
    thing = area or Area.objects.get(code=min((row["code"] for row in found.rows), key=len))
    audit.record(person, "areas.import", thing, kind=kind, added=found.added, changed=found.changed)
    emit("areas.imported", area=thing.pk, kind=kind)
    return found


@atomic
def save_compound(person: Person, area: Area, values: Mapping[str, Any], compound: Compound | None = None) -> Compound:
    """Add or change a compound. Raises `Denied`, `Refused("name_taken")`."""
    saved: Compound = _save(person, Compound, area, values, compound, "compound")
    return saved


@atomic
def save_building(person: Person, compound: Compound, values: Mapping[str, Any],
                  building: Building | None = None) -> Building:
    """Add or change a building of `compound`."""
    saved: Building = _save(person, Building, compound.area, {**values, "compound": compound}, building, "building")
    return saved


@atomic
def save_home(person: Person, building: Building, values: Mapping[str, Any], home: Home | None = None) -> Home:
    """Add or change a home. Owners vote by its exclusive area, so an area needs its source (民法典 第278条)."""
    if values.get("exclusive_area") and values.get("area_source") == "unknown":
        raise Refused("source_missing", _("填了专有面积，就要写面积来源。"), field="area_source")
    saved: Home = _save(person, Home, building.area, {**values, "building": building}, home, "home")
    return saved


@atomic
def save_facility(person: Person, area: Area, values: Mapping[str, Any], facility: Facility | None = None) -> Facility:
    """Add or change a facility with what is known of its accessibility."""
    if (values.get("lon") is None) != (values.get("lat") is None):
        raise Refused("half_position", _("经度和纬度要一起填。"), field="lat")
    building, compound = values.get("building"), values.get("compound")
    if building is not None and compound is not None and building.compound_id != compound.pk:
        raise Refused("elsewhere", _("这栋楼不在选的小区里。"), field="building")
    saved: Facility = _save(person, Facility, area, values, facility, "facility")
    return saved


def _save(person: Person, table: type[Any], area: Area, values: Mapping[str, Any], row: Any, word: str) -> Any:
    permit(person, "areas.manage", row if row is not None else area)
    if area.level != Level.COMMUNITY:
        raise Refused("no_community", _("请先选社区。"))
    thing: Model = table.objects.select_for_update().get(pk=row.pk) if row is not None else table(area=area)
    for name, value in values.items():
        setattr(thing, name, value)
    try:
        with atomic():
            thing.save(force_insert=row is None)
    except IntegrityError:
        raise Refused("name_taken", _("这里已经有同名（同号）的了，请换一个。")) from None
    audit.record(person, f"areas.{'change' if row is not None else 'add'}_{word}", thing)
    emit("areas.changed", area=area.pk, kind=word)
    return thing


@atomic
def save_map(person: Person, area: Area, name: str, collection: Mapping[str, Any]) -> int:
    """Replace the layer `name` of the community's map; returns how many outlines went to places by their names.

    A feature whose `kind` is building (with `compound`, `name`), compound (with `name`), grid (with `code`) or
    community becomes the outline of that place; every other stays in the layer.
    """
    permit(person, "areas.draw", area)
    if area.level != Level.COMMUNITY:
        raise Refused("no_community", _("请先选社区。"))
    placed, rest = 0, []
    for feature in collection["features"]:
        if writing.place_outline(area, feature):
            placed += 1
        else:
            rest.append(feature)
    layer, _made = MapLayer.objects.update_or_create(
        area=area, name=name, defaults={"features": {"type": "FeatureCollection", "features": rest}})
    audit.record(person, "areas.draw", layer, features=len(rest), outlines=placed)
    emit("areas.changed", area=area.pk, kind="map")
    return placed


def _verb(kind: str) -> str:
    return "areas.divide" if kind == "areas" else "areas.manage"
