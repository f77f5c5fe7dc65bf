"""kill -9 after each single statement and each single commit: of a whole life of a case, and of a worker's round."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.conftest import BOTH
from tests.faults.place import FULL, Place, figures
from tests.faults.sound import assert_sound

pytestmark = pytest.mark.faults
OpenPlace = Callable[[str], Place]


@BOTH
def test_a_life_is_killed_after_each_statement(open_place: OpenPlace, vendor: str) -> None:
    """Whoever sends their step again has it once: what was committed is there, what was not is as if never sent."""
    place = open_place(vendor)
    found = place.inside("kill_at_each_statement", every=1 if FULL else 20)
    assert found["wrong"] == {}, "killed after these, a step was lost or doubled"
    assert found["kills"] >= (found["points"] if FULL else 4)
    place.work()
    sound = assert_sound(place)
    figures(f"kill -9 after each statement of a life, {vendor}", statements_and_commits=found["points"],
            kills=found["kills"], cases=sound["cases"], steps=sound["steps"], lost=0, doubled=0)


@BOTH
def test_a_round_of_the_worker_is_killed_after_each_statement(open_place: OpenPlace, vendor: str) -> None:
    place = open_place(vendor)
    found = place.inside("kill_the_round_at_each_statement", every=5 if FULL else 60)
    assert found["kills"] >= 5
    place.work()
    place.work(shift_s=400)  # beyond the lease of a message that a killed worker held
    sound = assert_sound(place)
    figures(f"kill -9 after statements of a worker's round, {vendor}", statements_and_commits=found["points"],
            kills=found["kills"], firings=sound["firings"], doubled=sound["doubled"], missed=sound["due"],
            notices=sound["notices"], outbox_left=sound["outbox"])
