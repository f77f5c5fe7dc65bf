"""Claim a job, run it, and say what came of it; start what the clock says; free what a dead worker held."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError
from django.db.models import F
from django.db.transaction import atomic
from django.utils import timezone, translation

from linli.foundation.calendar.clock import now
from linli.foundation.jobs.backoff import place_of, wait_after
from linli.foundation.jobs.registry import Periodic, periodic_jobs, resolve

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from linli.foundation.jobs.models import Job, Worker

log = logging.getLogger("linli.jobs")
BEAT_S = 5
DEAD_AFTER_S = 30
_unwritten: list[Job] = []


def claim(
    worker: int, *, queues: Sequence[str] = (), not_queues: Sequence[str] = (), moment: datetime | None = None,
) -> Job | None:
    """Take the next job that is due, for `worker`; at most one worker gets it. None when nothing is due.

    `queues` (empty: all) and `not_queues` say which.
    """
    from linli.foundation.jobs.models import Job, State

    moment = moment or now()
    ready = Job.objects.filter(state=State.WAITING, run_at__lte=moment).order_by("run_at", "id")
    if queues:
        ready = ready.filter(queue__in=queues)
    if not_queues:
        ready = ready.exclude(queue__in=not_queues)
    if not ready.exists():  # looked at without a lock: an idle worker disturbs nobody
        return None
    with atomic():
        found = ready.select_for_update(skip_locked=True).first()
        if found is None:
            return None
        found.state, found.worker, found.tries = State.RUNNING, worker, found.tries + 1
        found.save(update_fields=["state", "worker", "tries"])
    return found


def run(claimed: Job) -> bool:
    """Run a claimed job outside any transaction of ours; True if it came to its end."""
    try:
        with translation.override(settings.LANGUAGE_CODE):
            resolve(claimed.name)(**claimed.facts)
    except Exception as error:  # a job may raise anything; it is written down and tried again
        log.warning("job.failed", exc_info=error, extra={"job": claimed.name, "tries": claimed.tries})
        _failed(claimed, place_of(error))
        return False
    _mine(claimed).delete()
    return True


def _mine(claimed: Job) -> QuerySet[Job]:
    """The row, if it is still this attempt of this worker: a slow worker may have been taken for dead."""
    return type(claimed).objects.filter(
        pk=claimed.pk, state="running", worker=claimed.worker, tries=claimed.tries)


def _failed(claimed: Job, error: str) -> None:
    from linli.foundation.jobs.models import State

    moment = now()
    if claimed.tries >= claimed.most_tries:
        # Its key is given free, so that the same work can be queued again.
        _mine(claimed).update(state=State.FAILED, worker=None, key=None, error=error, failed_at=moment)
    else:
        _mine(claimed).update(
            state=State.WAITING, worker=None, error=error, failed_at=moment, run_at=moment + wait_after(claimed.tries))


def run_next(worker: int, queues: Sequence[str] = (), *, not_queues: Sequence[str] = ()) -> int:
    """Claim one job and run it: a step of one of the worker's lanes. Returns how many were run."""
    claimed = claim(worker, queues=queues, not_queues=not_queues)
    if claimed is None:
        return 0
    try:
        run(claimed)
    except DatabaseError:
        _unwritten.append(claimed)  # what came of it could not be written: the attempt is repeated, here and soon
        raise
    return 1


def give_back() -> int:
    """Give back jobs whose outcome could not be written because the database was away."""
    given = 0
    while _unwritten:
        given += _mine(_unwritten[0]).update(state="waiting", worker=None)
        del _unwritten[0]
    return given


def run_all(*, limit: int = 10_000) -> int:
    """Run every job that is due, here and now (tests, the demo, benches). Returns how many were run."""
    from linli.foundation.jobs.models import Job, State

    if not Job.objects.filter(state=State.WAITING, run_at__lte=now()).exists():
        return 0
    done = 0
    with at_work() as me:
        while done < limit and run_next(me.pk):
            done += 1
    return done


def release(worker: int) -> int:
    """Give back what `worker` holds, to be run again."""
    from linli.foundation.jobs.models import Job, State

    held = Job.objects.filter(state=State.RUNNING, worker=worker)
    return int(held.update(state=State.WAITING, worker=None))


def start_due_periodic() -> int:
    """Queue every periodic job whose time has come. Two workers that look at once queue it once."""
    from linli.foundation.jobs.models import PeriodicRun

    moment, started = now(), 0
    planned = dict(PeriodicRun.objects.values_list("name", "next_at"))
    for name, entry in periodic_jobs().items():
        if name not in planned:
            first = moment if entry.at is None else following(moment, entry, moment)
            PeriodicRun.objects.bulk_create([PeriodicRun(name=name, next_at=first)], ignore_conflicts=True)
            continue
        due = planned[name]
        if moment < due <= moment + timedelta(seconds=entry.every_s):
            continue
        with atomic():
            taken = PeriodicRun.objects.filter(name=name, next_at=due).update(next_at=following(due, entry, moment))
            if taken and due <= moment:
                entry.job.enqueue_once(f"periodic:{name}")
                started += 1
    return started


def following(due: datetime, entry: Periodic, moment: datetime) -> datetime:
    """The first run after `moment` of what was due at `due`; missed runs are skipped.

    A `due` further away than one period (the clock was set back) is forgotten.
    """
    step = timedelta(seconds=entry.every_s)
    if entry.at is not None:
        local = timezone.localtime(moment)
        candidate = local.replace(hour=entry.at.hour, minute=entry.at.minute, second=0, microsecond=0)
        while candidate <= local:
            candidate += step
        return candidate
    if due > moment + step:
        return moment + step
    return due + step * ((moment - due) // step + 1)


def this_host() -> str:
    """The name of this machine, its boot and its pid namespace: pids mean something only within them."""
    parts = [socket.gethostname()]
    for path in (Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")):
        try:
            parts.append(os.readlink(path) if path.name == "pid" else path.read_text().strip())
        except OSError:
            parts.append("")
    return "|".join(parts)[:120]


def enlist() -> Worker:
    """Write this process down as a worker."""
    from linli.foundation.jobs.models import Worker

    return Worker.objects.create(host=this_host(), pid=os.getpid())


@contextmanager
def at_work() -> Iterator[Worker]:
    """This process is a worker for the length of the block."""
    me = enlist()
    try:
        yield me
    finally:
        release(me.pk)
        me.delete()


def beat(me: Worker) -> None:
    """Say that this worker lives."""
    me.beat_at = now()
    me.save()  # inserts again if another worker has taken us for dead


def reap(me: Worker | None = None) -> int:
    """Free the jobs of workers that died (kill -9, power): rows go back to waiting, at most `DEAD_AFTER_S` later.

    A dead process on this machine is noticed at once. Returns how many jobs were freed.
    """
    from linli.foundation.jobs.models import Job, State, Worker

    here, moment, dead = this_host(), now(), []
    for worker in Worker.objects.all():
        if me is not None and worker.pk == me.pk:
            continue
        if abs(moment - worker.beat_at) > timedelta(seconds=DEAD_AFTER_S) or (
                worker.host == here and not _lives(worker.pid)):
            dead.append(worker.pk)
    if dead:
        Worker.objects.filter(pk__in=dead).delete()
        log.warning("worker.dead", extra={"workers": len(dead)})
    alive = Worker.objects.values("pk")
    orphans = Job.objects.filter(state=State.RUNNING, worker__isnull=False).exclude(worker__in=alive)
    if not orphans.exists():
        return 0
    spent = orphans.filter(tries__gte=F("most_tries"))
    spent.update(state=State.FAILED, worker=None, key=None, error="worker died", failed_at=moment)
    return int(orphans.update(state=State.WAITING, worker=None, error="worker died", failed_at=moment))


def _lives(pid: int) -> bool:
    if pid == os.getpid():  # the number was given to us again: its former owner is gone
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False
