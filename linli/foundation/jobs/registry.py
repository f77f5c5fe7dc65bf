"""What rooms register: jobs, periodic jobs, and steps of the worker's loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from importlib import import_module
from importlib.util import find_spec
from typing import Generic, ParamSpec

from django.apps import apps
from django.utils.module_loading import import_string

from linli.foundation.calendar.clock import now

P = ParamSpec("P")


class JobFunction(Generic[P]):
    """A function that can be called now, or queued. Its arguments are keywords with plain values (ids)."""

    def __init__(self, function: Callable[P, object], *, retries: int, queue: str) -> None:
        self.function = function
        self.name = f"{function.__module__}.{function.__qualname__}"
        self.retries = retries
        self.queue = queue
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__
        self.__module__ = function.__module__

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> object:
        return self.function(*args, **kwargs)

    def enqueue(self, *args: P.args, **kwargs: P.kwargs) -> int:
        """Queue a call, in the caller's transaction. Returns the job's id."""
        return self._put(now(), None, args, kwargs)

    def enqueue_at(self, moment: datetime, *args: P.args, **kwargs: P.kwargs) -> int:
        """Queue a call that is not run before `moment`."""
        return self._put(moment, None, args, kwargs)

    def enqueue_once(self, key: str, *args: P.args, **kwargs: P.kwargs) -> int:
        """Queue a call unless one with this `key` (at most 160 characters) is already queued or running."""
        return self._put(now(), key, args, kwargs)

    def _put(self, moment: datetime, key: str | None, args: tuple[object, ...], facts: dict[str, object]) -> int:
        from linli.foundation.jobs.models import Job

        if args:
            raise TypeError(f"{self.name}: a job takes keyword arguments only")
        row = Job(name=self.name, queue=self.queue, facts=facts, key=key, run_at=moment, most_tries=self.retries + 1)
        if key is None:
            row.save(force_insert=True)
        else:
            Job.objects.bulk_create([row], ignore_conflicts=True)
        return row.pk


@dataclass(frozen=True)
class Periodic:
    """A job that the clock starts: every `every_s` seconds; `at`, if given, is the local time of day it keeps to."""

    job: JobFunction[[]]
    every_s: int
    at: time | None = None


@dataclass(frozen=True)
class Tick:
    """A step of the worker's loop. `lane` names the thread: "main" for database work, "outside" for the network."""

    order: int
    lane: str
    step: Callable[[], int | None]


_periodic: dict[str, Periodic] = {}
_ticks: dict[str, Tick] = {}


def job(*, retries: int = 5, queue: str = "default") -> Callable[[Callable[P, object]], JobFunction[P]]:
    """Make a module-level function a job. It may run more than once (a killed worker's job does): be idempotent."""

    def wrap(function: Callable[P, object]) -> JobFunction[P]:
        return JobFunction(function, retries=retries, queue=queue)

    return wrap


def periodic(*, every_s: int, at: str = "", retries: int = 2) -> Callable[[Callable[[], object]], JobFunction[[]]]:
    """Run a function by the clock, on one worker at a time; missed runs are made up for by one.

    `at` ("03:30") with `every_s=86400` keeps to that local time of day.
    """

    def wrap(function: Callable[[], object]) -> JobFunction[[]]:
        wrapped: JobFunction[[]] = JobFunction(function, retries=retries, queue="default")
        _periodic[wrapped.name] = Periodic(wrapped, every_s, time.fromisoformat(at) if at else None)
        return wrapped

    return wrap


def tick(order: int = 50, *, lane: str = "main") -> Callable[[Callable[[], int | None]], Callable[[], int | None]]:
    """Make a function a step of the worker's loop, called about every 0.3 s when idle, at once when it did something.

    A step looks without a lock first, works at most about a second, and returns how much it did.
    """

    def wrap(step: Callable[[], int | None]) -> Callable[[], int | None]:
        _ticks[f"{step.__module__}.{step.__qualname__}"] = Tick(order, lane, step)
        return step

    return wrap


def periodic_jobs() -> dict[str, Periodic]:
    """Every registered periodic job, by name."""
    return dict(_periodic)


def ticks() -> list[Tick]:
    """Every registered step, in its order."""
    return sorted(_ticks.values(), key=lambda found: found.order)


def autodiscover() -> None:
    """Import the `jobs` module of every room that has one."""
    for config in apps.get_app_configs():
        name = f"{config.name}.jobs"
        if config.name.startswith("linli.") and find_spec(name):
            import_module(name)


def resolve(name: str) -> JobFunction[...]:
    """The job of that dotted name. Raises `LookupError`: a row in the table can call jobs, and nothing else."""
    try:
        found = import_string(name)
    except ImportError as error:
        raise LookupError(f"no such job: {name}") from error
    if not isinstance(found, JobFunction):
        raise LookupError(f"not a job: {name}")
    return found
