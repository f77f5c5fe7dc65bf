"""The permit of a large event: the nine points, the application, the number, a time agreed to later."""

from __future__ import annotations

from datetime import date, datetime

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.web import Refused
from linli.services.activities import permits
from linli.services.activities.models import Activity, Permit, PermitState, PlanPoint, TimeConsent
from linli.services.activities.rules import authority_for

KEEP = "activities.keep"


@atomic
def write_point(person: Person, activity: Activity, code: str, text: str) -> PlanPoint:
    """One point of the safety plan, in words. Raises `Denied`, `Refused("no_point" | "no_text")`."""
    permit(person, KEEP, activity)
    if code not in {one["code"] for one in policy("activities.safety_plan")}:
        raise Refused("no_point", _("安全工作方案没有这一项。"))
    if len(text.strip()) < 4:
        raise Refused("no_text", _("请写清楚这一项怎么安排。"), field="text")
    row: PlanPoint = PlanPoint.objects.update_or_create(
        activity=activity, code=code, defaults={"text": text.strip()[:500], "by": person, "at": now()})[0]
    audit.record(person, "activities.write_point", activity, point=code)
    return row


@atomic
def apply(
    person: Person, activity: Activity, *, applied_on: date, note: str = "", place: str = "", persons: int = 0,
    new_content: bool = False,
) -> Permit:
    """Note that the permit was applied for, for the event as it is planned now. Twice on a day is once.

    Where it shall change (第15条第3款): another `place`, more `persons`, `new_content`; the change itself is made when
    the new permit is there.
    Raises `Denied`, `Refused`: not_needed, no_times, future, too_late (第13条).
    """
    row = _locked(person, activity)
    gate = permits.gate_of(row)
    if not gate.is_needed:
        raise Refused("not_needed", _("按现在填的人数和种类，不用办大型活动许可。"))
    planned = permits.event_of(row, permits.living_sessions(row))
    if planned is None or gate.apply_by is None:
        raise Refused("no_times", _("还没有排时间。请先加一场。"))
    if applied_on > today():
        raise Refused("future", _("申请的日期还没有到，请填已经申请的那天。"), field="applied_on")
    if applied_on > gate.apply_by:
        raise Refused("too_late", _("最迟要在 %(on)s 申请（活动前 %(days)s 天）。请改期，或者缩小规模。") % {
            "on": gate.apply_by.isoformat(), "days": permits.large_rule().apply_days}, field="applied_on")
    if gate.applied is not None and gate.applied.applied_on == applied_on:
        return gate.applied
    made: Permit = Permit.objects.create(
        activity=row, authority=_authority(row, max(persons, planned.persons)), applied_on=applied_on,
        persons=max(persons, planned.persons), place=place.strip()[:80] or planned.place, starts=planned.starts,
        ends=planned.ends, content="" if new_content else planned.content, note=note.strip()[:200], noted_by=person)
    audit.record(person, "activities.apply_permit", row, authority=str(gate.authority), persons=planned.persons)
    return made


def _authority(activity: Activity, persons: int) -> str:
    return str(authority_for(persons, activity.event_class, permits.large_rule()))


def adopt_content(activity: Activity) -> None:
    """A permit for a changed content takes the words that are written now; later words must keep to them."""
    Permit.objects.filter(activity=activity, state=PermitState.GRANTED, content="").update(
        content=permits.digest_of(activity))


@atomic
def grant(person: Person, application: Permit, *, number: str, granted_on: date, persons: int) -> Permit:
    """The police decided yes: the number, and how many they approved. An earlier permit is replaced by it.

    Raises `Denied`, `Refused`: no_number, bad_date, no_persons, decided.
    """
    activity = _locked(person, application.activity)
    row = Permit.objects.select_for_update().get(pk=application.pk)
    if row.state != PermitState.APPLIED:
        raise Refused("decided", _("这次申请已经有结果了。"))
    if len(number.strip()) < 4:
        raise Refused("no_number", _("请照许可证填编号。"), field="number")
    if not row.applied_on <= granted_on <= today():
        raise Refused("bad_date", _("许可的日期要在申请以后，不能是将来。"), field="granted_on")
    if persons < 1:
        raise Refused("no_persons", _("请填核准的每场人数。"), field="persons")
    Permit.objects.filter(activity=activity, state=PermitState.GRANTED).update(state=PermitState.REPLACED)
    row.state, row.number, row.granted_on, row.persons = PermitState.GRANTED, number.strip()[:60], granted_on, persons
    row.save(update_fields=["state", "number", "granted_on", "persons"])
    audit.record(person, "activities.grant_permit", activity, permit=str(row.pk), persons=persons)
    emit("activities.permitted", activity=activity.pk)
    return row


@atomic
def refuse(person: Person, application: Permit, *, note: str) -> Permit:
    """The police said no, in writing (第14条). Raises `Denied`, `Refused("decided" | "no_reason")`."""
    activity = _locked(person, application.activity)
    row = Permit.objects.select_for_update().get(pk=application.pk)
    if row.state != PermitState.APPLIED:
        raise Refused("decided", _("这次申请已经有结果了。"))
    if len(note.strip()) < 2:
        raise Refused("no_reason", _("请写公安机关书面说的理由。"), field="note")
    row.state, row.note = PermitState.REFUSED, note.strip()[:200]
    row.save(update_fields=["state", "note"])
    audit.record(person, "activities.refuse_permit", activity, permit=str(row.pk))
    return row


@atomic
def agree_time(person: Person, granted: Permit, *, reference: str, agreed_on: date, starts: datetime,
               ends: datetime) -> TimeConsent:
    """The police agreed to another time (第15条第2款); only then the sessions can be moved there.

    Raises `Denied`, `Refused`: not_granted, no_reference, bad_date, bad_times.
    """
    activity = _locked(person, granted.activity)
    if granted.state != PermitState.GRANTED:
        raise Refused("not_granted", _("只有已经许可的才能变更时间。"))
    if len(reference.strip()) < 2:
        raise Refused("no_reference", _("请填同意变更的文号。"), field="reference")
    if not (granted.granted_on or agreed_on) <= agreed_on <= today():
        raise Refused("bad_date", _("同意的日期要在许可以后，不能是将来。"), field="agreed_on")
    if ends <= starts:
        raise Refused("bad_times", _("结束时间要晚于开始时间。"), field="ends")
    made: TimeConsent = TimeConsent.objects.create(
        permit=granted, reference=reference.strip()[:60], agreed_on=agreed_on, starts=starts, ends=ends,
        noted_by=person)
    audit.record(person, "activities.agree_time", activity, permit=str(granted.pk))
    return made


def _locked(person: Person, activity: Activity) -> Activity:
    permit(person, KEEP, activity)
    found: Activity = Activity.objects.select_for_update(of=("self",)).select_related("area").get(pk=activity.pk)
    return found
