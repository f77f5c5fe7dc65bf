"""Before and after the notice: provisional deadlines, promises, and files that cannot be used."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from linli.foundation import calendar
from linli.foundation.calendar import SHANGHAI, BadHolidayData, checks, current
from linli.foundation.calendar.holidays import SHIPPED, Holidays, load, read

# An invented notice, so that the tests need not wait for the real one.
NOTICE = """
year: 2027
source: 测试用的通知
days_off:
  - {name: 元旦, from: 2027-01-01, to: 2027-01-03}
  - {name: 春节, from: 2027-02-05, to: 2027-02-12}
workdays: [2027-01-09, 2027-02-14]
"""


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture
def announced(tmp_path: Path) -> Holidays:
    (tmp_path / "2027.yaml").write_text(NOTICE, encoding="utf-8")
    return load([SHIPPED, tmp_path])


def test_a_deadline_into_an_unannounced_year_says_so() -> None:
    due = calendar.due_or_provisional(moment("2026-12-30 10:00"), 3 * 86_400, "days")
    assert (due.at, due.provisional) == (moment("2027-01-04 10:00"), True)
    assert due.version == calendar.version("days")
    sure = calendar.due_or_provisional(moment("2026-12-28 10:00"), 2 * 86_400, "days")
    assert (sure.at, sure.provisional) == (moment("2026-12-30 10:00"), False)
    never = calendar.due_or_provisional(moment("2026-12-30 10:00"), 90 * 86_400, "24x7")
    assert (never.provisional, never.version) == (False, "24x7")
    assert calendar.day_end_or_provisional(moment("2026-12-20 10:00"), 60).provisional
    assert not calendar.day_end_or_provisional(moment("2026-12-20 10:00"), 10).provisional
    assert calendar.worked_or_provisional(moment("2026-12-31 12:00"), moment("2027-01-01 12:00"), "days") == 86_400


def test_the_notice_takes_the_doubt_away_and_moves_a_deadline_forward_only(announced: Holidays) -> None:
    # Counting plain weeks the Saturday 2027-01-09 was off; the notice has it worked: due earlier, and told.
    start, stored = moment("2027-01-07 10:00"), moment("2027-01-11 10:00")
    assert calendar.due_or_provisional(start, 2 * 86_400, "days").at == stored
    before = calendar.version("days")
    with current.using(announced):
        fresh = calendar.recompute(start, 2 * 86_400, "days", stored)
        assert calendar.version("days") != before
    assert (fresh.at, fresh.moved, fresh.kept, fresh.provisional) == (moment("2027-01-09 10:00"), True, False, False)


def test_a_promise_stands_when_the_notice_would_allow_more_time(announced: Holidays) -> None:
    start = moment("2026-12-31 10:00")
    stored = calendar.due_or_provisional(start, 86_400, "days").at
    assert stored == moment("2027-01-01 10:00")
    with current.using(announced):
        fresh = calendar.recompute(start, 86_400, "days", stored)
    assert (fresh.at, fresh.computed) == (stored, moment("2027-01-04 10:00"))
    assert (fresh.kept, fresh.moved) == (True, False)


@given(st.datetimes(datetime(2026, 11, 1), datetime(2027, 3, 1)), st.integers(0, 40 * 86_400),
       st.sampled_from(["days", "24x7"]))
def test_nothing_is_ever_moved_past_what_was_promised(start: datetime, allowance_s: int, name: str) -> None:
    start = start.replace(tzinfo=SHANGHAI)
    promised = calendar.due_or_provisional(start, allowance_s, name).at
    with current.using(load([SHIPPED, FOLDER])):
        fresh = calendar.recompute(start, allowance_s, name, promised)
        assert fresh.at <= promised
        assert fresh.at == min(fresh.computed, promised)
        assert not fresh.provisional


@pytest.fixture(scope="module", autouse=True)
def _folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    global FOLDER
    FOLDER = tmp_path_factory.mktemp("notices")
    (FOLDER / "2027.yaml").write_text(NOTICE, encoding="utf-8")


FOLDER: Path


def test_a_house_may_load_next_years_notice_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_DATA", str(tmp_path))
    monkeypatch.setattr(current, "_look_at", 0.0)
    assert calendar.announced_until().year == 2026
    (tmp_path / "calendar").mkdir()
    (tmp_path / "calendar" / "2027.yaml").write_text(NOTICE, encoding="utf-8")
    monkeypatch.setattr(current, "_look_at", 0.0)
    assert calendar.announced_until().year == 2027
    (tmp_path / "calendar" / "2028.yaml").write_text("year: 2028\n", encoding="utf-8")
    monkeypatch.setattr(current, "_look_at", 0.0)
    assert calendar.announced_until().year == 2027  # what is running goes on with what it knew
    assert ["2028.yaml" in error.msg for error in checks.notices_are_usable()] == [True]  # and the next start stops
    monkeypatch.undo()
    current._look_at = 0.0
    assert calendar.announced_until().year == 2026


@pytest.mark.parametrize(("name", "text", "complaint"), [
    ("2027.yaml", NOTICE.replace("测试用的通知", "''"), "names no source"),
    ("2028.yaml", NOTICE, "says year 2027, but is named 2028"),
    ("2027.yaml", NOTICE.replace("2027-02-14", "2027-02-10"), "both off and worked"),
    ("2027.yaml", NOTICE.replace("2027-02-14", "2027-02-15"), "no weekend day"),
    ("2027.yaml", NOTICE.replace("2027-02-14", "2028-02-13"), "does not belong to 2027"),
    ("2027.yaml", NOTICE.replace("to: 2027-01-03", "to: 2027-03-03"), "is no holiday"),
    ("2027.yaml", NOTICE.replace("from: 2027-02-05", "from: soon"), "is no date"),
    ("2027.yaml", NOTICE + "off: []", "unknown entry"),
    ("2027.yaml", "- nothing", "is not a mapping"),
])
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, name: str, text: str, complaint: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadHolidayData, match=complaint) as raised:
        read(path)
    assert name in str(raised.value)


def test_a_gap_between_notices_is_refused(tmp_path: Path) -> None:
    (tmp_path / "2028.yaml").write_text(NOTICE.replace("2027", "2028").replace(
        "workdays: [2028-01-09, 2028-02-14]", "workdays: []"), encoding="utf-8")
    with pytest.raises(BadHolidayData, match=r"add 2027\.yaml"):
        load([SHIPPED, tmp_path])
