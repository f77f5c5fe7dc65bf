"""A clock whose deadline a room computes: asked at the start and after each change, never trusted to be there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db.transaction import atomic

from linli.foundation import calendar
from linli.foundation.calendar import Due, clock
from linli.mechanisms.cases import actions, engine, kinds, timers
from linli.mechanisms.cases.actions import living
from linli.mechanisms.cases.kinds import BadKind
from linli.mechanisms.cases.models import CaseEvent, Timer
from linli.mechanisms.cases.registry import DEADLINES
from linli.mechanisms.cases.tests.conftest import Town
from linli.mechanisms.cases.tests.test_life import report

WEDNESDAY = datetime(2026, 11, 25, 10, 0, tzinfo=calendar.SHANGHAI)
FRIDAY = WEDNESDAY + timedelta(days=2)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, db: None) -> dict[str, Due | None]:
    """What the source of a repair's clock `finish` says; three working days where it is silent."""
    told: dict[str, Due | None] = {"due": None}
    monkeypatch.setitem(DEADLINES, "test.source", lambda _case: told["due"])
    shipped = kinds.current("repair")
    rule = replace(shipped.timers["finish"], limit={"source": "test.source", "normal": "3wd"})
    kind = replace(shipped, timers={**shipped.timers, "finish": rule})
    monkeypatch.setattr(living, "current", lambda _code: kind)
    monkeypatch.setattr(kinds, "kind_at", lambda _code, _version: kind)
    return told


def test_the_source_says_when(said: dict[str, Due | None], town: Town) -> None:
    said["due"] = Due(FRIDAY, True, "v1")
    with clock.at(WEDNESDAY):
        case = report(town)
    assert (case.due_at, case.is_provisional) == (FRIDAY, True)


def test_a_silent_source_leaves_no_case_without_a_clock(said: dict[str, Due | None], town: Town) -> None:
    with clock.at(WEDNESDAY):
        case = report(town)
    assert case.clock_at == calendar.due(WEDNESDAY, *calendar.seconds("3wd"))


def test_aimed_anew_it_may_move_later_and_is_written_down_once(said: dict[str, Due | None], town: Town) -> None:
    said["due"] = Due(FRIDAY, False, "v1")
    with clock.at(WEDNESDAY):
        case = report(town)
        said["due"] = Due(FRIDAY + timedelta(days=7), False, "v1")
        with atomic():
            locked = engine.lock(case.pk)
            assert timers.reaim(locked, "finish") is True
            assert timers.reaim(locked, "finish") is False
    case.refresh_from_db()
    assert case.due_at == FRIDAY + timedelta(days=7)
    assert CaseEvent.objects.filter(case=case, name="reaimed").count() == 1
    with clock.at(FRIDAY + timedelta(days=6)):
        timers.fire_due()
    assert not [f for f in Timer.objects.get(case=case, name="finish").firings.all() if f.level > 1]


def test_an_announced_year_makes_it_firm_and_never_later(said: dict[str, Due | None], town: Town) -> None:
    said["due"] = Due(FRIDAY, True, "v1")
    with clock.at(WEDNESDAY):
        case = report(town)
        said["due"] = Due(FRIDAY + timedelta(days=1), False, "v2")
        timers.recompute_provisional()
    case.refresh_from_db()
    assert (case.due_at, case.is_provisional) == (FRIDAY, False)


def test_a_clock_with_an_unknown_source_or_without_a_limit_of_its_own_is_refused() -> None:
    shipped = kinds.current("repair")
    for limit, fault in (({"source": "nobody.knows", "normal": "3wd"}, "no deadline"),
                         ({"source": "nobody.knows"}, "silent")):
        rule = replace(shipped.timers["finish"], limit=limit)
        with pytest.raises(BadKind, match=fault):
            kinds.check(replace(shipped, timers={**shipped.timers, "finish": rule}))


def test_a_pause_asks_again_when_it_ends(said: dict[str, Due | None], town: Town) -> None:
    said["due"] = Due(FRIDAY, False, "v1")
    with clock.at(WEDNESDAY):
        case = report(town)
        actions.act(town.desk, case, "dispatch", worker=town.fitter.pk)
    timer = Timer.objects.get(case=case, name="finish")
    assert timer.due_at == FRIDAY
    said["due"] = Due(FRIDAY + timedelta(days=3), False, "v1")
    with clock.at(WEDNESDAY + timedelta(hours=1)), atomic():
        timer.resumed_at = calendar.now()
        timers.aim(timer, case.kind.timers["finish"])
    assert timer.due_at == FRIDAY + timedelta(days=3)
