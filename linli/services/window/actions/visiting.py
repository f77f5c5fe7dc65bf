"""Home visits: asked for, planned, and reported from the door, also late and twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.transaction import atomic
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may, permit
from linli.foundation.privacy.retention import start_retention
from linli.foundation.web import Refused
from linli.services.window import settings
from linli.services.window.models import Visit, VisitReport, VisitState

REPORTS_MOST = 200


@atomic
def ask(person: Person, area: Area, *, name: str, phone: str, address: str, words: str, wanted_on: date,
        once: str, subject: Person | None = None) -> Visit:
    """Ask for a visit, for oneself or (staff, by telephone) for somebody. The same `once` is one wish.

    Raises `Denied`, `Refused("bad_day")`.
    """
    if not may(person, "window.visit", area):
        permit(person, "window.ask_visit", area)
    found = Visit.objects.select_related("area").filter(once=once, asked_by=person).first()
    if found is not None:
        assert isinstance(found, Visit)
        return found
    most = settings.number("visit_ahead_days", area)
    if not today() <= wanted_on <= today() + timedelta(days=most):
        raise Refused("bad_day", _("请选今天起 %(days)s 天以内的日子。") % {"days": most}, field="wanted_on")
    row = Visit(area=area, asked_by=person, subject=subject, name=name, phone=phone, address=address, words=words,
                wanted_on=wanted_on, once=once, asked_at=now())
    row.save(force_insert=True)
    audit.record(person, "window.ask_visit", row)
    emit("window.visit_asked", visit=row.pk)
    return row


@atomic
def plan(person: Person, visit: Visit, *, worker: Person, on: date, at: time | None = None) -> Visit:
    """Who comes when. Raises `Denied`, `Refused("over" | "bad_day" | "not_a_visitor")`."""
    permit(person, "window.visit", visit)
    row = _locked(visit)
    if row.state in (VisitState.DONE, VisitState.CANCELLED):
        raise Refused("over", _("这次上门已经办过或者取消了。"))
    if on < today():
        raise Refused("bad_day", _("日子已经过去了，请选今天以后。"), field="planned_on")
    if not may(worker, "window.visit", visit):
        raise Refused("not_a_visitor", _("请选能上门的工作人员。"), field="worker")
    row.worker, row.planned_on, row.planned_at, row.state = worker, on, at, VisitState.PLANNED
    row.save(update_fields=["worker", "planned_on", "planned_at", "state"])
    audit.record(person, "window.plan_visit", row)
    tell(row.subject or row.asked_by, gettext_lazy("上门的日子约好了：%(day)s。"), about=row,
         key=f"window.visit.{row.pk}.{on:%Y%m%d}.{at or ''}", url="/window/visits/",
         values={"day": f"{on:%Y-%m-%d}" + (f" {at:%H:%M}" if at else "")})
    return row


@atomic
def cancel(person: Person, visit: Visit) -> Visit:
    """The one who asked, or staff. Twice is once. Raises `Denied`, `Refused("over")`."""
    row = _locked(visit)
    if person.pk not in (row.asked_by_id, row.subject_id):
        permit(person, "window.visit", row)
    if row.state == VisitState.CANCELLED:
        return row
    if row.state == VisitState.DONE:
        raise Refused("over", _("这次上门已经办过或者取消了。"))
    row.state = VisitState.CANCELLED
    row.save(update_fields=["state"])
    start_retention(row, "window.visit")
    audit.record(person, "window.cancel_visit", row)
    return row


@atomic
def report(person: Person, visit: Visit, *, what: str, once: str, note: str = "", at: datetime | None = None) -> Visit:
    """What happened at the door, also hours later; the same `once` is one report. Raises `Denied`, `Refused`."""
    permit(person, "window.visit", visit)
    row = _locked(visit)
    if VisitReport.objects.filter(once=once).exists():
        return row
    if what not in ("done", "absent"):
        raise Refused("no_what", _("请选办好了，还是没遇上人。"))
    if row.state not in (VisitState.PLANNED, VisitState.ABSENT):
        raise Refused("over", _("这次上门已经办过或者取消了。"))
    moment = min(at or now(), now())
    made = VisitReport(visit=row, by=person, at=moment, what=what, note=note.strip()[:500], once=once)
    made.save(force_insert=True)
    row.state = VisitState.DONE if what == "done" else VisitState.ABSENT
    row.save(update_fields=["state"])
    if what == "done":
        start_retention(row, "window.visit")
    audit.record(person, "window.report_visit", row, what=what)
    emit("window.visited", visit=row.pk, what=what)
    return row


def sync(person: Person, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """A tablet's reports come in: `{visit, what, note, at, once}`. One transaction each: a bad row stops no other.

    Answers `{once, result}`: "kept" (also when it was there before) or the refusal's code with `why`.
    """
    told = []
    for one in rows:
        once = str(one["once"])
        try:
            visit = Visit.objects.visible_to(person).select_related("area").filter(pk=int(one["visit"])).first()
            if visit is None:
                raise Refused("unknown", _("名单里没有这一户。"))
            report(person, visit, what=str(one["what"]), once=once, note=str(one.get("note") or ""),
                   at=moment_of(str(one.get("at") or "")))
            told.append({"once": once, "result": "kept"})
        except Refused as refusal:
            told.append({"once": once, "result": refusal.code, "why": str(refusal.sentence)})
    return told


def moment_of(text: str) -> datetime | None:
    """An ISO moment of a device, or None. Raises `ValueError`."""
    found = datetime.fromisoformat(text) if text else None
    return timezone.make_aware(found) if found is not None and timezone.is_naive(found) else found


def _locked(visit: Visit) -> Visit:
    row: Visit = Visit.objects.select_for_update(of=("self",)).select_related(
        "area", "asked_by", "subject", "worker").get(pk=visit.pk)
    return row
