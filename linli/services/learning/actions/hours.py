"""Helping time in a class: in, out, and confirmed by somebody else."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.web import Denied, Refused
from linli.mechanisms.bookings.models import Session
from linli.services.learning import rules
from linli.services.learning.actions.visits import tell_hours
from linli.services.learning.models import Course, Helping

BEFORE = timedelta(minutes=60)  # helpers come early and clear away afterwards
AFTER = timedelta(minutes=60)


@atomic
def check_in(person: Person, course: Course, session: Session) -> Helping:
    """The teacher or a helper is here. Twice is once. Raises `Denied`, `Refused`: not_now."""
    permit(person, "learning.help_class", course)
    row = _of(course, session)
    if not row.starts - BEFORE <= now() <= row.ends + AFTER:
        raise Refused("not_now", _("上课前后一小时里才能签到。"))
    found = Helping.objects.filter(person=person, session_id=row.pk).first()
    if found is None:
        try:
            with atomic():
                found = Helping.objects.create(area=course.area, person=person, session_id=row.pk, course=course)
        except IntegrityError:  # the other of two taps
            found = Helping.objects.get(person=person, session_id=row.pk)
        else:
            audit.record(person, "learning.check_in", found)
    helping: Helping = found
    return helping


@atomic
def check_out(person: Person, helping: Helping) -> Helping:
    """They leave; counted until an hour after the class at most. Twice is once. Raises `Denied`."""
    permit(person, "learning.check_out", helping)
    row = _locked(helping)
    if row.out_at is not None:
        return row
    session = Session.objects.get(pk=row.session_id or 0)
    row.out_at = max(min(now(), session.ends + AFTER), row.in_at)
    row.minutes = rules.counted_minutes(
        row.in_at, row.out_at, policy("learning.visit_minutes", area=row.area)["max"])
    row.save(update_fields=["out_at", "minutes"])
    audit.record(person, "learning.check_out", row, minutes=row.minutes)
    return row


@atomic
def confirm(person: Person, helping: Helping) -> Helping:
    """The teacher for the helpers, staff for everybody; nobody for themselves. Told on once. Twice is once.

    Raises `Denied`, `Refused`: own_hours, not_out.
    """
    permit(person, "learning.confirm_hours", helping)
    row = _locked(helping)
    if row.confirmed_at is not None:
        return row
    if row.person_id == person.pk:
        raise Refused("own_hours", _("时长要请另一个人确认。"))
    if row.out_at is None:
        raise Refused("not_out", _("还没有签退，签退了再确认。"))
    tell_hours(person, row)
    audit.record(person, "learning.confirm_hours", row, minutes=row.minutes)
    return row


def _locked(helping: Helping) -> Helping:
    row: Helping = Helping.objects.select_for_update(of=("self",)).select_related("area", "person", "course").get(
        pk=helping.pk)
    return row


def _of(course: Course, session: Session) -> Session:
    found: Session | None = Session.objects.filter(pk=session.pk, offer=course.offer_id).exclude(
        state="cancelled").first()
    if found is None:
        raise Denied("learning.help_class")
    return found
