"""Whether somebody may book this now: the rules of an offer asked of what is in the tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.prepared import Prepared
from linli.foundation.web import Refused
from linli.mechanisms.bookings import settings
from linli.mechanisms.bookings.models import Attendance, Draw, Offer, Session, State, Strike, StrikeState
from linli.mechanisms.bookings.rules import Guest, moment_of, paused_until, unfit
from linli.mechanisms.bookings.writing import Member

_strikes = Prepared(lambda person, category, code, since: Strike.objects.filter(
    person=person, category=category, area_code=code, at__gt=since,
    state__in=[StrikeState.COUNTED, StrikeState.UPHELD]).values_list("at", "halves"))
UNFIT: dict[str, str | Promise] = {
    "party_too_large": gettext_lazy("一次最多报 %(most)s 个人，请分开报。"),
    "too_young": gettext_lazy("年龄还不到，这里要 %(from)s 岁以上。"),
    "too_old": gettext_lazy("这里只收 %(to)s 岁以下的。"),
    "adult_needed": gettext_lazy("请至少有 %(adults)s 位大人一起来。"),
    "guardian_needed": gettext_lazy("请让家长来约。"),
    "birth_year_needed": gettext_lazy("请写每个人的出生年份，这里有年龄要求。"),
}


def conditions(offer: Offer, first: Session, members: Sequence[Member], booker: Person | None) -> None:
    """Raise `Refused` with the first condition the party does not meet."""
    terms = offer.terms
    guests = [Guest(one.born, frozenset(one.classes)) for one in members]
    code = unfit(terms, guests, timezone.localdate(first.starts), booker.birth_year if booker else None)
    if code:
        raise Refused(code, UNFIT[code] % {
            "most": terms.party_max, "from": terms.age_from, "to": terms.age_to, "adults": terms.adults_min},
            field="party")


def windows(offer: Offer, booker: Person | None) -> None:
    """Residents of the area first, newcomers first: raise `Refused` while it is somebody else's turn."""
    terms, moment = offer.terms, now()
    if terms.residents_until and moment < moment_of(terms.residents_until) and not _lives_in(offer, booker):
        raise Refused("residents_first", _("%(until)s 前先给本社区居民，之后您也可以约。") % {
            "until": _shown(moment_of(terms.residents_until))})
    if terms.mode == "newcomers" and moment < moment_of(terms.newcomers_until) and booker is not None:
        since = moment - relativedelta(months=terms.newcomer_months)
        if places_of(booker, offer).filter(session__starts__gt=since).exists():
            raise Refused("newcomers_first", _("%(until)s 前先给没参加过的人，之后您也可以约。可以先排候补。") % {
                "until": _shown(moment_of(terms.newcomers_until))})


def caps(offer: Offer, booker: Person | None, sessions: Sequence[Session]) -> None:
    """The most places of one person in a term, and terms in a row. The booker must be locked."""
    terms = offer.terms
    if booker is None:
        return
    if terms.cap_term:
        had = places_of(booker, offer).filter(session__offer__term=offer.term)
        count = had.values("session__offer").distinct().count() if terms.unit == "term" else had.values(
            "session").distinct().count() + len(sessions) - 1
        if terms.unit == "term" and had.filter(session__offer=offer).exists():
            count -= 1
        if count >= terms.cap_term:
            raise Refused("cap_term", _("这一期这类活动每人最多 %(most)s 次，您已经报满。可以排候补。") % {
                "most": terms.cap_term})
    if terms.cap_consecutive and offer.term:
        row = list(dict.fromkeys(
            places_of(booker, offer).exclude(session__offer__term__in=["", offer.term]).order_by("-session__starts")
            .values_list("session__offer__term", flat=True)))
        every = list(dict.fromkeys(
            Session.objects.filter(offer__category=offer.category, offer__area=offer.area)
            .exclude(offer__term__in=["", offer.term]).order_by("-starts").values_list("offer__term", flat=True)))
        in_a_row = next((n for n, term in enumerate(every) if term not in row), len(every))
        if in_a_row >= terms.cap_consecutive:
            raise Refused("cap_consecutive", _("您已经连着参加了 %(most)s 期，这一期先让给别人。可以排候补。") % {
                "most": terms.cap_consecutive})


def pause(offer: Offer, booker: Person | None) -> None:
    """Who did not come too often books this category on the day only, for a while; waiting stays open to them."""
    until = pause_of(booker, offer.category, offer) if booker and counts_absence(offer) else None
    if until is not None and until > now():
        said = _("您最近几次没有来，到 %(until)s 前这类活动不能提前约。可以排候补，也可以当天到场。")
        raise Refused("paused", said % {"until": _shown(until)}, until=until.isoformat())


def pause_of(person: Person, category: str, offer: Offer) -> datetime | None:
    """Until when `person` may not book this category of this area in advance, or None. Appeals suspend."""
    rule = settings.strike_rule(offer.area)
    since = now() - timedelta(days=rule.within_days + rule.pause_days)
    return paused_until(_strikes.all(person.pk, category, offer.area_code, since), rule)


def counts_absence(offer: Offer) -> bool:
    """Does not coming count at all here? Never for what policy names, never where the offer says no."""
    return offer.terms.no_show and offer.category.split(".")[0] not in settings.never_counted(offer.area)


def is_exempt(offer: Offer, member: Any, *, on_year: int) -> bool:
    """Elders, disabled people, minors and whoever else policy names are never counted."""
    exempt = settings.exempt_classes(offer.area)
    born = member.birth_year or (member.person.birth_year if member.person else None)
    held = set(member.classes)
    if born is not None:
        held |= {"elder"} if on_year - born >= settings.elder_age(offer.area) else set()
        held |= {"minor"} if on_year - born < 18 else set()
    return bool(held & exempt)


def places_of(person: Person, offer: Offer) -> Any:
    """What `person` had or has in this category of this area."""
    return Attendance.objects.filter(
        Q(is_active=True) | Q(came_at__isnull=False), person=person, session__offer__category=offer.category,
        session__offer__area=offer.area).exclude(reservation__state=State.OFFERED)


def is_drawn(offer: Offer, sessions: Iterable[Session]) -> bool:
    """Is the draw over, so that what is left goes first come?"""
    wanted = {session.pk for session in sessions}
    return any(wanted <= set(draw.session_ids) for draw in Draw.objects.filter(offer=offer, drawn_at__isnull=False))


def with_age(offer: Offer, members: Sequence[Member]) -> list[Member]:
    """The members with the classes their year of birth gives them."""
    year, found = timezone.localdate(now()).year, []
    for one in members:
        held = set(one.classes)
        if one.born is not None and year - one.born >= settings.elder_age(offer.area):
            held.add("elder")
        if one.born is not None and year - one.born < 18:
            held.add("minor")
        if one.person is not None and one.person.area_code.startswith(offer.area_code):
            held.add("resident")
        found.append(Member(one.person, one.name, one.birth_year, frozenset(held), one.photo_consent))
    return found


def _lives_in(offer: Offer, person: Person | None) -> bool:
    return person is None or person.area_code.startswith(offer.area_code)


def _shown(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
