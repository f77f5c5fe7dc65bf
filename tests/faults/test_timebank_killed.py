"""The time bank under kill -9 in the middle of settling: every service is credited once, and the books balance."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import HERE
from tests.faults.conftest import BOTH_IN_FULL
from tests.faults.place import Place, figures, size

pytestmark = pytest.mark.faults


@BOTH_IN_FULL
def test_killed_while_settling_services(open_place: Callable[[str], Place], vendor: str) -> None:
    place, kills = open_place(vendor), size(200)
    facts = json.dumps({"kills": kills, "seed": int(os.environ.get("LINLI_FAULTS_SEED", "2026"))})
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.inside_timebank", "settle", facts], cwd=HERE, capture_output=True,
        text=True, env=place.environment, timeout=900)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    assert found["settled"] == kills + 1  # one before, to take the time
    assert found["transfers"] == kills + 1, "a service was settled twice or not at all"
    assert found["people"] == found["credited"] == 60 * (kills + 1)
    assert (found["balanced"], found["clearing"], found["open"]) == (True, 0, 0)
    assert found["cut_off"] > 0, "no kill met a settlement half-way"
    figures(f"kill -9 while settling services, {vendor}", kills=kills, cut_off=found["cut_off"],
            settled_before_the_retry=found["early"], settled=found["settled"], lost=0, doubled=0)
