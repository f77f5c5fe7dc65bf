"""Clocks: each rung is recorded once, whoever looks, whoever dies, however the clock of the machine jumps."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import pytest

from tests.faults.conftest import BOTH, BOTH_IN_FULL
from tests.faults.place import FULL, WAITING, Place, figures, size
from tests.faults.sound import assert_sound

pytestmark = pytest.mark.faults
OpenPlace = Callable[[str], Place]
DUE = "SELECT count(*) FROM cases_timer WHERE state = 'running' AND next_at <= CURRENT_TIMESTAMP"


@BOTH
@pytest.mark.parametrize("workers", [2, 4] if FULL else [2])
def test_each_rung_fires_once_under_several_workers(open_place: OpenPlace, vendor: str, workers: int) -> None:
    place = open_place(vendor)
    cases = size(600)
    place.inside("report", count=cases, days_ago=16)
    due = place.one(DUE)
    assert due >= cases
    began = time.monotonic()
    running = [place.start("work") for _ in range(workers)]
    place.until(DUE, lambda left: left == 0, seconds=300, what="timers that are due")
    place.until(WAITING, lambda left: left == 0, seconds=300, what="events in the outbox")
    took = time.monotonic() - began
    for process in running:
        process.terminate()
    assert [process.wait(30) for process in running] == [0] * workers
    assert "worker.step_failed" not in place.log()
    place.work()
    found = assert_sound(place)
    figures(f"{workers} workers, {vendor}", cases=cases, timers_due=due, firings=found["firings"],
            doubled=found["doubled"], missed=found["due"], notices=found["notices"], seconds=round(took, 1))


@BOTH_IN_FULL
def test_killed_before_the_commit_the_rung_fires_later(open_place: OpenPlace, vendor: str) -> None:
    place = open_place(vendor)
    [number] = place.inside("report", count=1, days_ago=16)
    place.killed_inside("die_before_commit", timer_case=number)
    assert place.one("SELECT count(*) FROM cases_timerfiring") == 0
    place.work()
    levels = Counter((row["timer"], row["level"]) for row in place.inside("firings"))
    assert levels
    assert set(levels.values()) == {1}
    assert_sound(place)


@BOTH_IN_FULL
def test_killed_while_telling_the_outbox_nobody_is_told_twice(open_place: OpenPlace, vendor: str) -> None:
    place = open_place(vendor)
    place.inside("report", count=3)
    waiting = place.one(WAITING)
    place.killed_inside("die_before_the_outbox_is_told")
    assert place.one(WAITING) == waiting
    assert place.one("SELECT count(*) FROM notices_notice") == 0
    place.work()
    assert place.one("SELECT count(*) FROM notices_notice") > 0
    assert_sound(place)


@BOTH_IN_FULL
def test_three_days_of_downtime_are_made_up_in_order(open_place: OpenPlace, vendor: str) -> None:
    place = open_place(vendor)
    cases = size(100)
    place.inside("report", count=cases, urgency="urgent")
    place.work()
    place.work(shift_s=3 * 86_400)
    rows = place.inside("firings")
    by_timer: dict[tuple[str, str], list[dict[str, int]]] = {}
    for row in rows:
        by_timer.setdefault((row["case"], row["timer"]), []).append(row)
    assert len({case for case, _timer in by_timer}) == cases
    for reached in by_timer.values():
        assert [row["level"] for row in reached] == list(range(1, len(reached) + 1))
        late = [row["late_by_s"] for row in reached]
        assert late == sorted(late, reverse=True)
        assert late[-1] > 0
    told = Counter((person, key.split(".")[2]) for person, key in place.inside("rung_notices"))
    assert told
    assert set(told.values()) == {1}
    # Of all the rungs passed, only the highest of each clock is told.
    assert len({firing for _person, firing in told}) == len(by_timer)
    assert_sound(place)
    figures(f"three days of downtime, {vendor}", cases=cases, clocks=len(by_timer), firings=len(rows),
            notices=sum(told.values()), a_person_and_clock_at_most=max(told.values()))


def test_a_clock_that_jumps_forth_and_back_fires_nothing_twice(open_place: OpenPlace) -> None:
    place = open_place("sqlite")
    place.inside("report", count=size(50))
    seen: Counter[tuple[str, str, int, int]] = Counter()
    for shift in (0, 86_400, -86_400, 86_400, 0, 5 * 86_400, -3_600, 5 * 86_400):
        place.work(shift_s=shift)
        now = Counter((r["case"], r["timer"], r["cycle"], r["level"]) for r in place.inside("firings"))
        assert not seen - now, "a firing was lost"
        assert set(now.values()) <= {1}
        seen = now
    found = place.inside("check", shift_s=5 * 86_400)
    assert (found["due"], found["doubled"], found["unfolded"]) == (0, 0, [])
    assert found["notices"] == found["notice_keys"]
    figures("clock jumps", jumps=8, firings=sum(seen.values()), doubled=0)
