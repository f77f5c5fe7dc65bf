"""The demo holds what a newcomer should find, and a wheelchair finds its way in it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from linli.foundation.areas.models import Facility
from linli.foundation.calendar import clock
from linli.services.access.models import Fact, FactState, GuideRequest, Outage, PathEdge
from linli.services.access.queries import network, works

pytestmark = pytest.mark.django_db


def test_the_demo_is_full_of_life() -> None:
    from linli.interfaces.cli import demoing

    # The demo's own today, not the noon of this room's other tests; it is written before this moment.
    with clock.at(timezone.localtime() + timedelta(minutes=10)):
        _look(demoing.seed(small=True, say=None))


def _look(demo: Any) -> None:
    assert PathEdge.objects.filter(area=demo.area).count() > 20
    assert Fact.objects.filter(state=FactState.PROPOSED).count() == 2
    assert Fact.objects.filter(state=FactState.CONFIRMED).count() > 15
    assert Outage.objects.filter(area=demo.area).count() >= 1
    assert {case.state for case in works.works_for_desk(demo.worker)} >= {"asking", "asked"}
    assert GuideRequest.objects.filter(state="done").count() == 1
    spots = {spot.title: spot.key for spot in network.spots(demo.area)}
    answered = network.answer(demo.area, "manual", spots["梧桐苑南门"], "kind:toilet")
    assert answered is not None
    assert answered.plan.best is not None
    assert Facility.objects.get(pk=answered.graph.nodes[answered.plan.best.goal].facility).kind == "toilet"
