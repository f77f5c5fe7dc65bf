from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from django.db.transaction import atomic, set_rollback
from hypothesis import given, strategies as st

from linli.foundation.calendar import clock
from linli.foundation.jobs import actions, registry, run_all, running
from linli.foundation.jobs.backoff import place_of, wait_after
from linli.foundation.jobs.models import Job, PeriodicRun, State, Worker
from linli.foundation.jobs.tests.work import break_down, write_line
from linli.foundation.people.models import Person
from linli.foundation.web import Denied

NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(("tries", "seconds"), [(1, 10), (2, 20), (3, 40), (9, 2560), (10, 3600), (500, 3600)])
def test_the_pause_doubles_up_to_an_hour(tries: int, seconds: int) -> None:
    assert wait_after(tries) == timedelta(seconds=seconds)


def test_an_error_is_named_without_what_a_person_wrote() -> None:
    with pytest.raises(ValueError, match="13800138000") as caught:
        break_down(word="13800138000")
    assert place_of(caught.value).startswith("ValueError in linli/foundation/jobs/tests/work.py:")
    assert "138" not in place_of(caught.value)


@pytest.mark.django_db
def test_a_job_is_queued_in_the_callers_transaction(tmp_path: Path) -> None:
    with atomic():
        write_line.enqueue(path=str(tmp_path / "out"), line="x")
        set_rollback(True)
    assert run_all() == 0
    write_line.enqueue(path=str(tmp_path / "out"), line="x")
    assert run_all() == 1
    assert (tmp_path / "out").read_text() == "x\n"
    assert not Job.objects.exists()


@pytest.mark.django_db
def test_a_failing_job_is_tried_with_growing_pauses_then_given_up() -> None:
    with clock.at(NOON):
        job = break_down.enqueue(word="x")
    pauses, moment = [], NOON
    for _attempt in range(3):
        with clock.at(moment):
            assert run_all() == 1
            assert run_all() == 0  # not before its time
        row = Job.objects.get(pk=job)
        pauses.append(row.run_at - moment)
        moment = row.run_at
    assert pauses[:2] == [timedelta(seconds=10), timedelta(seconds=20)]
    assert (row.state, row.tries) == (State.FAILED, 3)
    assert row.error.startswith("ValueError in linli/")
    assert "no use" not in row.error


@pytest.mark.django_db
def test_the_same_work_is_queued_once_until_it_is_done(tmp_path: Path) -> None:
    for _again in range(3):
        write_line.enqueue_once("line", path=str(tmp_path / "out"), line="x")
    assert run_all() == 1
    write_line.enqueue_once("line", path=str(tmp_path / "out"), line="y")
    assert run_all() == 1
    assert (tmp_path / "out").read_text() == "x\ny\n"


@pytest.mark.django_db
def test_a_row_in_the_table_can_call_nothing_but_a_job() -> None:
    Job.objects.create(name="os.getcwd", most_tries=1)
    run_all()
    assert Job.objects.get().state == State.FAILED


@pytest.mark.django_db
def test_a_job_that_waits_for_its_moment() -> None:
    break_down.enqueue_at(NOON + timedelta(hours=1), word="x")
    with clock.at(NOON):
        assert run_all() == 0
    with clock.at(NOON + timedelta(hours=1)):
        assert run_all() == 1


@pytest.mark.django_db
def test_the_jobs_of_a_dead_worker_are_run_again_by_another() -> None:
    with clock.at(NOON):
        dead = Worker.objects.create(host="elsewhere", pid=1, beat_at=NOON)
        alive = Worker.objects.create(host="elsewhere", pid=2, beat_at=NOON)
        for word in ("a", "b"):
            break_down.enqueue(word=word)
        held, kept = running.claim(dead.pk), running.claim(alive.pk)
        assert held is not None
        assert kept is not None
        assert running.reap() == 0
    with clock.at(NOON + timedelta(minutes=1)):
        running.beat(alive)
        assert running.reap() == 1
    assert Job.objects.get(pk=held.pk).state == State.WAITING
    assert Job.objects.get(pk=kept.pk).state == State.RUNNING
    running.run(held)  # the worker was only asleep: what it says of its lost attempt no longer counts
    assert Job.objects.get(pk=held.pk).state == State.WAITING


@pytest.mark.django_db
def test_a_job_that_kills_its_worker_each_time_is_given_up() -> None:
    break_down.enqueue(word="x")
    for _attempt in range(3):
        worker = Worker.objects.create(host=running.this_host(), pid=2**22 + 1)  # above the largest pid there is
        assert running.claim(worker.pk) is not None
        running.reap()
    assert Job.objects.get().state == State.FAILED


# The clock starts them

MINUTELY = registry.Periodic(registry.JobFunction(lambda: None, retries=0, queue="default"), 60)
AT_HALF_PAST_THREE = registry.Periodic(MINUTELY.job, 86_400, time(3, 30))


@pytest.mark.parametrize(("entry", "due", "moment", "expected"), [
    (MINUTELY, NOON, NOON, NOON + timedelta(seconds=60)),
    (MINUTELY, NOON, NOON + timedelta(seconds=59), NOON + timedelta(seconds=60)),
    (MINUTELY, NOON, NOON + timedelta(hours=3, seconds=1), NOON + timedelta(hours=3, seconds=60)),  # missed: one
    (MINUTELY, NOON + timedelta(days=9), NOON, NOON + timedelta(seconds=60)),  # the clock was set back
    (AT_HALF_PAST_THREE, NOON, NOON, datetime(2026, 11, 25, 19, 30, tzinfo=UTC)),  # 03:30 in Shanghai
])
def test_when_a_periodic_job_is_due_next(
    entry: registry.Periodic, due: datetime, moment: datetime, expected: datetime,
) -> None:
    assert running.following(due, entry, moment) == expected


@given(st.integers(1, 100_000), st.integers(0, 10_000_000))
def test_the_next_run_lies_ahead_and_on_the_beat(every_s: int, late_s: int) -> None:
    entry = registry.Periodic(MINUTELY.job, every_s)
    moment = NOON + timedelta(seconds=late_s)
    following = running.following(NOON, entry, moment)
    assert moment < following <= moment + timedelta(seconds=every_s)
    assert (following - NOON) % timedelta(seconds=every_s) == timedelta()


@pytest.mark.django_db
def test_a_periodic_job_is_queued_once_however_often_one_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "periodic_jobs", lambda: {"tests.minutely": MINUTELY})
    with clock.at(NOON):
        running.start_due_periodic()  # the first look writes the time down
        assert [running.start_due_periodic() for _again in range(3)] == [1, 0, 0]
    with clock.at(NOON + timedelta(hours=1)):
        assert [running.start_due_periodic() for _again in range(2)] == [1, 0]
    assert Job.objects.count() == 1  # the first was still waiting: not queued twice
    assert PeriodicRun.objects.get().next_at == NOON + timedelta(hours=1, seconds=60)


# Staff

@pytest.mark.django_db
def test_staff_retry_and_discard_what_failed(community_head: Person, resident: Person, client_of) -> None:  # type: ignore[no-untyped-def]
    with clock.at(NOON):
        for word in ("a", "b"):
            break_down.enqueue(word=word)
        run_all()
    Job.objects.update(state=State.FAILED)
    first, second = Job.objects.order_by("id")
    with pytest.raises(Denied):
        actions.retry(resident, first)
    client = client_of(community_head)
    assert "没做成" in client.get("/desk/jobs/").content.decode()
    assert client.post(f"/desk/jobs/job/{first.pk}/retry/").status_code == 302
    assert Job.objects.get(pk=first.pk).state == State.WAITING
    assert "先留着" in client.get(f"/desk/jobs/job/{second.pk}/discard/").content.decode()
    assert client.post(f"/desk/jobs/job/{second.pk}/discard/").status_code == 302
    assert not Job.objects.filter(pk=second.pk).exists()
    assert client_of(resident).get("/desk/jobs/").status_code == 404
