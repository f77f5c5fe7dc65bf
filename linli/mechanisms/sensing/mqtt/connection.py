"""One device's connection: what it may say, how fast, and what it is answered."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from linli.mechanisms.sensing.mqtt import packets, topics
from linli.mechanisms.sensing.mqtt.contracts import Arrived, Login, Outcome
from linli.mechanisms.sensing.mqtt.grouping import Entry
from linli.mechanisms.sensing.mqtt.packets import (
    V5,
    Connack,
    Connect,
    Disconnect,
    Packet,
    Pingreq,
    Pingresp,
    Puback,
    Publish,
    Suback,
    Subscribe,
    Unsuback,
    Unsubscribe,
    Will,
)
from linli.mechanisms.sensing.mqtt.reading import Reader
from linli.mechanisms.sensing.mqtt.reasons import SUBACK_FAILURE_3, Broken, Reason
from linli.mechanisms.sensing.mqtt.sessions import Session
from linli.mechanisms.sensing.mqtt.wire import Props

if TYPE_CHECKING:
    from linli.mechanisms.sensing.mqtt.listener import Listener

log = logging.getLogger("linli.mqtt")
ROOM_FOR_REASONS = 256  # a client that takes smaller packets gets codes without words
NEVER = 0xFFFF_FFFF
LAST_WORDS_S = 5.0


class Connection(asyncio.Protocol):
    """From accept to close. `login` is None until CONNECT was accepted."""

    def __init__(self, listener: Listener) -> None:
        self.listener, self.limits = listener, listener.limits
        self.reader = Reader(listener.limits.packet_bytes)
        self.transport: asyncio.Transport | None = None
        self.login: Login | None = None
        self.session: Session | None = None
        self.will: Will | None = None
        self.connect: Connect | None = None
        self.heard = self.opened = time.monotonic()
        self.keep_alive_s = 0
        self.pending = 0  # publishes handed to the group and not yet settled
        self.closed = self.draining = False
        self._aliases: dict[int, str] = {}
        self._out: list[bytes] = []
        self._tokens = listener.limits.burst
        self._tokens_at = self.opened
        self._paused = self._checking = False
        self._timer: asyncio.TimerHandle | None = None
        self._window = self.limits.in_flight

    # ── the transport ──
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.set_write_buffer_limits(high=self.limits.unwritten_bytes)
        found = transport.get_extra_info("socket")
        if found is not None:
            with suppress(OSError):
                found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if not self.listener.welcome(self):
            self.closed = True
            transport.abort()

    def data_received(self, data: bytes) -> None:
        if self.closed:
            return
        self.heard = time.monotonic()
        self.reader.feed(data)
        self.advance()

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = True
        if self._timer is not None:
            self._timer.cancel()
        self.listener.farewell(self)

    def pause_writing(self) -> None:
        """The device leaves more unread than it may: it is cut off, and finds its messages when it comes back."""
        if self.transport is not None:
            self.transport.abort()

    # ── reading, no faster than is kept ──
    def advance(self) -> None:
        """Take packets until there is none, or until this connection must wait for its turn."""
        try:
            while not self.closed and not self._must_wait():
                packet = self.reader.next()
                if packet is None:
                    break
                self._take(packet)
        except Broken as broken:
            self.refuse(broken.reason, broken.what)
        self.flush()
        self._set_paused(not self.closed and self._must_wait())

    def _must_wait(self) -> bool:
        # Over its Receive Maximum a client of MQTT 5 could be sent off (0x93). paho exceeds it whenever it connects
        # again with much in hand, and would then be sent off for ever; it is read no further instead.
        if self._checking or self.draining or self.pending >= self.limits.in_flight:
            return True
        return self.login is not None and not self._has_token()

    def _has_token(self) -> bool:
        moment = time.monotonic()
        rate = self.limits.rate_per_s
        self._tokens = min(self.limits.burst, self._tokens + (moment - self._tokens_at) * rate)
        self._tokens_at = moment
        if self._tokens >= 1:
            return True
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later((1 - self._tokens) / rate + 0.005, self._token_due)
        return False

    def _token_due(self) -> None:
        self._timer = None
        self.advance()

    def _set_paused(self, paused: bool) -> None:
        if paused == self._paused or self.transport is None or self.transport.is_closing():
            return
        self._paused = paused
        if paused:
            self.transport.pause_reading()
        else:
            self.heard = time.monotonic()
            self.transport.resume_reading()

    # ── packets ──
    def _take(self, packet: Packet) -> None:
        if self.login is None:
            if not isinstance(packet, Connect):
                raise Broken(Reason.PROTOCOL_ERROR, "not CONNECT first")
            self._on_connect(packet)
            return
        match packet:
            case Publish():
                self._on_publish(packet)
            case Puback():
                self._on_puback(packet)
            case Pingreq():
                self.put(Pingresp())
            case Subscribe():
                self._on_subscribe(packet)
            case Unsubscribe():
                self._on_unsubscribe(packet)
            case Disconnect():
                self._on_disconnect(packet)
            case _:
                raise Broken(Reason.PROTOCOL_ERROR, f"{type(packet).__name__} from a device")

    def _on_connect(self, packet: Connect) -> None:
        self.connect = packet
        if "auth_method" in packet.props.known:
            raise Broken(Reason.BAD_AUTH_METHOD, "no such method")
        if not packet.client_id and packet.version != V5 and not packet.clean:
            raise Broken(Reason.BAD_CLIENT_ID, "a session needs a name")
        if packet.will is not None and packet.will.qos == 2:
            raise Broken(Reason.NO_QOS_2, "a will of QoS 2")
        self._window = packet.props.number("receive_maximum", 65_535)
        self._checking = True
        self.listener.check(self, packet)

    def accept(self, login: Login, session: Session, *, present: bool, assigned: str) -> None:
        """The answer to CONNECT is yes. Reading goes on."""
        packet = self.connect
        assert packet is not None
        self.login, self.session, self.will = login, session, packet.will
        longest = self.limits.keep_alive_s
        if packet.version == V5:
            self.keep_alive_s = min(packet.keep_alive or longest, longest)
        else:
            self.keep_alive_s = packet.keep_alive
        props = Props()
        if packet.version == V5:
            props.known.update(
                receive_maximum=self.limits.in_flight, maximum_qos=1, retain_available=0,
                maximum_packet=self.limits.packet_bytes, topic_alias_maximum=self.limits.aliases,
                shared_available=0, subscription_ids_available=0)
            if self.keep_alive_s != packet.keep_alive:
                props.known["server_keep_alive"] = self.keep_alive_s
            if assigned:
                props.known["assigned_client_id"] = assigned
            if session.lasts_s != packet.props.number("session_expiry", 0):
                props.known["session_expiry"] = session.lasts_s
        self._checking = False
        self.put(Connack(Reason.SUCCESS, present, props))
        for message in session.again():
            self.put(message)
        self.send_waiting()
        self.advance()

    def _on_publish(self, packet: Publish) -> None:
        assert self.login is not None
        if packet.qos == 2:
            raise Broken(Reason.NO_QOS_2, "QoS 2")
        topic = self._topic_of(packet)
        self._tokens -= 1
        self.pending += 1
        self.listener.group.add(Entry(self, Arrived(
            self.login.key_id, topic, packet.payload, self.listener.clock(), packet.props.user_value("id")[:64]),
            packet.packet_id, topic.startswith(self.login.uplinks)))

    def _topic_of(self, packet: Publish) -> str:
        if "topic_alias" not in packet.props.known:
            return packet.topic
        alias = packet.props.number("topic_alias", 0)
        if not 1 <= alias <= self.limits.aliases:
            raise Broken(Reason.BAD_ALIAS, f"topic alias {alias}")
        if packet.topic:
            self._aliases[alias] = packet.topic
        elif alias not in self._aliases:
            raise Broken(Reason.PROTOCOL_ERROR, "a topic alias without a topic")
        return self._aliases[alias]

    def _on_puback(self, packet: Puback) -> None:
        assert self.session is not None
        if self.session.unconfirmed.pop(packet.packet_id, None) is not None:
            self.send_waiting()

    def _on_subscribe(self, packet: Subscribe) -> None:
        assert self.session is not None
        assert self.login is not None
        if "subscription_id" in packet.props.known:
            raise Broken(Reason.NO_SUBSCRIPTION_IDS, "a subscription identifier")
        reasons: list[int] = []
        for wanted, options in packet.filters:
            if not topics.is_filter(wanted):
                reasons.append(Reason.BAD_FILTER)
            elif wanted.startswith("$share/"):
                reasons.append(Reason.NO_SHARED)
            elif not topics.fixed_part(wanted).startswith(self.login.downlink):
                reasons.append(Reason.NOT_AUTHORISED)
            elif wanted not in self.session.filters and len(self.session.filters) >= self.limits.filters:
                reasons.append(Reason.QUOTA)
            else:
                self.session.filters[wanted] = min(options & 3, 1)
                reasons.append(self.session.filters[wanted])
        if self.reader.version != V5:
            reasons = [one if one < SUBACK_FAILURE_3 else SUBACK_FAILURE_3 for one in reasons]
        self.listener.changed(self.session)
        self.put(Suback(packet.packet_id, reasons))

    def _on_unsubscribe(self, packet: Unsubscribe) -> None:
        assert self.session is not None
        reasons = [int(Reason.SUCCESS if self.session.filters.pop(wanted, None) is not None
                       else Reason.NO_SUBSCRIPTION) for wanted in packet.filters]
        self.listener.changed(self.session)
        self.put(Unsuback(packet.packet_id, reasons))

    def _on_disconnect(self, packet: Disconnect) -> None:
        assert self.session is not None
        assert self.connect is not None
        if "session_expiry" in packet.props.known:
            wanted = packet.props.number("session_expiry", 0)
            if wanted and not self.connect.props.number("session_expiry", 0):
                raise Broken(Reason.PROTOCOL_ERROR, "a session that was to end is to last")
            self.session.lasts_s = min(wanted, self.limits.session_s)
            self.listener.changed(self.session)
        if packet.reason == Reason.SUCCESS:
            self.will = None
        self._close()

    # ── answers ──
    def settled(self, entry: Entry, outcome: Outcome) -> None:
        """`entry` is committed: only now is it acknowledged."""
        self.pending -= 1
        if outcome.receipt and entry.allowed and self.login is not None:
            self.listener.receipt(self.login, outcome.receipt)
        if self.closed or not entry.packet_id:
            return
        reason, words = Reason.SUCCESS, ""
        if not entry.allowed:
            reason = Reason.NOT_AUTHORISED
        elif outcome.code == "quarantined":
            reason, words = Reason.BAD_PAYLOAD, outcome.reason
        answer = Puback(entry.packet_id, reason)
        if words and self._wants_words():
            answer.props.known["reason"] = words[:80]
        self._out.append(packets.encode(answer, self.reader.version))

    def lost(self, entry: Entry) -> None:
        """`entry` could not be committed: unanswered, the device keeps it and comes again."""
        self.pending -= 1
        if not self.closed:
            self.refuse(Reason.BUSY, "the store is away")

    def _wants_words(self) -> bool:
        packet = self.connect
        return (packet is not None and packet.version == V5 and bool(packet.props.number("request_problem", 1))
                and packet.props.number("maximum_packet", NEVER) >= ROOM_FOR_REASONS)

    def put(self, packet: Packet) -> None:
        self._out.append(packets.encode(packet, self.reader.version))

    def flush(self) -> None:
        """Write what has gathered; after a commit also go on reading."""
        if self._out and self.transport is not None:
            if not self.transport.is_closing():
                self.transport.write(b"".join(self._out))
            self._out.clear()
        if self._paused and not self._must_wait():
            asyncio.get_running_loop().call_soon(self.advance)

    def send_waiting(self) -> None:
        """Messages for the device, as many as its window takes."""
        if self.session is None or self.connect is None:
            return
        largest = self.connect.props.number("maximum_packet", NEVER)
        for message in self.session.due(self._window):
            data = packets.encode(message, self.reader.version)
            if len(data) > largest:  # it could never be delivered, and MQTT-3.1.2-25 says to act as if it had been
                self.session.unconfirmed.pop(message.packet_id, None)
                continue
            self._out.append(data)

    # ── ends ──
    def refuse(self, reason: Reason, what: str) -> None:
        """End with a reason code where the protocol has a place for one."""
        if self.closed:
            return
        log.info("mqtt.refused: %s, %s", reason.name.lower(), what)
        self.listener.refused[reason] += 1
        if self.login is not None:
            if self.reader.version == V5:
                self.put(Disconnect(reason))
        elif self.connect is not None or reason is Reason.BAD_VERSION:
            self.put(Connack(reason))
        self._close()

    def _close(self) -> None:
        self.closed = True
        if self.transport is None:
            return
        if self._out and not self.transport.is_closing():
            self.transport.write(b"".join(self._out))
            self._out.clear()
        self.transport.close()
        asyncio.get_running_loop().call_later(LAST_WORDS_S, self.transport.abort)  # it may never read them

    def late(self, moment: float) -> Reason | None:
        """Why this connection has been silent for too long; None if it has not."""
        if self.login is None:
            return Reason.PROTOCOL_ERROR if moment - self.opened > self.limits.connect_s else None
        if self.keep_alive_s and not self._paused and moment - self.heard > 1.5 * self.keep_alive_s:
            return Reason.KEEP_ALIVE_TIMEOUT
        return None
