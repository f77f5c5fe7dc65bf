"""Joining: a household signs up or waits together, says who may be in pictures, asks for an interpreter, answers."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now, today
from linli.foundation.people.acting import subject_of
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.foundation.web.acts import offered, perform
from linli.mechanisms.bookings import actions as bookings, queries
from linli.mechanisms.bookings.models import Reservation, Session, WaitEntry
from linli.services.activities import consents, households
from linli.services.activities.models import Activity, Answer, Feedback, GuardianYes, Shift

INTERPRETER = "access.book_interpreter"


def sign_up(
    person: Person, activity: Activity, session: Session, *, comes: bool = True, others: Sequence[Person] = (),
    guests: Sequence[households.Guest] = (), auto_accept: bool = False, split: bool = False, key: str = "",
) -> Reservation | WaitEntry:
    """The household gets its places together, or its turn in the queue: all of it, or, with `split`, as many as fit.

    Who acts for somebody (亲情代办) signs them up. A double tap with the same `key` is one sign-up.
    Raises `Denied`, `Refused`: no_signup, over, nobody, not_housemate, and those of bookings.
    """
    permit(person, "activities.join", activity)
    if session.offer_id != activity.offer_id or not activity.is_published:
        raise Refused("over", _("这个活动现在不能报名，请看看别的。"))
    if not activity.signup:
        raise Refused("no_signup", _("这个活动不用报名，到时候直接来。"))
    booker = subject_of(person, "activities")
    party = households.party_of(booker, others, guests, comes=comes)
    got = bookings.book_or_wait(
        person, session, party=party, booker=booker, auto_accept=auto_accept, at_least=1 if split else None, key=key)
    audit.record(person, "activities.join", activity, acting_for=booker if booker != person else None, size=len(party),
                 placed=isinstance(got, Reservation))
    return got


def sign_up_for(
    person: Person, activity: Activity, session: Session, *, name: str, phone: str, count: int, channel: str,
) -> Reservation | WaitEntry:
    """Staff write somebody down who rang or came to the window and has no account; bookings' call list rings them.

    Raises as `sign_up`.
    """
    permit(person, "activities.run", activity)
    if session.offer_id != activity.offer_id:
        raise Refused("over", _("这个活动现在不能报名，请看看别的。"))
    party = [bookings.Member(name=name if n == 0 else _("%(name)s的同行人%(number)s") % {"name": name, "number": n})
             for n in range(count)]
    got = bookings.book_or_wait(person, session, party=party, contact=(name, phone), channel=channel)
    audit.record(person, "activities.join_for", activity, size=count, channel=channel)
    return got


def help_out(person: Person, shift: Shift, *, key: str = "") -> Reservation | WaitEntry:
    """Take a volunteers' shift, or wait for one. Raises `Denied`, and those of bookings."""
    permit(person, "activities.join", shift.activity)
    got = bookings.book_or_wait(person, shift.session, auto_accept=True, key=key)
    audit.record(person, "activities.help", shift.activity, placed=isinstance(got, Reservation))
    return got


def leave(person: Person, activity: Activity, session: Session) -> None:
    """The household does not come after all, or waits no longer. Raises `Denied`, `Refused("not_in")`."""
    subject = subject_of(person, "activities")
    held = queries.reservation_of(subject, session)
    entry = queries.entry_of(subject, session)
    if held is not None:
        bookings.cancel(person, held)
    elif entry is not None:
        bookings.leave(person, entry)
    else:
        raise Refused("not_in", _("您没有报这场活动。"))
    audit.record(person, "activities.leave", activity)


# ── pictures ──

@atomic
def consent(person: Person, activity: Activity, *, agreed: Sequence[int]) -> int:
    """Whom of one's own parties pictures may show: the members named agree, all others do not. Any time, both ways.

    For who may be under 14 it is the guardian's separate statement (个保法 第31条), written down as such: the booker's,
    or of an own account that of the adult who signed them up. Returns how many agree. Raises `Denied`.
    """
    permit(person, "activities.join", activity)
    wanted, count = set(agreed), 0
    for member in consents.mine(person, activity):
        agrees = member.pk in wanted
        if consents.is_young(member, activity):
            if consents.guardian_of(member) != person:
                continue
            if agrees:
                GuardianYes.objects.get_or_create(member=member, defaults={"guardian": person, "at": now()})
            else:
                GuardianYes.objects.filter(member=member).delete()
        if person.pk == (member.person_id or member.party.booker_id) and agrees != member.photo_consent:
            bookings.set_photo_consent(person, member, agrees=agrees)
        count += agrees
    audit.record(person, "activities.consent", activity, agreed=count)
    consents.take_down(activity)
    return count


# ── sign language ──

def book_interpreter(person: Person, activity: Activity, session: Session) -> object:
    """A sign-language interpreter for one's own place, through the room that keeps them.

    Raises `Denied`, `Refused("not_in" | "not_offered")` and those of that room.
    """
    permit(person, "activities.join", activity)
    if queries.reservation_of(person, session) is None:
        raise Refused("not_in", _("请先报名，有了名额再约手语翻译。"))
    if not offered(INTERPRETER):
        raise Refused("not_offered", _("这里还不能约手语翻译，请打活动的电话。"))
    return perform(INTERPRETER, person, starts=session.starts, ends=session.ends, place=session.place or activity.place,
                   about=activity.title, once=f"activities.{session.pk}.{person.pk}")


# ── choosing ──

def choose(person: Person, activity: Activity, entries: Sequence[WaitEntry]) -> list[Reservation]:
    """The teacher chooses after an audition (mode "choice"), all or none. Raises `Denied`, `Refused`: nobody, full."""
    permit(person, "activities.run", activity)
    if not entries or any(one.party.offer_id != activity.offer_id for one in entries):
        raise Refused("nobody", _("请选要录取谁。"))
    made = bookings.choose(person, list(entries))
    audit.record(person, "activities.choose", activity, chosen=len(made))
    return made


# ── afterwards ──

@atomic
def answer(person: Person, activity: Activity, *, choice: str, text: str = "") -> Feedback:
    """The one question, from who was there; a second answer replaces the first.

    Raises `Denied`, `Refused("not_there" | "no_answer" | "too_late")`.
    """
    permit(person, "activities.join", activity)
    if choice not in Answer.values:
        raise Refused("no_answer", _("请选一个回答。"), field="choice")
    if not queries.attended(person, activity).exists():
        raise Refused("not_there", _("来参加过的人才能回答。"))
    if not consents.may_still_answer(activity, today()):
        raise Refused("too_late", _("已经过了回答的时间，谢谢您。"))
    fresh = {"answer": choice, "text": text.strip()[:500], "at": now()}
    try:
        with atomic():
            row, made = Feedback.objects.get_or_create(activity=activity, person=person, defaults=fresh)
    except IntegrityError:
        row, made = Feedback.objects.get(activity=activity, person=person), False
    if not made:
        for name, value in fresh.items():
            setattr(row, name, value)
        row.save(update_fields=list(fresh))
    audit.record(person, "activities.answer", activity)
    return row
