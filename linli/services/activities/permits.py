"""What a large event still lacks before it may be published or changed (大型群众性活动安全管理条例): reads only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, gettext as _

from linli.foundation.calendar.clock import today
from linli.foundation.policy import policy
from linli.foundation.web import Refused
from linli.mechanisms.bookings.models import Session, SessionState
from linli.services.activities.models import Activity, Permit, PermitState
from linli.services.activities.rules import (
    Authority,
    Event,
    LargeRule,
    apply_by,
    authority_for,
    content_digest,
    most_at_once,
    uncovered,
)

COVERED = frozenset({"time", "place", "content", "size"})


@dataclass(frozen=True)
class Gate:
    """Where an event stands: whose permit it needs, what is missing (codes), and the days that matter."""

    persons: int
    authority: Authority
    permit: Permit | None
    applied: Permit | None
    faults: list[str] = field(default_factory=list)
    first_day: date | None = None
    apply_by: date | None = None
    warns: bool = False
    plan_missing: int = 0

    @property
    def is_needed(self) -> bool:
        return self.authority != Authority.NONE

    @property
    def authority_words(self) -> str:
        said = {Authority.NONE: "", Authority.COUNTY: _("区（县）公安局"), Authority.CITY: _("市公安局")}
        return said[self.authority]

    @property
    def is_late(self) -> bool:
        """Has the last day to apply passed without an application?"""
        return (self.is_needed and self.permit is None and self.applied is None and self.apply_by is not None
                and today() > self.apply_by)


def large_rule() -> LargeRule:
    return LargeRule(**policy("activities.large_event"))


def living_sessions(activity: Activity) -> list[Session]:
    """Its sessions that are not called off, soonest first. One query."""
    rows = Session.objects.filter(offer=activity.offer_id).exclude(state=SessionState.CANCELLED)
    return list(rows.order_by("starts", "id"))


def persons_of(activity: Activity, sessions: list[Session]) -> int:
    """The persons to expect in one session: as declared, but never fewer than the places offered at one moment."""
    return max(activity.expected, most_at_once((one.starts, one.ends, one.capacity) for one in sessions))


def digest_of(activity: Activity) -> str:
    return content_digest(activity.kind, activity.event_class, activity.title, activity.text)


def event_of(activity: Activity, sessions: list[Session]) -> Event | None:
    """The event as planned, or None while it has no session."""
    if not sessions:
        return None
    return Event(
        min(one.starts for one in sessions), max(one.ends for one in sessions), activity.place, digest_of(activity),
        persons_of(activity, sessions))


def approved(permit: Permit) -> Event:
    """What the permit covers, with the hours agreed to since."""
    consent = permit.consents.order_by("-id").first()
    starts, ends = (consent.starts, consent.ends) if consent else (permit.starts, permit.ends)
    return Event(starts, ends, permit.place, permit.content, permit.persons)


def gate_of(activity: Activity) -> Gate:
    """How the event stands now. A few queries."""
    sessions = living_sessions(activity)
    rule, persons = large_rule(), persons_of(activity, sessions)
    authority = authority_for(
        persons, activity.event_class, rule, is_public=activity.is_public,
        by_body=activity.organisation_id is not None, is_daily_business=activity.is_daily_business,
        by_government=activity.by_government)
    rows = list(activity.permits.exclude(state=PermitState.REPLACED).order_by("-id"))
    permit = next((one for one in rows if one.state == PermitState.GRANTED), None)
    applied = next((one for one in rows if one.state == PermitState.APPLIED), None)
    planned = event_of(activity, sessions)
    first = timezone.localtime(planned.starts).date() if planned else None
    missing = len(policy("activities.safety_plan")) - activity.plan_points.exclude(text="").count()
    would_be = authority_for(persons, activity.event_class, rule, is_public=activity.is_public)
    exempt = activity.is_daily_business or activity.by_government
    faults = []
    if would_be and not exempt and activity.organisation_id is None:
        faults.append("no_body")  # 第11条第1项: only a body may hold it, so nobody else can be given the permit
    if authority or (would_be and activity.by_government):  # 第25条: no permit, but a plan all the more
        faults += ["plan"] if missing else []
    if authority:
        if permit is None:
            faults.append("no_permit")
        elif planned is not None:
            faults += uncovered(planned, approved(permit))
            if authority == Authority.CITY and permit.authority == Authority.COUNTY:
                faults.append("wrong_authority")
    return Gate(persons, authority, permit, applied, faults, first, apply_by(first, rule) if first else None,
                persons >= policy("activities.warn_expected", area=activity.area), missing)


def refuse_uncovered(activity: Activity) -> None:
    """Raise `Refused("permit")` with everything that is missing. Called inside the transaction, after the change.

    Of a draft only what leaves a permit it has already: the rest is asked when it is published.
    """
    gate = gate_of(activity)
    faults = gate.faults if activity.is_published else [one for one in gate.faults if one in COVERED]
    if faults:
        said = "；".join(fault_words(gate, one) for one in faults)
        raise Refused("permit", _("大型活动的安全管理不允许：%(why)s。") % {"why": said}, faults=list(faults))


def fault_words(gate: Gate, code: str) -> str:
    """What is missing, and what to do about it."""
    rule = large_rule()
    return {
        "no_body": _("%(persons)s 人以上的这类活动要由单位承办，请填承办单位") % {"persons": rule.from_persons},
        "plan": _("安全工作方案还差 %(count)s 项没有写") % {"count": gate.plan_missing},
        "no_permit": _("预计每场 %(persons)s 人，要有%(who)s的安全许可，请先填许可证编号") % {
            "persons": gate.persons, "who": gate.authority_words},
        "time": _("时间超出了许可的时间，请先取得公安机关同意变更"),
        "place": _("地点和许可的不一样，要重新申请许可"),
        "content": _("内容和许可的不一样，要重新申请许可"),
        "size": _("人数超过了核准的人数，要减少名额，或者重新申请许可"),
        "wrong_authority": _("%(persons)s 人以上要由市公安局许可，现在的许可证是区（县）的") % {
            "persons": rule.city_from},
    }[code]


def plan_points() -> list[dict[str, Any]]:
    """The nine points of 第6条 in the reader's language: [{code, title}]."""
    return _titled("activities.safety_plan")


def papers_needed() -> list[dict[str, Any]]:
    """The four papers of 第13条 in the reader's language."""
    return _titled("activities.permit_papers")


def _titled(key: str) -> list[dict[str, Any]]:
    english = (get_language() or "").startswith("en")
    return [{"code": one.get("code", ""), "title": one["en" if english else "zh"]} for one in policy(key)]
