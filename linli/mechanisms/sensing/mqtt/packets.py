"""The packets of MQTT 3.1.1 and 5: `decode` makes one of bytes, `encode` bytes of one. No sockets, no clock.

`version` is 4 (3.1.1) or 5. QoS 2 and AUTH are not spoken here: their packets are `Broken`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from linli.mechanisms.sensing.mqtt import wire
from linli.mechanisms.sensing.mqtt.reasons import Broken, Reason, connack_3
from linli.mechanisms.sensing.mqtt.wire import Cursor, Props

V3, V5 = 4, 5
CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK = 1, 2, 3, 4, 8, 9, 10, 11
PINGREQ, PINGRESP, DISCONNECT = 12, 13, 14
QOS2_KINDS = frozenset({5, 6, 7})


@dataclass(slots=True)
class Will:
    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    props: Props = field(default_factory=Props)


@dataclass(slots=True)
class Connect:
    client_id: str
    version: int = V3
    clean: bool = True
    keep_alive: int = 0
    username: str | None = None
    password: bytes | None = None
    will: Will | None = None
    props: Props = field(default_factory=Props)


@dataclass(slots=True)
class Connack:
    reason: int = 0
    present: bool = False
    props: Props = field(default_factory=Props)


@dataclass(slots=True)
class Publish:
    topic: str
    payload: bytes
    qos: int = 0
    packet_id: int = 0
    retain: bool = False
    dup: bool = False
    props: Props = field(default_factory=Props)


@dataclass(slots=True)
class Puback:
    packet_id: int
    reason: int = 0
    props: Props = field(default_factory=Props)


@dataclass(slots=True)
class Subscribe:
    """`filters`: (topic filter, options byte); the two low bits of the options are the QoS asked for."""

    packet_id: int
    filters: list[tuple[str, int]]
    props: Props = field(default_factory=Props)


@dataclass(slots=True)
class Suback:
    packet_id: int
    reasons: list[int]
    props: Props = field(default_factory=Props)


@dataclass(slots=True)
class Unsubscribe:
    packet_id: int
    filters: list[str]
    props: Props = field(default_factory=Props)


@dataclass(slots=True)
class Unsuback:
    packet_id: int
    reasons: list[int]  # empty in 3.1.1
    props: Props = field(default_factory=Props)


@dataclass(slots=True)
class Pingreq:
    pass


@dataclass(slots=True)
class Pingresp:
    pass


@dataclass(slots=True)
class Disconnect:
    reason: int = 0
    props: Props = field(default_factory=Props)


Packet = (Connect | Connack | Publish | Puback | Subscribe | Suback | Unsubscribe | Unsuback | Pingreq | Pingresp
          | Disconnect)


def check_flags(first: int) -> None:
    """The first byte alone: a kind this house speaks, and the flags that this kind must have (§2.1.3)."""
    kind, flags = first >> 4, first & 0x0F
    if kind == PUBLISH:
        if flags & 0x06 == 0x06:
            raise Broken(Reason.MALFORMED, "QoS 3")
    elif kind in QOS2_KINDS:
        raise Broken(Reason.PROTOCOL_ERROR, "a packet of QoS 2")
    elif kind in {0, 15}:
        raise Broken(Reason.PROTOCOL_ERROR, f"a packet of kind {kind}")
    elif flags != (0x02 if kind in {SUBSCRIBE, UNSUBSCRIBE} else 0):
        raise Broken(Reason.MALFORMED, "wrong flags")


def decode(first: int, body: bytes, version: int) -> Packet:
    """The packet with this first byte and body. Raises `Broken`, and nothing else, for whatever bytes come."""
    check_flags(first)
    kind = first >> 4
    if kind == PUBLISH:
        return _publish(first, body, version)
    cursor = Cursor(body)
    packet: Packet
    match kind:
        case 1:
            packet = _connect(cursor)
        case 2:
            packet = _connack(cursor, version)
        case 4:
            packet_id, reason, props = _identifier(cursor), 0, Props()
            if version == V5 and cursor.at < cursor.end:
                reason = cursor.u8()
                props = wire.read_props(cursor, "puback") if cursor.at < cursor.end else props
            packet = Puback(packet_id, reason, props)
        case 8:
            packet = _subscribe(cursor, version)
        case 9:
            packet = Suback(_identifier(cursor), [], _props(cursor, version, "suback"))
            packet.reasons = list(cursor.rest())
        case 10:
            packet = _unsubscribe(cursor, version)
        case 11:
            packet = Unsuback(_identifier(cursor), [], _props(cursor, version, "unsuback"))
            packet.reasons = list(cursor.rest()) if version == V5 else []
        case 12:
            packet = Pingreq()
        case 13:
            packet = Pingresp()
        case _:
            packet = Disconnect()
            if version == V5 and cursor.at < cursor.end:
                packet.reason = cursor.u8()
                if cursor.at < cursor.end:
                    packet.props = wire.read_props(cursor, "disconnect")
    cursor.finish()
    return packet


def _publish(first: int, body: bytes, version: int) -> Publish:
    length = len(body)
    if length < 2:
        raise Broken(Reason.MALFORMED, "the packet ends too early")
    qos = first >> 1 & 3
    cursor = Cursor(body)
    topic = cursor.text()
    if "#" in topic or "+" in topic:
        raise Broken(Reason.BAD_TOPIC, "a wildcard in the name of a topic")
    if not qos and first & 0x08:
        raise Broken(Reason.MALFORMED, "a repetition of what is never repeated")
    packet_id = _identifier(cursor) if qos else 0
    props = wire.read_props(cursor, "publish") if version == V5 else Props()
    if not topic and "topic_alias" not in props.known:
        raise Broken(Reason.PROTOCOL_ERROR, "no topic")
    return Publish(topic, cursor.rest(), qos, packet_id, bool(first & 1), bool(first & 8), props)


def _identifier(cursor: Cursor) -> int:
    found = cursor.u16()
    if not found:
        raise Broken(Reason.PROTOCOL_ERROR, "packet identifier 0")
    return found


def _props(cursor: Cursor, version: int, where: str) -> Props:
    return wire.read_props(cursor, where) if version == V5 else Props()


def _connect(cursor: Cursor) -> Connect:
    if cursor.text() != "MQTT":
        raise Broken(Reason.BAD_VERSION, "another protocol")
    version = cursor.u8()
    if version not in {V3, V5}:
        raise Broken(Reason.BAD_VERSION, f"protocol level {version}")
    flags = cursor.u8()
    has_will, will_qos = bool(flags & 0x04), flags >> 3 & 3
    if flags & 1 or will_qos == 3 or (not has_will and flags & 0x38):
        raise Broken(Reason.MALFORMED, "flags of CONNECT that cannot be")
    if version == V3 and flags & 0x40 and not flags & 0x80:
        raise Broken(Reason.MALFORMED, "a password without a name")
    packet = Connect("", version, bool(flags & 2), cursor.u16())
    packet.props = _props(cursor, version, "connect")
    if "auth_data" in packet.props.known and "auth_method" not in packet.props.known:
        raise Broken(Reason.PROTOCOL_ERROR, "data of a method without its name")
    packet.client_id = cursor.text()
    if has_will:
        props = _props(cursor, version, "will")
        packet.will = Will(cursor.text(), cursor.binary(), will_qos, bool(flags & 0x20), props)
        if not packet.will.topic or "#" in packet.will.topic or "+" in packet.will.topic:
            raise Broken(Reason.BAD_TOPIC, "a will without a proper topic")
    packet.username = cursor.text() if flags & 0x80 else None
    packet.password = cursor.binary() if flags & 0x40 else None
    return packet


def _connack(cursor: Cursor, version: int) -> Connack:
    flags, reason = cursor.u8(), cursor.u8()
    if flags > 1:
        raise Broken(Reason.MALFORMED, "flags of CONNACK that cannot be")
    return Connack(reason, bool(flags), _props(cursor, version, "connack"))


def _subscribe(cursor: Cursor, version: int) -> Subscribe:
    packet = Subscribe(_identifier(cursor), [], _props(cursor, version, "subscribe"))
    while cursor.at < cursor.end:
        name, options = cursor.text(), cursor.u8()
        reserved = 0xC0 if version == V5 else 0xFC
        if options & 3 == 3 or options & reserved or options & 0x30 == 0x30:
            raise Broken(Reason.MALFORMED, "options of a subscription that cannot be")
        packet.filters.append((name, options))
    if not packet.filters:
        raise Broken(Reason.PROTOCOL_ERROR, "a subscription to nothing")
    return packet


def _unsubscribe(cursor: Cursor, version: int) -> Unsubscribe:
    packet = Unsubscribe(_identifier(cursor), [], _props(cursor, version, "unsubscribe"))
    while cursor.at < cursor.end:
        packet.filters.append(cursor.text())
    if not packet.filters:
        raise Broken(Reason.PROTOCOL_ERROR, "an end of no subscription")
    return packet


def encode(packet: Packet, version: int) -> bytes:
    """The packet as bytes. Raises `ValueError` for a text or payload that does not fit."""
    match packet:
        case Publish():
            first = PUBLISH << 4 | packet.dup << 3 | packet.qos << 1 | packet.retain
            body = wire.text(packet.topic) + (wire.u16(packet.packet_id) if packet.qos else b"")
            body += wire.write_props(packet.props) if version == V5 else b""
            return _framed(first, body + packet.payload)
        case Puback():
            body = wire.u16(packet.packet_id)
            if version == V5 and (packet.reason or packet.props.known or packet.props.user):
                body += bytes([packet.reason]) + wire.write_props(packet.props)
            return _framed(PUBACK << 4, body)
        case Connect():
            return _framed(CONNECT << 4, _connect_body(packet))
        case Connack():
            code = packet.reason if version == V5 else connack_3(packet.reason)
            return _framed(CONNACK << 4, bytes([packet.present, code]) + _tail(packet.props, version))
        case Subscribe():
            head = wire.u16(packet.packet_id) + _tail(packet.props, version)
            return _framed(SUBSCRIBE << 4 | 2, head + b"".join(
                wire.text(name) + bytes([options]) for name, options in packet.filters))
        case Unsubscribe():
            head = wire.u16(packet.packet_id) + _tail(packet.props, version)
            return _framed(UNSUBSCRIBE << 4 | 2, head + b"".join(wire.text(name) for name in packet.filters))
        case Suback():
            head = wire.u16(packet.packet_id) + _tail(packet.props, version)
            return _framed(SUBACK << 4, head + bytes(packet.reasons))
        case Unsuback():
            head = wire.u16(packet.packet_id) + _tail(packet.props, version)
            return _framed(UNSUBACK << 4, head + (bytes(packet.reasons) if version == V5 else b""))
        case Pingreq():
            return b"\xc0\x00"
        case Pingresp():
            return b"\xd0\x00"
        case Disconnect():
            plain = version == V3 or not (packet.reason or packet.props.known or packet.props.user)
            return _framed(DISCONNECT << 4, b"" if plain else bytes([packet.reason]) + wire.write_props(packet.props))


def _framed(first: int, body: bytes) -> bytes:
    return bytes([first]) + wire.varint(len(body)) + body


def _tail(props: Props, version: int) -> bytes:
    return wire.write_props(props) if version == V5 else b""


def _connect_body(packet: Connect) -> bytes:
    will, flags = packet.will, packet.clean << 1
    if will is not None:
        flags |= 0x04 | will.qos << 3 | will.retain << 5
    flags |= (packet.username is not None) << 7 | (packet.password is not None) << 6
    body = wire.text("MQTT") + bytes([packet.version, flags]) + wire.u16(packet.keep_alive)
    body += _tail(packet.props, packet.version) + wire.text(packet.client_id)
    if will is not None:
        body += _tail(will.props, packet.version) + wire.text(will.topic) + wire.binary(will.payload)
    if packet.username is not None:
        body += wire.text(packet.username)
    if packet.password is not None:
        body += wire.binary(packet.password)
    return body
