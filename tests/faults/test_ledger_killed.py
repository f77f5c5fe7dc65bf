"""The books under kill -9, under the same transfer from many sides, and under a run on the last units."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import HERE
from tests.faults.conftest import BOTH, BOTH_IN_FULL
from tests.faults.place import Place, figures, size

pytestmark = pytest.mark.faults
OpenPlace = Callable[[str], Place]
CLIENTS, TIMES = 8, 50


def inside(place: Place, verb: str, **facts: Any) -> dict[str, Any]:
    """The answer of `tests.faults.inside_ledger.<verb>` on this place's database."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.inside_ledger", verb, json.dumps(facts)], cwd=HERE, capture_output=True,
        text=True, env=place.environment, timeout=900)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


@BOTH_IN_FULL
def test_killed_in_the_middle_of_settlement(open_place: OpenPlace, vendor: str) -> None:
    place = open_place(vendor)
    found = inside(place, "settle", kills=size(200), seed=int(os.environ.get("LINLI_FAULTS_SEED", "2026")))
    assert found["lost"] == [], "a transfer that was answered is not there"
    assert (found["different_before"], found["different"], found["altered"]) == ([], [], [])
    assert (found["pending"], found["open"]) == (0, 0)
    assert found["people"] == found["expected"], "something was done twice or half"
    assert found["cut_off"] > 0, "no kill met a settlement half-way"
    assert place.one("SELECT SUM(posted) FROM ledger_balance") == 0
    figures(f"kill -9 in settlement, {vendor}", kills=found["kills"], begun=found["begun"], answered=found["told"],
            cut_off=found["cut_off"], kept_though_not_answered=found["kept_though_not_told"],
            transfers=found["transfers"], lost=0, doubled=0, differences=0)


@BOTH
def test_one_transfer_and_one_jar_from_eight_sides(open_place: OpenPlace, vendor: str) -> None:
    place = open_place(vendor)
    found = inside(place, "same", clients=CLIENTS, times=TIMES)
    assert found["told"] == {found["transfer"]: CLIENTS * (TIMES - 1), "same_id": CLIENTS}
    assert (found["balance"], found["audited"]) == (60, 1)
    assert (found["different"], found["altered"]) == ([], [])
    figures(f"one transfer sent {CLIENTS * TIMES} times, {vendor}", transfers=1, moved=found["balance"])
    jar = inside(place, "last_unit", clients=CLIENTS, rounds=size(400))
    assert jar["codes"] == ["short"] * CLIENTS
    assert (jar["taken"], jar["left"]) == (size(400), 0)
    assert (jar["different"], jar["altered"]) == ([], [])
    figures(f"8 take from one jar, {vendor}", units=size(400), taken=jar["taken"], left=0)
