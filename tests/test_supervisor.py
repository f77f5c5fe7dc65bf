"""One process tree: a child that dies comes back, and nothing outlives the whole, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent.parent
# A child writes its pid and then its helper's; it would live for ten minutes if nobody ended it.
CHILD = """
import os, subprocess, sys, time
from linli.interfaces.cli import lifeline
lifeline.hold()
helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
with open(sys.argv[1], "a") as out: out.write(f"{os.getpid()} {helper.pid}\\n")
{stubborn}
time.sleep(600)
"""
PARENT = """
import sys
from linli.interfaces.cli.supervisor import Supervisor
sys.exit(Supervisor({"one": [sys.executable, sys.argv[1], sys.argv[2]]}, say=print).run())
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    begun: list[subprocess.Popen[str]] = []

    def run(*, stubborn: bool = False) -> subprocess.Popen[str]:
        ignore = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)" if stubborn else ""
        (tmp_path / "child.py").write_text(CHILD.replace("{stubborn}", ignore))
        (tmp_path / "parent.py").write_text(PARENT)
        process = subprocess.Popen(
            [sys.executable, tmp_path / "parent.py", tmp_path / "child.py", tmp_path / "pids"],
            env={**os.environ, "PYTHONPATH": str(HERE)}, stdout=subprocess.PIPE, text=True)
        begun.append(process)
        return process

    yield run
    for process in begun:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def lives(tmp_path: Path, number: int, *, seconds: float = 60) -> list[int]:
    """The pids of the `number`th life of the child and its helper, once it has begun."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        lines = (tmp_path / "pids").read_text().splitlines() if (tmp_path / "pids").exists() else []
        if len(lines) >= number and len(lines[number - 1].split()) == 2:
            return [int(pid) for pid in lines[number - 1].split()]
        time.sleep(0.05)
    raise AssertionError(f"the child has not begun its life number {number}")


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def gone(pids: list[int], *, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not any(alive(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


pytestmark = [pytest.mark.faults, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]


def test_a_child_that_is_killed_comes_back_and_its_helpers_do_not_linger(
    tmp_path: Path, start: Callable[..., subprocess.Popen[str]],
) -> None:
    start()
    child, helper = lives(tmp_path, 1)
    os.kill(child, signal.SIGKILL)
    assert lives(tmp_path, 2)[0] != child
    assert gone([child, helper], seconds=30)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_all_is_gone(
    tmp_path: Path, start: Callable[..., subprocess.Popen[str]], number: signal.Signals,
) -> None:
    parent = start()
    pids = lives(tmp_path, 1)
    parent.send_signal(number)
    assert parent.wait(30) == 0
    assert gone(pids, seconds=30)


def test_a_child_that_will_not_stop_is_ended_by_force(
    tmp_path: Path, start: Callable[..., subprocess.Popen[str]],
) -> None:
    parent = start(stubborn=True)
    pids = lives(tmp_path, 1)
    parent.terminate()
    assert parent.wait(30) == 1
    assert gone(pids, seconds=30)


def test_when_the_supervisor_is_killed_no_child_stays_behind(
    tmp_path: Path, start: Callable[..., subprocess.Popen[str]],
) -> None:
    parent = start()
    pids = lives(tmp_path, 1)
    parent.kill()
    assert gone(pids, seconds=30)
