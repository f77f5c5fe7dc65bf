"""The demo holds what a newcomer should find, and its books balance."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from linli.foundation.calendar import clock
from linli.services.kitchen.models import Gift, Lot, Menu, Recall, Round, WelfareAlert
from linli.services.kitchen.tests.conftest import books_are_clean

pytestmark = pytest.mark.django_db


def test_the_demo_is_full_of_life() -> None:
    from linli.interfaces.cli import demoing

    # The demo's own today, not the Monday of this room's other tests; it is written before this moment.
    with clock.at(timezone.localtime() + timedelta(minutes=10)):
        _look(demoing.seed(small=True, say=None))


def _look(demo: Any) -> None:
    assert Lot.objects.filter(area=demo.area).count() > 8
    assert {"offered", "accepted", "received", "declined"} <= set(Gift.objects.values_list("state", flat=True))
    assert Menu.objects.filter(state="open").count() >= 1
    assert Round.objects.filter(state="out").count() >= 1
    assert WelfareAlert.objects.filter(state="open").count() == 1
    recall = Recall.objects.get()
    assert recall.eaten > 0
    assert books_are_clean()
