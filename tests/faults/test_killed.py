"""kill -9 of the web, of the worker, and of a process in the middle of a lifecycle, at moments nobody chose."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.browser import HERE, free_port, wait_until_up
from tests.faults.client import Client, quick_report
from tests.faults.conftest import BOTH_IN_FULL
from tests.faults.place import WAITING, Place, chance, figures, size, web_workers
from tests.faults.sound import assert_sound

pytestmark = pytest.mark.faults
OpenPlace = Callable[[str], Place]


class Life(threading.Thread):
    """Reports and has them repaired over HTTP, until told to stop; keeps what the server has answered."""

    def __init__(self, place: Place, number: int) -> None:
        super().__init__(daemon=True)
        self.place, self.number = place, number
        self.clients = {name: Client(place, title).sign_in() for name, title in (
            ("resident", f"resident-{number}"), ("desk", "何静"), ("fitter", f"property_worker-{number}"))}
        people = json.loads((place.data / "people.json").read_text())
        self.fitter = str(people[f"property_worker-{number}"])
        self.stop = threading.Event()
        self.reports: dict[str, str] = {}  # once → number, of answered reports
        self.steps: list[tuple[str, str]] = []  # (number, step), answered
        self.sent_again = self.lives = 0
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                self.live()
                self.lives += 1
        except BaseException as error:  # told to the test, which is another thread
            self.error = error

    def live(self) -> None:
        once = uuid.uuid4().hex
        answer, sent = self.clients["resident"].patiently("/repairs/quick/", quick_report(once, once))
        assert answer.status == 302, (answer.status, answer.errors)
        self.reports[once] = number = answer.number
        self.sent_again += sent - 1
        for who, step, path, data in (
                ("desk", "dispatch", f"/desk/cases/{number}/step/dispatch/", {"worker": self.fitter}),
                ("fitter", "take", f"/desk/cases/{number}/step/take/", {"note": ""}),
                ("fitter", "finish", f"/desk/cases/{number}/step/finish/", {"note": "清走了"}),
                ("resident", "rate", f"/cases/{number}/answer/", {"solved": "yes", "satisfied": "5"})):
            answer, sent = self.clients[who].patiently(path, {**data, "seen": self.clients[who].seen(path)})
            self.sent_again += sent - 1
            # Sent again after a kill, a step may have been made by the first sending: then it is refused, not doubled.
            refused = sent > 1 and answer.status in (403, 422)
            assert answer.status == 302 or refused, (step, answer.status, answer.errors)
            self.steps.append((number, step))


@BOTH_IN_FULL
def test_web_and_worker_die_between_any_two_steps(open_place: OpenPlace, vendor: str) -> None:
    place, dice = open_place(vendor), chance()
    kills = size(60)
    server, worker = place.web(LINLI_WEB_PROCESSES="2"), place.start("work")
    lives = [Life(place, number) for number in range(3)]
    for life in lives:
        life.start()
    whole = worker_kills = 0
    for _kill in range(kills):
        answered = sum(len(life.steps) for life in lives)
        with suppress(AssertionError):  # a server that only just came up is no test of one at work
            _wait(lambda answered=answered: sum(len(life.steps) for life in lives) > answered + 3, 30)
        time.sleep(dice.uniform(0, 1))
        workers = web_workers(server)
        if dice.random() < 0.3:
            worker_kills += 1
            place.kill(worker)
            worker = place.start("work")
        elif workers and dice.random() < 0.5:
            with suppress(ProcessLookupError):
                os.kill(dice.choice(workers), signal.SIGKILL)  # granian starts another
        else:
            whole += 1
            place.kill(server)
            server = place.web(LINLI_WEB_PROCESSES="2")
        assert all(life.error is None for life in lives), ([life.error for life in lives], place.log()[-3000:])
    for life in lives:
        life.stop.set()
    for life in lives:
        life.join(300)
    assert [life.error for life in lives] == [None] * 3
    reports = {once: number for life in lives for once, number in life.reports.items()}
    kept = dict(place.query("SELECT once, number FROM cases_case WHERE once <> ''"))
    assert reports == {once: kept.get(once) for once in reports}, "an answered report was lost"
    assert len(kept) == len(reports), "a report became two cases"
    made = Counter(place.query(
        "SELECT c.number, e.name FROM cases_caseevent e JOIN cases_case c ON c.id = e.case_id WHERE e.name <> 'rung'"))
    assert set(made.values()) == {1}, "a step was made twice"
    for step in [step for life in lives for step in life.steps]:
        assert made[step] == 1, f"{step} was answered and is not there"
    for life in lives:
        for once, number in list(life.reports.items())[-5:]:
            assert life.clients["resident"].post("/repairs/quick/", quick_report(once, once)).number == number
    assert place.one("SELECT count(*) FROM cases_case") == len(reports)
    place.kill(server)
    place.kill(worker)
    place.work()
    place.work(shift_s=400)  # beyond the lease of a message that a killed worker held
    found = assert_sound(place)
    figures(f"kill -9 of web and worker, {vendor}", kills=kills, of_the_whole_web=whole, of_the_worker=worker_kills,
            lives=sum(life.lives for life in lives),
            reports=len(reports), steps=found["steps"],
            notices=found["notices"], sent_again=sum(life.sent_again for life in lives),
            lost=0, doubled=0)


@BOTH_IN_FULL
def test_a_process_dies_inside_a_lifecycle(open_place: OpenPlace, vendor: str) -> None:
    """At function level, where a kill falls into a transaction more often than between two."""
    place, dice = open_place(vendor), chance()
    kills, log = size(40, 3), place.data / "steps"
    for _kill in range(kills):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.inside", "live", json.dumps({"lives": 100_000, "log": str(log)})],
            cwd=HERE, env=place.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        before = _lines(log)
        _wait(lambda before=before: _lines(log) > before + 3, 60)
        time.sleep(dice.uniform(0, 0.4))
        process.kill()
        process.wait()
    finished = Counter(tuple(line.split()) for line in log.read_text().splitlines())
    made = Counter((name, str(pk)) for name, pk in place.query("SELECT name, case_id FROM cases_caseevent"))
    assert not finished - made, "a finished step is not there"
    assert set(made.values()) == {1}
    place.work()
    found = assert_sound(place)
    figures(f"kill -9 inside a lifecycle, {vendor}", kills=kills, cases=found["cases"], steps=found["steps"],
            lost=0, unfolded=0)


def _lines(log: object) -> int:
    with suppress(OSError):
        return str(open(str(log)).read()).count("\n")
    return 0


def _wait(ready: Callable[[], bool], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < ends, "nothing happened"
        time.sleep(0.02)


@contextmanager
def gateway(on_message: Callable[[int], None] | None = None) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A text message gateway: its address, and what it took as (Idempotency-Key, body)."""
    taken: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            taken.append((self.headers["Idempotency-Key"], body))
            if on_message:
                on_message(len(taken))
            with suppress(OSError):
                self.send_response(200)
                self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Nothing: the test's output is the figures."""

    server = ThreadingHTTPServer(("127.0.0.1", free_port()), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/sms", taken
    server.shutdown()
    server.server_close()


@BOTH_IN_FULL
def test_the_worker_dies_at_work(open_place: OpenPlace, vendor: str) -> None:
    place, dice = open_place(vendor), chance()
    cases = size(600)
    place.inside("report", count=cases, days_ago=16)
    place.inside("report", count=max(cases // 10, 5), days_ago=16, urgency="danger")
    progress = "SELECT (SELECT count(*) FROM cases_timerfiring) + (SELECT count(*) FROM notices_notice)"
    kills, most = 0, size(40, 5)
    with gateway() as (url, taken):
        place.environment["LINLI_SMS_URL"] = url
        while kills < most and (place.one(WAITING) or not kills):
            before = place.one(progress)
            worker = place.start("work")
            with suppress(AssertionError):
                _wait(lambda before=before: place.one(progress) > before, 20)
            time.sleep(dice.uniform(0, 0.5))
            place.kill(worker)
            kills += 1
        place.work()
        place.work(shift_s=400)  # beyond the lease of a message that a killed worker held
        unsent = place.one(
            "SELECT count(*) FROM notices_delivery WHERE channel = 'sms' AND state NOT IN ('sent', 'skipped')")
    found = assert_sound(place)
    assert unsent == 0
    texts: dict[str, set[str]] = {}
    for key, body in taken:
        texts.setdefault(key, set()).add(body)
    assert texts
    assert all(len(bodies) == 1 for bodies in texts.values()), "one key stood for two messages"
    sent = place.one("SELECT count(DISTINCT bundle) FROM notices_delivery WHERE channel = 'sms' AND state = 'sent'")
    assert len(texts) == sent
    figures(f"kill -9 of the worker, {vendor}", kills=kills, firings=found["firings"], doubled=found["doubled"],
            missed=found["due"], notices=found["notices"], outbox_left=found["outbox"], texts=len(texts),
            texts_sent_again_with_their_key=len(taken) - len(texts))


def test_killed_after_the_gateway_took_it_the_same_key_goes_again(open_place: OpenPlace) -> None:
    place = open_place("sqlite")
    place.inside("report", count=1, urgency="danger", days_ago=16)
    running: list[subprocess.Popen[bytes]] = []

    def kill_at_the_first(count: int) -> None:
        if count == 1:
            place.kill(running[0])

    with gateway(kill_at_the_first) as (url, taken):
        place.environment["LINLI_SMS_URL"] = url
        running.append(place.start("work"))
        assert running[0].wait(60) == -signal.SIGKILL
        assert len(taken) == 1
        place.work(shift_s=400)
    keys = Counter(key for key, _body in taken)
    assert keys[taken[0][0]] == 2
    assert [count for key, count in keys.items() if key != taken[0][0]] == [1] * (len(keys) - 1)
    assert len({body for key, body in taken if key == taken[0][0]}) == 1
    assert_sound(place)


def test_the_whole_tree_comes_back_by_itself(open_place: OpenPlace) -> None:
    """`linli run`: web and worker are killed again and again, and nobody has to do anything."""
    place, dice = open_place("sqlite"), chance()
    place.start("run")
    tree = place._open[-1]
    wait_until_up(f"{place.url}/sign-in/", tree, seconds=180)
    resident = Client(place, "resident-7").sign_in()
    kills, reports = size(20, 2), {}
    for _kill in range(kills):
        victims = _commands(tree.pid, "web", "work")
        os.kill(dice.choice(victims), signal.SIGKILL)
        once = uuid.uuid4().hex
        answer, _sent = resident.patiently("/repairs/quick/", quick_report(once, once))
        reports[once] = answer.number
        time.sleep(dice.uniform(0, 0.5))
    place.until(WAITING, lambda left: left == 0, seconds=300, what="events in the outbox")
    tree.terminate()
    assert tree.wait(20) in (0, 1)
    assert dict(place.query("SELECT once, number FROM cases_case WHERE once <> ''")) == reports
    place.work()
    assert_sound(place)
    figures("kill -9 under the supervisor", kills=kills, reports=len(reports), lost=0)


def _commands(parent: int, *verbs: str) -> list[int]:
    """The children of `parent` that run one of these verbs of linli."""
    from pathlib import Path

    from tests.faults.place import children

    found: list[int] = []
    ends = time.monotonic() + 30
    while not found and time.monotonic() < ends:
        for pid in children(parent):
            with suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                if b"linli" in words and any(verb.encode() in words for verb in verbs):
                    found.append(pid)
        time.sleep(0.05)
    return found
