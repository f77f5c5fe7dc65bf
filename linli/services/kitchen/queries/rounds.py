"""Rounds as reads: which meals go to a door, where the doors are, a good order of them, the map, the next door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from django.db.models import QuerySet
from django.utils import timezone

from linli.foundation.areas.mapping import features_of
from linli.foundation.areas.models import Area, Facility, FacilityKind
from linli.foundation.people.models import Person
from linli.foundation.policy import policy
from linli.services.kitchen import routing
from linli.services.kitchen.models import (
    AlertState,
    Eater,
    Menu,
    Order,
    OrderState,
    Round,
    Site,
    Stop,
    StopState,
    Way,
    WelfareAlert,
)
from linli.services.kitchen.routing import Door, Legs, Routes

Point = tuple[float, float]


def to_carry(menu: Menu) -> list[Order]:
    """Packed meals that go to a door and are in no round yet."""
    rows = Order.objects.filter(menu=menu, way=Way.DELIVER, state=OrderState.PACKED, stop=None)
    return list(rows.select_related("person", "area", "menu__area").order_by("placed_at", "pk"))


def kitchen_at(area: Area) -> Point | None:
    """Where the rounds begin: the kitchen's facility, else the first canteen with a position."""
    site = Site.objects.filter(area=area).select_related("facility").first()
    known = [site.facility] if site and site.facility else []
    known += list(Facility.objects.filter(area=area, kind=FacilityKind.CANTEEN, lon__isnull=False).order_by("pk")[:1])
    return next(((one.lon, one.lat) for one in known if one.lon is not None and one.lat is not None), None)


def positions(menu: Menu, orders: Sequence[Order]) -> dict[int, Point]:
    """Where each order goes, by its id; an order whose building nobody has placed on the map is left out."""
    profiles = {one.person_id: one for one in Eater.objects.filter(
        area=menu.area, person__in=[order.person_id for order in orders]).select_related("building")}
    found: dict[int, Point] = {}
    for order in orders:
        profile = profiles.get(order.person_id or 0)
        building = profile.building if profile else None
        if building is not None and building.lon is not None and building.lat is not None:
            found[order.pk] = (building.lon, building.lat)
    return found


def legs(area: Area) -> Legs:
    """How one walks here, by the policy."""
    return Legs(policy("kitchen.walk_cm_s", area=area), policy("kitchen.detour_percent", area=area),
                policy("kitchen.door_seconds", area=area))


def _doors(menu: Menu, orders: Sequence[Order]) -> tuple[list[Door], list[int]]:
    """The doors with a position and their times, and the orders without one."""
    where = positions(menu, orders)
    at_home = dict(Eater.objects.filter(
        area=menu.area, person__in=[order.person_id for order in orders], home_from__isnull=False).values_list(
        "person", "home_from"))
    begins = timezone.localtime(menu.serves_from)
    until = int((menu.serves_until - menu.serves_from).total_seconds())
    doors = []
    for order in orders:
        if order.pk not in where:
            continue
        home = at_home.get(order.person_id or 0)
        late = 0 if home is None else (home.hour - begins.hour) * 3600 + (home.minute - begins.minute) * 60
        doors.append(Door(order.pk, *where[order.pk], portions=order.portions, from_s=min(max(late, 0), until),
                          until_s=until))
    return doors, [order.pk for order in orders if order.pk not in where]


def first_routes(menu: Menu, orders: Sequence[Order], *, carriers: int) -> tuple[Routes, bool]:
    """Routes by the plain rule, at once; doors without a position come last, after the others."""
    doors, lost = _doors(menu, orders)
    bag, begin = policy("kitchen.bag_portions", area=menu.area), kitchen_at(menu.area)
    if begin is None:
        return _chunks([order.pk for order in orders], orders, bag), False
    routes = routing.plain(begin, doors, carriers=carriers, bag=bag, legs=legs(menu.area)) if doors else ()
    return _with_lost(routes, lost, orders, bag), False


def best_routes(menu: Menu, orders: Sequence[Order], given: Routes) -> tuple[Routes, bool]:
    """The cheapest order of the doors, never worse than `given`; and whether the solver found it.

    The seed is the menu's day and meal, so that the same doors are put in the same order on every machine.
    """
    doors, lost = _doors(menu, orders)
    begin = kitchen_at(menu.area)
    if begin is None or not doors:
        return given, False
    bag, known = policy("kitchen.bag_portions", area=menu.area), {door.key for door in doors}
    placed = tuple(part for part in (tuple(key for key in route if key in known) for route in given) if part)
    routes, by_solver = routing.best(
        begin, doors, placed, carriers=len(given) or 1, bag=bag, legs=legs(menu.area),
        seed=crc32(f"{menu.on}{menu.serving}".encode()), iterations=policy("kitchen.solver_iterations", area=menu.area))
    return _with_lost(routes, lost, orders, bag), by_solver


def _with_lost(routes: Routes, lost: Sequence[int], orders: Sequence[Order], bag: int) -> Routes:
    """Doors that are on no map go where a bag still has room, else into a bag of their own."""
    size = {order.pk: order.portions for order in orders}
    filled = [list(route) for route in routes]
    for pk in lost:
        room = next((route for route in filled if sum(size[one] for one in route) + size[pk] <= bag), None)
        if room is None:
            filled.append([pk])
        else:
            room.append(pk)
    return tuple(tuple(route) for route in filled)


def _chunks(keys: Sequence[int], orders: Sequence[Order], bag: int) -> Routes:
    return _with_lost((), keys, orders, bag)


def length_of(menu: Menu, points: Sequence[Point | None]) -> int:
    """Metres of a round; doors without a position count nothing."""
    begin, known = kitchen_at(menu.area), [point for point in points if point is not None]
    return routing.length(begin, known, legs(menu.area)) if begin is not None else 0


@dataclass(frozen=True)
class Words:
    """What the carrier must know of a door, and no more."""

    stop: Stop
    name: str
    door: str
    note: str
    neighbour: str
    portions: int


def words_for(stops: Sequence[Stop]) -> list[Words]:
    """The doors of a round, masked names; the whole address and the neighbour only while the meal is on its way."""
    profiles: Mapping[int, Eater] = {one.person_id: one for one in Eater.objects.filter(
        person__in=[stop.order.person_id for stop in stops]).select_related("building__compound")}
    found = []
    for stop in stops:
        profile = profiles.get(stop.order.person_id or 0) if stop.is_open else None
        where = f"{profile.building or ''} {profile.door}".strip() if profile else ""
        found.append(Words(stop, stop.order.shown_name, where, profile.door_words if profile else "",
                           profile.neighbour if profile else "", stop.order.portions))
    return found


def stops_of(row: Round) -> list[Stop]:
    """In the order they are walked now."""
    return list(row.stops.select_related("order__person", "round__area").order_by("position", "pk"))


def drawing(row: Round, stops: Sequence[Stop]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The community's map with the round's line, and its marks with their numbers."""
    begin = kitchen_at(row.area)
    line = [begin] if begin else []
    line += [(stop.lon, stop.lat) for stop in stops if stop.lon is not None and stop.lat is not None]
    features = [one for one in features_of(row.area) if (one.get("properties") or {}).get("kind") != "edge"]
    if len(line) > 1:
        features.append({"type": "Feature", "properties": {"kind": "edge", "name": "round"},
                         "geometry": {"type": "LineString", "coordinates": [list(point) for point in line]}})
    marks: list[dict[str, Any]] = []
    if begin:
        marks.append({"lon": begin[0], "lat": begin[1], "word": "★", "shape": "square", "tone": "brand"})
    at_once: dict[Point, list[str]] = {}
    for number, stop in enumerate(stops, start=1):
        if stop.lon is not None and stop.lat is not None:
            at_once.setdefault((stop.lon, stop.lat), []).append(str(number))
    marks += [{"lon": lon, "lat": lat, "word": "·".join(numbers), "shape": "circle", "tone": "warm"}
              for (lon, lat), numbers in at_once.items()]
    return features, marks


def mine(person: Person) -> QuerySet[Round]:
    """Rounds the person carries that are not over."""
    rows: QuerySet[Round] = Round.objects.filter(carrier=person).exclude(state="done")
    return rows.select_related("menu__area", "area").order_by("starts_at", "pk")


def open_alerts(person: Person) -> QuerySet[WelfareAlert]:
    """Doors that stayed shut and nobody has said what was found; the longest waiting first."""
    rows: QuerySet[WelfareAlert] = WelfareAlert.objects.visible_to(person).filter(state=AlertState.OPEN)
    return rows.select_related("order__menu", "person", "area", "taken_by").order_by("raised_at", "pk")


def progress(row: Round) -> tuple[int, int]:
    """Doors done, and all of them."""
    states = list(row.stops.values_list("state", flat=True))
    return sum(state not in (StopState.WAITING, StopState.AGAIN) for state in states), len(states)
