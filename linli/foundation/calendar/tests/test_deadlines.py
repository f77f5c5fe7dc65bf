"""Deadlines against the vectors of the rules, a minute-by-minute brute force, and another library's holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache

import chinese_calendar
import pytest
from hypothesis import given, settings, strategies as st

from linli.foundation import calendar
from linli.foundation.calendar import SHANGHAI, Unannounced

MINUTE = timedelta(minutes=1)
FIRST, LAST = datetime(2024, 1, 1, tzinfo=SHANGHAI), datetime(2026, 12, 31, 23, 59, tzinfo=SHANGHAI)
SPLIT_DAY = calendar.hours("08:30-12:00", "13:00-17:30", "19:00-24:00")
WORKED_MINUTES = {
    "days": [(0, 1440)],
    "hours": [(540, 720), (840, 1080)],
    SPLIT_DAY: [(510, 720), (780, 1050), (1140, 1440)],
}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(("allowance", "start", "expected"), [
    ("3wd", "2026-09-30 10:00", "2026-10-10 10:00"),
    ("3wd", "2026-02-14 10:00", "2026-02-26 10:00"),
    ("4wd", "2026-04-30 16:00", "2026-05-09 16:00"),  # a Saturday that is worked
    ("2wd", "2026-09-18 10:00", "2026-09-21 10:00"),  # a Sunday that is worked
    ("1wd", "2026-10-03 12:00", "2026-10-09 00:00"),  # begins in the holidays
    ("1wd", "2025-12-31 17:00", "2026-01-04 17:00"),  # crosses two notices
    ("4wh", "2026-09-30 16:30", "2026-10-08 11:30"),
    ("4wh", "2026-02-13 17:00", "2026-02-14 12:00"),
    ("4wh", "2026-02-14 17:00", "2026-02-24 12:00"),
    ("1wh", "2026-03-06 12:30", "2026-03-06 15:00"),  # begins at lunch
    ("30min", "2026-10-01 23:45", "2026-10-02 00:15"),
    ("7d", "2026-12-28 08:00", "2027-01-04 08:00"),  # round the clock asks for no notice
])
def test_the_vectors_of_the_rules(allowance: str, start: str, expected: str) -> None:
    allowance_s, name = calendar.seconds(allowance)
    assert calendar.due(moment(start), allowance_s, name) == moment(expected)
    assert calendar.due(moment(start).astimezone(UTC), allowance_s, name) == moment(expected)


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_the_notices_say_what_chinesecalendar_says(year: int) -> None:
    day = date(year, 1, 1)
    while day.year == year:
        assert calendar.is_workday(day) == chinese_calendar.is_workday(day), day
        assert calendar.is_day_off(day) != calendar.is_workday(day)
        day += timedelta(days=1)


@cache
def minutes_worked(name: str) -> list[datetime]:
    """The end of every worked minute of three years, counted one by one with the other library's holidays."""
    ends = []
    day = FIRST
    while day <= LAST:
        if chinese_calendar.is_workday(day.date()):
            for start, stop in WORKED_MINUTES[name]:
                ends += [day + minute * MINUTE for minute in range(start + 1, stop + 1)]
        day += timedelta(days=1)
    return ends


starts = st.datetimes(datetime(2024, 1, 1), datetime(2026, 11, 1)).map(lambda at: at.replace(tzinfo=SHANGHAI))
names = st.sampled_from(sorted(WORKED_MINUTES))
allowances = st.integers(0, 20 * 86_400)


@settings(max_examples=1000, deadline=None)
@given(starts.map(lambda at: at.replace(second=0, microsecond=0)), st.integers(1, 6_000), names)
def test_a_deadline_is_what_counting_minutes_gives(start: datetime, minutes: int, name: str) -> None:
    if name == "days":
        minutes *= 3
    ends = minutes_worked(name)
    low, high = 0, len(ends)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if ends[middle] > start else (middle + 1, high)
    expected = ends[low + minutes - 1]
    assert calendar.due(start, minutes * 60, name) == expected
    assert calendar.worked_between(start, expected, name) == minutes * 60


@given(starts, allowances, names)
def test_what_is_worked_until_the_deadline_is_the_allowance(start: datetime, allowance_s: int, name: str) -> None:
    due = calendar.due(start, allowance_s, name) if name != "hours" else calendar.due(start, allowance_s // 4, name)
    assert due >= start
    assert calendar.worked_between(start, due, name) == (allowance_s if name != "hours" else allowance_s // 4)


@given(starts, st.integers(0, 400_000), st.integers(0, 400_000), names)
def test_more_time_is_never_due_earlier(start: datetime, some: int, more: int, name: str) -> None:
    assert calendar.due(start, some, name) <= calendar.due(start, some + more, name)


@given(starts, st.timedeltas(timedelta(0), timedelta(days=9)), st.integers(1, 300_000), names)
def test_beginning_later_is_never_due_earlier(start: datetime, later: timedelta, some: int, name: str) -> None:
    assert calendar.due(start, some, name) <= calendar.due(start + later, some, name)


@given(starts, st.timedeltas(timedelta(0), timedelta(days=9)), st.timedeltas(timedelta(0), timedelta(days=9)),
       st.integers(1, 300_000), names)
def test_a_pause_never_makes_it_due_earlier(
    start: datetime, ran: timedelta, rested: timedelta, allowance_s: int, name: str,
) -> None:
    consumed_s = calendar.worked_between(start, start + ran, name)
    if consumed_s < allowance_s:
        resumed = calendar.due(start + ran + rested, allowance_s - consumed_s, name)
        assert resumed >= calendar.due(start, allowance_s, name)


@given(starts, names)
def test_the_next_worked_moment_is_the_first_that_counts(at: datetime, name: str) -> None:
    found = calendar.next_worked_moment(at, name)
    assert found >= at
    assert calendar.worked_between(at, found, name) == 0
    assert calendar.worked_between(found, found + MINUTE, name) > 0
    assert calendar.next_worked_moment(found, name) == found


def test_the_next_worked_moment_waits_for_the_lunch_hour_and_the_holidays() -> None:
    assert calendar.next_worked_moment(moment("2026-03-06 12:30"), "hours") == moment("2026-03-06 14:00")
    assert calendar.next_worked_moment(moment("2026-09-30 18:00"), "hours") == moment("2026-10-08 09:00")
    assert calendar.next_worked_moment(moment("2026-10-01 03:00"), "24x7") == moment("2026-10-01 03:00")


@pytest.mark.parametrize(("start", "n_days", "expected"), [
    ("2026-03-02 09:00", 1, "2026-03-04 00:00"),   # the first day does not count, the term ends at 24:00
    ("2026-03-02 23:59", 7, "2026-03-10 00:00"),
    ("2026-09-24 10:00", 7, "2026-10-09 00:00"),   # ends on 10-01, moves past the holidays to 10-08
    ("2026-09-13 10:00", 7, "2026-09-21 00:00"),   # ends on a Sunday that is worked: stays
    ("2026-03-02 09:00", 5, "2026-03-10 00:00"),   # ends on a Saturday, moves to Monday
])
def test_statutory_terms_of_the_civil_code(start: str, n_days: int, expected: str) -> None:
    assert calendar.day_end(moment(start), n_days) == moment(expected)
    assert calendar.day_end_or_provisional(moment(start), n_days).at == moment(expected)


def test_terms_in_working_days_end_with_the_day() -> None:
    assert calendar.working_day_end(moment("2026-09-29 10:00"), 3) == moment("2026-10-10 00:00")
    assert calendar.add_working_days(moment("2026-09-29 10:00"), 3) == moment("2026-10-09 10:00")


def test_the_days_of_a_break_have_its_name() -> None:
    assert calendar.holiday(date(2026, 2, 23)) == "春节"
    assert calendar.holiday(date(2026, 2, 28)) == ""


def test_a_year_nobody_has_announced_is_not_guessed() -> None:
    year_end = moment("2026-12-31 17:00")
    for ask in (
        lambda: calendar.is_day_off(date(2027, 1, 1)),
        lambda: calendar.due(year_end, 86_400, "days"),
        lambda: calendar.due(moment("2027-01-01 00:00:01"), 0, "hours"),
        lambda: calendar.worked_between(year_end, moment("2027-01-02 00:00"), "days"),
        lambda: calendar.day_end(moment("2026-12-20 09:00"), 30),
        lambda: calendar.next_worked_moment(moment("2026-12-31 18:00"), "hours"),
    ):
        with pytest.raises(Unannounced) as raised:
            ask()
        assert raised.value.year == 2027
    with pytest.raises(Unannounced) as raised:
        calendar.due(moment("2023-06-01 10:00"), 60, "hours")
    assert raised.value.year == 2023
    # Up to the last midnight everything is known.
    assert calendar.due(year_end, 7 * 3600, "days") == moment("2027-01-01 00:00")
    assert calendar.worked_between(year_end, moment("2027-01-01 00:00"), "days") == 7 * 3600


@pytest.mark.parametrize("name", ["24x7", "hours", "days"])
def test_bad_allowances_and_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="never negative"):
        calendar.due(moment("2026-03-02 09:00"), -1, name)
    with pytest.raises(ValueError, match="is no calendar"):
        calendar.due(moment("2026-03-02 09:00"), 60, "weekends")
    with pytest.raises(TypeError):
        calendar.due(datetime(2026, 3, 2, 9), 60, name)
    with pytest.raises(TypeError, match="local date"):
        calendar.is_workday(moment("2026-03-02 09:00"))


@pytest.mark.parametrize(("text", "expected"), [
    ("30min", (1800, "24x7")), ("2h", (7200, "24x7")), ("7 d", (604_800, "24x7")), ("45s", (45, "24x7")),
    ("4wh", (14_400, "hours")), ("3 wd", (259_200, "days")), ("4 工作时", (14_400, "hours")),
    ("3工作日", (259_200, "days")), ("15 分钟", (900, "24x7")),
])
def test_allowances_as_kinds_write_them(text: str, expected: tuple[int, str]) -> None:
    assert calendar.seconds(text) == expected


@pytest.mark.parametrize("text", ["", "3", "h", "-2h", "1.5h", "3 weeks", "2h 30min"])
def test_what_is_no_allowance_says_so(text: str) -> None:
    with pytest.raises(ValueError, match="write for example"):
        calendar.seconds(text)


@pytest.mark.parametrize(
    "segments", [(), ("9-12",), ("12:00-09:00",), ("09:00-12:00", "11:00-13:00"), ("23:00-24:01",)])
def test_working_hours_that_overlap_or_run_backwards_are_refused(segments: tuple[str, ...]) -> None:
    with pytest.raises(ValueError):
        calendar.hours(*segments)
