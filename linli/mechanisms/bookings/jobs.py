"""What the clock does: holds and offers end, shares open, reminders leave, horizons grow. Each step is one transaction
that looks again under its lock, so that a worker that dies, or two workers, do it once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.db.transaction import atomic

from linli.foundation import audit
from linli.foundation.calendar.clock import now, today
from linli.foundation.jobs import periodic, tick
from linli.foundation.people.models import Person
from linli.foundation.policy import policy
from linli.mechanisms.bookings import capacity, holidays, promotion, telling
from linli.mechanisms.bookings.actions import day, loans, recurring, waiting
from linli.mechanisms.bookings.actions.holidays import notice_version
from linli.mechanisms.bookings.models import (
    Attendance,
    EntryState,
    PlaceOffer,
    PlaceOfferState,
    Reservation,
    Series,
    Session,
    SessionState,
    Share,
    State,
    WaitFor,
)
from linli.mechanisms.bookings.privacy import keep_or_let_go

log = logging.getLogger("linli.bookings")
MOST = 50


@tick(order=40)
def end_what_ran_out() -> int:
    """Holds, offered places and shares whose time is over."""
    moment = now()
    done = each("hold", waiting.expire_hold, Reservation.objects.filter(
        state=State.HELD, held_until__lte=moment).values_list("pk", flat=True)[:MOST])
    done += each("offer", waiting.expire_offer, PlaceOffer.objects.filter(
        state=PlaceOfferState.OPEN, expires_at__lte=moment).values_list("pk", flat=True)[:MOST])
    done += each("share", release_share, Share.objects.filter(
        released_at=None, releases_at__lte=moment).values_list("pk", flat=True)[:MOST])
    return done


@periodic(every_s=60)
def look_around() -> None:
    """What becomes due by the hour: unclaimed places, reminders, queues after a clock passed, who never came."""
    moment = now()
    begun = Session.objects.filter(starts__lte=moment, starts__gt=moment - timedelta(hours=12), released_at=None)
    each("release", day.release_unclaimed, [
        row.pk for row in begun.exclude(state=SessionState.CANCELLED).select_related("offer")
        if row.offer.terms.release_min])
    for hours in (24, 2):
        flag = {f"reminded_{hours}": False}
        soon = Session.objects.filter(starts__gt=moment, starts__lte=moment + timedelta(hours=hours), **flag)
        for row in soon.exclude(state=SessionState.CANCELLED).select_related("offer")[:200]:
            if not row.offer.terms.reminders:
                Session.objects.filter(pk=row.pk).update(**dict.fromkeys(flag, True))
            elif hours == 24 and row.starts - moment <= timedelta(hours=2):
                Session.objects.filter(pk=row.pk).update(reminded_24=True)  # the nearer one says it
            else:
                each("remind", lambda pk, left=hours: day.remind(pk, left), [row.pk])  # type: ignore[misc]
    waited = Session.objects.filter(waiting__gt=0, starts__gt=moment, capacity__gt=F("taken") + F("reserved"))
    each("promote", promote_now, waited.values_list("pk", flat=True)[:MOST])
    each("lapse", lapse_waiting, Session.objects.filter(
        Q(starts__lte=moment - timedelta(hours=1)) | Q(state=SessionState.CANCELLED),
        waiting__gt=0).values_list("pk", flat=True)[:MOST])
    each("absent", mark_absences, _over(moment))


def _over(moment: datetime) -> Iterable[int]:
    least = moment - timedelta(minutes=int(policy("bookings.absent_after_min")))
    rows = Session.objects.filter(ends__lte=least, absent_at=None, ends__gt=least - timedelta(days=3))
    return rows.exclude(state=SessionState.CANCELLED).values_list("pk", flat=True)[:MOST]


@periodic(every_s=86_400, at="03:40")
def grow_horizons() -> None:
    """A week more for every series that goes on; overdue loans are told; kept copies go on."""
    going = Series.objects.filter(ended_at=None, offer__state="open").filter(Q(until=None) | Q(
        until__gt=F("made_until")))
    each("horizon", recurring.extend_horizon, going.values_list("pk", flat=True))
    each("overdue", loans.remind_overdue, loans.overdue(today()))
    each("kept", loans.pass_on, loans.not_fetched(today()))


@periodic(every_s=86_400, at="08:20")
def ask_about_holidays() -> None:
    """A holiday notice touches sessions that are made already: who keeps them is asked, once for each notice."""
    keepers: dict[int, Person] = {}
    for row in holidays.touched(None):
        keeper = row.session.offer.host or row.session.offer.created_by
        if keeper is not None and row.holiday:
            keepers[keeper.pk] = keeper
    for keeper in keepers.values():
        telling.holidays_ask(keeper, notice_version())


@atomic
def release_share(pk: int) -> bool:
    """A share's date came: what nobody of it took is free for all, first for who waits."""
    found = Share.objects.get(pk=pk)
    locked = capacity.lock_with_waiting([found.session_id])
    share = Share.objects.get(pk=pk)
    if share.released_at is not None:
        return False
    session = locked[share.session_id]
    left = share.places - share.taken
    Share.objects.filter(pk=pk).update(released_at=now())
    Session.objects.filter(pk=session.pk).update(reserved=F("reserved") - left)
    session.reserved -= left
    audit.record(None, "bookings.release_share", session, share=share.name, places=left)
    promotion.promote(locked, [session.pk])
    return True


@atomic
def promote_now(pk: int) -> bool:
    """A clock passed (late places, no more keeping together): walk the queue again."""
    locked = capacity.lock_with_waiting([pk])
    return promotion.promote(locked, [pk]) > 0


@atomic
def lapse_waiting(pk: int) -> bool:
    """The session began: who still waits did not get in."""
    locked = capacity.lock_with_waiting([pk])
    wishes = WaitFor.objects.filter(session=pk, is_open=True).select_related("entry__party__offer")
    for wish in wishes:
        later = wish.entry.wishes.filter(is_open=True, session__starts__gt=now()).exists()
        if wish.entry.state in (EntryState.WAITING, EntryState.APPLIED) and not later:
            promotion.close(wish.entry, EntryState.LAPSED, locked)
    return True


@atomic
def mark_absences(pk: int) -> bool:
    """After the end: who never checked in is absent, if anybody checked in at all (else nobody kept a list)."""
    if not Session.objects.filter(pk=pk, absent_at=None).update(absent_at=now()):
        return False
    keep_or_let_go(pk)
    if Attendance.objects.filter(session=pk, came_at__isnull=False).exists():
        for row in Reservation.objects.filter(session=pk, state=State.CONFIRMED, is_active=True).select_related(
                "session__offer__area"):
            day.mark_absent(None, row)
    return True


def each(what: str, step: Callable[[int], object], ids: Iterable[int]) -> int:
    """One transaction for each; one that breaks stops no other."""
    count = 0
    for pk in list(ids):
        try:
            step(pk)
        except Exception:
            log.exception("bookings.clock_failed", extra={"step": what, "id": pk})
        count += 1
    return count
