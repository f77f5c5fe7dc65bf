"""Reads about places, hazards and ways to school."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from linli.foundation.areas.mapping import features_of
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person, RoleAssignment
from linli.foundation.policy import policy
from linli.services.children.models import Hazard, Route, Segment, Spot
from linli.services.children.rules import Score, length_m, route_score, segment_score


def spots(person: Person, area: Area, *, kind: str = "", age: int | None = None, words: str = "") -> QuerySet[Spot]:
    """The places of `area` for children of `age`, with `open_hazards`. One query."""
    rows: QuerySet[Spot] = Spot.objects.visible_to(person).filter(area__code__startswith=area.code[:12])
    if kind:
        rows = rows.filter(kind=kind)
    if age is not None:
        rows = rows.filter(age_from__lte=age, age_to__gte=age)
    if words:
        rows = rows.filter(Q(facility__name__icontains=words) | Q(note__icontains=words))
    open_ones = Count("hazards", filter=Q(hazards__case__is_open=True))
    return rows.annotate(open_hazards=open_ones).select_related("facility", "area").order_by("id")


def checks_due(day: date) -> list[Spot]:
    """Spots whose check is due within the policy's days ahead, or past."""
    ahead = policy("children.check_ahead_days")
    return list(Spot.objects.filter(next_check_on__lte=day + timedelta(days=ahead)).select_related("facility", "area"))


def hazards_of(things: Iterable[Spot | Segment]) -> list[Hazard]:
    """The hazards of those places that are not mended, newest first. One query."""
    spots_: list[int] = []
    segments: list[int] = []
    for thing in things:
        (spots_ if isinstance(thing, Spot) else segments).append(thing.pk)
    return list(Hazard.objects.filter(Q(spot__in=spots_) | Q(segment__in=segments), case__is_open=True).select_related(
        "case", "spot__facility", "segment__route").order_by("-case__created", "-pk"))


def open_hazards(person: Person, area: Area) -> QuerySet[Hazard]:
    """Every hazard of the area that is not mended, for the desk, nearest deadline first."""
    return Hazard.objects.filter(case__is_open=True, case__area_code=area.code[:12]).select_related(
        "case", "spot__facility", "segment__route").order_by("case__due_at", "pk")


@dataclass(frozen=True)
class Stretch:
    """A segment with its length, its score and its open hazards."""

    segment: Segment
    length: int
    score: Score
    hazards: Sequence[Hazard]


@dataclass(frozen=True)
class Way:
    """A route, judged."""

    route: Route
    stretches: Sequence[Stretch]
    points: int
    length: int

    @property
    def grade(self) -> str:
        return "good" if self.points >= 80 else "fair" if self.points >= 60 else "poor"

    @property
    def worst(self) -> Stretch | None:
        return min(self.stretches, key=lambda one: one.score.points) if self.stretches else None

    @property
    def minutes(self) -> int:
        """A child's walk at 60 metres a minute."""
        return max(1, round(self.length / 60))


def routes(person: Person, area: Area, *, words: str = "", drafts: bool = False) -> list[Way]:
    """The ways of `area`, judged; unpublished ones only for who draws them. Three queries, however many there are."""
    rows = Route.objects.visible_to(person).filter(area__code__startswith=area.code[:12])
    rows = rows.select_related("school", "area")
    if not drafts:
        rows = rows.filter(is_published=True)
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(school__name__icontains=words) | Q(starts_at__icontains=words))
    return scored(list(rows.prefetch_related("segments").order_by("name", "pk")))


def scored(rows: Sequence[Route]) -> list[Way]:
    """Each route with the score of `rules.segment_score` and the weights in force. Two queries."""
    weights = policy("children.route_weights")
    segments = [segment for route in rows for segment in route.segments.all()]
    by_segment: dict[int, list[Hazard]] = {}
    for hazard in hazards_of(segments):
        by_segment.setdefault(hazard.segment_id or 0, []).append(hazard)
    found = []
    for route in rows:
        stretches = [
            Stretch(one, round(length_m(one.points)),
                    segment_score(one.facts(len(by_segment.get(one.pk, []))), weights), by_segment.get(one.pk, []))
            for one in route.segments.all()]
        found.append(Way(route, stretches, route_score([(one.length, one.score) for one in stretches], weights),
                         sum(one.length for one in stretches)))
    return found


def map_features(area: Area, ways: Iterable[Way] = ()) -> list[dict[str, Any]]:
    """The community's map with the ways drawn over it."""
    lines = [
        {"type": "Feature", "properties": {"kind": "edge", "name": ""},
         "geometry": {"type": "LineString", "coordinates": stretch.segment.points}}
        for way in ways for stretch in way.stretches]
    return [*features_of(area), *lines]


def keepers(area: Area) -> list[Person]:
    """The staff of the place who keep what is children's."""
    moment = now()
    rows = RoleAssignment.objects.filter(
        Q(until=None) | Q(until__gt=moment), role__in=["worker", "community_head"], area__code=area.code[:12],
        since__lte=moment, withdrawn=None, person__is_active=True)
    found = {row.person_id: row.person for row in rows.select_related("person__community").order_by("pk")}
    return list(found.values())
