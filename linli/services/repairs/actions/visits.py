"""The agreed hour at the door: promised, moved, kept, missed by either side. The promise is a reservation of bookings:
it holds the fitter's time, so that nobody can be promised to two homes at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.transaction import atomic
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.files import StoredFile, attach
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.web import Refused
from linli.mechanisms.bookings.actions import appointments
from linli.mechanisms.bookings.models import Reservation, Resource
from linli.mechanisms.cases import engine
from linli.mechanisms.cases.listeners import audience
from linli.mechanisms.cases.models import Case, Contact
from linli.mechanisms.cases.parties import stands_for
from linli.services.repairs import slots
from linli.services.repairs.actions.fitters import calendar_of
from linli.services.repairs.models import Visit

TAKEN = ("resource_taken", "resource_closed")


@atomic
def agree_visit(person: Person, case: Case, starts: datetime, ends: datetime) -> Visit:
    """Promise that somebody comes between `starts` and `ends`; the time agreed before is moved.

    Raises `Denied`, `Refused("over" | "past" | "order" | "no_unit" | "no_hands" | "full")`.
    """
    permit(person, "repairs.agree_visit", case)
    locked = engine.lock(case.pk)
    if not locked.is_open or locked.state in ("done", "call_back"):
        raise Refused("over", _("这件事已经修完，不用再约。"))
    if ends <= starts:
        raise Refused("order", _("结束时间要在开始之后。"), field="slot")
    if starts < now() - timedelta(minutes=1):
        raise Refused("past", _("这个时间已经过了，请选后面的。"), field="slot")
    last = Visit.objects.filter(case=locked).select_related("reservation__session__offer").order_by("-pk").first()
    before = last if last is not None and last.state == Visit.State.AGREED else None
    reservation, fitter = _promise(person, locked, starts, ends, before)
    rebooked = (last.rebooked + (last.state == Visit.State.MISSED)) if last is not None else 0
    if before is not None:
        before.state = Visit.State.MOVED
        before.save(update_fields=["state"])
    row: Visit = Visit.objects.create(
        case=locked, starts=starts, ends=ends, rebooked=rebooked, agreed_with=person, agreed_at=now(),
        reservation=reservation, fitter=fitter)
    engine.append(
        locked, person, "slot", changes={"facts": {**locked.facts, "visit": str(row.pk)}},
        data={"starts": starts.isoformat(), "ends": ends.isoformat(), "rebooked": rebooked},
        text_public=in_words(starts, ends))
    audit.record(person, "repairs.agree_visit", locked, acting_for=stands_for(person, locked),
                 starts=starts.isoformat())
    emit("repairs.visit_agreed", case=locked.pk, visit=row.pk)
    _tell(person, locked, [locked.requester, fitter], gettext_lazy("「%(title)s」约在 %(when)s 上门。"),
          key=f"repairs.visit.{row.pk}", when=in_words(starts, ends))
    return row


def _promise(
    person: Person | None, case: Case, starts: datetime, ends: datetime, before: Visit | None,
) -> tuple[Reservation, Person]:
    """The reservation of somebody's time, and whose: of who has the case, else of whoever of its unit is free."""
    hands = slots.hands_for(case)
    if case.unit_id is None or case.unit is None:
        raise Refused("no_unit", _("还没有负责单位。派到单位以后再约时间。"), field="slot")
    if not hands:
        raise Refused("no_hands", _("负责单位还没有能来修的师傅，请先打电话问。"), field="slot")
    unit = case.unit
    calendars = [calendar_of(one, unit, case.area_code) for one in hands]
    current = before.reservation if before is not None and before.ends > now() else None
    held = list(Resource.objects.filter(claims__session=current.session_id)) if current is not None else []
    appointments.hold_still([*calendars, *held])
    if before is not None and before.reservation is not None and current is None:
        appointments.call_off_appointment(person, before.reservation, reason=_("改了时间"), told=False)
    for calendar in slots.fewest_first(calendars, starts):
        try:
            with atomic():
                made = _take(person, case, calendar, starts, ends, current)
        except Refused as refusal:
            if refusal.code not in TAKEN:
                raise
            continue
        assert calendar.person is not None
        return made, calendar.person
    raise Refused("full", _("这个时间约满了，请换一个。"), field="slot")


def _take(
    person: Person | None, case: Case, calendar: Resource, starts: datetime, ends: datetime,
    current: Reservation | None,
) -> Reservation:
    if current is not None:
        return appointments.move_appointment(
            person, current, starts, ends, resources=[calendar], place=case.place_public, told=False)
    category = str(case.kind.category(case.category) or case.kind)
    offer = appointments.offer_for(
        slots.area_of(case.area_code), owner=f"repairs.case:{case.pk}", category="repairs.visit",
        title=_("上门维修：%(what)s") % {"what": category}, manage_verb="repairs.keep_visits", organisation=case.unit,
        url=f"/cases/{case.number}/", rules={"at_yours": True})
    contact = Contact.objects.filter(case=case).first() if case.requester_id is None else None
    return appointments.appoint(
        person, offer, starts, ends, resources=[calendar], booker=case.requester, channel=case.channel,
        agent=case.agent if case.requester_id and case.agent_id else None, place=case.place_public,
        contact=(contact.name, contact.phone) if contact else ("", ""))


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
    row = agreed(locked)
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
    if row.reservation is not None:
        appointments.note_missed(person, row.reservation)
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
    _tell(person, locked, [locked.requester], gettext_lazy("师傅来修「%(title)s」，没遇到您。请点开再约一个时间。"),
          key=f"repairs.missed.{row.pk}")
    return row


@atomic
def fail_visit(person: Person, case: Case) -> Visit:
    """师傅没来: the agreed time is over and nobody came. The unit's desk is told at once, the resident chooses anew.

    Raises `Denied`, `Refused("no_visit" | "too_early")`.
    """
    permit(person, "repairs.fail_visit", case)
    locked = engine.lock(case.pk)
    row = agreed(locked)
    if row is None:
        raise Refused("no_visit", _("这件事没有约好的时间。"))
    if now() < row.ends + grace(locked):
        raise Refused("too_early", _("约的时间还没过，请再等一等，也可以给师傅留言。"))
    row.state = Visit.State.FAILED
    row.save(update_fields=["state"])
    if row.reservation is not None:
        appointments.call_off_appointment(person, row.reservation, reason=_("师傅没来"), told=False)
    engine.append(locked, person, "slot", data={"failed": str(row.pk)},
                  text_public=_("约好的时间师傅没来，物业前台已经知道。请再约一个时间。"))
    audit.record(person, "repairs.fail_visit", locked, acting_for=stands_for(person, locked),
                 fitter=str(row.fitter_id or ""))
    emit("repairs.visit_failed", case=locked.pk, visit=row.pk)
    _tell(person, locked, [row.fitter, *audience(locked, "unit")], gettext_lazy(
        "「%(title)s」约在 %(when)s，居民说师傅没来。请马上联系居民，重新约。"), key=f"repairs.failed.{row.pk}",
        when=in_words(row.starts, row.ends), urgent=True)
    return row


def grace(case: Case) -> timedelta:
    """How long after the agreed time somebody may still be on the way."""
    return timedelta(minutes=int(policy("repairs.visit_grace_min", on=today(), area=case.area_code)))


@atomic
def ask_after(row: Visit) -> None:
    """The agreed time and its grace are over and nothing was noted: who was to come and the desk are asked, once."""
    if now() >= row.ends + grace(row.case):
        _tell(None, row.case, [row.fitter, *audience(row.case, "unit")], gettext_lazy(
            "「%(title)s」约在 %(when)s，还没有到场的记录。去了请点到场，没遇到人请记下，去不了请马上联系居民。"),
            key=f"repairs.asked_after.{row.pk}", when=in_words(row.starts, row.ends))


def keep_in_step(person: Person | None, case: Case) -> None:
    """The case moved on (locked by the caller): its agreed visit is kept, handed on to who has the case now, or freed.

    Twice is once. Called with the case as it will be, inside the step that changes it, and once more after it.
    """
    if not case.facts.get("visit"):
        return
    row = agreed(case)
    if row is None:
        return
    if case.state in ("done", "call_back", "closed") and row.starts <= now():
        keep(person, row)
    elif not case.is_open or case.merged_into_id or case.state in ("done", "call_back", "parked"):
        _drop(person, case, row, _("这次上门不用来了。"))
    elif row.reservation is not None and case.unit_id != row.reservation.session.offer.organisation_id:
        _drop(person, case, row, _("换了单位来修，原来约的时间不算了。派了人再请您约。"), ask=True)
    elif row.reservation is not None and _is_handed_on(case, row):
        _hand_on(person, case, row)


def _is_handed_on(case: Case, row: Visit) -> bool:
    """Does somebody else have the case now, or did who was to come send it back?"""
    if case.assignee_id is not None:
        return case.assignee_id != row.fitter_id
    return row.fitter_id in case.facts.get("sent_back", [])


def keep(person: Person | None, row: Visit) -> None:
    """Who was to come is there."""
    row.state = Visit.State.KEPT
    row.save(update_fields=["state"])
    if row.reservation is not None:
        appointments.note_met(person, row.reservation)


def _hand_on(person: Person | None, case: Case, row: Visit) -> None:
    """The same hour with another fitter if one is free then; else the hour is given back and a new one is asked for."""
    if row.starts > now():
        try:
            with atomic():
                _same, fitter = _promise(person, case, row.starts, row.ends, row)
        except Refused as refusal:
            if refusal.code not in ("full", "no_hands"):
                raise
        else:
            row.fitter = fitter
            row.save(update_fields=["fitter"])
            engine.append(case, person, "slot", data={"handed_on": str(row.pk)}, text_public=_(
                "上门时间不变，换%(worker)s来。") % {"worker": fitter.shown_name})
            audit.record(person, "repairs.hand_visit_on", case, fitter=str(fitter.pk))
            _tell(person, case, [case.requester, fitter], gettext_lazy("「%(title)s」%(when)s 上门，换%(worker)s来。"),
                  key=f"repairs.handed.{row.pk}.{fitter.pk}", when=in_words(row.starts, row.ends),
                  worker=fitter.shown_name)
            return
    _drop(person, case, row, _("换人来修了，原来约的时间他来不了。请再约一个时间。"), ask=True)


def _drop(person: Person | None, case: Case, row: Visit, words: str, *, ask: bool = False) -> None:
    """The fitter's time is free again; `ask`: the resident is asked for another hour."""
    row.state = Visit.State.DROPPED
    row.save(update_fields=["state"])
    if row.reservation is not None:
        appointments.call_off_appointment(person, row.reservation, reason=words, told=False)
    engine.append(case, person, "slot", data={"dropped": str(row.pk)}, text_public=words)
    audit.record(person, "repairs.drop_visit", case)
    emit("repairs.visit_dropped", case=case.pk, visit=row.pk)
    when = in_words(row.starts, row.ends)
    _tell(person, case, [row.fitter], gettext_lazy("「%(title)s」%(when)s 不用去了。"),
          key=f"repairs.dropped.{row.pk}", when=when)
    if ask:
        _tell(person, case, [case.requester],
              gettext_lazy("「%(title)s」原来约的 %(when)s 来不了。请点开再约一个时间。"),
              key=f"repairs.dropped.{row.pk}", when=when)


@atomic
def settle_visit(pk: int) -> None:
    """After the commit of whatever moved a case: see that its visit is in step (a merge, an older kind's step)."""
    keep_in_step(None, engine.lock(pk))


@atomic
def note_cancelled(reservation: int) -> None:
    """Somebody cancelled the visit among their bookings: the fitter's time is free, the case's story says so."""
    row = Visit.objects.filter(reservation=reservation, state=Visit.State.AGREED).first()
    if row is None:
        return
    case = engine.lock(row.case_id)
    fresh = agreed(case)
    if fresh is not None and fresh.reservation is not None and not fresh.reservation.is_active:
        _drop(None, case, fresh, _("约好的上门取消了。要修的话请再约一个时间。"))


@atomic
def book_old_visit(pk: int) -> None:
    """A time agreed on before fitters had calendars becomes a promise; where two had the same hour, one is asked anew.
    """
    case = engine.lock(Visit.objects.values_list("case_id", flat=True).get(pk=pk))
    row = agreed(case)
    if row is None or row.pk != pk or row.reservation_id is not None or row.starts <= now():
        return
    try:
        with atomic():
            row.reservation, row.fitter = _promise(None, case, row.starts, row.ends, None)
    except Refused:
        _drop(None, case, row, _("原来约的时间排不开了，对不住。请再约一个时间。"), ask=True)
    else:
        row.save(update_fields=["reservation", "fitter"])


def agreed(case: Case) -> Visit | None:
    """The time agreed on for a locked case."""
    found = Visit.objects.filter(case=case, state=Visit.State.AGREED).select_related(
        "reservation__session__offer", "fitter").first()
    return found if isinstance(found, Visit) else None


def _tell(person: Person | None, case: Case, whom: Sequence[Person | None], sentence: str | Promise, *, key: str,
          urgent: bool = False, **values: str) -> None:
    """Tell each once, except who did it; the requester on their own page, the others at the desk."""
    for one in {one.pk: one for one in whom if one is not None}.values():
        if person is None or one.pk != person.pk:
            page = f"/cases/{case.number}/" if one.pk == case.requester_id else f"/desk/cases/{case.number}/"
            tell(one, sentence, about=case, key=f"{key}.{one.pk}", title=case.title, url=page, urgent=urgent,
                 values={"title": case.title, **values})
