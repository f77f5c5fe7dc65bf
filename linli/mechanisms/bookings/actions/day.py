"""On the day: who came, who came without booking, who did not come, and places nobody claimed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.mechanisms.bookings import capacity, promotion, telling, tickets, writing
from linli.mechanisms.bookings.actions.attempts import attempt_of
from linli.mechanisms.bookings.actions.booking import already_in_or_refuse, cancel
from linli.mechanisms.bookings.actions.strikes import strike
from linli.mechanisms.bookings.models import (
    Attendance,
    EntryState,
    PartyMember,
    Reservation,
    Session,
    SessionState,
    State,
    Strike,
    StrikeState,
    WaitEntry,
)
from linli.mechanisms.bookings.models.parties import facts_of
from linli.mechanisms.bookings.rules import BadRules, moment_of
from linli.mechanisms.bookings.writing import Member


@dataclass(frozen=True)
class CheckedIn:
    """The reservation, and when it was first used if this was not the first time."""

    reservation: Reservation
    first_used: datetime | None


@atomic
def check_in(
    person: Person, session: Session, reservation: Reservation, *, how: str = "name",
    members: Sequence[PartyMember] | None = None, at: datetime | None = None,
) -> CheckedIn:
    """They are here: the whole party, or some `members`. Twice is once, and says when the first time was.

    `at`: when it happened, for lists entered later. Who was marked absent or whose place was released is let in if
    there is room. Raises `Denied`, `Refused("cancelled" | "other_session" | "full")`.
    """
    permit(person, session.offer.manage_verb, session)
    locked = capacity.lock([session.pk])
    row = Reservation.objects.select_related("party__booker", "share").get(pk=reservation.pk)
    row.session = locked[session.pk]
    if row.session_id != session.pk:
        raise Refused("other_session", _("这张票是另一场的：%(what)s。") % {"what": reservation.session.shown_title})
    if row.session.state == SessionState.CANCELLED or row.state in (
            State.CANCELLED, State.LATE_CANCELLED, State.REFUSED, State.LAPSED, State.HELD, State.OFFERED):
        raise Refused("cancelled", _("这个预约已经取消或者没有确认，请按现场报名办。"))
    if not row.is_active:
        if not capacity.take(row.session, row.places):
            raise Refused("full", _("名额已经给了在场等候的人，请按现场报名排队。"))
        row.is_active, row.share = True, None
        Attendance.objects.filter(reservation=row).update(is_active=True)
    moment = min(at or now(), now())
    rows = Attendance.objects.filter(reservation=row, is_active=True)
    if members is not None:
        rows = rows.filter(member__in=list(members))
    first = rows.exclude(came_at=None).order_by("came_at").values_list("came_at", flat=True).first()
    fresh = rows.filter(came_at=None).update(came_at=moment, how=how, noted_by=person, absent_at=None)
    if not fresh:
        return CheckedIn(row, first)
    if row.state != State.ATTENDED:
        row.state = State.ATTENDED
        row.save(update_fields=["state", "is_active", "share"])
        Strike.objects.filter(reservation=row, state=StrikeState.COUNTED).update(
            state=StrikeState.FORGIVEN, decided_by=person, decided_at=now())
        emit("bookings.attended", **facts_of(row))
    audit.record(person, "bookings.check_in", row, how=how, persons=fresh)
    return CheckedIn(row, None)


def check_in_code(person: Person, session: Session, code: str, *, at: datetime | None = None) -> CheckedIn:
    """By the QR code, or by the ticket read out. Raises as `tickets.read` and `check_in`, `Refused("unknown")`."""
    if ":" in code:
        return check_in(person, session, tickets.read(code, session), how="qr", at=at)
    row = Reservation.objects.filter(session=session, ticket=code.strip().upper()).first()
    if row is None:
        raise Refused("unknown", _("没有这个票号，请再看一遍，或者按姓名找。"), field="code")
    return check_in(person, session, row, how="ticket", at=at)


def sync_check_ins(person: Person, session: Session, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A list kept offline or on paper comes in: {"reservation": id | "code": …, "at": ISO}. Twice is once.

    One transaction a row: a bad row stops no other. Returns what became of each: "in", "again" (with `first_used`) or
    the refusal's code with `why`.
    """
    permit(person, session.offer.manage_verb, session)
    told = []
    for row in rows:
        try:
            done = _one(person, session, row)
            first = done.first_used
            told.append({**row, "result": "again" if first else "in", **(
                {"first_used": first.isoformat()} if first else {})})
        except Refused as refusal:
            told.append({**row, "result": refusal.code, "why": str(refusal.sentence)})
    return told


def _one(person: Person, session: Session, row: Mapping[str, Any]) -> CheckedIn:
    try:
        at = moment_of(str(row["at"])) if row.get("at") else None
    except BadRules:
        raise Refused("bad_time", _("时间看不懂，请写成 2026-12-01T09:05。")) from None
    if row.get("code"):
        return check_in_code(person, session, str(row["code"]), at=at)
    pk = str(row.get("reservation", ""))
    found = Reservation.objects.filter(session=session, pk=int(pk)).first() if pk.isdecimal() else None
    if found is None:
        raise Refused("unknown", _("没有这个票号，请再看一遍，或者按姓名找。"))
    return check_in(person, session, found, how="list", at=at)


@atomic
def walk_in(
    person: Person, session: Session, members: Sequence[Member], *, booker: Person | None = None,
    contact: tuple[str, str] | None = None, or_wait: bool = False,
) -> Reservation | WaitEntry:
    """Somebody came without booking: counted, and let in if there is room; else, `or_wait`, they wait on site.

    Raises `Denied`, `Refused("full" | "no_walk_in" | "cancelled" | "already_in")`.
    """
    permit(person, session.offer.manage_verb, session)
    if not session.offer.terms.walk_in:
        raise Refused("no_walk_in", _("这里只接待预约的人。"))
    locked = capacity.lock_with_waiting([session.pk])
    row = locked[session.pk]
    if row.state == SessionState.CANCELLED or row.ends < now():
        raise Refused("cancelled", _("这一场已经取消或者结束。"))
    named = contact or (None if booker else (members[0].name, ""))
    attempt = attempt_of(person, row, party=members, booker=booker, contact=named, channel="walk_in")
    if row.free < len(members) or promotion.queue(row, on_site=True):
        if not or_wait:
            raise Refused("full", _("名额满了。可以在现场等，开始后没有人来的名额按顺序给您。"), left=max(row.free, 0))
        party = attempt.party()
        already_in_or_refuse(party, attempt.rows, [row])
        entry = writing.enter(party, [row], len(members), at_least=len(members), klass=50, auto_accept=True,
                              on_site=True)
        audit.record(person, "bookings.wait_on_site", entry)
        return entry
    party = attempt.party()
    already_in_or_refuse(party, attempt.rows, [row])
    Session.objects.filter(pk=row.pk).update(taken=F("taken") + len(members))
    return _let_in(person, row, attempt.rows, party)


def _let_in(person: Person | None, session: Session, rows: list[PartyMember], party: Any) -> Reservation:
    made = writing.reserve(party, session, rows, State.ATTENDED)
    Attendance.objects.filter(reservation=made).update(came_at=now(), how="walk_in", noted_by=person)
    audit.record(person, "bookings.walk_in", made, places=made.places)
    emit("bookings.attended", **facts_of(made))
    return made


@atomic
def mark_absent(person: Person | None, reservation: Reservation) -> Reservation:
    """They did not come, says a named person (or, None, the clock after a session at which others checked in).

    Told the same day with a way to say that it is wrong. Twice is once. Raises `Denied`, `Refused("not_yet")`.
    """
    session = reservation.session
    if person is not None:
        permit(person, session.offer.manage_verb, session)
    locked = capacity.lock([session.pk])
    row = Reservation.objects.select_related("party__booker", "session__offer__area").get(pk=reservation.pk)
    row.session = locked[session.pk]
    if now() < row.session.starts:
        raise Refused("not_yet", _("还没有开始，请开始后再记。"))
    if row.state != State.CONFIRMED:
        return row
    row.state = State.ABSENT
    row.save(update_fields=["state"])
    Attendance.objects.filter(reservation=row, came_at=None).update(absent_at=now(), noted_by=person)
    audit.record(person, "bookings.mark_absent", row)
    emit("bookings.absent", **facts_of(row))
    strike(person, row, halves=2)
    return row


@atomic
def release_unclaimed(pk: int) -> int:
    """Some minutes after the start: places nobody claimed go to those who wait on site, in order. By the clock, once.

    Returns how many places came free. Nothing happens where nobody checks in at all.
    """
    locked = capacity.lock_with_waiting([pk])
    session = locked[pk]
    after = session.offer.terms.release_min
    if not after or session.released_at or now() < session.starts + timedelta(minutes=after):
        return 0
    session.released_at = now()
    session.save(update_fields=["released_at"])
    free = 0
    if Attendance.objects.filter(session=session, came_at__isnull=False).exists():
        for row in session.reservations.filter(state=State.CONFIRMED, is_active=True).select_related(
                "share", "party__booker"):
            row.session = session
            writing.release(row, State.ABSENT, reason="released")
            Attendance.objects.filter(reservation=row).update(absent_at=now())
            capacity.give_back(session, row.places, row.share)
            free += row.places
            audit.record(None, "bookings.release", row)
            emit("bookings.absent", **facts_of(row))
            strike(None, row, halves=2)
    for entry in promotion.queue(session, on_site=True):
        if session.free < entry.size:
            break
        Session.objects.filter(pk=pk).update(taken=F("taken") + entry.size)
        session.taken += entry.size
        _let_in(None, session, list(entry.party.members.all()), entry.party)
        promotion.close(entry, EntryState.PLACED, locked)
    return free


@atomic
def answer_reminder(person: Person, reservation: Reservation, *, coming: bool) -> Reservation:
    """来 / 不来. Not coming cancels, and the place goes on. Raises `Denied`, `Refused("over")`."""
    if not coming:
        return cancel(person, reservation, reason=_("提醒时说不来"))
    permit(person, "bookings.own", reservation)
    reservation.coming = True
    reservation.save(update_fields=["coming"])
    audit.record(person, "bookings.answer_reminder", reservation, coming=True)
    return reservation


@atomic
def set_photo_consent(person: Person, member: PartyMember, *, agrees: bool) -> PartyMember:
    """May this member be seen in pictures of it? The booker says it for minors of their party, else the person.

    Source: 民法典 第1019条; 个人信息保护法 第31条 (under 14 the guardian). Taken back at any time. Raises `Denied`.
    """
    from linli.foundation.web import Denied

    party = member.party
    if person.pk != (member.person_id or party.booker_id):
        raise Denied("bookings.photo_consent")
    member.photo_consent = agrees
    member.save(update_fields=["photo_consent"])
    audit.record(person, "bookings.photo_consent", party, agrees=agrees)
    emit("bookings.photo_consent", member=member.pk, agrees=agrees, offer=party.offer_id, owner=party.offer.owner)
    return member


@atomic
def remind(pk: int, hours: int) -> int:
    """Tell everybody who is coming, once for each of 24 and 2 hours. Returns how many reservations were told."""
    flag = {24: "reminded_24", 2: "reminded_2"}[hours]
    if not Session.objects.filter(pk=pk, **{flag: False}).update(**{flag: True}):
        return 0
    rows = Reservation.objects.filter(session=pk, state=State.CONFIRMED, is_active=True).select_related(
        "session__offer__area", "party__booker", "party__agent")
    for row in rows:
        telling.reminder(row, hours)
    return len(rows)
