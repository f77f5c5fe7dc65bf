"""The clocks and the walk as pure functions."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, strategies as st

from linli.mechanisms.bookings.rules import (
    SHANGHAI,
    BadRules,
    Guest,
    OfferClock,
    OfferRules,
    StrikeRule,
    Waiter,
    add_awake,
    fitting,
    is_rush,
    offer_expires,
    paused_until,
    unfit,
    wait_class,
    walk,
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 10, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(("moment", "starts", "expected"), [
    (at(1, 9), at(20, 9), at(4, 12)),           # 48 waking hours: 13 on the 1st, 15 a day, 5 on the 4th
    (at(1, 10), at(8, 9), at(1, 22)),           # 2–7 days: 12 h
    (at(1, 21), at(5, 9), at(2, 18)),           # 12 h over the night: 1 before, 11 after
    (at(1, 10), at(2, 9), at(1, 12)),           # nearer: 2 h
    (at(1, 21, 30), at(2, 20), at(2, 8, 30)),   # 2 h over the night
    (at(1, 23), at(2, 20), at(2, 9)),           # at night it does not begin to run
    (at(9, 21), at(11, 7), at(10, 8)),          # over the night to a worked Saturday 调休: nights alone count
    (at(1, 21, 30), at(2, 8), at(2, 8)),        # never beyond the cut-off
])
def test_how_long_an_offered_place_is_kept(moment, starts, expected):
    assert offer_expires(moment, starts, starts, OfferClock()) == expected


def test_late_places_are_for_all():
    assert is_rush(at(1, 9), at(1, 14, 59), OfferClock())
    assert not is_rush(at(1, 9), at(1, 15), OfferClock())


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), st.integers(1, 4_000))
def test_awake_time_ends_by_day_and_counts_no_night(start, minutes):
    begin = start.replace(tzinfo=SHANGHAI)
    end = add_awake(begin, timedelta(minutes=minutes), time(22), time(7)).astimezone(SHANGHAI)
    assert time(7) <= end.time() <= time(22)
    assert end - begin >= timedelta(minutes=minutes)


class Free:
    def __init__(self, free: int) -> None:
        self.free, self.given = free, {}

    def room(self, _key: int) -> int:
        return self.free

    def give(self, key: int, places: int) -> bool:
        self.free -= places
        self.given[key] = places
        return True


queues = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(0, 4)), max_size=8).map(
    lambda rows: [Waiter(n, size, min(least, size), passed) for n, (size, least, passed) in enumerate(rows)])


@given(st.integers(0, 12), queues, st.sampled_from([None, 0, 3]))
def test_the_walk_leaves_no_hole_and_gives_nobody_too_much(free, queue, most):
    state = Free(free)
    passed = walk(queue, state.room, state.give, pass_most=most)
    assert 0 <= state.free == free - sum(state.given.values())
    left = [one for one in queue if one.key not in state.given]
    if most is None:
        assert all(fitting(state.free, one) == 0 for one in left)
    for one in queue:
        if one.key in state.given:
            assert one.at_least <= state.given[one.key] <= one.size
    for key, times in passed.items():
        behind = [one.key for one in queue if one.key > key and one.key in state.given]
        assert times == len(behind)
        assert most is None or queue[key].passed + times <= max(most, queue[key].passed)


def test_who_was_passed_often_enough_blocks_those_behind():
    state = Free(2)
    passed = walk([Waiter(1, 3, 3, passed=3), Waiter(2, 1, 1)], state.room, state.give, pass_most=3)
    assert (state.given, passed) == ({}, {})
    walk([Waiter(1, 3, 3, passed=3), Waiter(2, 1, 1)], state.room, state.give, pass_most=None)
    assert state.given == {2: 1}


@pytest.mark.parametrize(("strikes", "expected"), [
    ([(at(1, 9), 2), (at(2, 9), 2)], None),
    ([(at(1, 9), 2), (at(2, 9), 2), (at(3, 9), 2)], at(17, 9)),
    ([(at(1, 9), 2), (at(2, 9), 2), (at(3, 9), 1)], None),
    ([(at(1, 9), 2), (at(2, 9), 2), (at(3, 9), 1), (at(4, 9), 1)], at(18, 9)),
    ([(at(1, 9) - timedelta(days=90), 2), (at(2, 9), 2), (at(3, 9), 2)], None),
])
def test_absences_pause_and_the_pause_ends_by_itself(strikes, expected):
    assert paused_until(strikes, StrikeRule()) == expected


@pytest.mark.parametrize(("rules", "born", "code"), [
    ({"age_from": 6, "age_to": 12}, [2015], ""), ({"age_from": 6}, [2021], "too_young"),
    ({"age_to": 12}, [2010], "too_old"),
    ({"age_from": 6}, [None], "birth_year_needed"), ({"adults_min": 1}, [2015], "adult_needed"),
    ({"age_to": 6, "adults_min": 1}, [2022, 1990], ""), ({"party_max": 1}, [1990, 1991], "party_too_large"),
])
def test_who_may_come(rules, born, code):
    assert unfit(OfferRules(**rules), [Guest(year) for year in born], date(2026, 11, 1), 1990) == code


@pytest.mark.parametrize("bad", [
    {"mode": "auction"}, {"mode": "choice"}, {"mode": "newcomers"}, {"unit": "year"}, {"calendar": "loud"},
    {"party_max": 0}, {"cancel_h": -1}, {"newcomers_until": "soon"}, {"unheard_of": 1},
])
def test_rules_that_cannot_be_are_refused(bad):
    with pytest.raises((BadRules, TypeError)):
        OfferRules.read(bad)


def test_rules_survive_their_own_data():
    rules = OfferRules.read({"mode": "lottery", "shares": [{"name": "w", "places": 2, "channels": ["window"]}],
                             "classes": ["disabled", "elder"], "age_from": 6})
    assert OfferRules.read(rules.data) == rules
    assert wait_class(rules.classes, ["elder"]) == 1
    assert wait_class(rules.classes, []) == 50
