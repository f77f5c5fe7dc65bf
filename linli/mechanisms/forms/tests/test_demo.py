"""The demo's forms are sound, answered, and leave something to fill in."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.mechanisms.forms import demo, queries
from linli.mechanisms.forms.definition import faults_of
from linli.mechanisms.forms.models import FormDraft, Inquiry, Sheet

pytestmark = pytest.mark.django_db


class _Demo:
    """As much of the demo community as this room asks of it."""

    def __init__(self, area: Area, people: dict[str, list[Person]]) -> None:
        self.area, self.random, self._people = area, random.Random(7), people

    def people(self, role: str) -> list[Person]:
        return self._people[role]

    @contextmanager
    def days_ago(self, days: int) -> Iterator[None]:
        with clock.at(clock.now() - timedelta(days=days)):
            yield


def test_the_demo(community: Area, worker: Person, community_head: Person, resident: Person, make_person: Any) -> None:
    for number in range(9):
        make_person(f"居民{number}", community)
    demo.furnish(_Demo(community, {"worker": [worker], "community_head": [community_head]}))
    inquiry = Inquiry.objects.get()
    assert inquiry.is_open
    assert Sheet.objects.filter(inquiry=inquiry, state="submitted").exists()
    assert inquiry in [one for one, _sheet in queries.waiting_for(resident)]
    draft = FormDraft.objects.get()
    assert draft.state == "waiting"
    assert faults_of(draft.body) == []
