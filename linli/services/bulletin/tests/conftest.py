from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from linli.foundation.areas.models import Area, Building, Compound
from linli.foundation.calendar import clock
from linli.foundation.people.models import Organisation, Person
from linli.services.bulletin import actions
from linli.services.bulletin.actions import Text
from linli.services.bulletin.models import Announcement

Publish = Callable[..., Announcement]
NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)  # Wednesday noon in Hangzhou


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.at(NOON):
        yield


@pytest.fixture
def publish(worker: Person, community_head: Person, community: Area) -> Publish:
    """`publish(title, **Text fields)`: written by the worker, approved by the head; `of` a property company."""

    def published(title: str = "明天停水", body: str = "请提前接水。", *, area: Area | None = None,
                  of: Organisation | None = None, by: Person | None = None, head: Person | None = None,
                  **more: Any) -> Announcement:
        author = by or worker
        row = actions.draft(author, area or community, Text(title=title, body=body, **more), organisation=of)
        actions.submit(author, row)
        return actions.approve(head or community_head, row, version=1)

    return published


@pytest.fixture
def other_building(compound: Compound) -> Building:
    return Building.objects.create(area=compound.area, compound=compound, name="5号楼", number=5)


@pytest.fixture
def other_compound(community: Area) -> Compound:
    return Compound.objects.create(area=community, name="桂花苑")
