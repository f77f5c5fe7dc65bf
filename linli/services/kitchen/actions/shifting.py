"""Verbs of volunteers: a shift on bookings, who comes, who came and went; the health certificate of who cooks."""

from __future__ import annotations

from datetime import date, datetime

from django.db.transaction import atomic
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may, permit
from linli.foundation.policy import policy
from linli.foundation.privacy.retention import start_retention
from linli.foundation.web import Denied, Refused
from linli.mechanisms.bookings import actions as bookings, queries as reads
from linli.mechanisms.bookings.models import Reservation, Session
from linli.services.kitchen import rules
from linli.services.kitchen.models import Attending, Certificate, Shift, ShiftKind, may_cook_on


@atomic
def plan_shift(person: Person, area: Area, *, kind: str, starts: datetime, ends: datetime, places: int) -> Shift:
    """Ask for hands. Raises `Denied`, `Refused`: nothing, and those of bookings (past, bad_times)."""
    permit(person, "kitchen.keep", area)
    if places <= 0:
        raise Refused("nothing", _("请写要几个人。"), field="places")
    shift = Shift(area=area, kind=kind, starts=starts, ends=ends, places=places)
    offer = bookings.create_offer(
        person, area, category=f"kitchen.{kind}", title=str(ShiftKind(kind).label), owner=f"kitchen.shift:{shift.pk}",
        verb="kitchen.keep", manage_verb="kitchen.keep", book_verb="kitchen.help", url=reverse("kitchen:shifts"),
        rules={"party_max": 1, "no_show": False, "cancel_h": 2})
    shift.session_id = bookings.add_session(person, offer, starts, ends, places).pk
    shift.save(force_insert=True)
    audit.record(person, "kitchen.plan_shift", shift, places=places)
    return shift


@atomic
def join(person: Person, shift: Shift) -> bool:
    """Come to a shift, or wait for a place: True or False. Twice is once.

    Who cooks has a health certificate in date on that day (食品安全法 第45条).
    Raises `Denied`, `Refused`: no_certificate, and those of bookings.
    """
    permit(person, "kitchen.help", shift)
    day = timezone.localtime(shift.starts).date()
    if shift.kind == ShiftKind.COOK and not may_cook_on(person, day):
        raise Refused("no_certificate", _(
            "做饭要有那天还有效的健康证。请把健康证给社区看一下；装餐、送餐现在就可以报。"))
    session = session_of(shift)
    held = reads.reservation_of(person, session)
    if held is not None:
        return True
    placed = bookings.book_or_wait(person, session, auto_accept=True)
    audit.record(person, "kitchen.join", shift)
    return isinstance(placed, Reservation)


@atomic
def leave(person: Person, shift: Shift) -> None:
    """Not after all; who waits moves up. Raises `Denied`, `Refused("not_in")`."""
    permit(person, "kitchen.help", shift)
    session = session_of(shift)
    held, entry = reads.reservation_of(person, session), reads.entry_of(person, session)
    if held is not None:
        bookings.cancel(person, held)
    elif entry is not None:
        bookings.leave(person, entry)
    else:
        raise Refused("not_in", _("您没有报这一班。"))
    audit.record(person, "kitchen.leave", shift)


@atomic
def check_in(person: Person, shift: Shift, volunteer: Person) -> Attending:
    """They are here: themselves, or noted by staff. Twice is once.

    Raises `Denied`, `Refused`: not_in, no_certificate, not_today.
    """
    _may_note(person, shift, volunteer)
    found: Attending | None = Attending.objects.filter(shift=shift, person=volunteer).first()
    if found is not None:
        return found
    held = reads.reservation_of(volunteer, session_of(shift))
    if held is None:
        raise Refused("not_in", _("没有报这一班。请先报名，再签到。"))
    if timezone.localtime(shift.starts).date() != today():
        raise Refused("not_today", _("这一班不在今天。"))
    if shift.kind == ShiftKind.COOK and not may_cook_on(volunteer, today()):
        raise Refused("no_certificate", _("健康证过期了，今天不能进厨房。可以去装餐、送餐。"))
    row = Attending.objects.create(shift=shift, person=volunteer, came_at=now(), noted_by=person)
    audit.record(person, "kitchen.check_in", row)
    return row


@atomic
def check_out(person: Person, attending: Attending) -> Attending:
    """They go; the minutes are said to the time bank, once. Raises `Denied`."""
    shift = attending.shift
    _may_note(person, shift, attending.person)
    row: Attending = Attending.objects.select_for_update(of=("self",)).select_related("shift__area", "person").get(
        pk=attending.pk)
    if row.went_at is not None:
        return row
    row.went_at = now()
    row.minutes = rules.credited_minutes(row.came_at, row.went_at, shift.starts, shift.ends,
                                         policy("kitchen.minutes_over", area=shift.area))
    row.save(update_fields=["went_at", "minutes"])
    audit.record(person, "kitchen.check_out", row, minutes=row.minutes)
    if row.minutes:
        emit("kitchen.shift_done", person=row.person_id, minutes=row.minutes, about=f"kitchen.attending:{row.pk}")
    return row


def _may_note(person: Person, shift: Shift, volunteer: Person) -> None:
    if person.pk == volunteer.pk:
        permit(person, "kitchen.help", shift)
    elif not may(person, "kitchen.keep", shift):
        raise Denied("kitchen.keep")


def session_of(shift: Shift) -> Session:
    """The shift's places."""
    found: Session = Session.objects.select_related("offer__area").get(pk=shift.session_id or 0)
    return found


@atomic
def certify(person: Person, area: Area, volunteer: Person, *, number: str, valid_until: date) -> Certificate:
    """Staff saw somebody's health certificate; nobody writes down their own. The older ones' term of keeping begins.

    Raises `Denied`, `Refused`: no_number, past.
    """
    permit(person, "kitchen.certify", area)
    if volunteer.pk == person.pk:
        raise Denied("kitchen.certify")
    if len(number.strip()) < 2:
        raise Refused("no_number", _("请写健康证上的号码。"), field="number")
    if valid_until < today():
        raise Refused("past", _("这张健康证已经过期了。"), field="valid_until")
    for older in Certificate.objects.filter(person=volunteer, area=area):
        start_retention(older, "kitchen.handler")
    row = Certificate(area=area, person=volunteer, number=number.strip()[:40], valid_until=valid_until, by=person)
    row.save(force_insert=True)
    audit.record(person, "kitchen.certify", row, until=valid_until.isoformat())
    return row
