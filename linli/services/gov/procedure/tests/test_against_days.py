"""The clock against living through every day, on 10,000 random lives."""

from __future__ import annotations

import random
from datetime import date

import pytest

from linli.foundation import calendar
from linli.services.gov.procedure import Days, announced, clock
from linli.services.gov.procedure.tests.day_by_day import live
from linli.services.gov.procedure.tests.facts import facts
from linli.services.gov.procedure.tests.sequences import sequence

SEQUENCES = 10_000
PARTS = 10


@pytest.mark.parametrize("part", range(PARTS))
def test_ten_thousand_lives_are_what_the_days_say(part: int) -> None:
    days: Days = announced()
    worked: dict[date, bool] = {day: calendar.is_workday(day) for day in days.dates}
    for number in range(part * SEQUENCES // PARTS, (part + 1) * SEQUENCES // PARTS):
        rule, events, now = sequence(random.Random(f"life {number}"))
        found = facts(clock(events, rule, days, now))
        assert found == live(events, rule, now, worked.__getitem__), (number, now, sorted(events))
