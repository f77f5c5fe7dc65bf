"""Lessons of a pair: the helper's times, booking one, the second helper at home, the rules, in and out, the hours."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.privacy.actions import give_consent
from linli.foundation.privacy.retention import start_retention
from linli.foundation.web import Denied, Refused
from linli.mechanisms.bookings import actions as bookings
from linli.mechanisms.bookings.models import Offer, Reservation, Session
from linli.services.learning import rules
from linli.services.learning.models import Helper, Helping, Match, MatchState, Visit, VisitState

BEFORE = timedelta(minutes=15)  # so early one may begin


@atomic
def add_times(person: Person, helper: Helper, *, starts: datetime, minutes: int, place: str = "") -> Session:
    """A time at which the helper can teach one person. Raises `Denied`, `Refused`: not_checked, bad_minutes,
    and those of bookings."""
    if helper.offer_id is None or helper.left_at is not None:
        raise Refused("not_checked", _("社区和您见过面以后，就能放时间。"))
    offer = Offer.objects.select_related("area").get(pk=helper.offer_id)
    permit(person, "learning.keep_times", offer)
    most = policy("learning.visit_minutes", area=helper.area)["max"]
    if not 15 <= minutes <= most:
        raise Refused("bad_minutes", _("一次 15 到 %(most)s 分钟。") % {"most": most}, field="minutes")
    ends = starts + timedelta(minutes=minutes)
    if Session.objects.filter(offer=offer, starts__lt=ends, ends__gt=starts).exclude(state="cancelled").exists():
        raise Refused("twice", _("这个时间已经放过了，请换一个。"), field="starts")
    session = bookings.add_session(person, offer, starts, ends, 1, place=place.strip()[:120])
    audit.record(person, "learning.add_times", helper, session=session.pk)
    return session


@atomic
def take_time_away(person: Person, helper: Helper, session: Session) -> None:
    """A time that nobody took is not offered any more. Raises `Denied`, `Refused`: taken."""
    row = _of_helper(helper, session)
    permit(person, "learning.keep_times", row.offer)
    if row.taken:
        raise Refused("taken", _("这个时间有人约了，请在课里取消。"))
    bookings.cancel_session(person, row, reason=_("这个时间不方便了"))
    audit.record(person, "learning.take_time_away", helper, session=row.pk)


@atomic
def book_visit(person: Person, match: Match, session: Session, *, at_home: bool = False, place: str = "",
               agrees: bool = False, channel: str = "app") -> Visit:
    """The learner (family, or staff for them) takes one of the helper's times. At home only with their consent, and
    it begins only with two helpers. The same time twice is one lesson.

    Raises `Denied`, `Refused`: not_paired, too_soon, no_place, no_consent, not_home, and those of bookings.
    """
    permit(person, "learning.book_visit", match)
    row: Match = Match.objects.select_for_update(of=("self",)).select_related(
        "ask__person", "helper__person", "area").get(pk=match.pk)
    if row.state != MatchState.AGREED:
        raise Refused("not_paired", _("双方都说行以后，就能约时间。"))
    time = _of_helper(row.helper, session)
    standing = Visit.objects.filter(match=row, session_id=time.pk).exclude(state=VisitState.CANCELLED).first()
    if standing is not None:
        earlier: Visit = standing
        return earlier
    if time.starts < now() + timedelta(hours=policy("learning.visit_notice_h", area=row.area)):
        raise Refused("too_soon", _("至少提前 %(hours)s 小时约，请选晚一点的。") % {
            "hours": policy("learning.visit_notice_h", area=row.area)}, field="session")
    learner = row.ask.person
    if at_home:
        _may_be_at_home(person, row, learner, place, agrees, channel)
    reservation = bookings.book(person, time, booker=learner, channel=channel)
    visit: Visit = Visit.objects.create(
        area=row.area, match=row, session_id=time.pk, reservation_id=reservation.pk, starts=time.starts,
        ends=time.ends, at_home=at_home, place=place.strip()[:200] if at_home else time.place, booked_by=person)
    audit.record(person, "learning.book_visit", visit, acting_for=learner if learner != person else None,
                 at_home=at_home)
    emit("learning.visit_booked", visit=visit.pk)
    return visit


def _may_be_at_home(person: Person, match: Match, learner: Person, place: str, agrees: bool, channel: str) -> None:
    if not match.helper.goes_home:
        raise Refused("not_home", _("这位志愿者不上门，请约在驿站。"), field="at_home")
    if len(place.strip()) < 2:
        raise Refused("no_place", _("请写门牌，只有来的两位志愿者看得到。"), field="place")
    if not agrees:
        raise Refused("no_consent", _("上门要您同意两位志愿者到家里来，请勾一下。"), field="agrees")
    give_consent(person, "learning.home", person=learner, channel=channel if channel in ("window", "paper") else "app")


@atomic
def name_second(person: Person, visit: Visit, helper: Helper) -> Visit:
    """The second helper of a lesson at home; they are asked, and may say no. Raises `Denied`, `Refused`: not_now,
    not_checked, same, busy."""
    permit(person, "learning.name_second", visit)
    Area.objects.select_for_update().get(pk=visit.area_id)
    row = _locked(visit, VisitState.BOOKED)
    if not row.at_home or helper.area_id != row.area_id or helper.checked_by_id is None or helper.left_at is not None:
        raise Refused("not_checked", _("这位志愿者还没核对过，请另选一位。"), field="helper")
    if helper.person_id in (row.match.helper.person_id, row.match.ask.person_id) or not helper.goes_home:
        raise Refused("same", _("第二位要是另一位愿意上门的志愿者。"), field="helper")
    if busy(helper, row.starts, row.ends, but=row):
        raise Refused("busy", _("这位志愿者那个时间已经有约了，请另选一位。"), field="helper")
    row.second, row.second_yes = helper, False
    row.save(update_fields=["second", "second_yes"])
    audit.record(person, "learning.name_second", row)
    emit("learning.second_asked", visit=row.pk, helper=helper.pk)
    return row


@atomic
def answer_second(person: Person, visit: Visit, *, yes: bool) -> Visit:
    """The second helper comes along, or not; a no costs nothing. Raises `Denied`, `Refused`: not_now."""
    permit(person, "learning.answer_second", visit)
    row = _locked(visit, VisitState.BOOKED)
    row.second_yes = yes
    if not yes:
        row.second = None
    row.save(update_fields=["second", "second_yes"])
    audit.record(person if yes else None, "learning.answer_second", row, yes=yes)
    emit("learning.second_answered", visit=row.pk, yes=yes)
    return row


@atomic
def cancel_visit(person: Person, visit: Visit) -> Visit:
    """Either side calls it off; nothing is counted against anybody. Twice is once. Raises `Denied`, `Refused`: not_now.
    """
    permit(person, "learning.cancel_visit", visit)
    if visit.state == VisitState.CANCELLED:
        return visit
    row = _locked(visit, VisitState.BOOKED)
    _release(person, row)
    audit.record(person, "learning.cancel_visit", row)
    emit("learning.visit_cancelled", visit=row.pk, by=person.pk)
    return row


@atomic
def call_off(visit: Visit) -> None:
    """The consent to come was taken back: it does not take place. By the event, whoever is signed off; twice is once.
    """
    row = Visit.objects.select_for_update(of=("self",)).select_related(
        "area", "match__ask__person", "match__helper__person", "second__person").get(pk=visit.pk)
    if row.state != VisitState.BOOKED:
        return
    _release(row.match.helper.person, row)
    audit.record(None, "learning.call_off", row)
    emit("learning.visit_cancelled", visit=row.pk, by=0)


def _release(person: Person, row: Visit) -> None:
    """The place goes back; where the helper does not come, the time itself is gone."""
    row.state = VisitState.CANCELLED
    row.save(update_fields=["state"])
    start_retention(row, "learning.lesson")
    if row.match.helper.person_id == person.pk:
        session = Session.objects.select_related("offer__area").get(pk=row.session_id)
        bookings.cancel_session(person, session, reason=_("志愿者这次来不了"))
    elif row.reservation_id is not None:
        bookings.cancel(person, Reservation.objects.select_related("session__offer__area", "party").get(
            pk=row.reservation_id))


def rules_for(visit: Visit) -> Sequence[Mapping[str, Any]]:
    """What is read out and ticked before this lesson: `code`, `zh`, `en`."""
    return [rule for rule in policy("learning.visit_rules", area=visit.area) if visit.at_home or not rule["home"]]


@atomic
def begin(person: Person, visit: Visit, *, ticked: Collection[str]) -> Visit:
    """The lesson begins: every rule was read and ticked; at home both helpers are there. Twice is once.

    Raises `Denied`, `Refused`: not_now, too_early, too_late, rules, two_helpers.
    """
    permit(person, "learning.attend", visit)
    if visit.state == VisitState.RUNNING:
        return visit
    row = _locked(visit, VisitState.BOOKED)
    if now() < row.starts - BEFORE:
        raise Refused("too_early", _("还没到时间，开始前一刻钟就能点。"))
    if now() > row.ends + timedelta(days=1):
        raise Refused("too_late", _("这次课的时间早过了，请重新约一次。"))
    wanted = [rule["code"] for rule in rules_for(row)]
    if set(wanted) - set(ticked):
        raise Refused("rules", _("每一条都要一起念过、勾上，才能开始。"), field="rules")
    helpers = [row.match.helper, *([row.second] if row.second is not None and row.second_yes else [])]
    if row.at_home and len(helpers) < policy("learning.home_helpers", area=row.area):
        raise Refused("two_helpers", _("上门要两位志愿者一起去。请先让社区安排第二位。"), field="rules")
    row.ticked, row.began_at, row.state = wanted, now(), VisitState.RUNNING
    row.save(update_fields=["ticked", "began_at", "state"])
    for helper in helpers:
        Helping.objects.create(area=row.area, person=helper.person, visit=row, in_at=now())
    if row.reservation_id is not None:
        reservation = Reservation.objects.select_related("session__offer__area").get(pk=row.reservation_id)
        bookings.check_in(person, reservation.session, reservation)
    audit.record(person, "learning.begin", row, rules=len(wanted), helpers=len(helpers))
    return row


@atomic
def end(person: Person, visit: Visit) -> Visit:
    """The lesson is over; its minutes wait for the learner's word. Twice is once. Raises `Denied`, `Refused`: not_now.
    """
    permit(person, "learning.attend", visit)
    if visit.state in (VisitState.DONE, VisitState.CONFIRMED):
        return visit
    row = _locked(visit, VisitState.RUNNING)
    most = policy("learning.visit_minutes", area=row.area)["max"]
    row.ended_at, row.state = now(), VisitState.DONE
    row.save(update_fields=["ended_at", "state"])
    for helping in Helping.objects.select_for_update().filter(visit=row, out_at=None):
        helping.out_at = row.ended_at
        helping.minutes = rules.counted_minutes(helping.in_at, row.ended_at, most)
        helping.save(update_fields=["out_at", "minutes"])
    audit.record(person, "learning.end", row)
    emit("learning.visit_ended", visit=row.pk)
    return row


@atomic
def confirm(person: Person, visit: Visit) -> Visit:
    """The learner, family or staff says that it was so; only then the hours are told to whoever keeps them, once.

    Raises `Denied`, `Refused`: not_now, own_hours.
    """
    permit(person, "learning.confirm_hours", visit)
    if visit.state == VisitState.CONFIRMED:
        return visit
    row = _locked(visit, VisitState.DONE)
    rows = list(Helping.objects.select_for_update(of=("self",)).filter(visit=row).select_related("area", "visit"))
    if any(helping.person_id == person.pk for helping in rows):
        raise Refused("own_hours", _("时长要请另一个人确认。"))
    row.state = VisitState.CONFIRMED
    row.save(update_fields=["state"])
    start_retention(row, "learning.lesson")
    for helping in rows:
        tell_hours(person, helping)
    audit.record(person, "learning.confirm_hours", row)
    return row


def tell_hours(person: Person, helping: Helping) -> None:
    """Write down who confirmed, and say it, for who helped long enough. The caller holds the row and asked the right.
    """
    helping.confirmed_by, helping.confirmed_at = person, now()
    helping.save(update_fields=["confirmed_by", "confirmed_at"])
    minutes = helping.minutes or 0
    if minutes >= policy("learning.visit_minutes", area=helping.area)["min"]:
        emit("learning.helped", person=helping.person_id, minutes=minutes, about=helping.about)


def busy(helper: Helper, starts: datetime, ends: datetime, *, but: Visit | None = None) -> bool:
    """Has the helper another lesson then, as the first or the second?"""
    rows = Visit.objects.filter(state__in=[VisitState.BOOKED, VisitState.RUNNING], starts__lt=ends, ends__gt=starts)
    rows = rows.exclude(pk=but.pk) if but else rows
    return bool(rows.filter(match__helper__person=helper.person_id).exists()
                or rows.filter(second__person=helper.person_id).exists())


def _of_helper(helper: Helper, session: Session) -> Session:
    found: Session | None = Session.objects.select_related("offer__area").filter(
        pk=session.pk, offer=helper.offer_id).first()
    if found is None:
        raise Denied("learning.book_visit")
    return found


def _locked(visit: Visit, state: str) -> Visit:
    row: Visit = Visit.objects.select_for_update(of=("self",)).select_related(
        "area", "match__ask__person", "match__helper__person", "second__person").get(pk=visit.pk)
    if row.state != state:
        raise Refused("not_now", _("这次课已经变了，请刷新看看。"))
    return row
