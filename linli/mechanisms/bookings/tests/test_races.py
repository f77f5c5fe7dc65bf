"""Many people at the same moment, in processes of their own, on a database of their own; and kill -9 among them.

`make faults` runs 64 clients on 8 processes on both databases; without it sixteen on two do.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.faults, pytest.mark.slow]
FULL = os.environ.get("LINLI_FAULTS") == "full"
ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize("vendor", ["sqlite", "postgresql"])
def test_exactly_ten_have_a_place_and_the_rest_wait_in_order(vendor):
    clients = ["--clients", "64", "--rounds", "5"] if FULL else ["--clients", "16"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LINLI_", "DJANGO_"))}
    run = subprocess.run(
        [sys.executable, "-m", "linli", "bench", "bookings", "--quick", "--json", "--database", vendor, *clients],
        cwd=ROOT, env=kept, capture_output=True, text=True, check=False, timeout=1_800)
    assert run.returncode == 0, run.stderr[-2_000:]
    told = json.loads(run.stdout)
    got = told["figures"]
    assert (got["booked"], got["overbooked"], got["errors"], got["lost"], got["counts_wrong"]) == (
        got["places"], 0, 0, 0, 0), told
    for scenario in ("family", "term", "together"):
        assert (got[f"{scenario}_booked"], got[f"{scenario}_wrong"], got[f"{scenario}_errors"]) == (
            got[f"{scenario}_expected"], 0, 0), told
    assert (got["storm_out_of_order"], got["storm_errors"], got["double_taps"], got["tap_errors"]) == (0, 0, 0, 0), told
    assert (got["wrong_after_kill"], got["kills"] > 0) == (0, True), told
