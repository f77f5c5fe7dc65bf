"""Doors in a good order: pure functions over positions, times and bags; no database.

`best` gives the cheapest of the order that is there, a plain rule and the solver; it is therefore never worse than what
was there, and every door stands in it once. Distances are straight lines times a factor: there is no network of
footpaths for every community, and the pages say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import atan2

from linli.foundation.areas.mapping import metres

SOLVER_FROM = 4  # with fewer doors the plain rule finds the best order by trying
Routes = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Door:
    """A door to be reached between two moments, in seconds after the round begins."""

    key: int
    lon: float
    lat: float
    portions: int = 1
    from_s: int = 0
    until_s: int = 24 * 3600


@dataclass(frozen=True)
class Legs:
    """How one walks: cm a second, straight lines times `detour` percent, seconds at each door."""

    cm_s: int = 110
    detour: int = 130
    door_s: int = 150

    def metres(self, one: tuple[float, float], other: tuple[float, float]) -> int:
        return round(metres(one, other) * self.detour / 100)

    def seconds(self, distance: int) -> int:
        return round(distance * 100 / self.cm_s)


@dataclass(frozen=True, order=True)
class Cost:
    """What counts, most important first: portions over the bag, seconds too late, metres walked."""

    over: int
    late_s: int
    metres: int


def cost(kitchen: tuple[float, float], doors: Sequence[Door], routes: Routes, *, bag: int, legs: Legs) -> Cost:
    """What those routes cost, back to the kitchen each. Raises `KeyError` for a door that is not there."""
    by_key = {door.key: door for door in doors}
    over = late = walked = 0
    for route in routes:
        over += max(0, sum(by_key[key].portions for key in route) - bag)
        place, clock = kitchen, 0
        for key in route:
            door = by_key[key]
            step = legs.metres(place, (door.lon, door.lat))
            walked += step
            clock = max(clock + legs.seconds(step), door.from_s)
            late += max(0, clock - door.until_s)
            clock, place = clock + legs.door_s, (door.lon, door.lat)
        walked += legs.metres(place, kitchen) if route else 0
    return Cost(over, late, walked)


def plain(kitchen: tuple[float, float], doors: Sequence[Door], *, carriers: int, bag: int, legs: Legs) -> Routes:
    """Without a solver: doors by their direction from the kitchen, shared out evenly, each part walked shortest.

    A bag that is full begins the next one, so there may be more routes than `carriers`.
    """
    turned = sorted(doors, key=lambda door: (atan2(door.lat - kitchen[1], door.lon - kitchen[0]), door.key))
    total = sum(door.portions for door in turned)
    aim = min(bag, -(-total // max(carriers, 1))) or 1
    parts: list[list[Door]] = []
    load = 0
    for door in turned:
        if not parts or (parts[-1] and load + door.portions > aim):
            parts.append([])
            load = 0
        parts[-1].append(door)
        load += door.portions
    return tuple(tuple(_walked(kitchen, part, bag, legs)) for part in parts)


def _walked(kitchen: tuple[float, float], part: Sequence[Door], bag: int, legs: Legs) -> list[int]:
    """Nearest door next, then two crossing legs are uncrossed while that makes it cheaper."""
    left, order, place = list(part), [], kitchen
    while left:
        near = min(left, key=lambda door: (legs.metres(place, (door.lon, door.lat)), door.key))
        left.remove(near)
        order.append(near.key)
        place = (near.lon, near.lat)

    def price(keys: list[int]) -> Cost:
        return cost(kitchen, part, (tuple(keys),), bag=bag, legs=legs)

    best, better = price(order), True
    while better:
        better = False
        for one in range(len(order) - 1):
            for other in range(one + 1, len(order)):
                turned = order[:one] + order[one:other + 1][::-1] + order[other + 1:]
                found = price(turned)
                if found < best:
                    order, best, better = turned, found, True
    return order


def solved(kitchen: tuple[float, float], doors: Sequence[Door], *, carriers: int, bag: int, legs: Legs, seed: int,
           iterations: int) -> Routes | None:
    """By pyvrp, stopped after so many steps and not by the clock, so that the same doors give the same order.

    None where it finds no order that keeps bags and times.
    """
    from pyvrp import Model
    from pyvrp.stop import MaxIterations

    model = Model()
    points = [kitchen, *[(door.lon, door.lat) for door in doors]]
    places = [model.add_location(x=float(number), y=0.0) for number in range(len(points))]
    depot = model.add_depot(places[0])
    model.add_vehicle_type(num_available=carriers, capacity=bag, start_depot=depot, end_depot=depot, tw_early=0,
                           start_late=0)
    for place, door in zip(places[1:], doors, strict=True):
        model.add_client(place, delivery=door.portions, service_duration=legs.door_s, tw_early=door.from_s,
                         tw_late=max(door.until_s, door.from_s))
    for here, one in zip(places, points, strict=True):
        for there, other in zip(places, points, strict=True):
            if here is not there:
                distance = legs.metres(one, other)
                model.add_edge(here, there, distance=distance, duration=legs.seconds(distance))
    result = model.solve(MaxIterations(iterations), seed=seed, collect_stats=False, display=False)
    if not result.is_feasible():
        return None
    found = []
    for route in result.best.routes():
        keys = [doors[visit.idx].key for visit in route.schedule() if visit.is_client()]
        if keys:
            found.append(tuple(keys))
    return tuple(found)


def best(kitchen: tuple[float, float], doors: Sequence[Door], given: Routes = (), *, carriers: int, bag: int,
         legs: Legs, seed: int, iterations: int) -> tuple[Routes, bool]:
    """The cheapest routes known, and whether the solver found them. `given` (if it holds every door) is a candidate.

    No two candidates are ever mixed: each holds every door once.
    """
    if not doors:
        return (), False
    carriers = max(carriers, -(-sum(door.portions for door in doors) // bag))
    candidates: list[tuple[Cost, int, Routes, bool]] = []

    def offer(routes: Routes | None, by_solver: bool) -> None:
        if routes and holds_each_once(routes, doors) and len(routes) <= max(carriers, len(given)):
            price = cost(kitchen, doors, routes, bag=bag, legs=legs)
            candidates.append((price, len(candidates), routes, by_solver))

    offer(given, False)
    simple = plain(kitchen, doors, carriers=carriers, bag=bag, legs=legs)
    carriers = max(carriers, len(simple))
    offer(simple, False)
    if len(doors) >= SOLVER_FROM:
        offer(solved(kitchen, doors, carriers=carriers, bag=bag, legs=legs, seed=seed, iterations=iterations), True)
    _price, _order, routes, by_solver = min(candidates, key=lambda one: one[:2])
    return routes, by_solver


def holds_each_once(routes: Routes, doors: Sequence[Door]) -> bool:
    """Is every door in it, and none twice?"""
    return sorted(key for route in routes for key in route) == sorted(door.key for door in doors)


def length(kitchen: tuple[float, float], points: Sequence[tuple[float, float]], legs: Legs) -> int:
    """Metres of one round, there and back."""
    way = [kitchen, *points, kitchen]
    return sum(legs.metres(one, other) for one, other in pairwise(way)) if points else 0
