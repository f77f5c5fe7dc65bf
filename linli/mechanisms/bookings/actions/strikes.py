"""爽约 and its appeal: noted by rule or by a named person, told the same day, decided by a person."""

from __future__ import annotations

from datetime import timedelta

from django.db.transaction import atomic
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.mechanisms.bookings import fairness, settings, telling
from linli.mechanisms.bookings.models import Attendance, Reservation, Strike, StrikeState


def strike(noted_by: Person | None, reservation: Reservation, *, halves: int) -> list[Strike]:
    """Count it against each member with an account who is not exempt; where it never counts, against nobody.

    Returns the new strikes. Inside an action that asked already.
    """
    session = reservation.session
    offer = session.offer
    if not fairness.counts_absence(offer):
        return []
    year = timezone.localdate(session.starts).year
    made = []
    rows = Attendance.objects.filter(reservation=reservation, came_at=None).select_related("member__person")
    for row in rows:
        if row.person is None or fairness.is_exempt(offer, row.member, on_year=year):
            continue
        if reservation.party.agent_id and "proxy" in settings.exempt_classes(offer.area):
            continue
        found, is_new = Strike.objects.get_or_create(reservation=reservation, person=row.person, defaults={
            "category": offer.category, "area_code": offer.area_code, "halves": halves, "at": now(),
            "noted_by": noted_by})
        if is_new:
            made.append(found)
            if halves >= 2:
                telling.absent(reservation, row.person, found.pk)
    return made


@atomic
def appeal(person: Person, strike: Strike, *, words: str) -> Strike:
    """"That is wrong", within the days policy gives; suspended until a person decides (个人信息保护法 第24条).

    Raises `Denied`, `Refused("too_late" | "no_words" | "decided")`.
    """
    permit(person, "bookings.appeal", strike)
    row = Strike.objects.select_for_update().get(pk=strike.pk)
    if row.state != StrikeState.COUNTED:
        raise Refused("decided", _("已经申诉过了，结果会通知您。"))
    if now() > row.at + timedelta(days=settings.appeal_days(row.reservation.session.offer.area)):
        raise Refused("too_late", _("申诉的时间过了。请打社区电话说明情况。"))
    if not words.strip():
        raise Refused("no_words", _("请写一句当时的情况。"), field="words")
    row.state, row.appeal, row.appealed_at = StrikeState.APPEALED, words.strip()[:500], now()
    row.save(update_fields=["state", "appeal", "appealed_at"])
    audit.record(person, "bookings.appeal", row)
    offer = row.reservation.session.offer
    emit("bookings.appealed", strike=row.pk, reservation=row.reservation_id, offer=offer.pk, owner=offer.owner)
    return row


@atomic
def decide_appeal(person: Person, strike: Strike, *, forgive: bool, answer: str = "") -> Strike:
    """A person decides, with an answer. Raises `Denied`, `Refused("decided" | "no_answer")`."""
    offer = strike.reservation.session.offer
    permit(person, offer.manage_verb, offer)
    row = Strike.objects.select_for_update().get(pk=strike.pk)
    if row.state not in (StrikeState.APPEALED, StrikeState.COUNTED):
        raise Refused("decided", _("已经有人处理过了，请刷新。"))
    if not forgive and not answer.strip():
        raise Refused("no_answer", _("请写一句为什么，对方会看到。"), field="answer")
    row.state = StrikeState.FORGIVEN if forgive else StrikeState.UPHELD
    row.decided_by, row.decided_at, row.answer = person, now(), answer.strip()[:200]
    row.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    audit.record(person, "bookings.decide_appeal", row, forgiven=forgive)
    telling.appeal_answered(row.reservation, row.person, row.pk, forgiven=forgive, answer=row.answer)
    return row
