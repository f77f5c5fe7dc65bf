"""A house of paper for the listener: three devices, and a store that keeps lists and can be told to fail."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from linli.mechanisms.sensing.mqtt.contracts import Arrived, Away, Limits
from linli.mechanisms.sensing.mqtt.listener import Listener
from linli.mechanisms.sensing.mqtt.packets import Connack, Connect, Packet, Props, encode
from linli.mechanisms.sensing.mqtt.reading import Reader

QUICK = Limits(gather_s=0.002, patience_s=0.3, revoked_every_s=0.2)


@dataclass(frozen=True)
class Device:
    device_id: int
    key_id: int

    @property
    def uplinks(self) -> str:
        return f"d/{self.device_id}/up/"

    @property
    def downlink(self) -> str:
        return f"d/{self.device_id}/down/"


@dataclass(frozen=True)
class Kept:
    code: str = "stored"
    reason: str = ""
    receipt: str = ""


@dataclass
class House:
    """`store` keeps what it is given; `away`, `delay_s` and `poison` are how it fails."""

    kept: list[Arrived] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    away: bool = False
    delay_s: float = 0.0
    poison: bytes = b"\xffpoison"
    revoked: set[int] = field(default_factory=set)
    threads: set[str] = field(default_factory=set)

    def store(self, batch: Sequence[Arrived]) -> list[Kept]:
        self.threads.add(threading.current_thread().name)
        if self.delay_s:
            time.sleep(self.delay_s)
        if self.away:
            raise Away
        if any(self.poison in message.payload for message in batch):
            raise ValueError("a bug in an adapter")
        self.kept += batch
        self.batches.append(len(batch))
        return [_outcome(message) for message in batch]

    def authenticate(self, client_id: str, username: str, password: str) -> Device | None:
        if not username.isdigit() or password != f"key-{username}" or int(username) + 100 in self.revoked:
            return None
        return Device(int(username), int(username) + 100)

    def gone(self, keys: Any) -> set[int]:
        return self.revoked & set(keys)

    @property
    def payloads(self) -> list[bytes]:
        return [message.payload for message in self.kept]


def _outcome(message: Arrived) -> Kept:
    if message.payload.startswith(b"bad"):
        return Kept("quarantined", "unit")
    if message.payload.startswith(b"sos"):
        return Kept("stored", "", message.payload.decode())
    return Kept()


class Raw:
    """A client that speaks in packets and, if it wants, in nonsense."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, version: int) -> None:
        self.stream, self.writer, self.version = reader, writer, version
        self.packets = Reader(10_000_000, version)

    @classmethod
    async def to(cls, port: int, version: int = 5) -> Raw:
        return cls(*await asyncio.open_connection("127.0.0.1", port), version)

    def say(self, packet: Packet | bytes) -> None:
        self.writer.write(packet if isinstance(packet, bytes) else encode(packet, self.version))

    async def hear(self, timeout_s: float = 5.0) -> Packet | None:
        """The next packet; None when the other side has closed."""
        while True:
            packet = self.packets.next()
            if packet is not None:
                return packet
            try:
                data = await asyncio.wait_for(self.stream.read(65_536), timeout_s)
            except ConnectionResetError:
                return None
            if not data:
                return None
            self.packets.feed(data)

    async def silent(self, seconds: float = 0.15) -> bool:
        try:
            return await self.hear(seconds) is None and False
        except TimeoutError:
            return True

    async def enter(self, device: int = 7, client: str = "c", **more: Any) -> Connack:
        props = more.pop("props", Props())
        self.say(Connect(client, self.version, username=str(device), password=f"key-{device}".encode(), props=props,
                         **more))
        answer = await self.hear()
        assert isinstance(answer, Connack)
        return answer


def run(scene: Callable[[House, Listener, int], Awaitable[None]], *, limits: Limits = QUICK, **more: Any) -> House:
    """Play `scene(house, listener, port)` against a fresh listener and close it."""
    house = House()

    async def play() -> None:
        listener = Listener(house.store, house.authenticate, limits=limits, revoked=house.gone, **more)
        port = await listener.open("127.0.0.1", 0)
        try:
            await asyncio.wait_for(scene(house, listener, port), 30)
        finally:
            await listener.close(1)

    asyncio.run(play())
    return house
