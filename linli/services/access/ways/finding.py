"""The way itself: Dijkstra over verdicts, other ways worth knowing, and why the short one was not taken."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from linli.services.access.ways.graph import Graph, Link, other_end
from linli.services.access.ways.judging import GOOD, NO, UNSURE, Profile, Reason, Verdict, judge

FORBIDDEN_COST = 1_000_000.0
SAME_SHARE = 0.7  # another way that shares more than this with the first is no other way
OTHER_COST_MAX = 1.8
Weigh = Callable[[Link, bool], float | None]  # None: not this one


@dataclass(frozen=True, slots=True)
class Leg:
    """One link of a way, in the sense it is walked, with its verdict."""

    link: Link
    forward: bool
    verdict: Verdict


@dataclass(frozen=True)
class Way:
    """A way from door to door, and what one should know of it before setting out."""

    legs: tuple[Leg, ...]
    start: int
    goal: int

    @property
    def length_m(self) -> float:
        return sum(leg.link.length_m for leg in self.legs)

    @property
    def seconds(self) -> float:
        return sum(leg.verdict.seconds for leg in self.legs)

    @property
    def cost(self) -> float:
        return sum(leg.verdict.cost for leg in self.legs)

    @property
    def steepest(self) -> Leg | None:
        """The leg with the largest known incline, up or down; None where every known one is level."""
        known = [leg for leg in self.legs if leg.link.incline]
        return max(known, key=lambda leg: abs(leg.link.incline or 0.0), default=None)

    @property
    def steps(self) -> int:
        """Steps that are counted; a flight nobody counted is in `has_uncounted_steps`."""
        return sum(leg.link.steps or 0 for leg in self.legs)

    @property
    def has_uncounted_steps(self) -> bool:
        return any(leg.link.kind == "steps" and leg.link.steps is None for leg in self.legs)

    @property
    def unsure(self) -> Sequence[Leg]:
        return [leg for leg in self.legs if leg.verdict.state == UNSURE]

    @property
    def unsure_m(self) -> float:
        return sum(leg.link.length_m for leg in self.unsure)

    @property
    def is_sure(self) -> bool:
        return all(leg.verdict.state == GOOD for leg in self.legs)

    @property
    def longest_without_bench_m(self) -> float:
        longest = since = 0.0
        for leg in self.legs:
            since = 0.0 if leg.link.bench else since + leg.link.length_m
            longest = max(longest, since)
        return longest

    @property
    def keys(self) -> frozenset[int]:
        return frozenset(leg.link.key for leg in self.legs)


@dataclass(frozen=True)
class Hindrance:
    """A stretch of the short way that was not taken, and why: forbidden, closed, or not measured."""

    link: Link
    reasons: tuple[Reason, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """The answer to "how do I get there": `best` is None when nobody can say that one gets there at all.

    `instead` says why the short way was not taken; `closed` are the links an outage closed that one would have used;
    `blocked` says what stands between start and goal when there is no way.
    """

    best: Way | None
    others: Sequence[Way] = ()
    shorter_unsure: Way | None = None
    short_m: float | None = None
    instead: Sequence[Hindrance] = ()
    closed: Sequence[int] = ()
    blocked: Sequence[Hindrance] = field(default_factory=tuple)


class Judge:
    """Verdicts of one profile on one graph with what is closed now, each made once."""

    def __init__(self, profile: Profile, closed: Collection[int] = ()) -> None:
        self.profile, self.closed = profile, frozenset(closed)
        self._made: dict[tuple[int, bool], Verdict] = {}

    def __call__(self, link: Link, forward: bool) -> Verdict:
        key = (link.key, forward)
        if key not in self._made:
            self._made[key] = judge(link, self.profile, forward=forward, closed=link.key in self.closed)
        return self._made[key]

    def sure(self, link: Link, forward: bool) -> float | None:
        verdict = self(link, forward)
        return verdict.cost if verdict.state == GOOD else None

    def possible(self, link: Link, forward: bool) -> float | None:
        verdict = self(link, forward)
        return None if verdict.state == NO else verdict.cost

    def anything(self, link: Link, forward: bool) -> float | None:
        """As few forbidden stretches as can be: to say what stands in the way."""
        verdict = self(link, forward)
        return verdict.cost + (FORBIDDEN_COST if verdict.state == NO else 0.0)


def search(
    graph: Graph, start: int, goals: Collection[int], weigh: Weigh
) -> tuple[int, list[tuple[Link, bool]]] | None:
    """The cheapest goal and the links to it; None where none is reached. Ties go to the smaller keys."""
    if start in goals:
        return start, []
    wanted = frozenset(goals)
    best: dict[int, float] = {start: 0.0}
    came: dict[int, tuple[Link, bool]] = {}
    done: set[int] = set()
    queue: list[tuple[float, int]] = [(0.0, start)]
    while queue:
        so_far, node = heapq.heappop(queue)
        if node in done:
            continue
        if node in wanted:
            return node, _traced(start, node, came)
        done.add(node)
        for link, forward in graph.out_of(node):
            further = other_end(link, forward)
            if further in done:
                continue
            cost = weigh(link, forward)
            if cost is None:
                continue
            total = so_far + cost
            if total < best.get(further, float("inf")):
                best[further] = total
                came[further] = (link, forward)
                heapq.heappush(queue, (total, further))
    return None


def _traced(start: int, node: int, came: Mapping[int, tuple[Link, bool]]) -> list[tuple[Link, bool]]:
    line = []
    while node != start:
        link, forward = came[node]
        line.append((link, forward))
        node = link.start if forward else link.end
    return line[::-1]


def way(graph: Graph, judged: Judge, start: int, goals: Collection[int], weigh: Weigh) -> Way | None:
    found = search(graph, start, goals, weigh)
    if found is None:
        return None
    goal, line = found
    return Way(tuple(Leg(link, forward, judged(link, forward)) for link, forward in line), start, goal)


def plan(graph: Graph, profile: Profile, start: int, goals: Collection[int], *, closed: Collection[int] = ()) -> Plan:
    """The best way for `profile` from `start` to the nearest of `goals`, and what to know beside it.

    A way whose every stretch is known good comes first, however long; one with unmeasured stretches is offered
    only where there is none, or beside it where it is much shorter. No stretch that is known to be bad is ever used.
    """
    judged = Judge(profile, closed)
    sure = way(graph, judged, start, goals, judged.sure)
    possible = way(graph, judged, start, goals, judged.possible)
    best = sure or possible
    shortest = way(graph, judged, start, goals, lambda link, _forward: link.length_m)
    if best is None:
        through = way(graph, judged, start, goals, judged.anything)
        return Plan(None, blocked=_hindrances(through, (NO,)) if through else ())
    goal = {best.goal}
    shorter = None
    if sure and possible and not possible.is_sure and possible.length_m < 0.8 * sure.length_m:
        shorter = possible
    instead: Sequence[Hindrance] = ()
    short_m = None
    if shortest and shortest.length_m < 0.95 * best.length_m:
        instead, short_m = _hindrances(shortest, (NO, UNSURE)), shortest.length_m
    return Plan(
        best,
        others=_others(graph, judged, best, goal),
        shorter_unsure=shorter,
        short_m=short_m,
        instead=instead,
        closed=_avoided(graph, profile, best, goal, judged.closed),
    )


def _hindrances(found: Way, states: Collection[str]) -> list[Hindrance]:
    return [
        Hindrance(leg.link, leg.verdict.reasons, leg.verdict.missing)
        for leg in found.legs
        if leg.verdict.state in states
    ]


def _others(graph: Graph, judged: Judge, best: Way, goal: Collection[int]) -> list[Way]:
    """Up to two ways that are really other: the used links are made dear, then dearer."""
    found: list[Way] = []
    used = set(best.keys)
    allowed = judged.sure if best.is_sure else judged.possible
    for dearer in (2.0, 4.0):

        def weigh(link: Link, forward: bool, dearer: float = dearer, used: frozenset[int] = frozenset(used)) -> (
                float | None):
            cost = allowed(link, forward)
            return None if cost is None else cost * (dearer if link.key in used else 1.0)

        other = way(graph, judged, best.start, goal, weigh)
        if other is None or other.cost > OTHER_COST_MAX * best.cost:
            continue
        if all(_shared(other, known) <= SAME_SHARE for known in (best, *found)):
            found.append(other)
            used |= other.keys
    return found


def _shared(one: Way, other: Way) -> float:
    both = sum(leg.link.length_m for leg in one.legs if leg.link.key in other.keys)
    return both / one.length_m if one.length_m else 1.0


def _avoided(graph: Graph, profile: Profile, best: Way, goal: Collection[int], closed: frozenset[int]) -> list[int]:
    """The closed links one would be on now if nothing were closed."""
    if not closed:
        return []
    open_judge = Judge(profile)
    weigh = open_judge.sure if best.is_sure else open_judge.possible
    usual = way(graph, open_judge, best.start, goal, weigh)
    return [leg.link.key for leg in usual.legs if leg.link.key in closed] if usual else []
