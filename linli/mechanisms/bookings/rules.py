"""What an offer demands and the clocks of waiting: pure functions and values; no database, no request.

Numbers that a place may set are policy (`policy/bookings.yaml`); what one offer sets is its `OfferRules`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
MODES = ("first_come", "newcomers", "lottery", "choice")
CALENDARS = ("open", "veiled", "hidden")


class BadRules(ValueError):  # noqa: N818 - read after "raises"
    """The rules of an offer that cannot be; the text says which and why."""


@dataclass(frozen=True)
class ShareRule:
    """Places kept for `classes` (empty: anyone) coming by `channels` (empty: any) until `hours_before` the start."""

    name: str
    places: int
    classes: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    hours_before: float = 72


@dataclass(frozen=True)
class OfferRules:
    """Fairness, clocks and conditions of one offer as data. Every field has a default; unknown keys are refused.

    `mode` first_come · newcomers (until `newcomers_until` only who had no place in the category for
    `newcomer_months`) · lottery · choice (a person chooses by the published `criteria`).
    """

    mode: str = "first_come"
    newcomers_until: str = ""  # local or aware ISO moment
    newcomer_months: int = 12
    residents_until: str = ""  # before it only people of the offer's own area
    criteria: str = ""
    cap_term: int = 0  # places of one person in (category, term); 0: no cap
    cap_consecutive: int = 0  # terms in a row in the category; 0: no cap
    siblings_together: bool = False  # a sibling of who has a place goes first in its class
    shares: tuple[ShareRule, ...] = ()
    classes: tuple[str, ...] = ()  # waiting list: earlier names go first, who has none comes last
    unit: str = "session"  # "term": one registration is all sessions that are still to come
    approval: bool = False
    party_max: int = 6
    age_from: int | None = None
    age_to: int | None = None
    adults_min: int = 0  # grown-ups a party must have (parent–child: 1)
    guardian: bool = False  # a minor is booked by an adult, never by themselves
    closes_h: float = 0  # registration closes so many hours before the start
    cancel_h: float = 24  # cancelling is free until so many hours before the start
    waiting: bool = True
    no_show: bool = True  # False: never counted (windows, care, counselling, legal aid, interpreters, after school)
    release_min: int = 0  # minutes after the start at which unclaimed places go to who waits on site; 0: never
    walk_in: bool = True
    photo: bool = False  # ask each member for consent to pictures
    reminders: bool = True
    calendar: str = "open"  # in calendars: open, veiled ("已预约"), hidden
    at_yours: bool = False  # somebody comes to the party: no ticket to show, and reminders say so
    after_text: str = ""

    @property
    def data(self) -> dict[str, Any]:
        """As it lies in `Offer.rules`: only what differs from the defaults."""
        found: dict[str, Any] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if value != one.default:
                found[one.name] = value
        if self.shares:
            found["shares"] = [
                {"name": s.name, "places": s.places, "classes": list(s.classes), "channels": list(s.channels),
                 "hours_before": s.hours_before} for s in self.shares]
        return {key: list(value) if isinstance(value, tuple) else value for key, value in found.items()}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """From `Offer.rules`, checked. Raises `BadRules`."""
        known = {one.name for one in fields(cls)}
        unknown = sorted(set(data) - known)
        if unknown:
            raise BadRules(f"unknown: {', '.join(unknown)}")
        given = dict(data)
        given["shares"] = tuple(
            share if isinstance(share, ShareRule) else _share(share) for share in given.get("shares", ()))
        given["classes"] = tuple(given.get("classes", ()))
        rules = cls(**given)
        rules.check()
        return rules

    def check(self) -> None:
        if self.mode not in MODES:
            raise BadRules(f"mode {self.mode!r} is none of {', '.join(MODES)}")
        if self.calendar not in CALENDARS:
            raise BadRules(f"calendar {self.calendar!r} is none of {', '.join(CALENDARS)}")
        if self.unit not in ("session", "term"):
            raise BadRules(f"unit {self.unit!r} is neither session nor term")
        if self.mode == "choice" and not self.criteria:
            raise BadRules("mode choice needs published criteria")
        if self.mode == "newcomers" and not self.newcomers_until:
            raise BadRules("mode newcomers needs newcomers_until")
        if self.party_max < 1 or min(self.closes_h, self.cancel_h, self.release_min, self.cap_term) < 0:
            raise BadRules("a number is negative, or party_max is below 1")
        for moment in (self.newcomers_until, self.residents_until):
            if moment:
                moment_of(moment)


def _share(given: Mapping[str, Any]) -> ShareRule:
    lists: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    return ShareRule(**lists)


def moment_of(text: str) -> datetime:
    """An ISO moment; without a zone it is local. Raises `BadRules`."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRules(f"{text!r} is no ISO moment") from error
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


# ── the clock of an offered place ──

@dataclass(frozen=True)
class OfferClock:
    """How long an offered place is kept: by the days left to the start; hours at night do not count."""

    far_days: float = 7
    far_h: float = 48
    near_days: float = 2
    near_h: float = 12
    soon_h: float = 2
    rush_h: float = 6  # closer than this: open to all who wait, first come
    quiet_from: time = time(22)
    quiet_until: time = time(7)


def is_rush(moment: datetime, starts: datetime, clock: OfferClock) -> bool:
    """Is it so late that one offer after the other would leave places empty?"""
    return starts - moment < timedelta(hours=clock.rush_h)


def offer_expires(moment: datetime, starts: datetime, closes: datetime, clock: OfferClock) -> datetime:
    """Until when a place offered at `moment` is kept; never beyond `closes`.

    Source: own (bookings.md): start > 7 d: 48 h; 2–7 d: 12 h; nearer: 2 h; 22–7 local does not count.
    """
    left = starts - moment
    if left > timedelta(days=clock.far_days):
        hours = clock.far_h
    elif left >= timedelta(days=clock.near_days):
        hours = clock.near_h
    else:
        hours = clock.soon_h
    return min(add_awake(moment, timedelta(hours=hours), clock.quiet_from, clock.quiet_until), closes)


def add_awake(moment: datetime, span: timedelta, quiet_from: time, quiet_until: time) -> datetime:
    """`moment` plus `span`, counting only local time outside the quiet hours."""
    local = moment.astimezone(SHANGHAI)
    while True:
        awake_from, awake_to = _awake(local, quiet_from, quiet_until)
        local = max(local, awake_from)
        if local + span <= awake_to:
            return (local + span).astimezone(moment.tzinfo)
        span -= awake_to - local
        local = awake_to


def _awake(local: datetime, quiet_from: time, quiet_until: time) -> tuple[datetime, datetime]:
    """The waking hours `local` lies in, or the next ones."""
    day = local.date()
    begin, end = _at(day, quiet_until), _at(day, quiet_from)
    if quiet_from <= quiet_until:  # quiet hours within one day, or none
        raise BadRules("quiet hours must pass midnight")
    if local >= end:
        day += timedelta(days=1)
        begin, end = _at(day, quiet_until), _at(day, quiet_from)
    return begin, end


def _at(day: date, at: time) -> datetime:
    return datetime.combine(day, at, SHANGHAI)


# ── the waiting list ──

@dataclass(frozen=True)
class Waiter:
    """What the walk needs to know of an entry."""

    key: int
    size: int
    at_least: int
    passed: int = 0


def walk(
    queue: Iterable[Waiter], room: Callable[[int], int], give: Callable[[int, int], bool], *, pass_most: int | None,
) -> dict[int, int]:
    """Walk the queue once: the first fitting entry is given places, then the next, until nothing fits.

    `room(key)` says how many places that entry could have now (below 0: nothing is left for anyone, stop);
    `give(key, places)` hands them over (False: it could not be, the entry is skipped). An entry too large keeps its
    place and may be passed `pass_most` times (None: any number); after that what is free accumulates for it, and
    nobody behind it is given anything.
    Returns how often each entry was passed.
    """
    passed: dict[int, int] = {}
    too_large: list[Waiter] = []
    for waiter in queue:
        free = room(waiter.key)
        if free < 0:
            break
        places = fitting(free, waiter)
        if places == 0:
            if free > 0:
                too_large.append(waiter)
            if is_owed(waiter, passed, pass_most):
                break
            continue
        if any(is_owed(large, passed, pass_most) for large in too_large):
            break
        if give(waiter.key, places):
            for large in too_large:
                passed[large.key] = passed.get(large.key, 0) + 1
    return passed


def is_owed(waiter: Waiter, passed: Mapping[int, int], pass_most: int | None) -> bool:
    """Was this entry passed so often that the next free places are kept together for it?"""
    return pass_most is not None and waiter.passed + passed.get(waiter.key, 0) >= pass_most


def fitting(free: int, waiter: Waiter) -> int:
    """How many places the entry takes of `free`: all it wants, or what is there if that is at least its least."""
    return min(free, waiter.size) if free >= min(waiter.at_least, waiter.size) else 0


def wait_class(classes: Sequence[str], given: Iterable[str]) -> int:
    """The priority class of somebody: the first of the offer's `classes` they have; without one they come last."""
    held = set(given)
    return next((place for place, name in enumerate(classes) if name in held), 50)


# ── not come ──

@dataclass(frozen=True)
class StrikeRule:
    """`limit` full absences within `within_days` close advance booking in that category for `pause_days`."""

    limit: int = 3
    within_days: int = 90
    pause_days: int = 14


def paused_until(strikes: Iterable[tuple[datetime, int]], rule: StrikeRule) -> datetime | None:
    """Until when advance booking pauses, from counted strikes (moment, halves); None if it does not.

    It ends by itself: the pause runs from the strike that reached the limit.
    """
    ordered = sorted(strikes)
    latest: datetime | None = None
    for place, (at, _halves) in enumerate(ordered):
        since = at - timedelta(days=rule.within_days)
        if sum(halves for when, halves in ordered[: place + 1] if when > since) >= 2 * rule.limit:
            latest = at + timedelta(days=rule.pause_days)
    return latest


# ── who may come ──

@dataclass(frozen=True)
class Guest:
    """One member of a party as the conditions see them."""

    birth_year: int | None = None
    classes: frozenset[str] = field(default_factory=frozenset)


ADULT = 18


def unfit(rules: OfferRules, guests: Sequence[Guest], on: date, booker_birth_year: int | None) -> str:
    """The code of the first condition the party does not meet on that day, or "".

    Ages are counted in years of birth, as the account holds no more; in doubt for the person. Codes: party_too_large,
    too_young, too_old, adult_needed, guardian_needed, birth_year_needed.
    """
    if len(guests) > rules.party_max:
        return "party_too_large"
    bounded = rules.age_from is not None or rules.age_to is not None
    grown = [guest for guest in guests if guest.birth_year is not None and on.year - guest.birth_year >= ADULT]
    for guest in guests:
        if not bounded or (rules.adults_min and guest in grown):
            continue
        if guest.birth_year is None:
            return "birth_year_needed"
        age = on.year - guest.birth_year
        if rules.age_from is not None and age < rules.age_from:
            return "too_young"
        if rules.age_to is not None and age - 1 > rules.age_to:
            return "too_old"
    if len(grown) < rules.adults_min:
        return "adult_needed"
    if rules.guardian and booker_birth_year is not None and on.year - booker_birth_year < ADULT:
        return "guardian_needed"
    return ""


def share_for(rules: Sequence[Any], classes: Iterable[str], channel: str) -> Any | None:
    """The first share (rule or row) that somebody of `classes` coming by `channel` may use."""
    held = set(classes)
    for share in rules:
        if share.classes and not held & set(share.classes):
            continue
        if share.channels and channel not in share.channels:
            continue
        return share
    return None
