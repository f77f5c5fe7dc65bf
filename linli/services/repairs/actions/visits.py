"""The agreed hour at the door: booked, moved, missed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.transaction import atomic
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.files import StoredFile, attach
from linli.foundation.notices import tell
from linli.foundation.people.models import Person, RoleAssignment
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.web import Refused
from linli.mechanisms.cases import engine
from linli.mechanisms.cases.models import Case
from linli.mechanisms.cases.parties import stands_for
from linli.services.repairs.models import Pool, Visit


@atomic
def agree_visit(person: Person, case: Case, starts: datetime, ends: datetime) -> Visit:
    """Agree on a time; the one agreed before is moved.

    Raises `Denied`, `Refused("over" | "past" | "order" | "full")`.
    """
    permit(person, "repairs.agree_visit", case)
    locked = engine.lock(case.pk)
    if not locked.is_open or locked.state in ("done", "call_back"):
        raise Refused("over", _("这件事已经修完，不用再约。"))
    if ends <= starts:
        raise Refused("order", _("结束时间要在开始之后。"), field="slot")
    if starts < now() - timedelta(minutes=1):
        raise Refused("past", _("这个时间已经过了，请选后面的。"), field="slot")
    _keep_room(locked, starts)
    last = Visit.objects.filter(case=locked).order_by("-pk").first()
    rebooked = last.rebooked + 1 if last is not None and last.state == Visit.State.MISSED else (
        last.rebooked if last is not None else 0)
    Visit.objects.filter(case=locked, state=Visit.State.AGREED).update(state=Visit.State.MOVED)
    row = Visit.objects.create(case=locked, starts=starts, ends=ends, rebooked=rebooked, agreed_with=person,
                               agreed_at=now())
    engine.append(
        locked, person, "slot", changes={"facts": {**locked.facts, "visit": str(row.pk)}},
        data={"starts": starts.isoformat(), "ends": ends.isoformat(), "rebooked": rebooked},
        text_public=in_words(starts, ends))
    audit.record(person, "repairs.agree_visit", locked, acting_for=stands_for(person, locked),
                 starts=starts.isoformat())
    emit("repairs.visit_agreed", case=locked.pk, visit=row.pk)
    for whom in (locked.requester, locked.assignee):
        if whom is not None and whom.pk != person.pk:
            desk = whom.pk == locked.assignee_id
            tell(whom, gettext_lazy("「%(title)s」约在 %(when)s 上门。"), about=locked, title=locked.title,
                 values={"title": locked.title, "when": in_words(starts, ends)},
                 key=f"repairs.visit.{row.pk}.{whom.pk}",
                 url=f"/desk/cases/{locked.number}/" if desk else f"/cases/{locked.number}/")
    return row


def _keep_room(case: Case, starts: datetime) -> None:
    """A window holds as many visits as the company has workers on shift; two who choose the last at once wait here."""
    if case.unit_id is None:
        return
    Pool.objects.get_or_create(organisation_id=case.unit_id)
    Pool.objects.select_for_update().get(organisation=case.unit_id)
    hands = RoleAssignment.objects.filter(
        organisation=case.unit_id, role="property_worker", withdrawn=None, on_shift=True).count()
    there = Visit.objects.filter(case__unit=case.unit_id, state=Visit.State.AGREED, starts=starts).exclude(case=case)
    if there.count() >= max(hands, 1):
        raise Refused("full", _("这个时间约满了，请换一个。"), field="slot")


def in_words(starts: datetime, ends: datetime) -> str:
    """11-25 14:00–16:00."""
    from django.utils.timezone import localtime

    return f"{localtime(starts):%m-%d %H:%M}–{localtime(ends):%H:%M}"


@atomic
def miss_visit(person: Person, case: Case, *, photo: StoredFile | None, call_tried: str) -> Visit:
    """上门未遇: a photo of the door and a call that was tried; rebooked too often, the case is paused with a date.

    Raises `Denied`, `Refused("no_visit" | "too_early" | "no_photo" | "no_call")`.
    """
    permit(person, "repairs.miss_visit", case)
    locked = engine.lock(case.pk)
    row = Visit.objects.select_for_update().filter(case=locked, state=Visit.State.AGREED).first()
    if row is None:
        raise Refused("no_visit", _("这件事没有约好的时间。"))
    if now() < row.starts:
        raise Refused("too_early", _("约的时间还没到。"))
    if photo is None:
        raise Refused("no_photo", _("请拍一张门口的照片。"), field="photo")
    if not call_tried.strip():
        raise Refused("no_call", _("请写打过电话没有、几点打的。"), field="call_tried")
    attach(person, [photo], locked)
    row.state, row.missed_photo, row.call_tried = Visit.State.MISSED, str(photo.pk), call_tried.strip()[:100]
    row.save(update_fields=["state", "missed_photo", "call_tried"])
    engine.append(locked, person, "slot", data={"missed": str(row.pk), "rebooked": row.rebooked},
                  text_public=_("师傅来了，没遇到人，也打过电话。请再约一个时间。"))
    audit.record(person, "repairs.miss_visit", locked, rebooked=row.rebooked)
    emit("repairs.visit_missed", case=locked.pk, visit=row.pk)
    most = int(policy("repairs.visit_rebook_max", on=today(), area=locked.area_code))
    pausing = locked.kind.transitions["pause"]
    if row.rebooked >= most and locked.state in pausing.sources:
        until = today() + timedelta(days=int(policy("repairs.visit_hold_days", on=today(), area=locked.area_code)))
        engine.move(person, locked, pausing, channel="desk", data={"reason": "resident", "until": until.isoformat()},
                    note=_("几次都没遇到人，先停一停，%(day)s 再联系您。您约好时间就接着修。") % {
                        "day": until.isoformat()})
    if locked.requester is not None:
        tell(locked.requester, gettext_lazy("师傅来修「%(title)s」，没遇到您。请点开再约一个时间。"), about=locked,
             values={"title": locked.title}, key=f"repairs.missed.{row.pk}", title=locked.title,
             url=f"/cases/{locked.number}/")
    assert isinstance(row, Visit)
    return row
