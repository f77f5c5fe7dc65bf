"""Verbs of classes: plan or offer one, look it over, give it times, join, leave, help."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import IntegrityError
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
from linli.foundation.web import Denied, Refused
from linli.mechanisms.bookings import actions as bookings, queries as booked
from linli.mechanisms.bookings.models import Offer, Reservation, Session, SessionState, WaitEntry
from linli.services.learning import catalogue, rules
from linli.services.learning.models import Course, CourseHelper, CourseState, Device, DeviceState

CATEGORY = "learning.class"


@atomic
def offer_course(person: Person, area: Area, *, title: str, text: str, place: str = "", touches_health: bool = False,
                 for_minors: bool = False, once: str = "") -> Course:
    """A neighbour offers to teach something; staff look at it before anybody sees it.

    Raises `Denied`, `Refused`: no_title, no_text.
    """
    permit(person, "learning.offer_course", area)
    if once:
        sent = Course.objects.filter(proposed_by=person, once=once).first()
        if sent is not None:
            earlier: Course = sent
            return earlier
    _named(title)
    if len(text.strip()) < 4:
        raise Refused("no_text", _("请写一句教什么、适合谁。"), field="text")
    row = Course(area=area, title=title.strip()[:80], text=text.strip()[:1000], place=place.strip()[:80], host=person,
                 proposed_by=person, touches_health=touches_health, for_minors=for_minors, once=once)
    try:
        with atomic():
            row.save(force_insert=True)
    except IntegrityError:  # the other of two taps was first
        twin: Course = Course.objects.get(proposed_by=person, once=once)
        return twin
    audit.record(person, "learning.offer_course", row)
    emit("learning.course_offered", course=row.pk)
    return row


@atomic
def plan_course(person: Person, area: Area, *, module: str, host: Person, title: str = "", text: str = "",
                place: str = "", once: str = "") -> Course:
    """Staff plan a run of a module of the catalogue. Raises `Denied`, `Refused`: no_module, wrong_place."""
    permit(person, "learning.keep_courses", area)
    if once:
        sent = Course.objects.filter(proposed_by=person, once=once).first()
        if sent is not None:
            earlier: Course = sent
            return earlier
    taught = catalogue.load().get(module)
    if taught is None:
        raise Refused("no_module", _("请选教什么。"), field="module")
    row = Course(area=area, module=module, title=(title.strip() or taught.title.zh)[:80], text=text.strip()[:1000],
                 place=place.strip()[:80], host=host, proposed_by=person, once=once)
    _open(person, row)
    row.save(force_insert=True)
    audit.record(person, "learning.plan_course", row, module=module)
    return row


@atomic
def publish_course(person: Person, course: Course, *, title: str, text: str, health_read: bool = False,
                   vetted_on: date | None = None) -> Course:
    """Staff looked at what a neighbour offers, mended its text, and open it. Nobody opens their own.

    Words that promise a cure do not pass; what touches health was read for it; who is with minors was looked up within
    the year (未成年人保护法 第62条). Raises `Denied`, `Refused`: own, not_waiting, no_title, health_claim,
    health_unread, not_vetted.
    """
    permit(person, "learning.keep_courses", course)
    row = _locked(course, CourseState.PROPOSED)
    if person.pk in (row.proposed_by_id, row.host_id):
        raise Refused("own", _("自己开的课要请另一位同事看。"))
    _named(title)
    claims = rules.health_claims(f"{title} {text}", policy("learning.health_words", area=row.area))
    if claims:
        raise Refused("health_claim", _("这些词像是在许诺疗效，请先和老师商量改掉：%(words)s。") % {
            "words": _("、").join(claims)}, field="text")
    if row.touches_health and not health_read:
        raise Refused("health_unread", _("讲健康的课，请先逐句看过再勾。"), field="health_read")
    if row.for_minors:
        oldest = today() - timedelta(days=policy("learning.vetting_days", area=row.area))
        if vetted_on is None or not oldest <= vetted_on <= today():
            raise Refused("not_vetted", _("有未成年人的课，老师要有一年内的犯罪记录查询，请填查询日期。"),
                          field="vetted_on")
        row.vetted_on = vetted_on
    row.title, row.text = title.strip()[:80], text.strip()[:1000]
    _open(person, row)
    row.save()
    audit.record(person, "learning.publish_course", row)
    emit("learning.course_decided", course=row.pk)
    return row


@atomic
def refuse_course(person: Person, course: Course, *, answer: str) -> Course:
    """Not this time, with a reason. Raises `Denied`, `Refused`: not_waiting, no_answer."""
    permit(person, "learning.keep_courses", course)
    row = _locked(course, CourseState.PROPOSED)
    if len(answer.strip()) < 4:
        raise Refused("no_answer", _("请写一句为什么，他会看到。"), field="answer")
    row.state, row.answer = CourseState.REFUSED, answer.strip()[:200]
    row.checked_by, row.checked_at = person, now()
    row.save(update_fields=["state", "answer", "checked_by", "checked_at"])
    audit.record(person, "learning.refuse_course", row)
    emit("learning.course_decided", course=row.pk)
    return row


@atomic
def end_course(person: Person, course: Course) -> Course:
    """No more times. Those still to come are cancelled first. Raises `Denied`, `Refused`: not_waiting, still_times."""
    permit(person, "learning.keep_courses", course)
    row = _locked(course, CourseState.OPEN)
    if ahead(row):
        raise Refused("still_times", _("还有没上的课，请先取消这些场次。"))
    row.state = CourseState.ENDED
    row.save(update_fields=["state"])
    bookings.change_offer(person, offer_of(row), state="closed")
    audit.record(person, "learning.end_course", row)
    return row


@atomic
def add_time(person: Person, course: Course, *, starts: datetime, minutes: int, capacity: int, place: str = "",
             devices: Sequence[Device] = ()) -> Session:
    """One time of the course: never more learners than its helpers can teach; its devices are there for it alone.

    Raises `Denied`, `Refused`: not_open, bad_minutes, too_many_learners, device_away, and those of bookings.
    """
    permit(person, "learning.run_course", course)
    row = _locked(course, CourseState.OPEN)
    if not 15 <= minutes <= policy("learning.class_minutes_max", area=row.area):
        raise Refused("bad_minutes", _("一堂课 15 分钟到 %(most)s 分钟。") % {
            "most": policy("learning.class_minutes_max", area=row.area)}, field="minutes")
    _taught_by_enough(row, capacity, len(helpers_of(row)) + 1)
    ends = starts + timedelta(minutes=minutes)
    for device in devices:
        _device_is_here(device, starts)
    session = bookings.add_session(person, offer_of(row), starts, ends, capacity, place=place.strip() or row.place,
                                   resources=[device.resource for device in devices])
    audit.record(person, "learning.add_time", row, session=session.pk, capacity=capacity, devices=len(devices))
    return session


@atomic
def resize_time(person: Person, course: Course, session: Session, *, capacity: int) -> Session:
    """More or fewer places. Raises `Denied`, `Refused`: too_many_learners, and those of bookings."""
    permit(person, "learning.run_course", course)
    row = _locked(course, CourseState.OPEN)
    _taught_by_enough(row, capacity, len(helpers_of(row)) + 1)
    changed = bookings.change_session(person, _own(row, session), capacity=capacity)
    audit.record(person, "learning.resize_time", row, session=session.pk, capacity=capacity)
    return changed


@atomic
def cancel_time(person: Person, course: Course, session: Session, *, reason: str) -> Session:
    """Call one time off; bookings tells everybody. Raises `Denied`, `Refused`: no_reason."""
    permit(person, "learning.run_course", course)
    cancelled = bookings.cancel_session(person, _own(course, session), reason=reason)
    audit.record(person, "learning.cancel_time", course, session=session.pk)
    return cancelled


@atomic
def add_helper(person: Person, course: Course, helper: Person) -> CourseHelper:
    """Somebody helps the teacher; each makes room for some learners more. Twice is once. Raises `Denied`, `Refused`:
    not_open, is_teacher."""
    permit(person, "learning.keep_courses", course)
    row = _locked(course, CourseState.OPEN)
    if helper.pk == row.host_id:
        raise Refused("is_teacher", _("老师自己已经算一位了。"), field="phone")
    found, is_new = CourseHelper.objects.get_or_create(course=row, person=helper, left_at=None)
    if is_new:
        audit.record(person, "learning.add_helper", row)
    return found


@atomic
def drop_helper(person: Person, helper: CourseHelper) -> CourseHelper:
    """Somebody helps no more, if what is announced can still be taught. Raises `Denied`, `Refused`: too_many_learners.
    """
    permit(person, "learning.keep_courses", helper.course)
    row = _locked(helper.course, CourseState.OPEN)
    most = max((session.capacity for session in ahead(row)), default=0)
    _taught_by_enough(row, most, len(helpers_of(row)))
    helper.left_at = now()
    helper.save(update_fields=["left_at"])
    audit.record(person, "learning.drop_helper", row)
    return helper


@atomic
def join(person: Person, course: Course, session: Session, *, learner: Person | None = None, channel: str = "app",
         key: str = "") -> bool:
    """A place, or a turn: for oneself, for family who gave a mandate, or (staff) for who came to the window.

    True: a place; False: in the queue. Raises `Denied`, `Refused`: not_open, and those of bookings.
    """
    who = learner or person
    if course.state != CourseState.OPEN:
        raise Refused("not_open", _("这门课现在不开，请看看别的。"))
    if who == person:
        permit(person, "learning.join", course)
    elif may(person, "learning.run_course", course) and who.area_code[:12] != course.area_code[:12]:
        raise Denied("learning.join")
    placed = bookings.book_or_wait(person, _own(course, session), booker=who, channel=channel, key=key)
    audit.record(person, "learning.join", course, acting_for=who if who != person else None, session=session.pk)
    return isinstance(placed, Reservation)


@atomic
def leave(person: Person, course: Course, session: Session, *, learner: Person | None = None) -> None:
    """Not coming after all. Raises `Denied`, `Refused`: not_in, and those of bookings."""
    who = learner or person
    held: Reservation | None = booked.reservation_of(who, session)
    entry: WaitEntry | None = None if held else booked.entry_of(who, session)
    if held is not None:
        bookings.cancel(person, held)
    elif entry is not None:
        bookings.leave(person, entry)
    else:
        raise Refused("not_in", _("没有报这一场。"))
    audit.record(person, "learning.leave", course, acting_for=who if who != person else None, session=session.pk)


def offer_of(course: Course) -> Offer:
    """The offer behind an open course."""
    found: Offer = Offer.objects.select_related("area").get(pk=course.offer_id or 0)
    return found


def helpers_of(course: Course) -> list[CourseHelper]:
    return list(CourseHelper.objects.filter(course=course, left_at=None).select_related("person"))


def ahead(course: Course) -> list[Session]:
    """The times still to come."""
    rows = Session.objects.filter(offer_id=course.offer_id or 0, ends__gt=now()).exclude(state=SessionState.CANCELLED)
    return list(rows.order_by("starts", "id"))


def _open(person: Person, row: Course) -> None:
    offer = bookings.create_offer(
        person, row.area, category=CATEGORY, title=row.title, owner=f"learning.course:{row.pk}", host=row.host,
        verb="learning.keep_courses", manage_verb="learning.run_course", book_verb="learning.join",
        url=reverse("learning:course", args=[row.pk]), is_public=True,
        rules={"party_max": 1, "no_show": False, "cancel_h": 0})  # who learns is never punished for missing a class
    row.offer_id, row.state = offer.pk, CourseState.OPEN
    row.checked_by, row.checked_at = person, now()


def _taught_by_enough(row: Course, learners: int, helpers: int) -> None:
    most = rules.class_size(helpers, policy("learning.learners_per_helper", area=row.area))
    if learners > most:
        raise Refused("too_many_learners", _(
            "现在有 %(helpers)s 位老师和志愿者，最多教 %(most)s 位。请减少名额，或者先加一位志愿者。") % {
            "helpers": helpers, "most": most}, field="capacity")


def _device_is_here(device: Device, starts: datetime) -> None:
    if device.state == DeviceState.RESTING:
        raise Refused("device_away", _("%(what)s停用了，请换一台。") % {"what": device}, field="devices")
    lent = device.resource.loans.filter(returned_at=None).first()
    if lent is not None and lent.due_on >= timezone.localtime(starts).date():
        raise Refused("device_away", _("%(what)s那时候还借在外面，请换一台。") % {"what": device}, field="devices")


def _own(course: Course, session: Session) -> Session:
    found: Session | None = Session.objects.select_related("offer__area").filter(
        pk=session.pk, offer=course.offer_id).first()
    if found is None:
        raise Denied("learning.run_course")
    return found


def _named(title: str) -> None:
    if len(title.strip()) < 2:
        raise Refused("no_title", _("请写课的名称。"), field="title")


def _locked(course: Course, state: str) -> Course:
    row: Course = Course.objects.select_for_update(of=("self",)).select_related("area", "host").get(pk=course.pk)
    if row.state != state:
        code = "not_open" if state == CourseState.OPEN else "not_waiting"
        raise Refused(code, _("这门课已经变了，请刷新看看。"))
    return row


def most_learners(course: Course) -> int:
    """How many those who teach now can teach."""
    return rules.class_size(len(helpers_of(course)) + 1, policy("learning.learners_per_helper", area=course.area))

