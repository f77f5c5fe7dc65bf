from __future__ import annotations

import threading

import pytest
from django.db import OperationalError

from linli.foundation.jobs import worker
from linli.foundation.jobs.models import Worker
from linli.foundation.jobs.worker import Lane


@pytest.fixture(autouse=True)
def keep_the_tests_connection(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A lane drops its connections when the database fails; the test's own must stay."""
    closed: list[str] = []
    monkeypatch.setattr("django.db.connections.close_all", lambda: closed.append("closed"))
    return closed


def test_a_step_that_fails_rests_while_the_others_go_on() -> None:
    did: list[str] = []

    def broken() -> int:
        did.append("broken")
        raise ValueError("x")

    def works() -> int:
        did.append("works")
        return 1

    lane = Lane("tests", [broken, works], threading.Event())
    assert [lane.once() for _round in range(3)] == [1, 1, 1]
    assert did == ["broken", "works", "works", "works"]


def test_a_database_that_comes_back_is_used_again(
    monkeypatch: pytest.MonkeyPatch, keep_the_tests_connection: list[str],
) -> None:
    monkeypatch.setattr(worker, "IDLE_S", 0.0)
    answers = [OperationalError("database is locked"), OperationalError("server closed the connection"), None]

    def step() -> int:
        answer = answers.pop(0)
        if answer is not None:
            raise answer
        return 1

    lane = Lane("tests", [step], threading.Event())
    assert [lane.once() for _round in range(3)] == [0, 0, 1]
    assert keep_the_tests_connection == ["closed", "closed"]
    assert lane.failures == [0]


def test_a_lane_that_is_told_to_stop_starts_no_further_step() -> None:
    stop = threading.Event()
    did: list[str] = []

    def last() -> int:
        did.append("last")
        stop.set()
        return 1

    def never() -> int:
        did.append("never")
        return 1

    Lane("tests", [last, never], stop).once()
    assert did == ["last"]


@pytest.mark.django_db
def test_a_worker_that_is_told_to_stop_while_it_beats_has_not_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy database a beat takes a second, and the lanes are gone when it is done."""
    stop = threading.Event()
    lane = Lane("tests", [lambda: 0], stop)

    def beat(_me: object) -> None:
        stop.set()
        lane.join(30)

    monkeypatch.setattr(worker, "_lanes", lambda *_facts: [lane])
    monkeypatch.setattr("linli.foundation.jobs.running.beat", beat)
    assert worker._run([], stop, 5) == 0
    assert not Worker.objects.exists()
