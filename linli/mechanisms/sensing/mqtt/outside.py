"""The same promise with a broker of the city's: nothing is acknowledged to it before it is in our database.

Any number of processes share the work by a shared subscription (`$share/linli/…`); each has a session of its own that
the broker keeps, and acknowledges by hand. What a process had in hand when it died is delivered again; the house's
store knows a message that comes twice. Who may publish where is for the broker's access list to say.
"""

from __future__ import annotations

import json
import logging
import ssl
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from linli.mechanisms.sensing.mqtt.contracts import Arrived, Away, Clock, Limits, Outcome, Store

log = logging.getLogger("linli.mqtt")
SESSION_S = 7 * 86_400
KEEP_ALIVE_S = 30
PAUSES_S = (0.2, 0.5, 1.0, 2.0, 5.0)
PORTS = {"mqtt": 1883, "mqtts": 8883}


class BadAddress(ValueError):  # noqa: N818 - reads as a sentence: "raises BadAddress"
    """A broker's address that cannot be used; the text says how to write it."""


@dataclass(frozen=True)
class Broker:
    """An address taken apart: `mqtt://name:word@host:1883`, or `mqtts://` with TLS; `?version=4` for MQTT 3.1.1 and
    `?ca=/path` for the certificate of the city's own authority."""

    host: str
    port: int
    username: str
    password: str
    tls: bool
    ca: str
    version: MQTTProtocolVersion

    @classmethod
    def of(cls, url: str) -> Broker:
        """Raises `BadAddress`."""
        parts = urlsplit(url)
        asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        version = asked.pop("version", "5")
        ca = asked.pop("ca", "")
        if parts.scheme not in PORTS or not parts.hostname or version not in {"4", "5"} or asked:
            raise BadAddress("write the broker's address like mqtts://name:word@host:8883, with ?ca=/path/of/ca.pem "
                             "or ?version=4 where needed.")
        return cls(parts.hostname, parts.port or PORTS[parts.scheme], unquote(parts.username or ""),
                   unquote(parts.password or ""), parts.scheme == "mqtts", ca,
                   MQTTProtocolVersion.MQTTv5 if version == "5" else MQTTProtocolVersion.MQTTv311)


@dataclass(slots=True)
class _InHand:
    message: Arrived
    mid: int
    qos: int
    connection: int  # which of our connections it came by: a number of an earlier one means nothing on the next


class Feed:
    """One worker's share of what devices say. `run` stores until `stop` is set; it never gives up on the broker."""

    def __init__(self, broker: Broker, store: Store, *, client_id: str, filters: Sequence[str], group: str = "linli",
                 receipt_topic: Callable[[str], str], limits: Limits | None = None,
                 clock: Clock = lambda: datetime.now(UTC)) -> None:
        self.broker, self.filters, self.group = broker, filters, group
        self._store, self._receipt_topic, self._clock = store, receipt_topic, clock
        self.limits = limits or Limits()
        self._some = threading.Condition()
        self._queue: deque[_InHand] = deque()
        self._connection = 0
        self._stop = threading.Event()
        self.stored = 0
        self.connected = threading.Event()
        self._client = self._make(client_id)

    def _make(self, client_id: str) -> paho.Client:
        old = self.broker.version is not MQTTProtocolVersion.MQTTv5
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id, clean_session=False if old else None,
                             protocol=self.broker.version, manual_ack=True)
        if self.broker.username:
            client.username_pw_set(self.broker.username, self.broker.password)
        if self.broker.tls:
            client.tls_set_context(ssl.create_default_context(cafile=self.broker.ca or None))
        client.reconnect_delay_set(1, 30)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_message = self._on_message
        return client

    def run(self, stop: threading.Event) -> None:
        """Take, store, acknowledge. What is unacknowledged at the end the broker keeps for the next of us."""
        self._stop = stop
        more: dict[str, Any] = {}
        if self.broker.version is MQTTProtocolVersion.MQTTv5:
            props = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho
            props.SessionExpiryInterval = SESSION_S
            props.ReceiveMaximum = 2 * self.limits.batch
            more = {"clean_start": False, "properties": props}
        self._client.connect_async(self.broker.host, self.broker.port, KEEP_ALIVE_S, **more)
        self._client.loop_start()
        try:
            while not stop.is_set():
                batch = self._take()
                if batch:
                    self._keep(batch)
        finally:
            self._client.disconnect()
            self._client.loop_stop()

    # ── paho's thread ──
    def _on_connect(self, client: paho.Client, data: object, flags: object, reason: Any, props: object) -> None:
        if reason.is_failure:
            log.warning("mqtt.broker_refused: %s", reason)
            return
        with self._some:
            self._connection += 1
            # Delivered again on this connection; only what nobody repeats is worth keeping.
            self._queue = deque(one for one in self._queue if not one.qos)
        client.subscribe([(f"$share/{self.group}/{name}", 1) for name in self.filters])
        log.info("mqtt.broker_connected")
        self.connected.set()

    def _on_disconnect(self, client: paho.Client, data: object, flags: object, reason: object, props: object) -> None:
        self.connected.clear()
        log.warning("mqtt.broker_gone: %s", reason)

    def _on_message(self, client: paho.Client, data: object, message: paho.MQTTMessage) -> None:
        user = getattr(message.properties, "UserProperty", None) or []
        message_id = next((value for name, value in user if name == "id"), "")[:64]
        arrived = Arrived(None, message.topic, bytes(message.payload), self._clock(), message_id)
        with self._some:
            # A broker of 3.1.1 knows no receive maximum: not reading is what slows it.
            while len(self._queue) >= 4 * self.limits.batch and not self._stop.is_set():
                self._some.wait(0.2)
            self._queue.append(_InHand(arrived, message.mid, message.qos, self._connection))
            self._some.notify_all()

    # ── our thread ──
    def _take(self) -> list[_InHand]:
        with self._some:
            if not self._queue:
                self._some.wait(0.2)
            elif len(self._queue) < self.limits.batch:
                self._some.wait(self.limits.gather_s)
            batch = [self._queue.popleft() for _ in range(min(len(self._queue), self.limits.batch))]
            self._some.notify_all()
        return batch

    def _keep(self, batch: Sequence[_InHand]) -> None:
        """Store, however long it takes; then acknowledge in order. A message that breaks the store stays unanswered."""
        for number in range(1_000_000):
            try:
                outcomes = self._store([one.message for one in batch])
            except Away as away:
                log.warning("mqtt.store_away: %s", type(away.__cause__ or away).__name__)
                if self._stop.wait(PAUSES_S[min(number, len(PAUSES_S) - 1)]):
                    return
                continue
            except Exception:
                if len(batch) == 1:
                    log.exception("mqtt.store_failed: one message of %s bytes", len(batch[0].message.payload))
                    return
                middle = len(batch) // 2
                self._keep(batch[:middle])
                self._keep(batch[middle:])
                return
            for one, outcome in zip(batch, outcomes, strict=True):
                self._answer(one, outcome)
            return

    def _answer(self, one: _InHand, outcome: Outcome) -> None:
        self.stored += 1
        if outcome.receipt:
            body = json.dumps({"id": outcome.receipt}, ensure_ascii=False)
            self._client.publish(self._receipt_topic(one.message.topic), body, 1)
        if one.qos and one.connection == self._connection:
            self._client.ack(one.mid, one.qos)
