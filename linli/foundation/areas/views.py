"""The pages of places: facilities for residents; the tree, its editing, import, map and export at the desk."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.foundation.areas import actions, columns, geojson, mapping, queries, sheets
from linli.foundation.areas.forms import BuildingForm, CompoundForm, FacilityForm, HomeForm, MapForm, UploadForm
from linli.foundation.areas.models import (
    Area,
    Building,
    Compound,
    Facility,
    FacilityKind,
    Home,
    ImportDraft,
    Level,
    MapLayer,
)
from linli.foundation.areas.previews import preview, recheck
from linli.foundation.people.permit import may, permit
from linli.foundation.web.middleware import Request
from linli.foundation.web.refusals import Refused
from linli.foundation.web.views import keyset_page, refusal_shown_in, sent, signed_in, staff_only

ERRORS_SHOWN = 200
SAMPLE_ROWS = 5
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@signed_in
def facilities(request: Request) -> HttpResponse:
    """What stands in the community, with what is known of its accessibility; the map and the same as a list."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in FacilityKind.values else ""
    area: Area | None = getattr(request, "area", None) or None  # lazy: it may turn out to be nothing
    found = queries.facilities(request.person, area, kind=kind) if area is not None else Facility.objects.none()
    page = keyset_page(found, request)
    marks = [{"lon": one.lon, "lat": one.lat, "word": one.name, "kind": "pin", "url": _facility_url(one)}
             for one in page if one.lon is not None]
    return render(request, "areas/facilities.html", {
        "rows": [(one, queries.access_facts(one), _facility_url(one)) for one in page], "page": page, "kind": kind,
        "kinds": FacilityKind.choices, "marks": marks,
        "features": mapping.features_of(area) if area is not None and marks else []})


def _facility_url(one: Facility) -> str:
    return reverse("areas:facility", args=[one.code or str(one.pk)])


@signed_in
def facility(request: Request, code: str) -> HttpResponse:
    """What the sticker's QR code opens; without a sticker, the row's id."""
    rows = Facility.objects.visible_to(request.person).select_related("area", "compound", "building")
    here = getattr(request.area, "pk", 0)
    found = rows.filter(code=code).order_by("pk")
    one = found.filter(area=here).first() or found.first()
    if one is None and code.isascii() and code.isdecimal() and len(code) < 19:
        one = rows.filter(pk=int(code)).first()
    if one is None:
        raise Http404
    return render(request, "areas/facility.html", {"one": one, "facts": queries.access_facts(one)})


@staff_only
def tree(request: Request) -> HttpResponse:
    permit(request.person, "areas.manage")
    return render(request, "areas/tree.html", {
        "branches": queries.tree(request.person), "may_divide": may(request.person, "areas.divide")})


def _area(request: Request, code: str) -> Area:
    """The division `code`, where the person manages it; to others it is not there."""
    area = get_object_or_404(Area, code=code)
    if not may(request.person, "areas.manage", area):
        raise Http404
    return area


@staff_only
def community(request: Request, code: str) -> HttpResponse:
    area = _area(request, code)
    if area.level != Level.COMMUNITY:
        raise Http404
    return render(request, "areas/community.html", {
        "place": area, "compounds": queries.compounds(request.person, area),
        "facilities": keyset_page(queries.facilities(request.person, area), request)})


def _edit(request: Request, form: Any, save: Any, title: str, back: str, **more: object) -> HttpResponse:
    if form.is_valid():
        with refusal_shown_in(form):
            save(form.cleaned_data)
            messages.success(request, _("存好了。"))
            return redirect(back)
    return render(request, "areas/edit.html", {"form": form, "heading": title, "back_to": back, **more},
                  status=422 if form.errors else 200)


def _values(row: Any, form: type[Any]) -> dict[str, Any] | None:
    """What the form starts with: the row's own values, foreign keys by their id."""
    if row is None:
        return None
    return {name: getattr(row, f"{name}_id", getattr(row, name, None)) for name in form.base_fields}


@staff_only
def compound(request: Request, code: str = "", pk: int = 0) -> HttpResponse:
    """Add a compound to the community `code`, or change the one with `pk`."""
    row = get_object_or_404(Compound.objects.visible_to(request.person).select_related("area"), pk=pk) if pk else None
    area = _area(request, row.area.code if row else code)
    form = CompoundForm(sent(request), initial=_values(row, CompoundForm), area=area)
    return _edit(
        request, form, lambda values: actions.save_compound(request.person, area, values, row),
        row.name if row else _("加小区"), reverse("areas:community", args=[area.code]),
        compound=row, buildings=Building.objects.visible_to(request.person).filter(compound=row) if row else [])


@staff_only
def building(request: Request, pk: int = 0, compound_pk: int = 0) -> HttpResponse:
    """Add a building to a compound, or change one; its homes below."""
    seen = Building.objects.visible_to(request.person).select_related("area", "compound__area")
    row = get_object_or_404(seen, pk=pk) if pk else None
    parent = row.compound if row else get_object_or_404(
        Compound.objects.visible_to(request.person).select_related("area"), pk=compound_pk)
    area = _area(request, parent.area.code)
    form = BuildingForm(sent(request), initial=_values(row, BuildingForm), area=area)
    homes = Home.objects.visible_to(request.person).filter(building=row) if row else Home.objects.none()
    return _edit(
        request, form, lambda values: actions.save_building(request.person, parent, values, row),
        str(row) if row else _("加楼栋"), reverse("areas:compound", args=[parent.pk]), building=row,
        homes=keyset_page(homes.order_by("entrance", "floor", "number", "pk"), request))


@staff_only
def home(request: Request, pk: int = 0, building_pk: int = 0) -> HttpResponse:
    """Add a home to a building, or change one."""
    seen = Home.objects.visible_to(request.person).select_related("area", "building__compound__area", "building__area")
    row = get_object_or_404(seen, pk=pk) if pk else None
    parent = row.building if row else get_object_or_404(
        Building.objects.visible_to(request.person).select_related("area", "compound"), pk=building_pk)
    _area(request, parent.area.code)
    form = HomeForm(sent(request), initial=_values(row, HomeForm))
    return _edit(
        request, form, lambda values: actions.save_home(request.person, parent, values, row),
        str(row) if row else _("加房屋"), reverse("areas:building", args=[parent.pk]))


@staff_only
def edit_facility(request: Request, code: str = "", pk: int = 0) -> HttpResponse:
    """Add a facility to the community `code`, or change the one with `pk`."""
    row = get_object_or_404(Facility.objects.visible_to(request.person).select_related("area"), pk=pk) if pk else None
    area = _area(request, row.area.code if row else code)
    initial = {**(_values(row, FacilityForm) or {}), **row.access} if row else None
    form = FacilityForm(sent(request), initial=initial, area=area)
    return _edit(
        request, form, lambda values: actions.save_facility(request.person, area, _with_access(values, row), row),
        row.name if row else _("加设施"), reverse("areas:community", args=[area.code]), facility=row)


def _with_access(values: dict[str, Any], row: Facility | None) -> dict[str, Any]:
    access = dict(row.access) if row else {}
    for key in columns.ACCESS_KEYS:
        value = values.pop(key)
        if value in (None, ""):
            access.pop(key, None)
        else:
            access[key] = value
    day = values.pop("checked_on")
    return {**values, "access": access, "checked_on": day.isoformat() if day else ""}


@staff_only
def upload(request: Request, code: str) -> HttpResponse:
    """Step one of an import: the file. A file with errors shows them all and keeps nothing."""
    area = _area(request, code)
    form = UploadForm(sent(request), request.FILES or None, initial={"kind": "homes"})
    kinds = [kind for kind in columns.KINDS if kind != "areas" or may(request.person, "areas.divide", area)]
    form.fields["kind"].choices = [(kind, columns.KINDS[kind]) for kind in kinds]  # type: ignore[attr-defined]
    found = None
    if form.is_valid():
        with refusal_shown_in(form):
            file, kind = form.cleaned_data["file"], form.cleaned_data["kind"]
            if kind != "areas" and area.level != Level.COMMUNITY:
                raise Refused("no_community", _("房屋和设施要导入到一个社区里。"))
            if file.size > sheets.BYTES_MAX:
                raise Refused("sheet", _("文件要在 10 MB 以内。请分成几份再传。"), field="file")
            found = preview(kind, area, *sheets.read(file.name, file.read()))
            if found.is_sound:
                draft = actions.keep_draft(request.person, area, found, file_name=file.name)
                return redirect("areas:import_preview", pk=draft.pk)
            if not found.errors:
                form.add_error("file", _("文件里没有一行可以导入。"))
    return render(request, "areas/upload.html", {
        "form": form, "place": area, "kinds": [(kind, columns.KINDS[kind]) for kind in kinds], "found": found,
        "errors": found.errors[:ERRORS_SHOWN] if found else [], "shown": ERRORS_SHOWN,
    }, status=422 if form.errors or (found and found.errors) else 200)


@staff_only
def import_preview(request: Request, pk: int) -> HttpResponse:
    """Step two: what would happen. Step three, by POST: it happens, all of it or nothing."""
    draft = get_object_or_404(ImportDraft.objects.visible_to(request.person).select_related("area"), pk=pk)
    _area(request, draft.area.code)
    if request.method == "POST":
        place = draft.area
        done = actions.import_draft(request.person, draft)
        messages.success(request, _("导入好了：加了 %(added)d 行，改了 %(changed)d 行，%(same)d 行本来就一样。") % {
            "added": done.added, "changed": done.changed, "same": done.same})
        if place.level == Level.COMMUNITY:
            return redirect("areas:community", code=place.code)
        return redirect("areas:tree")
    found = recheck(draft.kind, draft.area, draft.rows)
    filled = {key for row in found.rows for key, value in row.items() if value is not None}
    shown = [column for column in columns.COLUMNS[draft.kind] if column.key in filled]
    sample = [[row.get(column.key, "") for column in shown] for row in found.rows[:SAMPLE_ROWS]]
    return render(request, "areas/import_preview.html", {
        "draft": draft, "found": found, "headings": [column.heading for column in shown], "sample": sample,
        "count": len(found.rows), "kind": columns.KINDS[draft.kind]})


@staff_only
def template(request: Request, kind: str) -> HttpResponse:
    """An empty template with one example line and a sheet of hints."""
    permit(request.person, "areas.manage")
    if kind not in columns.KINDS:
        raise Http404
    return _file(f"linli-{kind}-template.xlsx", sheets.workbook(
        str(columns.KINDS[kind]), columns.headings(kind), [columns.example(kind)], columns.hints(kind)))


@staff_only
def export(request: Request, code: str, kind: str) -> HttpResponse:
    """What is here, in the columns of the template."""
    area = _area(request, code)
    if kind not in columns.KINDS:
        raise Http404
    return _file(f"linli-{kind}-{area.code}.xlsx", sheets.workbook(
        str(columns.KINDS[kind]), columns.headings(kind), queries.rows_of(kind, request.person, area)))


def _file(name: str, body: bytes) -> HttpResponse:
    return HttpResponse(body, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@staff_only
def edit_map(request: Request, code: str) -> HttpResponse:
    """The community's map, its layers, and the upload of another."""
    area = _area(request, code)
    if area.level != Level.COMMUNITY:
        raise Http404
    form = MapForm(sent(request), request.FILES or None)
    bad: list[geojson.BadFeature] = []
    if form.is_valid():
        with refusal_shown_in(form):
            collection, bad = geojson.read(form.cleaned_data["file"].read(geojson.BYTES_MAX + 1),
                                           datum=form.cleaned_data["datum"])
            if not bad:
                placed = actions.save_map(request.person, area, form.cleaned_data["name"], collection)
                messages.success(request, _("地图换好了，其中 %(count)d 个轮廓认到了小区、楼栋或网格。") % {
                    "count": placed})
                return redirect("areas:map", code=area.code)
    return render(request, "areas/map.html", {
        "form": form, "place": area, "bad": bad[:ERRORS_SHOWN], "features": mapping.features_of(area),
        "layers": MapLayer.objects.filter(area=area).order_by("name"),
    }, status=422 if form.errors or bad else 200)
