"""Random lives of applications: most go as they should, some do not, some make no sense at all."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from functools import cache

from linli.services.gov.procedure import NEVER, Event, Kind, Rule, read

BEGIN = datetime(2024, 1, 5, tzinfo=UTC)
LIFE_DAYS_MAX = 200
NOTICE = {"key": "notice", "name": "公示", "days": 7, "unit": "calendar_day", "pauses": True, "basis": "办法"}
VISIT = {"key": "visit", "name": "入户", "days": 5, "unit": "working_day", "pauses": False, "basis": "办法"}
KINDS = ("hearing", "expert_review", "notice", "visit", "sleep")
_W, _C = "working_day", "calendar_day"


@cache
def rules() -> tuple[Rule, ...]:
    def limit(days: int, unit: str = _W) -> dict[str, object]:
        return {"days": days, "unit": unit, "basis": "某法"}

    head = {"days": 10, "approver": "head", "basis": "某法"}
    steps = [{"role": "delivers", "limit": limit(3)}]
    return (
        read({"procedure": "licence", "promised": limit(8), "special": [NOTICE, VISIT]}),
        read({"procedure": "licence", "promised": None, "tacit": "granted", "statutory": limit(20)}),
        read({"procedure": "licence_joint", "promised": limit(40), "special": [NOTICE]}),
        read({"procedure": "licence", "promised": limit(15)}, first_review=True),
        read({"procedure": "licence", "promised": None, "special": [NOTICE]}, first_review=True),
        read({"procedure": "registration", "promised": limit(0), "special": [NOTICE]}, steps=steps),
        read({"procedure": "promised", "promised": limit(7, _C), "extension": head, "special": [NOTICE]}),
        read({"procedure": "promised", "promised": limit(30, _C), "statutory": limit(45, _C), "tacit": "granted",
              "extension": head, "special": [NOTICE, VISIT]}, steps=steps),
        read({"procedure": "promised", "promised": limit(5), "statutory": limit(5), "special": [NOTICE]}),
    )


def sequence(chance: random.Random) -> tuple[Rule, list[Event], datetime]:
    """A rule, events in a random order, and a moment at which to ask."""
    rule = chance.choice(rules())
    at = BEGIN + timedelta(minutes=chance.randrange(800 * 1440))
    events = _sense(chance, rule, at) if chance.random() < 0.8 else _nonsense(chance, at)
    chance.shuffle(events)
    last = max((event.at for event in events), default=at)
    now = at + (last - at) * chance.choice((0.3, 0.7, 1.0)) + timedelta(minutes=chance.randrange(40 * 1440))
    return rule, events, now


def _sense(chance: random.Random, rule: Rule, at: datetime) -> list[Event]:
    def later(most_days: int) -> datetime:
        nonlocal at
        at += timedelta(minutes=chance.randrange(most_days * 1440))
        return at

    expires: date = NEVER
    if chance.random() < 0.2:
        expires = (at + timedelta(days=chance.randrange(-5, 90))).date()
    events = [Event(at, Kind.RECEIVED, expires_on=expires)]
    if chance.random() < 0.3:
        events.append(Event(later(9), Kind.CORRECTIONS_ASKED))
        if chance.random() < 0.8:
            events.append(Event(later(20), Kind.CORRECTIONS_RECEIVED))
    if chance.random() < 0.8:
        events.append(Event(later(9), Kind.REFUSED if chance.random() < 0.05 else Kind.ACCEPTED, reasons="理由"))
    for kind in chance.sample(KINDS, chance.choice((0, 0, 1, 1, 2, 3))):
        begun = later(9)
        events.append(Event(begun, Kind.PAUSE_BEGUN, kind))
        if chance.random() < 0.8:
            events.append(Event(begun + timedelta(minutes=chance.choice((-900, 0, 0, 3000))), Kind.PAUSE_TOLD, kind,
                                days=chance.choice((0, 0, 12))))
        if chance.random() < 0.8:
            events.append(Event(begun + timedelta(minutes=chance.randrange(20 * 1440)), Kind.PAUSE_ENDED, kind))
    if chance.random() < 0.3:
        office = rule.extension.approver if rule.extension and chance.random() < 0.8 else "clerk"
        events.append(Event(later(15), Kind.EXTENSION_APPROVED, by=chance.choice(("p1", "p1", "")), office=office,
                            reasons=chance.choice(("人手不足", "人手不足", ""))))
    if rule.first_review and chance.random() < 0.8:
        events.append(Event(later(30), Kind.TRANSFERRED))
    if chance.random() < 0.1:
        events.append(Event(later(30), Kind.WITHDRAWN))
    if chance.random() < 0.6:
        events.append(Event(later(40), Kind.DECIDED, granted=chance.random() < 0.8))
        if chance.random() < 0.7:
            events += [Event(later(9), Kind.ISSUED), Event(later(9), Kind.DELIVERED)]
    return events


def _nonsense(chance: random.Random, at: datetime) -> list[Event]:
    return [Event(at + timedelta(minutes=chance.randrange(60) * 1440 + chance.choice((0, 0, 700))),
                  chance.choice(list(Kind)), chance.choice(KINDS), by="p1", office=chance.choice(("head", "x")),
                  reasons="理由", granted=chance.random() < 0.7)
            for _ in range(chance.randrange(12))]
