"""PostgreSQL goes away in the middle: connections are ended, the server crashes and comes back, its disk is full."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from bench.postgres import unprivileged
from tests.faults.client import Client, quick_report
from tests.faults.place import WAITING, Place, chance, figures, size
from tests.faults.sound import assert_sound
from tests.faults.test_full_disk import SAID
from tests.faults.test_killed import Life

pytestmark = pytest.mark.faults
OpenPlace = Callable[[str], Place]
END_ALL = """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""


@contextmanager
def lives_on(place: Place, count: int) -> Iterator[list[Life]]:
    """People at work over HTTP; at the end of the block all they were answered must be there, once."""
    lives = [Life(place, number) for number in range(count)]
    for life in lives:
        life.start()
    yield lives
    for life in lives:
        life.stop.set()
    for life in lives:
        life.join(300)
    assert [life.error for life in lives] == [None] * count, place.log()[-3000:]
    reports = {once: number for life in lives for once, number in life.reports.items()}
    assert dict(place.query("SELECT once, number FROM cases_case WHERE once <> ''")) == reports
    made = Counter(place.query(
        "SELECT c.number, e.name FROM cases_caseevent e JOIN cases_case c ON c.id = e.case_id WHERE e.name <> 'rung'"))
    assert set(made.values()) == {1}, "a step was made twice"
    assert all(made[step] == 1 for life in lives for step in life.steps), "an answered step is not there"


def answered(lives: list[Life]) -> int:
    return sum(len(life.steps) for life in lives)


def more(lives: list[Life], than: int, seconds: float = 120) -> None:
    """Wait until more steps were answered: all is well again."""
    ends = time.monotonic() + seconds
    while answered(lives) <= than:
        assert all(life.error is None for life in lives), [life.error for life in lives]
        assert time.monotonic() < ends, f"nothing was answered for {seconds} s"
        time.sleep(0.02)


def test_connections_end_in_the_middle_of_what_people_do(open_place: OpenPlace) -> None:
    place, dice = open_place("postgresql"), chance()
    place.inside("report", count=size(300), days_ago=16)
    server, worker = place.web(LINLI_WEB_PROCESSES="2"), place.start("work")
    cuts, ended = size(80), 0
    with lives_on(place, 3) as lives:
        for _cut in range(cuts):
            more(lives, answered(lives))
            time.sleep(dice.uniform(0, 0.3))
            ended += place.one(END_ALL)
        more(lives, answered(lives) + 3)
    assert server.poll() is None
    assert worker.poll() is None, "the worker did not outlive it"
    place.until(WAITING, lambda left: left == 0, seconds=300, what="events in the outbox")
    place.kill(server)
    worker.terminate()
    assert worker.wait(60) == 0
    place.work(shift_s=400)  # what a listener still owes, and the lease of a message, are due by then
    found = assert_sound(place)
    figures("connections to PostgreSQL ended", cuts=cuts, connections_ended=ended, reports=sum(
        len(life.reports) for life in lives), steps=found["steps"], pages_that_said_so=sum(
            client.broken for life in lives for client in life.clients.values()), firings=found["firings"],
            lost=0, doubled=0)


def test_the_server_crashes_and_comes_back(open_place: OpenPlace) -> None:
    """Web and worker are not restarted by anybody; a worker that starts meanwhile waits."""
    place = open_place("postgresql")
    server, worker = place.web(), place.start("work")
    crashes, late = size(6, 1), []
    with lives_on(place, 2) as lives:
        for _crash in range(crashes):
            more(lives, answered(lives) + 3)
            place.crash_database()
            late.append(place.start("work"))
            time.sleep(3)
            place.start_database()
            more(lives, answered(lives) + 3)
    assert [process.poll() for process in (server, worker, *late)] == [None] * (2 + crashes)
    place.until(WAITING, lambda left: left == 0, seconds=300, what="events in the outbox")
    for process in (worker, *late):
        process.terminate()
    assert {process.wait(60) for process in (worker, *late)} == {0}
    place.kill(server)
    place.work(shift_s=400)
    found = assert_sound(place)
    figures("PostgreSQL crashed", crashes=crashes, away_s_each=3, reports=sum(len(life.reports) for life in lives),
            steps=found["steps"], lost=0, doubled=0)


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A real file system of 96 MB that belongs to the user PostgreSQL runs as."""
    owner = unprivileged()
    if owner is None or sys.platform != "linux":
        pytest.skip("only root may mount the small disk on which PostgreSQL runs out of room")
    where = Path(tempfile.mkdtemp(prefix="linli-faults-disk-", dir="/tmp"))
    options = f"size=96m,uid={owner[0]},gid={owner[1]}"
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", where], capture_output=True)
    if made.returncode:
        where.rmdir()
        pytest.skip("this machine lets nobody mount the small disk on which PostgreSQL runs out of room")
    yield where
    subprocess.run(["umount", "-l", where], check=True)
    where.rmdir()


def test_the_disk_of_postgresql_is_full(open_place: OpenPlace, small_disk: Path) -> None:
    place = open_place("postgresql")
    with place.on_a_disk_of_its_own(small_disk):
        server = place.web()
        resident = Client(place, "resident-0").sign_in()
        kept, told = 0, 0
        filler = _fill(small_disk)
        for number in range(size(4000)):
            answer = resident.post("/repairs/quick/", quick_report("很久没人清。" * 100, f"full-{number}"))
            assert answer.status in {302, 507}, (answer.status, answer.text[:500])
            kept += answer.status == 302
            if answer.status == 507:
                told += 1
                assert SAID in answer.text
            if told >= size(100):
                break
        assert told, "the disk was not full"
        assert place.one("SELECT count(*) FROM cases_case") == kept
        filler.unlink()
        for _turn in range(3):
            assert resident.post("/repairs/quick/", quick_report("after")).status == 302
        place.kill(server)
        place.work()
        found = assert_sound(place)
        assert found["cases"] == kept + 3
    figures("full disk under PostgreSQL", answered=kept, refused_with_a_sentence=told, kept=kept)


def _fill(disk: Path) -> Path:
    filler = disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as out:
        while out.write(b"\0" * 4096):
            pass
    return filler
