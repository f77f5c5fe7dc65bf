"""From the outbox to the listeners: in batches, at least once, and one listener's failure is nobody else's.

The usual way costs little: a batch of events is locked, its listeners run, and the events are marked as
told, all in one transaction. If the process dies in the middle, everything the listeners wrote is rolled
back with the mark, so each is told again to all and none is told twice. What a listener does must
therefore lie in the database and be short; what speaks to the outside or takes long it puts into a job.

A listener that raises is rolled back alone and becomes a `Debt`, which is retried by itself; what was told beside it
in the same group is rolled back too and told again at once.
"""

from __future__ import annotations

import inspect
import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.db import DataError, IntegrityError, connection
from django.db.models import F
from django.db.transaction import atomic
from django.utils import translation
from django.utils.module_loading import import_string

from linli.foundation.calendar.clock import now
from linli.foundation.jobs.backoff import place_of, wait_after
from linli.foundation.web.manifest import manifests

if TYPE_CHECKING:
    from linli.foundation.events.models import Debt


class Pending(NamedTuple):
    """An event as it is told: its columns, without a model instance."""

    pk: int
    name: str
    payload: dict[str, Any]


log = logging.getLogger("linli.events")
MOST_TRIES = 8
# A batch grows while its listeners are quick and shrinks when they are not, so that what is read is also told.
LEAST, MOST = 20, 500
# Events told under one savepoint: one an event would be many, which PostgreSQL makes every other transaction pay for.
GROUP = 20
# On SQLite a batch holds the only write lock: no longer than this, then others get a turn.
HOLD_S = 0.05
PAUSE_S = 0.02
_size = [MOST]


@cache
def listeners() -> dict[str, tuple[str, ...]]:
    """Event name → dotted paths of those who listen, as the manifests declare."""
    found: dict[str, list[str]] = {}
    for manifest in manifests():
        for event, path in manifest.listens.items():
            found.setdefault(event, []).append(path)
    return {event: tuple(paths) for event, paths in found.items()}


@cache
def _callable(path: str) -> tuple[Callable[..., object], frozenset[str] | None]:
    """The listener, and the keyword arguments it takes (None: any)."""
    function = import_string(path)
    parameters = inspect.signature(function).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return function, None
    return function, frozenset(parameter.name for parameter in parameters)


def call(path: str, payload: dict[str, Any]) -> None:
    """Call a listener with the part of the payload that it takes; one without an argument's default must get it."""
    function, takes = _callable(path)
    function(**(payload if takes is None else {key: value for key, value in payload.items() if key in takes}))


def deliver_batch(*, strict: bool = False) -> int:
    """Tell a batch of events, and owe no one the rest; returns how many events and debts were dealt with.

    `strict` lets a listener's exception through (tests and the demo want to see it), and tells nobody then.
    """
    told = _tell_pending(strict)
    return told + _pay_debts(now(), strict)


def deliver_all(*, limit: int = 1_000_000) -> int:
    """Tell everything that is pending, also what listeners emit meanwhile, here and now (tests, demo, benches).

    Returns how many events were told. A listener's exception comes through.
    """
    told = 0
    while told < limit:
        step = deliver_batch(strict=True)
        if not step:
            break
        told += step
    return told


def _tell_pending(strict: bool) -> int:
    from linli.foundation.events.models import OutboxEvent

    pending = OutboxEvent.objects.filter(pending=True).order_by("id")
    if not pending.exists():  # without a lock
        return 0
    batch: list[Pending] = []
    try:
        with atomic(), translation.override(settings.LANGUAGE_CODE):
            rows = pending.select_for_update(skip_locked=True).values_list("pk", "name", "payload")
            batch = [Pending(*row) for row in rows[:_size[0]]]
            told = _tell(batch, strict)
            OutboxEvent.objects.filter(pk__in=told).update(pending=False)
    except (IntegrityError, DataError) as error:
        if strict or connection.in_atomic_block:
            raise
        # A broken promise that shows only at the commit (a foreign key): find the culprit one by one.
        log.warning("events.batch_failed", extra={"error": place_of(error)})
        return _owe(batch[:50])
    there_is_more = len(batch) == _size[0]
    _size[0] = min(MOST, max(LEAST, len(told) * 2 if len(told) == len(batch) else len(told) + LEAST))
    if there_is_more and connection.vendor == "sqlite" and not connection.in_atomic_block:
        time.sleep(PAUSE_S)  # let whoever waits for the write lock go first
    return len(told)


def _tell(batch: Sequence[Pending], strict: bool) -> list[int]:
    """The ids of those told, in groups with one savepoint each; a group that fails is told again one by one."""
    told: list[int] = []
    ends = time.monotonic() + HOLD_S
    while len(told) < len(batch):
        group = batch[len(told):len(told) + GROUP]
        try:
            with atomic():
                done = _each(group, _call_all, ends, strict)
        except Exception:
            if strict:
                raise
            done = _each(group, _tell_one, ends, strict)
        told += done
        if time.monotonic() > ends and not strict:
            break
    return told


def _each(group: Sequence[Pending], tell: Callable[[Pending], None], ends: float, strict: bool) -> list[int]:
    """Tell one after the other until the time is up; the ids of those told."""
    done: list[int] = []
    for event in group:
        tell(event)
        done.append(event.pk)
        if time.monotonic() > ends and not strict:
            break
    return done


def _call_all(event: Pending) -> None:
    for path in listeners().get(event.name, ()):
        call(path, event.payload)


def _tell_one(event: Pending) -> None:
    """Each listener by itself: one that raises is rolled back alone, and owes it."""
    from linli.foundation.events.models import Debt

    for path in listeners().get(event.name, ()):
        try:
            with atomic():
                call(path, event.payload)
        except Exception as error:
            log.warning("events.listener_failed", exc_info=error, extra={"event": event.name, "listener": path})
            Debt.objects.create(
                event_id=event.pk, name=event.name, payload=event.payload, listener=path, tries=1,
                next_at=now() + wait_after(1), error=place_of(error))


def _owe(batch: Sequence[Pending]) -> int:
    """Turn each event into one debt a listener, so that each is then told in a transaction of its own."""
    from linli.foundation.events.models import Debt, OutboxEvent

    with atomic():
        ids = [event.pk for event in batch]
        mine = OutboxEvent.objects.filter(pk__in=ids, pending=True).select_for_update(skip_locked=True)
        found = list(mine)
        Debt.objects.bulk_create([
            Debt(event_id=event.pk, name=event.name, payload=event.payload, listener=path)
            for event in found for path in listeners().get(event.name, ())
        ], ignore_conflicts=True)
        OutboxEvent.objects.filter(pk__in=[event.pk for event in found]).update(pending=False)
    return len(found)


def _pay_debts(moment: datetime, strict: bool) -> int:
    from linli.foundation.events.models import Debt

    due = Debt.objects.filter(state=Debt.State.WAITING, next_at__lte=moment).order_by("next_at", "id")
    paid = 0
    for debt in due[:50]:
        # Counted before it is tried: a listener that kills the process is given up too.
        taken = Debt.objects.filter(pk=debt.pk, state=Debt.State.WAITING, next_at=debt.next_at).update(
            tries=F("tries") + 1, next_at=moment + wait_after(debt.tries + 1))
        if taken:
            paid += 1
            _pay(debt, strict)
    return paid


def _pay(debt: Debt, strict: bool) -> None:
    from linli.foundation.events.models import Debt

    row = Debt.objects.filter(pk=debt.pk)
    try:
        with atomic(), translation.override(settings.LANGUAGE_CODE):
            call(debt.listener, debt.payload)
            row.delete()
    except Exception as error:
        if strict:
            raise
        last = debt.tries + 1 >= MOST_TRIES
        log.warning("events.listener_failed", exc_info=error, extra={"event": debt.name, "listener": debt.listener})
        row.update(error=place_of(error), **({"state": Debt.State.GIVEN_UP} if last else {}))
