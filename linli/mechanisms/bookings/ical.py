"""iCalendar (RFC 5545) of bookings: a person's own, an offer's, a place's, an area's public one.

Stable UID, SEQUENCE counts changes. A series is a master event with RRULE, EXDATE and overrides by RECURRENCE-ID; a
split is two series with two UIDs, never RANGE=THISANDFUTURE. Other people never stand in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta

from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vRecur  # type: ignore[import-untyped]

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.mechanisms.bookings import queries, recurrence
from linli.mechanisms.bookings.models import Claim, Offer, Resource, Series, Session, SessionState, State
from linli.mechanisms.bookings.rules import SHANGHAI

PAST = timedelta(days=60)


def person_feed(person: Person) -> bytes:
    """What `person` has booked or stands ready for as a resource; what is confidential is veiled or absent."""
    calendar = _calendar(_("我的预约"))
    rows = queries.mine(person) | queries.mine(person, past=True).filter(session__ends__gt=now() - PAST)
    for row in rows.order_by("session__starts", "pk"):
        if row.state not in (State.CONFIRMED, State.ATTENDED) or row.session.offer.terms.calendar == "hidden":
            continue
        calendar.add_component(_single(row.session, veiled=row.session.offer.terms.calendar == "veiled"))
    bodies = {standing.organisation_id for standing in person.standings if standing.organisation_id}
    claims = Claim.objects.filter(resource__person=person, ends__gt=now() - PAST).select_related("session__offer")
    for claim in claims:
        title, place = _duty(claim, person, bodies)
        calendar.add_component(_of_claim(claim, title, place))
    return _bytes(calendar)


def _duty(claim: Claim, person: Person, bodies: set[int]) -> tuple[str, str]:
    """What a resource reads of its own time: (title, place). What is sealed only its own body's people read; what a
    service keeps beside a claim that service says (`describes`)."""
    session = claim.session
    if session is not None:
        offer = session.offer
        if offer.terms.calendar == "open" and (not offer.is_sealed or offer.organisation_id in bodies):
            return session.shown_title, session.place
        return _("已预约"), ""
    kind, _colon, pk = claim.about.partition(":")
    said = DESCRIBERS[kind](int(pk), person) if kind in DESCRIBERS and pk.isdecimal() else None
    return said or (_("已预约"), "")


Describer = Callable[[int, Person], "tuple[str, str] | None"]
DESCRIBERS: dict[str, Describer] = {}


def describes(about: str) -> Callable[[Describer], Describer]:
    """Register who says what a claim for a thing of `about` ("access.signing") is, to the person whose time it is.

    The function gets the thing's id and that person and returns (title, place), or None: "已预约".
    """

    def keep(function: Describer) -> Describer:
        DESCRIBERS[about] = function
        return function

    return keep


def offer_feed(offer: Offer) -> bytes:
    """All times of one offer."""
    calendar = _calendar(offer.title)
    _add_offers(calendar, [offer])
    return _bytes(calendar)


def area_feed(area: Area, *, category: str = "") -> bytes:
    """The public times of an area and below, of one category if given."""
    offers = Offer.objects.filter(area__code__startswith=area.code, is_public=True, is_sealed=False).exclude(
        state="draft")
    if category:
        offers = offers.filter(category__startswith=category)
    calendar = _calendar(_("%(place)s的活动") % {"place": area.name})
    _add_offers(calendar, offers.select_related("area"))
    return _bytes(calendar)


def place_feed(resource: Resource) -> bytes:
    """When a room or court is in use; what for, only where that is public."""
    calendar = _calendar(resource.name)
    rows = Claim.objects.filter(resource=resource, ends__gt=now() - PAST).select_related("session__offer")
    for claim in rows:
        session = claim.session
        is_public = session is not None and session.offer.is_public and not session.offer.is_sealed
        calendar.add_component(_of_claim(claim, session.shown_title if session and is_public else _("已占用")))
    return _bytes(calendar)


def _calendar(name: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Linli//bookings//ZH")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", "Asia/Shanghai")
    return calendar


def _bytes(calendar: Calendar) -> bytes:
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _add_offers(calendar: Calendar, offers: Iterable[Offer]) -> None:
    for offer in offers:
        for series in Series.objects.filter(offer=offer).order_by("id"):
            series.offer = offer
            for event in series_events(series):
                calendar.add_component(event)
        singles = Session.objects.filter(offer=offer, series=None, ends__gt=now() - PAST)
        for session in singles.order_by("starts", "id"):
            session.offer = offer
            calendar.add_component(_single(session))


def series_events(series: Series) -> list[Event]:
    """The master event of a series and its overrides; nothing if no session of it is left."""
    sessions = {row.occurrence: row for row in series.sessions.order_by("starts", "id")}
    living = {at: row for at, row in sessions.items() if row.state != SessionState.CANCELLED}
    if not living:
        return []
    until = series.made_until or max(row.starts for row in living.values()).astimezone(SHANGHAI).date()
    ruled = recurrence.occurrences(series.rrule, series.first_start, until)
    added = [at for at in living if datetime.fromisoformat(at) not in set(ruled)]
    anchor = ruled[0] if ruled else datetime.fromisoformat(min(living))
    master = _event(series.uid, series.sequence, series.offer.title, aware(anchor),
                    aware(anchor) + timedelta(minutes=series.minutes), series.pattern.get("place", ""),
                    series.sessions.order_by("created").values_list("created", flat=True)[0])
    if ruled:
        master.add("rrule", vRecur.from_ical(_bounded(series.rrule, ruled[-1], until)))
    for one in ruled:
        if one.isoformat() not in living:
            master.add("exdate", aware(one))
    for at in sorted(added):
        master.add("rdate", aware(datetime.fromisoformat(at)))
    found = [master]
    for at, row in living.items():
        if _differs(row, series):
            override = _single(row, uid=series.uid)
            override.add("recurrence-id", aware(datetime.fromisoformat(at)))
            found.append(override)
    return found


def _bounded(rrule: str, last: datetime, until: date) -> str:
    """The rule as far as its sessions are made: RRULE may hold COUNT or UNTIL, not both."""
    found = {name: value for name, value in recurrence.parts(rrule).items() if name not in ("COUNT", "UNTIL")}
    end = last if recurrence.is_bounded(rrule) else datetime.combine(until, time(23, 59, 59))
    return recurrence.joined({**found, "UNTIL": f"{aware(end).astimezone(UTC):%Y%m%dT%H%M%SZ}"})


def _differs(row: Session, series: Series) -> bool:
    return (
        recurrence.wall(row.starts).isoformat() != row.occurrence
        or row.ends - row.starts != timedelta(minutes=series.minutes)
        or row.place != (series.pattern.get("place") or "") or bool(row.title))


def _single(session: Session, *, veiled: bool = False, uid: str = "") -> Event:
    title = _("已预约") if veiled else session.shown_title
    place = "" if veiled else session.place
    event = _event(uid or session.uid, session.sequence, title, session.starts.astimezone(SHANGHAI),
                   session.ends.astimezone(SHANGHAI), place, session.created)
    if session.state == SessionState.CANCELLED:
        event.add("status", "CANCELLED")
    return event


def _of_claim(claim: Claim, title: str, place: str = "") -> Event:
    return _event(f"claim-{claim.pk}@linli", 0, title, claim.starts.astimezone(SHANGHAI),
                  claim.ends.astimezone(SHANGHAI), place, claim.starts)


def _event(uid: str, sequence: int, title: str, starts: datetime, ends: datetime, place: str, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("sequence", sequence)
    event.add("dtstamp", stamp.astimezone(UTC).replace(microsecond=0))
    event.add("summary", title)
    event.add("dtstart", starts)
    event.add("dtend", ends)
    if place:
        event.add("location", place)
    return event


def aware(local: datetime) -> datetime:
    return local.replace(tzinfo=SHANGHAI)
