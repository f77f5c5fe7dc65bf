"""The elements of an MQTT packet: numbers, texts, properties (MQTT 5 §1.5, §2.2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from linli.mechanisms.sensing.mqtt.reasons import Broken, Reason

VARINT_MAX = 268_435_455
TEXT_MAX = 65_535
Value = int | str | bytes
Properties = dict[str, Value]


class Cursor:
    """Reads a packet's body from front to back; whatever runs past its end is `Broken`."""

    __slots__ = ("at", "body", "end")

    def __init__(self, body: bytes, at: int = 0) -> None:
        self.body, self.at, self.end = body, at, len(body)

    def take(self, count: int) -> bytes:
        start, stop = self.at, self.at + count
        if stop > self.end:
            raise Broken(Reason.MALFORMED, "the packet ends too early")
        self.at = stop
        return self.body[start:stop]

    def u8(self) -> int:
        return self.take(1)[0]

    def u16(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def u32(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def varint(self) -> int:
        value = 0
        for shift in (0, 7, 14, 21):
            byte = self.u8()
            value |= (byte & 0x7F) << shift
            if not byte & 0x80:
                if shift and not byte:
                    raise Broken(Reason.MALFORMED, "a number longer than needed")
                return value
        raise Broken(Reason.MALFORMED, "a number of more than four bytes")

    def binary(self) -> bytes:
        return self.take(self.u16())

    def text(self) -> str:
        """A UTF-8 string; no U+0000, no surrogates (MQTT-1.5.4-1, -2)."""
        try:
            found = self.binary().decode()
        except UnicodeDecodeError:
            raise Broken(Reason.MALFORMED, "a text that is not UTF-8") from None
        if "\x00" in found:
            raise Broken(Reason.MALFORMED, "a text with a null character")
        return found

    def rest(self) -> bytes:
        return self.take(self.end - self.at)

    def finish(self) -> None:
        if self.at != self.end:
            raise Broken(Reason.MALFORMED, "bytes after the packet's end")


def varint(value: int) -> bytes:
    """`value` (0–268,435,455) as one to four bytes."""
    if not 0 <= value <= VARINT_MAX:
        raise ValueError(f"{value} does not fit into a variable byte integer")
    out = bytearray()
    while True:
        value, low = value >> 7, value & 0x7F
        out.append(low | 0x80 if value else low)
        if not value:
            return bytes(out)


def u16(value: int) -> bytes:
    return value.to_bytes(2, "big")


def binary(value: bytes) -> bytes:
    if len(value) > TEXT_MAX:
        raise ValueError("longer than 65,535 bytes")
    return len(value).to_bytes(2, "big") + value


def text(value: str) -> bytes:
    return binary(value.encode())


class Kind(NamedTuple):
    """One property: its number, its type, the packets it may stand in, and the least and most of a number."""

    number: int
    shape: str  # byte, u16, u32, varint, text, binary
    where: frozenset[str]
    least: int = 0
    most: int = 0xFFFF_FFFF


def _kind(number: int, shape: str, where: str, least: int = 0, most: int = 0xFFFF_FFFF) -> Kind:
    return Kind(number, shape, frozenset(where.split()), least, most)


# MQTT 5 §2.2.2.2, without those of AUTH, which nobody here speaks.
KINDS: Mapping[str, Kind] = {
    "payload_format": _kind(0x01, "byte", "publish will", 0, 1),
    "message_expiry": _kind(0x02, "u32", "publish will"),
    "content_type": _kind(0x03, "text", "publish will"),
    "response_topic": _kind(0x08, "text", "publish will"),
    "correlation_data": _kind(0x09, "binary", "publish will"),
    "subscription_id": _kind(0x0B, "varint", "publish subscribe", 1, VARINT_MAX),
    "session_expiry": _kind(0x11, "u32", "connect connack disconnect"),
    "assigned_client_id": _kind(0x12, "text", "connack"),
    "server_keep_alive": _kind(0x13, "u16", "connack"),
    "auth_method": _kind(0x15, "text", "connect connack"),
    "auth_data": _kind(0x16, "binary", "connect connack"),
    "request_problem": _kind(0x17, "byte", "connect", 0, 1),
    "will_delay": _kind(0x18, "u32", "will"),
    "request_response": _kind(0x19, "byte", "connect", 0, 1),
    "response_information": _kind(0x1A, "text", "connack"),
    "server_reference": _kind(0x1C, "text", "connack disconnect"),
    "reason": _kind(0x1F, "text", "connack puback suback unsuback disconnect"),
    "receive_maximum": _kind(0x21, "u16", "connect connack", 1),
    "topic_alias_maximum": _kind(0x22, "u16", "connect connack"),
    "topic_alias": _kind(0x23, "u16", "publish"),
    "maximum_qos": _kind(0x24, "byte", "connack", 0, 1),
    "retain_available": _kind(0x25, "byte", "connack", 0, 1),
    "maximum_packet": _kind(0x27, "u32", "connect connack", 1),
    "wildcard_available": _kind(0x28, "byte", "connack", 0, 1),
    "subscription_ids_available": _kind(0x29, "byte", "connack", 0, 1),
    "shared_available": _kind(0x2A, "byte", "connack", 0, 1),
}
USER = 0x26  # name and value, any number of times, in any packet
_BY_NUMBER = {kind.number: (name, kind) for name, kind in KINDS.items()}


@dataclass(slots=True)
class Props:
    """A packet's properties by name, and its user properties in their order."""

    known: Properties = field(default_factory=dict)
    user: list[tuple[str, str]] = field(default_factory=list)

    def number(self, name: str, default: int) -> int:
        value = self.known.get(name, default)
        return value if isinstance(value, int) else default

    def user_value(self, name: str) -> str:
        """The first user property called `name`, or ""."""
        return next((value for key, value in self.user if key == name), "")


def read_props(cursor: Cursor, where: str) -> Props:
    """The properties at the cursor; what is unknown, out of place or said twice is `Broken`."""
    props = Props()
    length = cursor.varint()
    if not length:
        return props
    inner = Cursor(cursor.take(length))
    while inner.at < inner.end:
        number = inner.varint()
        if number == USER:
            props.user.append((inner.text(), inner.text()))
            continue
        if number not in _BY_NUMBER:
            raise Broken(Reason.MALFORMED, f"an unknown property {number}")
        name, kind = _BY_NUMBER[number]
        if where not in kind.where or name in props.known:
            raise Broken(Reason.PROTOCOL_ERROR, f"{name} twice, or where it may not stand")
        value = _read_value(inner, kind.shape)
        if isinstance(value, int) and not kind.least <= value <= kind.most:
            raise Broken(Reason.PROTOCOL_ERROR, f"{name} out of bounds")
        props.known[name] = value
    return props


def _read_value(cursor: Cursor, shape: str) -> Value:
    match shape:
        case "byte":
            return cursor.u8()
        case "u16":
            return cursor.u16()
        case "u32":
            return cursor.u32()
        case "varint":
            return cursor.varint()
        case "text":
            return cursor.text()
        case _:
            return cursor.binary()


def write_props(props: Props) -> bytes:
    """The properties with their length before them."""
    if not props.known and not props.user:
        return b"\x00"
    out = bytearray()
    for name, value in props.known.items():
        kind = KINDS[name]
        out += varint(kind.number) + _write_value(kind.shape, value)
    for key, word in props.user:
        out += varint(USER) + text(key) + text(word)
    return varint(len(out)) + bytes(out)


def _write_value(shape: str, value: Value) -> bytes:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bytes):
        return binary(value)
    if shape == "varint":
        return varint(value)
    return value.to_bytes({"byte": 1, "u16": 2, "u32": 4}[shape], "big")
