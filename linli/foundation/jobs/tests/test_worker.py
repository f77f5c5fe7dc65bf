"""Real processes, real kills."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest
from django.db import connections

from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.events.models import OutboxEvent
from linli.foundation.jobs import registry, running
from linli.foundation.jobs.models import Job, PeriodicRun, Worker
from linli.foundation.jobs.running import claim
from linli.foundation.jobs.tests.harness import until, worker
from linli.foundation.jobs.tests.work import tell_then_wait, write_line
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Person

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_job_whose_worker_is_killed_is_run_again_and_tells_once(neighbour: Person, tmp_path: Path) -> None:
    path = tmp_path / "out"
    tell_then_wait.enqueue(person=neighbour.pk, path=str(path), seconds=3)
    with worker() as first:
        until(lambda: path.exists() and "told" in path.read_text())
        first.kill()  # between the notice, which is committed, and the end of the job
        first.wait()
    assert Notice.objects.count() == 1
    assert Job.objects.get().state == "running"
    with worker():
        until(lambda: path.read_text() == "told\ntold\ndone\n")
        until(lambda: not Job.objects.filter(name__contains="tests.work").exists())
    assert Notice.objects.count() == 1


def test_two_workers_run_each_job_once(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with worker() as first, worker() as second:
        until(lambda: Worker.objects.count() == 2)  # both stand ready before there is anything to take
        for number in range(60):
            write_line.enqueue(path=str(path), line=str(number))
        emit("tests.nobody_listens")
        until(lambda: path.exists() and len(path.read_text().splitlines()) >= 60)
        until(lambda: not Job.objects.filter(name=write_line.name).exists())
        until(lambda: not OutboxEvent.objects.filter(pending=True).exists())
        for process in (first, second):
            process.send_signal(signal.SIGTERM)
        assert [process.wait(30) for process in (first, second)] == [0, 0]
    assert sorted(path.read_text().split(), key=int) == [str(number) for number in range(60)]
    assert not Worker.objects.exists()


def test_a_worker_told_to_stop_ends_the_job_it_is_at(neighbour: Person, tmp_path: Path) -> None:
    path = tmp_path / "out"
    tell_then_wait.enqueue(person=neighbour.pk, path=str(path), seconds=1.5)
    with worker() as process:
        until(lambda: path.exists())
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert path.read_text() == "told\ndone\n"
    assert not Job.objects.filter(name__contains="tests.work").exists()


def test_once_does_what_is_due_and_ends(tmp_path: Path) -> None:
    write_line.enqueue(path=str(tmp_path / "out"), line="x")
    with worker("--once") as process:
        assert process.wait(120) == 0
    assert (tmp_path / "out").read_text() == "x\n"
    assert claim(0) is None


def test_two_workers_that_look_at_once_start_a_periodic_job_once(monkeypatch: pytest.MonkeyPatch) -> None:
    minutely = registry.Periodic(registry.JobFunction(lambda: None, retries=0, queue="default"), 60)
    monkeypatch.setattr(running, "periodic_jobs", lambda: {"tests.minutely": minutely})
    # The queue would let one key in once; here each start must be seen.
    monkeypatch.setattr(minutely.job, "enqueue_once", lambda _key: minutely.job.enqueue())
    for start in range(10):
        PeriodicRun.objects.update_or_create(name="tests.minutely", defaults={"next_at": now()})
        together = threading.Barrier(2)

        def look(together: threading.Barrier = together) -> None:
            together.wait()
            try:
                running.start_due_periodic()
            finally:
                connections.close_all()

        threads = [threading.Thread(target=look) for _worker in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Job.objects.count() == start + 1
