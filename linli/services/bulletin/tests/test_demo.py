"""The demo's board is full, believable, and could have been written by hand."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from linli.foundation.areas.models import Area, Building, Compound
from linli.foundation.calendar import clock
from linli.foundation.people.models import Person, RoleAssignment
from linli.services.bulletin import demo, queries
from linli.services.bulletin.models import Announcement, Kind, State

pytestmark = pytest.mark.django_db


class _Demo:
    """As much of the demo community as this room asks of it."""

    def __init__(self, area: Area, people: dict[str, list[Person]], compounds: list[Compound]) -> None:
        self.area, self.compounds, self.random = area, compounds, random.Random(7)
        self._people = people

    def people(self, role: str) -> list[Person]:
        return self._people[role]

    @contextmanager
    def days_ago(self, days: int) -> Iterator[None]:
        with clock.at(clock.now() - timedelta(days=days)):
            yield


def test_ninety_days_of_news(
        community: Area, worker: Person, community_head: Person, property_desk: Person, compound: Compound,
        building: Building, resident: Person) -> None:
    RoleAssignment.objects.update(since=clock.now() - timedelta(days=400))
    people = {"worker": [worker], "community_head": [community_head], "property_desk": [property_desk]}
    demo.furnish(_Demo(community, people, [compound]))
    published = Announcement.objects.filter(state=State.PUBLISHED)
    assert published.count() >= 25
    assert set(published.values_list("kind", flat=True)) >= set(Kind.values) - {Kind.OTHER}
    assert {row.state for row in Announcement.objects.all()} == set(State.values)
    spread = [row.shown_from for row in published.order_by("shown_from")]
    assert spread[-1] - spread[0] > timedelta(days=80)
    assert queries.on_board(resident).count() >= 10
    assert queries.for_home(resident)[0].is_about_home
    assert not published.filter(age_basis="", age_from__isnull=False).exists()
