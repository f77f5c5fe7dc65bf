"""The listener: opens ports, checks who comes, drops who must go, and stops without forgetting anything.

    listener = Listener(store, authenticate)
    await listener.open("127.0.0.1", 1883)
    …
    await listener.close()
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import time
from collections import Counter
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from linli.mechanisms.sensing.mqtt.connection import Connection
from linli.mechanisms.sensing.mqtt.contracts import (
    Arrived,
    Authenticate,
    Clock,
    Limits,
    Login,
    Outcome,
    Revoked,
    Store,
)
from linli.mechanisms.sensing.mqtt.grouping import Entry, Group
from linli.mechanisms.sensing.mqtt.packets import V5, Connect, Publish, Will
from linli.mechanisms.sensing.mqtt.reasons import Reason
from linli.mechanisms.sensing.mqtt.sessions import Key, Session, Sessions
from linli.mechanisms.sensing.mqtt.shelf import NoShelf, Shelf

log = logging.getLogger("linli.mqtt")
SWEEP_S = 0.5
WRONG_LOGIN_S = 0.5  # a wrong key is answered this much later
TLS_HANDSHAKE_S = 10.0
RECEIPT = "ack"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Listener:
    """Everything that belongs to one process's devices. All of it lives in one event loop."""

    def __init__(self, store: Store, authenticate: Authenticate, *, limits: Limits | None = None,
                 shelf: Shelf | None = None, revoked: Revoked | None = None, clock: Clock = _utc_now) -> None:
        self.limits = limits or Limits()
        self.clock, self.refused = clock, Counter[Reason]()
        self.group = Group(store, self.limits)
        self._authenticate, self._revoked = authenticate, revoked
        self._shelf: Shelf = shelf or NoShelf()
        self._sessions = Sessions()
        self._everyone: set[Connection] = set()
        self._by_key: dict[Key, Connection] = {}
        self._wills: dict[Key, asyncio.TimerHandle] = {}
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._threads = ThreadPoolExecutor(4, "linli-login")
        self.stopping = False

    # ── life ──
    async def open(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Listen at one address; several calls open several. The port, which matters where 0 was asked for."""
        if not self._servers:
            self._sessions = Sessions(self._shelf.load(time.monotonic()))
            self.group.start()
            self._keep(self._sweep())
            if self._revoked is not None:
                self._keep(self._watch_keys(self._revoked))
        server = await asyncio.get_running_loop().create_server(
            lambda: Connection(self), host, port, ssl=tls, backlog=1024,
            ssl_handshake_timeout=TLS_HANDSHAKE_S if tls else None)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def close(self, grace_s: float = 3.5) -> bool:
        """Take no more, write what was taken, acknowledge it, say goodbye. False if the store was not done in time."""
        self.stopping = True
        for server in self._servers:
            server.close()
        for one in list(self._everyone):
            one.draining = True
            one.advance()
        done = await self.group.drain(grace_s)
        for one in list(self._everyone):
            one.refuse(Reason.SHUTTING_DOWN, "the listener stops")
        for timer in self._wills.values():
            timer.cancel()
        await asyncio.sleep(0.05)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.group.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)
        for one in list(self._everyone):
            if one.transport is not None:
                one.transport.abort()
        self._shelf.close()
        return done

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def connected(self) -> int:
        return len(self._by_key)

    # ── coming and going ──
    def welcome(self, connection: Connection) -> bool:
        if self.stopping or len(self._everyone) >= self.limits.connections:
            return False
        self._everyone.add(connection)
        return True

    def check(self, connection: Connection, packet: Connect) -> None:
        self._keep(self._check(connection, packet))

    async def _check(self, connection: Connection, packet: Connect) -> None:
        if time.monotonic() < self.group.resting_until:
            connection.refuse(Reason.UNAVAILABLE, "the store is away")
            return
        password = (packet.password or b"").decode("utf-8", "replace")
        try:
            login = await asyncio.get_running_loop().run_in_executor(
                self._threads, self._authenticate, packet.client_id, packet.username or "", password)
        except Exception:  # whatever broke, the device is told to try later, and the log says what it was
            log.exception("mqtt.login_failed")
            connection.refuse(Reason.UNAVAILABLE, "who this is cannot be found out now")
            return
        packet.password = None
        if login is None:
            await asyncio.sleep(WRONG_LOGIN_S)
            connection.refuse(Reason.BAD_LOGIN, "an unknown device or key")
        elif not connection.closed and not self.stopping:
            self._enter(connection, packet, login)

    def _enter(self, connection: Connection, packet: Connect, login: Login) -> None:
        if packet.will is not None and not packet.will.topic.startswith(login.uplinks):
            connection.refuse(Reason.NOT_AUTHORISED, "a will on another's topic")
            return
        assigned = "" if packet.client_id else uuid4().hex
        device = str(login.device_id)
        key = (device, packet.client_id or assigned)
        earlier = self._by_key.get(key)
        others = sum(1 for one in self._sessions.of(device) if one.key in self._by_key and one.key != key)
        if others >= self.limits.connections_per_device:
            connection.refuse(Reason.QUOTA, "too many connections of one device")
            return
        if earlier is not None:
            earlier.refuse(Reason.TAKEN_OVER, "the same client connected again")
            self._leave(earlier)
        timer = self._wills.pop(key, None)
        if timer is not None:
            timer.cancel()  # it is back, so its last word is not true
        session, present = self._sessions.open(key, login.device_id, clean=packet.clean, moment=time.monotonic())
        wanted = packet.props.number("session_expiry", 0) if packet.version == V5 else (
            0 if packet.clean else self.limits.session_s)
        session.lasts_s = min(wanted, self.limits.session_s)
        self.changed(session)
        self._by_key[key] = connection
        connection.accept(login, session, present=present, assigned=assigned)

    def changed(self, session: Session) -> None:
        """Write down a session that is to outlive this process; cross out one that is not."""
        if session.lasts_s:
            self._shelf.keep(session)
        else:
            self._shelf.forget(session)

    def farewell(self, connection: Connection) -> None:
        self._everyone.discard(connection)
        self._leave(connection)

    def _leave(self, connection: Connection) -> None:
        session, connection.session = connection.session, None
        if session is None:
            return
        if self._by_key.get(session.key) is connection:
            del self._by_key[session.key]
        self._sessions.leave(session, time.monotonic())
        will, login = connection.will, connection.login
        connection.will = None
        if will is not None and login is not None and not self.stopping:
            delay = min(will.props.number("will_delay", 0), session.lasts_s)
            self._wills[session.key] = asyncio.get_running_loop().call_later(
                delay, self._publish_will, session.key, login, will)

    def _publish_will(self, key: Key, login: Login, will: Will) -> None:
        self._wills.pop(key, None)
        self.group.add(Entry(_Nobody(), Arrived(
            login.key_id, will.topic, will.payload, self.clock(), will.props.user_value("id")[:64]), 0))

    # ── to the devices ──
    def send(self, device_id: object, topic: str, payload: bytes, *, qos: int = 1) -> bool:
        """Hand a message to every session of the device that asked for it. False if none did: the sender keeps it."""
        reached = False
        for session in self._sessions.of(str(device_id)):
            granted = session.qos_for(topic)
            if granted is None:
                continue
            connection = self._by_key.get(session.key)
            message = Publish(topic, payload, min(qos, granted))
            if connection is None and (not message.qos or not session.lasts_s):
                continue
            while len(session.waiting) >= self.limits.waiting:
                session.waiting.popleft()
            session.waiting.append(message)
            if connection is not None:
                connection.send_waiting()
                connection.flush()
            reached = True
        return reached

    def receipt(self, login: Login, message_id: str) -> None:
        """Tell a device that its alarm is kept (`down/ack`); only this lights "received" on it."""
        payload = json.dumps({"id": message_id}, ensure_ascii=False).encode()
        self.send(login.device_id, login.downlink + RECEIPT, payload)

    # ── watching ──
    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            moment = time.monotonic()
            for one in list(self._everyone):
                if one.transport is None or one.transport.is_closing():
                    continue
                reason = one.late(moment)
                if reason is not None:
                    one.refuse(reason, "silent for too long")
            for session in self._sessions.expire(moment):
                self._shelf.forget(session)

    async def _watch_keys(self, revoked: Revoked) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self.limits.revoked_every_s)
            keys = {one.login.key_id for one in self._by_key.values() if one.login is not None}
            if not keys:
                continue
            try:
                gone = set(await loop.run_in_executor(self._threads, revoked, keys))
            except Exception:  # the database is away; it is asked again in a moment
                log.warning("mqtt.keys_unchecked", exc_info=True)
                continue
            for one in list(self._by_key.values()):
                if one.login is not None and one.login.key_id in gone:
                    one.will = None
                    one.refuse(Reason.NOT_AUTHORISED, "the key was revoked")


class _Nobody:
    """Who sends a will: gone, waits for no answer."""

    def settled(self, entry: Entry, outcome: Outcome) -> None: ...

    def lost(self, entry: Entry) -> None:
        log.warning("mqtt.will_lost")

    def flush(self) -> None: ...


async def serve(host: str, port: int, tls: ssl.SSLContext | None, store: Store, authenticate: Authenticate, *,
                stop: asyncio.Event, limits: Limits | None = None, shelf: Shelf | None = None,
                revoked: Revoked | None = None, clock: Clock = _utc_now) -> bool:
    """Listen at one address until `stop`; whether everything taken was written."""
    listener = Listener(store, authenticate, limits=limits, shelf=shelf, revoked=revoked, clock=clock)
    await listener.open(host, port, tls)
    with suppress(asyncio.CancelledError):
        await stop.wait()
    return await listener.close()
