"""A thousand lives: one worker has told everything within seconds."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.faults.conftest import BOTH
from tests.faults.place import WAITING, Place, figures, size
from tests.faults.sound import assert_sound

pytestmark = pytest.mark.faults
OpenPlace = Callable[[str], Place]


@BOTH
def test_after_a_thousand_lives_the_outbox_is_empty_within_seconds(open_place: OpenPlace, vendor: str) -> None:
    place = open_place(vendor)
    lives = size(1000)
    place.inside("live", lives=lives, log=str(place.data / "steps"))
    events = place.one(WAITING)
    assert events >= lives * 5
    worker = place.start("work")
    place.until("SELECT count(*) FROM jobs_worker", bool, seconds=180, what="a worker that has started")
    began = time.monotonic()
    place.until(WAITING, lambda left: left == 0, seconds=300, what="events in the outbox")
    took = time.monotonic() - began
    worker.terminate()
    assert worker.wait(60) == 0
    place.work()
    found = assert_sound(place)
    figures(f"the outbox after many lives, {vendor}", lives=lives, events=events, seconds=round(took, 1),
            notices=found["notices"], outbox_left=found["outbox"])
