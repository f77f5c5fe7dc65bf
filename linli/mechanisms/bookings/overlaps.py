"""One person's own bookings at the same time: noticed and named, never forbidden, except twice of the same offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from linli.foundation.people.models import Person
from linli.foundation.prepared import Prepared
from linli.foundation.privacy.crypto import blind
from linli.foundation.web import Refused
from linli.mechanisms.bookings.models import Attendance, Reservation, Session

_COLUMNS = ("reservation__session__offer", "reservation__party__booker")
_of_person = Prepared(lambda person, before, after: Attendance.objects.filter(
    person=person, is_active=True, session__starts__lt=before, session__ends__gt=after).select_related(*_COLUMNS))
_of_party = Prepared(lambda booker, before, after: Attendance.objects.filter(
    reservation__party__booker=booker, person=None, is_active=True, session__starts__lt=before,
    session__ends__gt=after).select_related(*_COLUMNS))

if TYPE_CHECKING:
    from linli.mechanisms.bookings.actions.attempts import Attempt


def look(attempt: Attempt) -> Reservation | None:
    """What a member of the party has at the same time in another offer, to be told; None if nothing.

    Raises `Refused("same_time")` where it is the same offer, `Refused("overlaps", field="overlap_ok")` where the caller
    can ask (`overlap="ask"`). A statement for each member with an account, and one for those with a name.
    """
    from linli.mechanisms.bookings import telling

    wanted = [(one.starts, one.ends) for one in attempt.sessions]
    first, last = min(starts for starts, _ends in wanted), max(ends for _starts, ends in wanted)
    people = [one.person.pk for one in attempt.members if one.person is not None]
    whos = [] if attempt.booker is None else [
        blind(f"{attempt.booker.pk}|{one.name}", "bookings.attendance|who")
        for one in attempt.members if one.person is None and one.name]
    rows = [row for pk in people for row in _of_person.all(pk, last, first)]
    if whos and attempt.booker is not None:
        rows += [row for row in _of_party.all(attempt.booker.pk, last, first) if row.who in whos]
    found = None
    for row in sorted(rows, key=lambda one: (one.reservation.session.starts, one.pk)):
        session = row.reservation.session
        if session.pk in attempt.session_ids or not any(
                session.starts < ends and session.ends > starts for starts, ends in wanted):
            continue
        if session.offer_id == attempt.offer.pk:
            raise Refused("same_time", _("%(at)s 已经约了同一项的另一场，一个人不能同时到两场。请先取消那一场。") % {
                "at": telling.when(session.starts)}, reservation=str(row.reservation_id))
        found = found or row.reservation
    if found is not None and attempt.overlap == "ask":
        raise Refused("overlaps", _("同一时间还约了“%(what)s”（%(at)s）。两样都要的话，请确认后再提交一次。") % {
            "what": telling.shown(found.session), "at": telling.when(found.session.starts)}, field="overlap_ok",
            reservation=str(found.pk))
    assert found is None or isinstance(found, Reservation)
    return None if attempt.overlap == "ok" else found


def overlapping(person: Person, session: Session) -> list[Reservation]:
    """What `person` has at the time of `session` elsewhere, soonest first: for a page that says it beforehand."""
    rows = Reservation.objects.filter(
        attendances__person=person, attendances__is_active=True, is_active=True, session__starts__lt=session.ends,
        session__ends__gt=session.starts).exclude(session=session)
    return list(rows.select_related("session__offer").order_by("session__starts", "pk")[:5])
