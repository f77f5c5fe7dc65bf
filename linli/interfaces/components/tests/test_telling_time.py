"""Times in words, frozen at a Tuesday afternoon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from linli.foundation.calendar import clock
from linli.interfaces.components import telling_time

NOW = datetime(2026, 11, 24, 7, 38, tzinfo=UTC)  # 15:38 in Shanghai


@pytest.fixture(autouse=True)
def _frozen() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.mark.parametrize(("span", "expected"), [
    (timedelta(seconds=20), "不到 1 分钟"),
    (timedelta(minutes=12, seconds=59), "12 分钟"),
    (timedelta(hours=3), "3 小时"),
    (timedelta(hours=4, minutes=52), "4 小时 52 分"),
    (timedelta(days=2), "2 天"),
    (timedelta(days=2, hours=3, minutes=59), "2 天 3 小时"),
    (17_520, "4 小时 52 分"),
])
def test_a_span_has_two_units(span: timedelta | int, expected: str) -> None:
    assert telling_time.duration(span) == expected


def test_a_moment_has_its_weekday_and_local_time() -> None:
    assert telling_time.when(datetime(2026, 11, 25, 7, 0, tzinfo=UTC)) == "11月25日 周三 15:00"
    assert telling_time.when(datetime(2027, 1, 15, 1, 5, tzinfo=UTC)) == "2027年1月15日 周五 09:05"


@pytest.mark.parametrize(("hours", "expected"), [
    (0, "今天 15:38"), (-20, "昨天 19:38"), (9, "明天 00:38"), (-80, "11月21日 周六 07:38"),
])
def test_near_days_have_names(hours: int, expected: str) -> None:
    assert telling_time.clock_time(NOW + timedelta(hours=hours)) == expected


@pytest.mark.parametrize(("away", "expected"), [
    (timedelta(seconds=-5), "刚刚"), (timedelta(minutes=-5), "5 分钟前"),
    (timedelta(hours=-3, minutes=-17), "3 小时前"),
    (timedelta(hours=2), "2 小时后"), (timedelta(days=-2), "11月22日 周日 15:38"),
])
def test_relative_only_within_a_day(away: timedelta, expected: str) -> None:
    assert telling_time.relative_time(NOW + away) == expected


@pytest.mark.parametrize(("started_h", "due_h", "text", "tone", "is_over"), [
    (1, 9, "还剩 9 小时", "info", False),
    (9, 3, "还剩 3 小时", "warn", False),
    (20, -26, "超时 1 天 2 小时", "bad", True),
])
def test_what_a_deadline_says(started_h: int, due_h: int, text: str, tone: str, is_over: bool) -> None:
    left = telling_time.left(NOW + timedelta(hours=due_h), NOW - timedelta(hours=started_h))
    assert left is not None
    assert (left.text, left.tone, left.is_over) == (text, tone, is_over)


@given(st.integers(-10**7, 10**7), st.integers(0, 10**7))
def test_the_share_of_time_used_never_leaves_the_bar(due_s: int, before_s: int) -> None:
    with clock.at(NOW):
        left = telling_time.left(NOW + timedelta(seconds=due_s), NOW - timedelta(seconds=before_s))
    assert left is not None
    assert 0 <= left.share <= 100
    assert left.is_over is (due_s < 0)
