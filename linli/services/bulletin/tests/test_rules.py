"""Whom an announcement concerns: a table, and what must hold for any reader."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from linli.services.bulletin.rules import (
    Ages,
    Audience,
    HomeAt,
    Place,
    Reader,
    Why,
    ancestors,
    hangs_before,
    reasons,
    safe_count,
)

HERE, NEXT_DOOR, STREET, GRID = "330106001001", "330106001002", "330106001", "330106001001003"
HOME = HomeAt(building=3, compound=1, community_code=HERE, grid_code=GRID)
LIN = Reader(frozenset({HERE}), (HOME,), birth_year=1950)
NOBODY_KNOWS = Reader(frozenset({HERE}))


@pytest.mark.parametrize(("audience", "reader", "expected"), [
    (Audience(HERE), LIN, [Why.PLACE]),
    (Audience(STREET), LIN, [Why.PLACE]),
    (Audience("3301060"), LIN, [Why.PLACE]),
    (Audience(NEXT_DOOR), LIN, []),
    (Audience(HERE, (Place(building=3),)), LIN, [Why.BUILDING]),
    (Audience(HERE, (Place(building=4), Place(compound=1))), LIN, [Why.COMPOUND]),
    (Audience(HERE, (Place(compound=1), Place(building=3))), LIN, [Why.BUILDING]),  # the nearest reason
    (Audience(HERE, (Place(building=4),)), LIN, []),
    (Audience(HERE, (Place(area_code=GRID),)), LIN, [Why.AREA]),
    (Audience(HERE, (Place(area_code="330106001001004"),)), LIN, []),
    (Audience(STREET, (Place(area_code=HERE),)), LIN, [Why.AREA]),
    (Audience(STREET, (Place(area_code=NEXT_DOOR),)), LIN, []),
    (Audience(HERE, (Place(building=3),)), NOBODY_KNOWS, []),  # no confirmed home: not picked
    (Audience(HERE, ages=Ages(60, None)), LIN, [Why.PLACE, Why.AGE]),
    (Audience(HERE, ages=Ages(76, 76)), LIN, [Why.PLACE, Why.AGE]),  # turns 76 in 2026
    (Audience(HERE, ages=Ages(77, None)), LIN, []),
    (Audience(HERE, ages=Ages(None, 18)), LIN, []),
    (Audience(HERE, (Place(building=3),), Ages(60, None)), LIN, [Why.BUILDING, Why.AGE]),
    (Audience(HERE, (Place(building=4),), Ages(60, None)), LIN, []),
    (Audience(HERE, ages=Ages(60, None)), NOBODY_KNOWS, []),  # an unknown age is no age
    (Audience(HERE, ages=Ages(60, None)), Reader(frozenset({HERE}), (), 1950, may_use_age=False),
     [Why.PLACE, Why.AGE_NOT_USED]),
    (Audience(HERE, ages=Ages(60, None)), Reader(frozenset({HERE}), (), 2015, may_use_age=False),
     [Why.PLACE, Why.AGE_NOT_USED]),
])
def test_whom_it_concerns(audience: Audience, reader: Reader, expected: list[Why]) -> None:
    assert list(reasons(audience, reader, 2026)) == expected


_ages = st.one_of(st.none(), st.integers(0, 120))


@given(_ages, _ages, st.integers(1900, 2026))
def test_who_refused_profiling_is_treated_alike_at_every_age(
        start: int | None, end: int | None, birth_year: int) -> None:
    audience = Audience(HERE, ages=Ages(start, end))
    told = {reasons(audience, Reader(frozenset({HERE}), (), year, may_use_age=False), 2026)
            for year in (birth_year, None, 1990)}
    assert told == {(Why.PLACE, Why.AGE_NOT_USED)}


@given(st.text("0123456789", min_size=12, max_size=12), st.sampled_from([2, 4, 6, 9, 12]))
def test_boards_hang_before_those_below_and_above_them(code: str, digits: int) -> None:
    assert code[:digits] in ancestors(code)
    assert hangs_before(code[:digits], [code])
    assert not hangs_before(code, [])
    assert not hangs_before(code, [""])


@pytest.mark.parametrize(("count", "said"), [(0, 0), (1, None), (4, None), (5, 5), (326, 326)])
def test_a_count_below_five_is_not_said(count: int, said: int | None) -> None:
    assert safe_count(count) == said
