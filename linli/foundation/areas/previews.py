"""What an import would do, row by row, before it does anything."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.areas.columns import ACCESS_KEYS, COLUMNS, Wrong
from linli.foundation.areas.mapping import wgs84_of
from linli.foundation.areas.models import LEVEL_DIGITS, Area, Building, Compound, Facility, Home
from linli.foundation.web.refusals import Refused

_FLOOR = re.compile(r"^(\d{1,2})(\d{2})$")


@dataclass(frozen=True)
class RowError:
    """A row that cannot be taken: its number in the file, and what to do."""

    row: int
    sentence: str


@dataclass
class Preview:
    """The judged rows. Nothing is written unless `errors` is empty; that is `actions.import_rows`' business too."""

    kind: str
    rows: list[dict[str, Any]] = field(default_factory=list)  # cleaned values, with "row", in the file's order
    errors: list[RowError] = field(default_factory=list)
    added: int = 0
    changed: int = 0
    same: int = 0
    ignored: list[str] = field(default_factory=list)

    def saying(self, row: Mapping[str, Any]) -> Callable[[str], None]:
        """A function that notes what is wrong with `row`."""
        return lambda sentence: self.errors.append(RowError(row["row"], sentence))

    @property
    def is_sound(self) -> bool:
        return bool(self.rows) and not self.errors


def preview(kind: str, area: Area | None, headings: Sequence[str],
            table: Sequence[tuple[int, Sequence[str]]]) -> Preview:
    """Judge every row, and all of them, not only the first that is wrong.

    `area` is the community of homes and facilities; divisions need none. Raises `Refused("columns")` when a
    column that must be there is not.
    """
    columns = {column.heading: column for column in COLUMNS[kind]}
    missing = [column.heading for column in COLUMNS[kind] if column.required and column.heading not in headings]
    if missing:
        raise Refused("columns", _("文件里少了这些列：%(columns)s。请用模板的列名。") % {"columns": "、".join(missing)},
                      field="file")
    found = Preview(kind, ignored=[heading for heading in headings if heading and heading not in columns])
    for number, cells in table:
        row: dict[str, Any] = {"row": number}
        sentences = []
        for place, heading in enumerate(headings):
            if heading in columns:
                try:
                    row[columns[heading].key] = columns[heading].clean(cells[place] if place < len(cells) else "")
                except Wrong as wrong:
                    sentences.append(str(wrong))
        found.errors += [RowError(number, sentence) for sentence in sentences]
        if not sentences:
            found.rows.append(row)
    check: Callable[[Preview, Area | None], None] = {
        "areas": _check_areas, "homes": _check_homes, "facilities": _check_facilities}[kind]
    check(found, area)
    found.errors.sort(key=lambda error: error.row)
    return found


def recheck(kind: str, area: Area | None, rows: Sequence[Mapping[str, Any]]) -> Preview:
    """Judge cleaned rows again: between preview and confirmation, somebody else may have written."""
    found = Preview(kind, rows=[dict(row) for row in rows])
    {"areas": _check_areas, "homes": _check_homes, "facilities": _check_facilities}[kind](found, area)
    return found


def _twice(found: Preview, key: Callable[[dict[str, Any]], Any], words: Callable[[dict[str, Any]], str]) -> None:
    counts = Counter(key(row) for row in found.rows)
    first: dict[Any, int] = {}
    for row in found.rows:
        mine = key(row)
        if counts[mine] > 1 and mine in first:
            found.errors.append(RowError(row["row"], _("「%(what)s」和第 %(other)d 行重了，请留一行。") % {
                "what": words(row), "other": first[mine]}))
        first.setdefault(mine, row["row"])


def _check_areas(found: Preview, area: Area | None) -> None:
    _twice(found, lambda row: row["code"], lambda row: str(row["code"]))
    known = {one.code: one for one in Area.objects.all()}
    coming = {row["code"] for row in found.rows}
    lengths = sorted(LEVEL_DIGITS.values())
    for row in found.rows:
        code = row["code"]
        above = [code[:length] for length in lengths if length < len(code)]
        if above and above[-1] not in known and above[-1] not in coming:
            found.errors.append(RowError(row["row"], _("上一级 %(code)s 还没有。请把它也写进来，或先导入。") % {
                "code": above[-1]}))
        if area is not None and not code.startswith(area.code):
            found.errors.append(RowError(row["row"], _("%(code)s 不在 %(area)s 里。") % {
                "code": code, "area": area.name}))
        old = known.get(code)
        _tally(found, old is not None, old is not None and all(
            row.get(key) in (None, getattr(old, key)) for key in ("name", "short", "phone")))


def _check_homes(found: Preview, area: Area | None) -> None:
    from linli.foundation.people.models import Organisation

    assert area is not None, "homes belong to a community"
    _twice(found, home_key, lambda row: f"{row['building']} {row.get('entrance') or ''} {row['number']}")
    grids = set(Area.objects.filter(code__startswith=area.code, level="grid").values_list("code", flat=True))
    above = [area.code[:length] for length in LEVEL_DIGITS.values()]
    companies = set(Organisation.objects.filter(
        area__code__in=above, kind="property_company", is_active=True).values_list("name", flat=True))
    known = {(home.building.compound.name, home.building.name, home.entrance, home.number): home
             for home in Home.objects.filter(area=area).select_related("building__compound")}
    for row in found.rows:
        say = found.saying(row)
        if row.get("grid") and row["grid"] not in grids:
            say(_("没有网格 %(code)s。请先导入网格，或把这一格空着。") % {"code": row["grid"]})
        if row.get("company") and row["company"] not in companies:
            say(_("没有叫「%(name)s」的物业。请先在「单位」里加，或把这一格空着。") % {"name": row["company"]})
        if row.get("exclusive_area") and not row.get("area_source"):
            say(_("填了专有面积，就要写面积来源。"))
        if row.get("area_source") not in {None, "unknown"} and not row.get("exclusive_area"):
            say(_("写了面积来源，就要填专有面积。"))
        year = row.get("completed_on_year")
        if year is not None and not 1850 <= year <= 2100:
            say(_("「竣工年份」写四位数的年份，例如 1998。"))
        for key, heading in (("floors", "层数"), ("entrances", "单元数"), ("building_number", "楼号")):
            if row.get(key) is not None and not 0 <= row[key] <= 300:
                say(_("「%(column)s」要在 0 到 300 之间。") % {"column": heading})
        if row.get("floor") is None:
            guessed = _FLOOR.match(row["number"])
            row["floor"] = int(guessed.group(1)) if guessed else 1
        old = known.get(home_key(row))
        same = old is not None and old.floor == row["floor"] and (
            not row.get("exclusive_area") or str(old.exclusive_area) == row["exclusive_area"]) and (
            not row.get("area_source") or old.area_source == row["area_source"])
        _tally(found, old is not None, same)


def home_key(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """What makes a home this home within a community: compound, building, entrance, number."""
    return row["compound"], row["building"], row.get("entrance") or "", row["number"]


def _check_facilities(found: Preview, area: Area | None) -> None:
    assert area is not None, "facilities belong to a community"
    _twice(found, facility_key, lambda row: str(row.get("code") or row["name"]))
    compounds = set(Compound.objects.filter(area=area).values_list("name", flat=True))
    buildings = set(Building.objects.filter(area=area).values_list("compound__name", "name"))
    known = {facility_key({"code": one.code, "kind": one.kind, "name": one.name}): one
             for one in Facility.objects.filter(area=area)}
    for row in found.rows:
        say = found.saying(row)
        if row.get("building") and not row.get("compound"):
            say(_("填了楼栋，就要填小区。"))
        elif row.get("compound") and row["compound"] not in compounds:
            say(_("没有小区「%(name)s」。请先导入房屋，或把这一格空着。") % {"name": row["compound"]})
        elif row.get("building") and (row["compound"], row["building"]) not in buildings:
            say(_("「%(compound)s」里没有「%(building)s」。") % {
                "compound": row["compound"], "building": row["building"]})
        if (row.get("lon") is None) != (row.get("lat") is None):
            say(_("经度和纬度要一起填。"))
        elif row.get("datum") == "gcj02" and row.get("lon") is not None:
            row["lon"], row["lat"] = (round(degree, 7) for degree in wgs84_of(row["lon"], row["lat"]))
        if row.get("lon") is not None:
            row["datum"] = "wgs84"
        old = known.get(facility_key(row))
        _tally(found, old is not None, old is not None and all(
            row.get(key) in (None, getattr(old, key))
            for key in ("kind", "name", "entrance", "lon", "lat", "checked_on")
        ) and all(row.get(key) in (None, old.access.get(key)) for key in ACCESS_KEYS))


def facility_key(row: Mapping[str, Any]) -> tuple[str, ...]:
    """A facility is known by the code on its sticker; one without a code by its kind and name."""
    return ("code", row["code"]) if row.get("code") else (row["kind"], row["name"])


def _tally(found: Preview, known: bool, same: bool) -> None:
    if same:
        found.same += 1
    elif known:
        found.changed += 1
    else:
        found.added += 1
