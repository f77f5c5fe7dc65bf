"""The worker: one process that delivers events, sends notices, rings timers and runs jobs until it is told to stop.

Lanes (threads) keep what is slow from holding up what is urgent: "main" does short database steps
(events, timers, periodic jobs), "outside" speaks to gateways, "jobs" runs one job after another, and
"slow" those of the queue "slow", so that an hour of indexing does not delay a sign-in code.
The main thread only beats, so that a long job is not taken for a dead worker.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from linli.foundation.jobs.backoff import place_of

log = logging.getLogger("linli.worker")
IDLE_S = 0.3
LONGEST_PAUSE_S = 5.0
SLOW = "slow"
Step = Callable[[], int | None]
T = TypeVar("T")


class Lane(threading.Thread):
    """Runs its steps in order, again and again. A step that fails rests for a while; the others go on."""

    def __init__(self, name: str, steps: Sequence[Step], stop: threading.Event) -> None:
        super().__init__(name=f"linli-{name}", daemon=True)
        self.steps, self.stop_now = steps, stop
        self.failures = [0] * len(steps)
        self.rests_until = [float("-inf")] * len(steps)

    def run(self) -> None:
        from django.db import connections

        try:
            while not self.stop_now.is_set():
                if not self.once():
                    self.stop_now.wait(IDLE_S)
        finally:
            connections.close_all()

    def once(self) -> int:
        """One round of all steps; how much they did."""
        done = 0
        for number, step in enumerate(self.steps):
            if self.stop_now.is_set():
                break
            if self.rests_until[number] > time.monotonic():
                continue
            try:
                done += step() or 0
                self.failures[number] = 0
            except Exception as error:  # the database restarts, the disk is full: the worker outlives it
                self._failed(number, step, error)
        return done

    def _failed(self, number: int, step: Step, error: Exception) -> None:
        from django.db import DatabaseError, InterfaceError, connections

        pause = min(LONGEST_PAUSE_S, IDLE_S * 2 ** min(self.failures[number], 6))
        self.failures[number] += 1
        self.rests_until[number] = time.monotonic() + pause
        name = getattr(step, "__name__", "step")
        if isinstance(error, DatabaseError | InterfaceError):
            log.warning("worker.database: %s, %s, %s", self.name, name, place_of(error))
            connections.close_all()  # the next step connects anew
        else:
            log.error("worker.step_failed: %s, %s", self.name, name, exc_info=error)


def _every(seconds: float, step: Step) -> Step:
    last = [float("-inf")]

    def spaced() -> int | None:
        if time.monotonic() - last[0] < seconds:
            return 0
        last[0] = time.monotonic()
        return step()

    return spaced


def main(argv: Sequence[str] | None = None) -> int:
    """Run the worker until SIGTERM or SIGINT; a second signal ends it at once. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="linli worker", description="Deliver events, send notices, run jobs.")
    parser.add_argument("--queues", default="", help="only these queues, separated by commas; default: all")
    parser.add_argument("--grace", type=float, default=20.0, help="seconds a running job gets after SIGTERM")
    parser.add_argument("--once", action="store_true", help="do what is due, then end")
    options = parser.parse_args(argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.settings")
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()
    queues = [name for name in options.queues.split(",") if name]
    if options.once:
        return _until_quiet(queues)
    stop = threading.Event()
    _listen_for_signals(stop)
    return _run(queues, stop, options.grace)


def _lanes(worker: int, queues: Sequence[str], stop: threading.Event) -> list[Lane]:
    from linli.foundation.jobs import running
    from linli.foundation.jobs.registry import autodiscover, ticks

    autodiscover()
    steps: dict[str, list[Step]] = {"main": [], "outside": []}
    for entry in ticks():
        steps.setdefault(entry.lane, []).append(entry.step)
    steps["main"] += [_every(1.0, running.start_due_periodic), running.give_back]
    lanes = [Lane(name, found, stop) for name, found in steps.items() if found]
    lanes.append(Lane("jobs", [partial(running.run_next, worker, queues, not_queues=[SLOW])], stop))
    if not queues or SLOW in queues:
        lanes.append(Lane("slow", [partial(running.run_next, worker, [SLOW])], stop))
    return lanes


def _run(queues: Sequence[str], stop: threading.Event, grace_s: float) -> int:
    from django.db import DatabaseError, connections

    from linli.foundation.jobs import running

    me = _patiently(running.enlist, stop)
    if me is None:
        return 0
    lanes = _lanes(me.pk, queues, stop)
    for lane in lanes:
        lane.start()
    log.info("worker.started", extra={"worker": str(me)})
    last_beat = float("-inf")
    while not stop.wait(0.5):
        if time.monotonic() - last_beat >= running.BEAT_S:
            try:
                running.beat(me)
                running.reap(me)
                last_beat = time.monotonic()
            except DatabaseError:
                connections.close_all()
        # Looked at in this order: told to stop while it beats, a worker has no lane left and has not failed.
        if not all(lane.is_alive() for lane in lanes) and not stop.is_set():
            log.error("worker.lane_died")
            return 1  # the supervisor starts a fresh one
    return _leave(me.pk, lanes, grace_s)


def _leave(worker: int, lanes: Sequence[Lane], grace_s: float) -> int:
    """Let each lane finish the item it is at; what does not end in time is given back and run again."""
    from django.db import DatabaseError, connections

    from linli.foundation.jobs import running
    from linli.foundation.jobs.models import Worker

    ends = time.monotonic() + grace_s
    for lane in lanes:
        lane.join(max(0.0, ends - time.monotonic()))
    try:
        running.release(worker)
        Worker.objects.filter(pk=worker).delete()
    except DatabaseError:
        log.warning("worker.left_without_word")  # the next worker finds the pid gone
    connections.close_all()
    log.info("worker.stopped")
    return 0


def _patiently(step: Callable[[], T], stop: threading.Event) -> T | None:
    """Call `step` until the database answers; None if the worker is told to stop before."""
    from django.db import DatabaseError, connections

    pause = 0.2
    while not stop.is_set():
        try:
            return step()
        except DatabaseError as error:
            log.warning("worker.database: %s", place_of(error))
            connections.close_all()
            stop.wait(pause)
            pause = min(LONGEST_PAUSE_S, pause * 2)
    return None


def _until_quiet(queues: Sequence[str]) -> int:
    from linli.foundation.jobs import running

    with running.at_work() as me:
        lanes = _lanes(me.pk, queues, threading.Event())
        while sum(lane.once() for lane in lanes):
            pass
    return 1 if any(any(lane.failures) for lane in lanes) else 0


def _listen_for_signals(stop: threading.Event) -> None:
    if threading.current_thread() is not threading.main_thread():
        return

    def leave(number: int, _frame: object) -> None:
        if stop.is_set():
            os._exit(1)
        stop.set()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)


if __name__ == "__main__":
    sys.exit(main())
