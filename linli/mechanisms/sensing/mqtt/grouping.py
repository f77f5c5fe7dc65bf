"""Group commit: what arrives while one transaction is written makes up the next. Nobody is answered before."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from linli.mechanisms.sensing.mqtt.contracts import Arrived, Away, Limits, Outcome, Store

log = logging.getLogger("linli.mqtt")
PAUSES_S = (0.1, 0.2, 0.5, 1.0)


class Sender(Protocol):
    """Who waits for the answer. `settled` and `lost` are called once each message, in the order of `add`."""

    def settled(self, entry: Entry, outcome: Outcome) -> None: ...
    def lost(self, entry: Entry) -> None: ...
    def flush(self) -> None: ...


@dataclass(slots=True)
class Entry:
    """One publish on its way into the database. `packet_id` 0: nobody waits for an answer (QoS 0)."""

    sender: Sender
    message: Arrived
    packet_id: int
    allowed: bool = True


class Group:
    """Writes in one thread, one batch after another, in the order of arrival."""

    def __init__(self, store: Store, limits: Limits) -> None:
        self._store, self._limits = store, limits
        self._queue: deque[Entry] = deque()
        self._some, self._full, self._quiet = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._quiet.set()
        self._thread = ThreadPoolExecutor(1, "linli-store")
        self._task: asyncio.Task[None] | None = None
        self.away_since: float | None = None
        self.resting_until = 0.0
        self.stored = self.batches = self.failed = 0

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="mqtt-group")

    def add(self, entry: Entry) -> None:
        self._queue.append(entry)
        self._some.set()
        self._quiet.clear()
        if len(self._queue) >= self._limits.batch:
            self._full.set()

    def __len__(self) -> int:
        return len(self._queue)

    async def drain(self, grace_s: float) -> bool:
        """Wait until all is written; False if that took longer than `grace_s`."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._quiet.wait(), grace_s)
        return self._quiet.is_set()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _run(self) -> None:
        while True:
            await self._some.wait()
            if len(self._queue) < self._limits.batch:
                self._full.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._full.wait(), self._limits.gather_s)
            batch = [self._queue.popleft() for _ in range(min(len(self._queue), self._limits.batch))]
            if not self._queue:
                self._some.clear()
            await self._keep(batch)
            if not self._queue:
                self._quiet.set()

    async def _keep(self, batch: Sequence[Entry]) -> None:
        until = time.monotonic() + self._limits.patience_s
        for number in range(1_000_000):
            try:
                outcomes = await self._in_thread(batch)
            except Away as away:
                if self.away_since is None:
                    self.away_since = time.monotonic()
                    log.warning("mqtt.store_away: %s", type(away.__cause__ or away).__name__)
                if time.monotonic() > until:
                    # Whoever comes now would hand in the same again; after a rest the next one is let in to try.
                    self.resting_until = time.monotonic() + self._limits.patience_s
                    self._give_up(batch)
                    return
                await asyncio.sleep(PAUSES_S[min(number, len(PAUSES_S) - 1)])
                continue
            except Exception as error:  # whatever one message breaks, the others do not pay for it
                await self._cut(batch, error)
                return
            if self.away_since is not None:
                log.warning("mqtt.store_back: after %.1f s", time.monotonic() - self.away_since)
                self.away_since = None
            self._answer(batch, outcomes)
            return

    async def _in_thread(self, batch: Sequence[Entry]) -> Sequence[Outcome]:
        messages = [entry.message for entry in batch]
        outcomes = await asyncio.get_running_loop().run_in_executor(self._thread, self._store, messages)
        if len(outcomes) != len(batch):
            raise AssertionError(f"{len(batch)} messages stored, {len(outcomes)} outcomes")
        return outcomes

    async def _cut(self, batch: Sequence[Entry], error: Exception) -> None:
        """One message breaks the store: the others are kept in halves, its sender is sent away unanswered."""
        if len(batch) > 1:
            middle = len(batch) // 2
            await self._keep(batch[:middle])
            await self._keep(batch[middle:])
            return
        log.error("mqtt.store_failed: one message of %s bytes", len(batch[0].message.payload), exc_info=error)
        self._give_up(batch)

    def _answer(self, batch: Sequence[Entry], outcomes: Sequence[Outcome]) -> None:
        self.batches += 1
        self.stored += len(batch)
        senders: dict[int, Sender] = {}
        for entry, outcome in zip(batch, outcomes, strict=True):
            entry.sender.settled(entry, outcome)
            senders[id(entry.sender)] = entry.sender
        for sender in senders.values():
            sender.flush()

    def _give_up(self, batch: Sequence[Entry]) -> None:
        self.failed += len(batch)
        for entry in batch:
            entry.sender.lost(entry)
