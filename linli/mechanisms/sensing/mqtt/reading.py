"""Packets out of a stream that arrives in pieces of any size."""

from __future__ import annotations

from linli.mechanisms.sensing.mqtt import packets
from linli.mechanisms.sensing.mqtt.packets import Packet
from linli.mechanisms.sensing.mqtt.reasons import Broken, Reason

LENGTH_BYTES = 4


class Reader:
    """Holds what has come and not yet made a packet. A packet over `limit` bytes is `Broken` by its first bytes alone.

    The first packet must be CONNECT; it sets the `version` of all that follow.
    """

    __slots__ = ("_at", "_buffer", "limit", "version")

    def __init__(self, limit: int, version: int = packets.V3) -> None:
        self.limit, self.version = limit, version
        self._buffer, self._at = bytearray(), 0

    def __len__(self) -> int:
        return len(self._buffer) - self._at

    def feed(self, data: bytes) -> None:
        if self._at:
            del self._buffer[:self._at]
            self._at = 0
        self._buffer += data

    def next(self) -> Packet | None:
        """The next whole packet, or None until more has come. Raises `Broken`."""
        buffer, start = self._buffer, self._at
        here = len(buffer) - start
        if not here:
            return None
        first = buffer[start]
        packets.check_flags(first)
        length, at = 0, start + 1
        for shift in range(0, 7 * LENGTH_BYTES, 7):
            if at - start >= here:
                return None
            byte = buffer[at]
            at += 1
            length |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
        else:
            raise Broken(Reason.MALFORMED, "a length of more than four bytes")
        if at - start + length > self.limit:
            raise Broken(Reason.TOO_LARGE, f"a packet of {length} bytes")
        if len(buffer) - at < length:
            return None
        self._at = at + length
        packet = packets.decode(first, bytes(buffer[at:at + length]), self.version)
        if isinstance(packet, packets.Connect):
            self.version = packet.version
        return packet
