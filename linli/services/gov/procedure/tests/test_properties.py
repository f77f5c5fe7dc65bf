"""What must hold whatever happens to an application."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given, settings, strategies as st

from linli.foundation import calendar
from linli.services.gov.procedure import (
    BadEvent,
    Days,
    Event,
    Kind,
    Phase,
    Rule,
    Term,
    announced,
    clock,
    explain,
    read_event,
    read_events,
)
from linli.services.gov.procedure.tests.day_by_day import due
from linli.services.gov.procedure.tests.sequences import sequence

Life = tuple[Rule, list[Event], datetime]
lives = st.integers(0, 10**9).map(lambda seed: sequence(random.Random(seed)))
moments = st.datetimes(datetime(2024, 1, 1), datetime(2026, 8, 1)).map(lambda at: at.replace(tzinfo=UTC))


@cache
def days() -> Days:
    return announced()


@settings(max_examples=500, deadline=None)
@given(lives, st.randoms(use_true_random=False), st.data())
def test_neither_order_nor_repetition_matters(life: Life, chance: random.Random, data: st.DataObject) -> None:
    rule, events, now = life
    again = [*events, *data.draw(st.lists(st.sampled_from(events), max_size=5) if events else st.just([]))]
    chance.shuffle(again)
    assert clock(again, rule, days(), now) == clock(events, rule, days(), now)


@settings(max_examples=500, deadline=None)
@given(lives)
def test_a_state_of_the_past_is_what_it_was_then(life: Life) -> None:
    rule, events, now = life
    stored = read_events([event.as_data() for event in events if event.at <= now])
    assert clock(stored, rule, days(), now) == clock(events, rule, days(), now)


@settings(max_examples=1000, deadline=None)
@given(lives, moments, st.integers(0, 20), st.booleans())
def test_a_pause_never_makes_anything_earlier(life: Life, begun: datetime, n: int, ended: bool) -> None:
    rule, events, now = life
    first = min((event.at for event in events), default=begun)
    begun = first + timedelta(days=(begun - first).days % 60, hours=3)  # somewhere in this life
    more = [Event(begun, Kind.PAUSE_TOLD, "inspection"), Event(begun, Kind.PAUSE_BEGUN, "inspection")]
    if ended:
        more.append(Event(begun + timedelta(days=n), Kind.PAUSE_ENDED, "inspection"))
    before, after = clock(events, rule, days(), now), clock([*events, *more], rule, days(), now)
    for name in ("promised", "statutory", "due"):
        was, found = getattr(before, name), getattr(after, name)
        if before.phase == after.phase == Phase.REVIEWING and found is not None:
            assert was is not None
            assert was <= found
    assert {m.limit for m in after.missed} - {"deliver"} <= {m.limit for m in before.missed}
    assert {t.effect for t in after.tacit} <= {t.effect for t in before.tacit}


@settings(max_examples=500, deadline=None)
@given(lives, st.lists(st.integers(0, 120), min_size=2, max_size=6))
def test_what_silence_did_is_done_once_and_stays(life: Life, later: list[int]) -> None:
    rule, events, now = life
    so_far: tuple[object, ...] = ()
    for n in sorted(later):
        found = clock(events, rule, days(), now + timedelta(days=n)).tacit
        assert found[:len(so_far)] == so_far
        assert len({tacit.effect for tacit in found}) == len(found)
        so_far = found


@settings(max_examples=500, deadline=None)
@given(lives)
def test_the_promise_never_ends_after_the_law(life: Life) -> None:
    rule, events, now = life
    found = clock(events, rule, days(), now)
    if found.promised and found.statutory and not rule.first_review:
        assert found.promised <= found.statutory


@settings(max_examples=300, deadline=None)
@given(lives)
def test_every_state_can_be_told(life: Life) -> None:
    rule, events, now = life
    found = clock(events, rule, days(), now)
    for line in explain(found, rule):
        text = str(line)
        assert text
        assert [part for part in ("%(", "None") if part in text] == [], line
    assert len(explain(found, rule)) >= len(found.problems)


@settings(max_examples=500, deadline=None)
@given(moments, st.integers(0, 60), st.booleans())
def test_a_bare_deadline_is_what_the_days_say(start: datetime, n: int, working: bool) -> None:
    term = Term(n, working)
    found = days().due(start, term)
    assert found == due(start, term, calendar.is_workday)
    if n:
        assert found == (calendar.working_day_end if working else calendar.day_end)(start, n)


def test_a_day_outside_is_refused() -> None:
    short = Days(date(2026, 1, 1), date(2026, 1, 31), lambda day: day.weekday() < 5)
    start = datetime(2026, 1, 30, tzinfo=UTC)
    for n, working in ((1, True), (2, False), (400, True)):
        with pytest.raises(calendar.Unannounced):
            short.due(start, Term(n, working))
    with pytest.raises(calendar.Unannounced):
        short.due(datetime(2025, 12, 30, tzinfo=UTC), Term(1))
    with pytest.raises(TypeError):
        short.index(datetime(2026, 1, 30))


@pytest.mark.parametrize("data", [
    {"kind": "paused", "at": "2026-01-05T10:00:00+08:00"}, {"kind": "received"}, {"at": "2026-01-05T10:00:00+08:00"},
    {"kind": "received", "at": "2026-01-05T10:00:00"}, {"kind": "received", "at": "2026-01-05T10:00:00Z", "who": "x"},
    {"kind": "decided", "at": "2026-01-05T10:00:00Z", "granted": "no"},
])
def test_nothing_else_is_an_event(data: dict[str, object]) -> None:
    with pytest.raises(BadEvent):
        read_event(data)
