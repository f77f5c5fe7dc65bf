"""Verbs of places: put a facility on the children's map, check it, close and open it, report what is dangerous."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area, Facility
from linli.foundation.calendar.clock import today
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.web import Refused
from linli.mechanisms.cases import actions as cases
from linli.mechanisms.cases.kinds import current
from linli.mechanisms.cases.models import Case
from linli.services.children.models import Hazard, SafetyCheck, Segment, Spot

STATES = ("good", "mend", "stop")


@atomic
def save_spot(person: Person, area: Area, spot: Spot | None = None, *, facility: Facility, **facts: Any) -> Spot:
    """Put a facility of `area` on the children's map, or change what is said of it.

    `facts` are the fields of `Spot`. Raises `Denied`, `Refused`: elsewhere, twice, bad_ages.
    """
    permit(person, "children.keep_places", spot or area)
    if not facility.area_code.startswith(area.code[:12]):
        raise Refused("elsewhere", _("这个设施不在您的社区，请重新选。"), field="facility")
    if facts.get("age_to", 12) < facts.get("age_from", 0):
        raise Refused("bad_ages", _("年龄的上限比下限小，请改一下。"), field="age_to")
    is_new = spot is None
    row = Spot(area=area, next_check_on=today() + timedelta(days=facts.get("check_days") or 90)) if spot is None else (
        Spot.objects.select_for_update().get(pk=spot.pk))
    if Spot.objects.filter(facility=facility).exclude(pk=row.pk).exists():
        raise Refused("twice", _("这个设施已经在儿童地图上了，请去改那一条。"), field="facility")
    row.facility = facility
    for name, value in facts.items():
        setattr(row, name, value)
    row.save()
    audit.record(person, "children.keep_places", row, kind=row.kind, is_new=is_new)
    return row


@atomic
def check_spot(person: Person, spot: Spot, *, items: Mapping[str, str], findings: str = "",
               on: date | None = None) -> SafetyCheck:
    """Record a check of every item. "stop" at any item closes the spot; a clean one opens what a check had closed.

    What has to be mended becomes a hazard case. Raises `Denied`, `Refused`: not_all, in_future, no_words.
    """
    permit(person, "children.check_place", spot)
    row = Spot.objects.select_for_update().select_related("facility", "area").get(pk=spot.pk)
    day = on or today()
    wanted = [item["code"] for item in policy("children.check_items")]
    if day > today():
        raise Refused("in_future", _("检查日期不能在今天以后。"), field="on")
    if any(items.get(code) not in STATES for code in wanted):
        raise Refused("not_all", _("每一项都要选：好、要修、先停用。"))
    bad = [code for code in wanted if items[code] != "good"]
    if bad and len(findings.strip()) < 2:
        raise Refused("no_words", _("有一项不好，请写一句看到了什么。"), field="findings")
    stops = [code for code in bad if items[code] == "stop"]
    check = SafetyCheck.objects.create(
        spot=row, on=day, by=person, items={code: items[code] for code in wanted}, findings=findings.strip()[:300],
        is_safe=not stops, next_on=day + timedelta(days=row.check_days))
    row.next_check_on = max(check.next_on, row.next_check_on) if day < today() else check.next_on
    if stops:
        row.is_closed, row.closed_because = True, findings.strip()[:120]
    elif row.is_closed and not bad:
        row.is_closed, row.closed_because = False, ""
    row.save(update_fields=["next_check_on", "is_closed", "closed_because"])
    if bad:
        report_hazard(person, spot=row, category="danger" if stops else "broken", text=findings.strip(),
                      once=f"children.check.{check.pk}")
    audit.record(person, "children.check_place", row, bad=len(bad), stopped=bool(stops))
    emit("children.spot_checked", spot=row.pk, safe=check.is_safe)
    return check


@atomic
def report_hazard(person: Person, *, spot: Spot | None = None, segment: Segment | None = None, category: str,
                  text: str, once: str = "") -> Case:
    """Open a hazard case and tie it to where it is; neighbours see it there until it is closed.

    Raises `Denied`, `Refused`: no_text, too_long, no_category.
    """
    assert (spot is None) != (segment is None), "a hazard is at a spot or on a stretch, not both"
    where: Spot | Segment | None = spot or segment
    assert where is not None
    permit(person, "children.report_hazard", spot or (segment and segment.route))
    kind = current("hazard")
    if category not in kind.categories:
        raise Refused("no_category", _("请选是哪一类隐患。"), field="category")
    if len(text.strip()) < 2:
        raise Refused("no_text", _("请写一句哪里不对。"), field="text")
    place = f"{segment.route.name} {segment.name}" if segment else str(where)
    area = spot.area if spot else segment.route.area  # type: ignore[union-attr]  # one of the two is given
    lon, lat = (spot.facility.lon, spot.facility.lat) if spot else middle(segment)
    case = cases.open_case(
        person, "hazard", area, verb="children.report_hazard", category=category,
        title=f"{place}：{kind.categories[category]}"[:80], text=text, place=place, place_public=place,
        facility=spot.facility if spot else None, lon=lon, lat=lat, once=once)
    try:
        with atomic():
            Hazard.objects.get_or_create(case=case, defaults={"spot": spot, "segment": segment})
    except IntegrityError:
        pass  # the same report sent twice at once: the first one tied it
    audit.record(person, "children.report_hazard", where, category=category, case=case.number)
    return case


def middle(segment: Segment | None) -> tuple[float | None, float | None]:
    """The middle point of a stretch, for the mark on the map."""
    if segment is None or not segment.points:
        return None, None
    lon, lat = segment.points[len(segment.points) // 2]
    return lon, lat
