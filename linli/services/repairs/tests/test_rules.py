"""Who pays, line by line of the table; windows; turns."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from linli.services.repairs.rules import LOCAL, Matter, add_months, next_in_turn, payer, skill_for, windows

YEARS = {"roof": 5, "wet_room": 5, "outer_wall": 5, "wiring": 2, "pipes": 2, "equipment": 2, "decoration": 2,
         "structure": 50}
URGENT = ["roof", "lift", "pump", "facade", "drain", "fire"]


@pytest.mark.parametrize(("matter", "who", "source"), [
    # inside the builder's warranty (建设工程质量管理条例 第40条)
    (Matter("common", "renewal", "roof", Decimal("4.9")), "builder", "第40条"),
    (Matter("own", system="wet_room", years=Decimal(4)), "builder", "第40条"),
    (Matter("common", "renewal", "outer_wall", Decimal(4)), "builder", "第40条"),
    (Matter("own", system="heating", seasons=1), "builder", "第40条"),
    (Matter("own", system="wiring", years=Decimal(1)), "builder", "第40条"),
    (Matter("own", system="pipes", years=Decimal(1)), "builder", "第40条"),
    (Matter("common", system="equipment", years=Decimal(1)), "builder", "第40条"),
    (Matter("own", system="decoration", years=Decimal(1)), "builder", "第40条"),
    (Matter("common", "renewal", "structure", Decimal(30)), "builder", "第40条"),
    # the day it ends, and what nobody knows the age of
    (Matter("common", "renewal", "roof", Decimal(5)), "fund_urgent", "第281条第2款"),
    (Matter("own", system="pipes", years=Decimal(2)), "owner", "专有部分"),
    (Matter("own", system="heating", seasons=2), "owner", "专有部分"),
    (Matter("own", system="heating", years=Decimal(1)), "owner", "专有部分"),
    (Matter("own", system="pipes"), "owner", "专有部分"),
    # own part
    (Matter("own"), "owner", "专有部分"),
    # common part, daily upkeep (民法典 第942条)
    (Matter("common", "upkeep", "lift"), "company", "第942条"),
    # common part, medium or major repair and renewal (民法典 第281条, 第283条)
    (Matter("common", "renewal"), "fund", "第281条"),
    # the same, urgent (第281条第2款)
    (Matter("common", "renewal", "lift"), "fund_urgent", "第281条第2款"),
    (Matter("common", "renewal", "pump"), "fund_urgent", "第281条第2款"),
    (Matter("common", "renewal", "facade"), "fund_urgent", "第281条第2款"),
    (Matter("common", "renewal", "drain"), "fund_urgent", "第281条第2款"),
    (Matter("common", "renewal", "fire"), "fund_urgent", "第281条第2款"),
    # lines of water, power, gas, heat, telecom (物业管理条例 第51条)
    (Matter("utility", system="pipes", years=Decimal(1)), "utility", "第51条"),
    # broken by someone (物业管理条例 第55条)
    (Matter("common", "renewal", "roof", Decimal(1), broken_by_someone=True), "culprit", "第55条"),
])
def test_who_pays(matter: Matter, who: str, source: str) -> None:
    found = payer(matter, builder_years=YEARS, builder_seasons=2, urgent=URGENT)
    assert found.code == who
    assert source in found.source


def test_danger_left_unmended_is_mended_by_the_company() -> None:
    found = payer(Matter("common", broken_by_someone=True, danger_unmended=True), builder_years=YEARS,
                  builder_seasons=2, urgent=URGENT)
    assert (found.code, found.also) == ("culprit", "danger_company_mends")


def test_windows_begin_after_now() -> None:
    moment = datetime(2026, 11, 25, 9, 30, tzinfo=LOCAL)
    found = list(windows(moment, ["08:00-10:00", "14:00-16:00"], 2))
    assert [w.key for w in found] == ["202611251400", "202611260800", "202611261400"]
    assert all(w.ends > w.starts > moment for w in found)


@pytest.mark.parametrize(("day", "months", "expected"), [
    (date(2026, 8, 31), 6, date(2027, 2, 28)), (date(2026, 1, 31), 1, date(2026, 2, 28)),
    (date(2026, 11, 15), 3, date(2027, 2, 15)), (date(2026, 12, 31), 0, date(2026, 12, 31)),
])
def test_a_warranty_ends_on_a_day_that_exists(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@given(st.sets(st.integers(1, 50), min_size=1, max_size=8), st.integers(1, 60))
def test_turns_are_fair(workers: set[int], rounds: int) -> None:
    last, count = None, Counter(dict.fromkeys(workers, 0))
    for _ in range(rounds):
        last = next_in_turn(sorted(workers), last, workers)
        count[last] += 1
    assert max(count.values()) - min(count.values()) <= 1


@given(st.sets(st.integers(1, 30), min_size=1), st.sets(st.integers(1, 30)), st.none() | st.integers(0, 31))
def test_a_turn_only_comes_to_who_may(workers: set[int], may: set[int], last: int | None) -> None:
    found = next_in_turn(sorted(workers), last, may & workers)
    assert (found is None) == (not may & workers)
    assert found is None or found in may


def test_the_nearest_category_says_the_certificate() -> None:
    skills = {"power": "电工证"}
    assert skill_for("power.leak", skills) == "电工证"
    assert skill_for("water", skills) == ""
