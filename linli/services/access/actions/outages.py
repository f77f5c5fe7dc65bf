"""What does not work now: reported by anybody, checked, and over again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area, Facility, FacilityKind
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.files import attach
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.web import Refused
from linli.mechanisms.cases import actions as cases
from linli.mechanisms.cases.kinds import shipped
from linli.mechanisms.cases.models import Case
from linli.services.access.models import Outage, OutageState, PathEdge
from linli.services.access.places import Place

if TYPE_CHECKING:
    from linli.foundation.files import StoredFile

REPAIR = "repair"  # a kind of case, named as data; no room is imported
_CATEGORY = {FacilityKind.LIFT: "lift", FacilityKind.DOOR: "door"}


@atomic
def report_outage(person: Person, area: Area, *, facility: Facility | None = None, edge: PathEdge | None = None,
                  kind: str, note: str = "", starts: datetime | None = None, until: datetime | None = None,
                  ask_repair: bool = False, files: Sequence[StoredFile | int] = ()) -> Outage:
    """Say that a lift is out or a ramp is blocked, from now or `starts`, until it is over or `until`.

    It counts for the way at once. `ask_repair` opens a case of kind `repair` as well, when it is broken.
    One that is open for the same thing is returned instead of a second.
    Raises `Denied`, `Refused`: nothing, elsewhere, backwards, too_long, file_gone.
    """
    permit(person, "access.report_outage", Place(area))
    moment = now()
    begins = starts or moment
    if (facility is None) == (edge is None):
        raise Refused("nothing", _("请选哪里坏了、哪里堵了。"), field="what")
    thing = facility or edge
    assert thing is not None
    if thing.area_id != area.pk:
        raise Refused("elsewhere", _("选的地方不在这个社区，请重选。"), field="what")
    if until is not None and until <= max(begins, moment):
        raise Refused("backwards", _("结束时间要在现在以后。说不准就空着。"), field="until")
    longest = timedelta(hours=policy("access.outage_hours_max", area=area))
    if (until is not None and until - begins > longest) or abs(begins - moment) > longest:
        raise Refused("too_long", _("最多写 90 天。更久的请在设施页面上提「改事实」。"), field="until")
    Area.objects.select_for_update().get(pk=area.pk)  # two neighbours at the same lift
    earlier = Outage.objects.filter(
        area=area, facility=facility, edge=edge, kind=kind,
        state__in=[OutageState.REPORTED, OutageState.CONFIRMED]).order_by("-pk").first()
    if earlier is not None and earlier.holds_at(begins):
        found: Outage = earlier
        return found
    outage = Outage(
        area=area, facility=facility, edge=edge, kind=kind, note=note.strip()[:200], starts=begins, until=until,
        reported_by=person)
    if ask_repair and kind == Outage.Kind.OUT and REPAIR in shipped():
        outage.case = _ask_repair(person, area, outage)
    outage.save(force_insert=True)
    attach(person, files, outage)
    audit.record(person, "access.report_outage", outage, kind=kind)
    emit("access.outage_reported", outage=outage.pk)
    return outage


def _ask_repair(person: Person, area: Area, outage: Outage) -> Case:
    """A case like any neighbour's report; `report_outage` has asked already whether this person may."""
    facility = outage.facility
    category = _CATEGORY.get(FacilityKind(facility.kind), "public") if facility else "public"
    return cases.open_case(
        person, REPAIR, area, system=True, category=category,
        title=_("%(where)s用不了") % {"where": outage.where}, text=outage.note or outage.get_kind_display(),
        place=outage.where, place_public=outage.where, building=facility.building if facility else None,
        facility=facility, lon=facility.lon if facility else None, lat=facility.lat if facility else None,
        once=f"access.outage.{outage.pk}")


@atomic
def confirm_outage(person: Person, outage: Outage, *, until: datetime | None = None) -> Outage:
    """Staff looked: it is so (still), perhaps until a known time. Raises `Denied`, `Refused`: not_open, backwards."""
    permit(person, "access.check_outage", outage)
    row = _locked(outage)
    if until is not None and until <= max(row.starts, now()):
        raise Refused("backwards", _("结束时间要在现在以后。说不准就空着。"), field="until")
    row.state, row.checked_by, row.looked_at = OutageState.CONFIRMED, person, now()
    if until is not None:
        row.until = until
    row.save(update_fields=["state", "checked_by", "looked_at", "until"])
    audit.record(person, "access.confirm_outage", row)
    return row


@atomic
def end_outage(person: Person | None, outage: Outage) -> Outage:
    """It works again. By staff, or by who reported it; without a person when its repair case was accepted.

    Raises `Denied`, `Refused`: not_open.
    """
    if person is not None:
        permit(person, "access.end_outage", outage)
    row = _locked(outage)
    row.state, row.ended_at = OutageState.OVER, now()
    row.save(update_fields=["state", "ended_at"])
    audit.record(person, "access.end_outage", row)
    emit("access.outage_over", outage=row.pk)
    return row


@atomic
def dismiss_outage(person: Person, outage: Outage) -> Outage:
    """Staff looked: nothing is wrong there. Raises `Denied`, `Refused`: not_open."""
    permit(person, "access.check_outage", outage)
    row = _locked(outage)
    row.state, row.checked_by, row.ended_at = OutageState.DISMISSED, person, now()
    row.save(update_fields=["state", "checked_by", "ended_at"])
    audit.record(person, "access.dismiss_outage", row)
    emit("access.outage_over", outage=row.pk)
    return row


def _locked(outage: Outage) -> Outage:
    row: Outage = Outage.objects.select_for_update(of=("self",)).select_related("area", "facility", "edge").get(
        pk=outage.pk)
    if row.state not in (OutageState.REPORTED, OutageState.CONFIRMED):
        raise Refused("not_open", _("这一条已经结束了，请刷新看看。"))
    return row
