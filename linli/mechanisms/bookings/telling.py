"""The generic sentences of bookings; a service that listens says the rest in its own words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.mechanisms.bookings.models import Party, PlaceOffer, Reservation, Session, WaitEntry

VEILED = _("已预约")
URGENT_BELOW = timedelta(hours=3)


def audience(party: Party) -> list[Person]:
    """Who of a party can be told: the booker, who acted for them, and members with an account; each once."""
    found: dict[int, Person] = {}
    for person in (party.booker, party.agent, *(member.person for member in party.members.all())):
        if person is not None and person.is_active:
            found.setdefault(person.pk, person)
    return list(found.values())


def when(moment: datetime) -> str:
    """11-25 15:00, the same in every language."""
    return f"{timezone.localtime(moment):%m-%d %H:%M}"


def tell_party(
    party: Party, sentence: str | Promise, *, key: str, about: Reservation | WaitEntry | Session, url: str = "",
    title: str | Promise = "", urgent: bool = False, **values: object,
) -> None:
    """Tell everybody of the party once (`key`)."""
    for person in audience(party):
        tell(person, sentence, about=about, key=key, url=url, title=title, urgent=urgent, values=values)


def offered(offer: PlaceOffer, sessions: Iterable[Session]) -> None:
    session = min(sessions, key=lambda one: (one.starts, one.pk))
    tell_party(
        offer.entry.party, _("“%(what)s”（%(at)s）轮到您了，留到 %(until)s。请答复：要，还是不要。"),
        key=f"bookings.offered.{offer.pk}", about=offer.entry, url=reverse("bookings:mine"), title=_("候补轮到您了"),
        urgent=offer.expires_at - offer.offered_at < URGENT_BELOW, what=shown(session), at=when(session.starts),
        until=when(offer.expires_at))


def placed(reservation: Reservation) -> None:
    session = reservation.session
    tell_party(
        reservation.party, _("候补到了：“%(what)s”，%(at)s。已为您约好，不来请取消。"),
        key=f"bookings.placed.{reservation.pk}", about=reservation, url=page_of(reservation), title=_("已为您补上"),
        what=shown(session), at=when(session.starts))


def lapsed(offer: PlaceOffer) -> None:
    tell_party(
        offer.entry.party, _("您没有在 %(until)s 前答复，名额给了下一位。您可以再排候补。"),
        key=f"bookings.lapsed.{offer.pk}", about=offer.entry, url=reverse("bookings:mine"),
        until=when(offer.expires_at))


def rush(entry: WaitEntry, session: Session) -> None:
    tell_party(
        entry.party, _("“%(what)s”（%(at)s）有空位，候补的人先到先得。要来请点“我要来”。"),
        key=f"bookings.rush.{entry.pk}.{session.pk}", about=entry, url=reverse("bookings:mine"), urgent=True,
        title=_("有空位，先到先得"), what=shown(session), at=when(session.starts))


def session_cancelled(reservation: Reservation, reason: str) -> None:
    session = reservation.session
    tell_party(
        reservation.party, _("“%(what)s”（%(at)s）取消了：%(reason)s"),
        key=f"bookings.session_cancelled.{reservation.pk}", about=reservation, url=page_of(reservation), urgent=True,
        title=_("活动取消"), what=shown(session), at=when(session.starts), reason=reason)


def session_moved(reservation: Reservation, sequence: int) -> None:
    session = reservation.session
    tell_party(
        reservation.party, _("“%(what)s”改了：现在是 %(at)s，地点：%(place)s。不方便可以随时取消，不算爽约。"),
        key=f"bookings.session_moved.{reservation.pk}.{sequence}", about=reservation, url=page_of(reservation),
        urgent=True, title=_("时间或地点改了"), what=shown(session), at=when(session.starts),
        place=session.place or "—")


def decided(reservation: Reservation, *, agreed: bool, reason: str) -> None:
    session = reservation.session
    sentence = _("“%(what)s”（%(at)s）通过了，请按时来。") if agreed else _("“%(what)s”（%(at)s）没有通过：%(reason)s")
    tell_party(
        reservation.party, sentence, key=f"bookings.decided.{reservation.pk}.{int(agreed)}", about=reservation,
        url=page_of(reservation), title=_("预约的审核结果"), what=shown(session), at=when(session.starts),
        reason=reason)


def absent(reservation: Reservation, person: Person, strike: int) -> None:
    session = reservation.session
    tell(
        person, _("“%(what)s”（%(at)s）没有您的签到。如果不对，请在 %(days)s 天内点“不对，我要说明”。"),
        about=reservation, key=f"bookings.absent.{strike}", url=page_of(reservation), title=_("记了一次未到"),
        values={"what": shown(session), "at": when(session.starts), "days": appeal_days(session)})


def appeal_answered(reservation: Reservation, person: Person, strike: int, *, forgiven: bool, answer: str) -> None:
    sentence = _("您说明的情况已核实，这次不算未到。") if forgiven else _("您的说明看过了，这次仍算未到：%(answer)s")
    tell(person, sentence, about=reservation, key=f"bookings.appeal.{strike}", url=page_of(reservation),
         title=_("申诉的答复"), values={"answer": answer})


def reminder(reservation: Reservation, hours: int) -> None:
    session = reservation.session
    sentence = _("“%(what)s” %(at)s 上门，请留人在家。不方便就点开取消。") if session.offer.terms.at_yours else _(
        "“%(what)s” %(at)s 开始，地点：%(place)s。请点开答复：来，还是不来。")
    tell_party(
        reservation.party, sentence,
        key=f"bookings.reminder.{reservation.pk}.{session.sequence}.{hours}", about=reservation,
        url=page_of(reservation), title=_("别忘了您约的"), what=shown(session), at=when(session.starts),
        place=session.place or "—")


def appeal_days(session: Session) -> int:
    from linli.mechanisms.bookings import settings

    return settings.appeal_days(session.offer.area)


def shown(session: Session) -> str:
    """What a notice may say of it: notices lie in inboxes and on lock screens."""
    if session.offer.terms.calendar == "open":
        return session.shown_title
    return str(VEILED)


def page_of(reservation: Reservation) -> str:
    return reverse("bookings:reservation", args=[reservation.pk])


def overlapping(reservation: Reservation, other: Reservation) -> None:
    session = reservation.session
    tell_party(
        reservation.party, _("“%(what)s”（%(at)s）和您约的“%(other)s”（%(other_at)s）时间重了。不去的那个请取消。"),
        key=f"bookings.overlap.{reservation.pk}", about=reservation, url=page_of(reservation), title=_("时间重了"),
        what=shown(session), at=when(session.starts), other=shown(other.session), other_at=when(other.session.starts))


def holidays_ask(keeper: Person, version: str) -> None:
    tell(keeper, _("放假通知变了，有几场落在放假的日子。请看看是跳过、移动还是照常。"),
         key=f"bookings.holidays.{version}", url=reverse("bookings:holidays"), title=_("场次和放假冲突"))
