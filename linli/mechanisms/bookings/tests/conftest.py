from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.mechanisms.bookings import actions
from linli.mechanisms.bookings.models import Offer, Session
from linli.mechanisms.bookings.rules import SHANGHAI

MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=SHANGHAI)  # an ordinary working day


@pytest.fixture
def at_monday() -> Any:
    with clock.at(MONDAY):
        yield MONDAY


@pytest.fixture
def make_session(worker: Person, community: Area, at_monday: datetime) -> Callable[..., Session]:
    """`make_session(10, days=14, mode="lottery", …)`: a session of an offer of its own; the rest are its rules."""

    def make(
        capacity: int = 10, *, days: float = 14, offer: Offer | None = None, hours: float = 2, **rules: Any,
    ) -> Session:
        offer = offer or actions.create_offer(
            worker, community, category=rules.pop("category", "course.calligraphy"), title="书法班",
            term=rules.pop("term", ""), rules=rules)
        starts = clock.now() + timedelta(days=days)
        return actions.add_session(worker, offer, starts, starts + timedelta(hours=hours), capacity, place="二楼教室")

    return make


@pytest.fixture
def people(make_person: Any, community: Area) -> Callable[[int], list[Person]]:
    return lambda count: [make_person(f"居民{n}", community) for n in range(count)]
