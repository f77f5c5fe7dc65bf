"""The way: never over what is forbidden, never dearer than a search over every path, never spoiled by knowing more."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from linli.foundation.policy.shipped import rule
from linli.services.access.ways.finding import Judge, Way, plan, way
from linli.services.access.ways.graph import Graph, Link, Node
from linli.services.access.ways.judging import GOOD, NO, UNSURE, Profile, judge
from linli.services.access.ways.telling import steps_of


def profiles() -> list[Profile]:
    return [Profile.read(entry) for entry in rule("access.profiles").entries[-1].value]


PROFILES = profiles()
MANUAL = next(one for one in PROFILES if one.code == "manual")
WHOLE = Link(1, 0, 1, "footway", 100.0, incline=2.0, width_cm=200, steps=0, kerb_cm=0.0, surface="asphalt", lit=True)

KINDS = ("footway", "road", "steps", "ramp", "crossing", "lift", "indoor")


def graph_of(seed: int, *, level: bool = False) -> Graph:
    """Up to six nodes and ten stretches, with every fact known, unknown or bad; everything follows from the seed."""
    chance = random.Random(seed)
    size = chance.randint(2, 6)
    nodes = [Node(key, key * 0.001, (key * key % 5) * 0.001, f"点{key}") for key in range(size)]
    links = []
    for key in range(chance.randint(1, 10)):
        start, end = chance.sample(range(size), 2)
        links.append(
            Link(
                key,
                start,
                end,
                chance.choice(KINDS),
                chance.uniform(1, 200),
                incline=0.0 if level else chance.choice([None, 0.0, chance.uniform(-20, 20)]),
                width_cm=chance.choice([None, 60, 79, 80, 150]),
                steps=chance.choice([None, 0, 0, 3]),
                kerb_cm=chance.choice([None, 0.0, 1.0, 12.0]),
                surface=chance.choice(["", "asphalt", "gravel", "sand"]),
                lit=chance.choice([None, True]),
                wheelchair=chance.choice(["", "yes", "no", "limited"]),
                crossing=chance.choice(["", "signals", "unmarked"]),
                one_way=not level and chance.random() < 0.2,
            )
        )
    return Graph.of(nodes, links)


SEEDS = st.integers(0, 2**32)


def simple_paths(graph: Graph, start: int, goal: int) -> Iterator[list[tuple[Link, bool]]]:
    """Every path that visits no node twice: the slow and certain answer."""

    def walk(node: int, seen: frozenset[int], line: list[tuple[Link, bool]]) -> Iterator[list[tuple[Link, bool]]]:
        if node == goal:
            yield line
            return
        for link, forward in graph.out_of(node):
            further = link.end if forward else link.start
            if further not in seen:
                yield from walk(further, seen | {further}, [*line, (link, forward)])

    yield from walk(start, frozenset({start}), [])


def cheapest(graph: Graph, judged: Judge, start: int, goal: int, states: set[str]) -> float | None:
    costs = [
        sum(judged(*leg).cost for leg in line)
        for line in simple_paths(graph, start, goal)
        if all(judged(*leg).state in states for leg in line)
    ]
    return min(costs, default=None)


@settings(max_examples=150, deadline=None)
@given(SEEDS, st.sampled_from(PROFILES), st.sets(st.integers(0, 9), max_size=3))
def test_the_same_as_looking_at_every_path(seed: int, profile: Profile, closed: set[int]) -> None:
    graph = graph_of(seed)
    goal = max(graph.nodes)
    judged = Judge(profile, closed)
    found = plan(graph, profile, 0, {goal}, closed=closed)
    sure = cheapest(graph, judged, 0, goal, {GOOD})
    possible = cheapest(graph, judged, 0, goal, {GOOD, UNSURE})
    if found.best is None:
        assert possible is None
        return
    expected = sure if sure is not None else possible
    assert expected is not None
    assert found.best.cost == pytest.approx(expected)
    assert found.best.is_sure == (sure is not None)


@settings(max_examples=150, deadline=None)
@given(SEEDS, st.sampled_from(PROFILES), st.sets(st.integers(0, 9), max_size=3))
def test_nothing_forbidden_is_ever_walked(seed: int, profile: Profile, closed: set[int]) -> None:
    graph = graph_of(seed)
    found = plan(graph, profile, 0, {max(graph.nodes)}, closed=closed)
    ways = [one for one in (found.best, *found.others, found.shorter_unsure) if one is not None]
    for one in ways:
        assert all(leg.verdict.state != NO and leg.link.key not in closed for leg in one.legs)
        assert is_joined(one)
    if found.best is not None and found.best.is_sure:
        assert all(one.is_sure for one in found.others)


def is_joined(found: Way) -> bool:
    """Each leg begins where the last one ended, from the start to the goal."""
    ends = [(leg.link.start, leg.link.end) if leg.forward else (leg.link.end, leg.link.start) for leg in found.legs]
    joined = all(one[1] == other[0] for one, other in pairwise(ends))
    return joined and (not ends or (ends[0][0] == found.start and ends[-1][1] == found.goal))


@settings(max_examples=100, deadline=None)
@given(SEEDS, st.sampled_from(PROFILES))
def test_on_level_ground_there_and_back_cost_the_same(seed: int, profile: Profile) -> None:
    graph = graph_of(seed, level=True)
    goal = max(graph.nodes)
    judged = Judge(profile)
    there = way(graph, judged, 0, {goal}, judged.possible)
    back = way(graph, judged, goal, {0}, judged.possible)
    assert (there is None) == (back is None)
    if there is not None and back is not None:
        assert there.cost == pytest.approx(back.cost)


@settings(max_examples=150, deadline=None)
@given(SEEDS, st.sampled_from(PROFILES))
def test_knowing_more_never_opens_what_is_forbidden(seed: int, profile: Profile) -> None:
    """Facts that were missing become known: what was forbidden stays so, and no way leads over what now is."""
    graph, chance = graph_of(seed), random.Random(seed + 1)
    learned = []
    for link in graph.links.values():
        fresh = {
            "incline": chance.uniform(-20, 20),
            "width_cm": chance.randint(40, 200),
            "steps": chance.randint(0, 5),
            "kerb_cm": chance.uniform(0, 20),
            "surface": chance.choice(["asphalt", "sand"]),
        }
        learned.append(
            replace(
                link,
                **{  # type: ignore[arg-type]  # the table holds every kind of value
                    name: value for name, value in fresh.items() if getattr(link, name) in (None, "")
                },
            )
        )
    for before, after in zip(graph.links.values(), learned, strict=True):
        if judge(before, profile).state == NO:
            assert judge(after, profile).state == NO
        assert judge(after, profile).missing in ((), ("crossing",))
    more = Graph.of(graph.nodes.values(), learned)
    found = plan(more, profile, 0, {max(more.nodes)})
    if found.best is not None:
        assert all(leg.verdict.state != NO for leg in found.best.legs)


@pytest.mark.parametrize(
    ("change", "state", "why"),
    [
        ({}, GOOD, ""),
        ({"steps": 1}, NO, "steps"),
        ({"kind": "steps", "steps": None}, NO, "steps"),
        ({"steps": None}, UNSURE, "steps"),
        ({"incline": 8.33}, GOOD, ""),  # 1:12
        ({"incline": -8.4}, NO, "incline"),
        ({"incline": None}, UNSURE, "incline"),
        ({"width_cm": 80}, GOOD, ""),
        ({"width_cm": 79}, NO, "width"),
        ({"kind": "crossing", "kerb_cm": 1.0}, GOOD, ""),
        ({"kind": "crossing", "kerb_cm": 2.0}, NO, "kerb"),
        ({"kind": "crossing", "kerb_cm": None}, UNSURE, "kerb"),
        ({"surface": "sand"}, NO, "surface"),
        ({"wheelchair": "no"}, NO, "wheelchair"),
    ],
)
def test_the_verdict_for_a_manual_wheelchair(change: dict[str, object], state: str, why: str) -> None:
    verdict = judge(replace(WHOLE, **change), MANUAL)  # type: ignore[arg-type]  # the table holds every kind of value
    assert verdict.state == state
    assert why in ([reason.code for reason in verdict.reasons] or verdict.missing or [""])


def two_ways(**short: object) -> Graph:
    """A long good way by 1, and a short one straight to 2 with what the test puts on it."""
    nodes = [Node(0, 0.0, 0.0, "东门"), Node(1, 0.0, 0.002), Node(2, 0.002, 0.0, "驿站")]
    plain = replace(WHOLE, lit=True, bench=True)
    return Graph.of(
        nodes,
        [
            replace(plain, key=1, start=0, end=1, length_m=220, name="绕路"),
            replace(plain, key=2, start=1, end=2, length_m=310, name="绕路"),
            replace(plain, key=3, start=0, end=2, length_m=220, name="近路", **short),
        ],
    )  # type: ignore[arg-type]


def test_it_says_why_the_short_way_was_not_taken() -> None:
    found = plan(two_ways(kind="steps", steps=5), MANUAL, 0, {2})
    assert found.best is not None
    assert [leg.link.key for leg in found.best.legs] == [1, 2]
    assert found.short_m == 220
    assert [(one.link.key, [reason.code for reason in one.reasons]) for one in found.instead] == [(3, ["steps"])]


def test_an_unmeasured_short_way_is_offered_beside_the_sure_one() -> None:
    found = plan(two_ways(steps=None), MANUAL, 0, {2})
    assert found.best is not None
    assert found.best.is_sure
    assert found.shorter_unsure is not None
    assert found.shorter_unsure.unsure_m == 220


def test_an_outage_is_gone_round_and_named() -> None:
    graph = two_ways()
    assert [leg.link.key for leg in plan(graph, MANUAL, 0, {2}).best.legs] == [3]  # type: ignore[union-attr]
    found = plan(graph, MANUAL, 0, {2}, closed={3})
    assert [leg.link.key for leg in found.best.legs] == [1, 2]  # type: ignore[union-attr]
    assert found.closed == [3]


def test_with_no_way_it_names_what_stands_there() -> None:
    nodes = [Node(0, 0.0, 0.0), Node(1, 0.0, 0.001)]
    found = plan(Graph.of(nodes, [replace(WHOLE, key=9, kind="steps", steps=3)]), MANUAL, 0, {1})
    assert found.best is None
    assert [(one.link.key, one.reasons[0].found) for one in found.blocked] == [(9, 3)]


def test_the_words_tell_turns_steps_and_what_nobody_measured() -> None:
    nodes = [Node(0, 0.0, 0.0, "东门"), Node(1, 0.0, 0.001), Node(2, 0.001, 0.001, "驿站")]
    north = replace(WHOLE, key=1, start=0, end=1, length_m=111, name="香樟巷", incline=4.0, steps=None)
    east = replace(WHOLE, key=2, start=1, end=2, length_m=96, name="银杏街", incline=0.0, bench=True)
    found = plan(Graph.of(nodes, [north, east]), MANUAL, 0, {2})
    assert found.best is not None
    told = steps_of(found.best, Graph.of(nodes, [north, east]))
    assert [step.text for step in told] == ["从门口往北，沿香樟巷，走 111 米", "右转，沿银杏街，走 96 米", "到了：驿站"]
    assert told[0].notes == ["上坡 4%"]
    assert told[0].warnings == ["没人量过：有没有台阶"]
    assert told[1].notes == ["路上有椅子可以歇"]
    back = plan(Graph.of(nodes, [north, east]), MANUAL, 2, {0})
    assert back.best is not None
    assert "下坡 4%" in steps_of(back.best, Graph.of(nodes, [north, east]))[1].notes


def test_every_need_has_its_figures_and_a_source() -> None:
    assert [one.code for one in PROFILES] == ["manual", "electric", "blind", "deaf", "pram", "tired"]
    assert all(0.3 < one.speed_m_s < 2 for one in PROFILES)
    assert rule("access.profiles").entries[-1].source
