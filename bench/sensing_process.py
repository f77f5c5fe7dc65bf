"""One process of the sensing bench: `listen`, `publish …` or `count …`. Devices are connections of this one process.

The publisher is bare: packets made beforehand, answers counted by their four bytes, so that it costs little beside
what is measured. It speaks MQTT 3.1.1 at QoS 1.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from linli.mechanisms.sensing.mqtt.contracts import Arrived
from linli.mechanisms.sensing.mqtt.packets import Connack, Connect, Puback, Publish, Suback, Subscribe, encode
from linli.mechanisms.sensing.mqtt.reading import Reader

GRACE_S = 10.0
LINE = 4  # bytes of a PUBACK of 3.1.1


# ── the listener, with a table and nothing else behind it ──
@dataclass(frozen=True)
class Anyone:
    device_id: int
    key_id: int
    uplinks: str
    downlink: str


@dataclass(frozen=True)
class Kept:
    code: str = "stored"
    reason: str = ""
    receipt: str = ""


def authenticate(client_id: str, username: str, password: str) -> Anyone:
    return Anyone(int(username), int(username), f"d/{username}/up/", f"d/{username}/down/")


KEPT = Kept()


def store(batch: Sequence[Arrived]) -> list[Kept]:
    from django.db import connection
    from django.db.transaction import atomic

    with atomic(), connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO bench_arrived (key_id, topic, payload, received_at) VALUES (%s, %s, %s, %s)",
            [(one.key_id, one.topic, one.payload, one.received_at) for one in batch])
    return [KEPT] * len(batch)


async def listen() -> None:
    from linli.mechanisms.sensing.mqtt.listener import Listener

    listener = Listener(store, authenticate)
    _told("port", await listener.open("127.0.0.1", 0))
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await listener.close()
    _told("batches", listener.group.batches)


# ── the devices ──
class Device(asyncio.Protocol):
    """Keeps `window` publishes in flight for as long as `going`."""

    def __init__(self, number: int, window: int, done: asyncio.Event) -> None:
        self.number, self.window, self.done = number, window, done
        self.sent = self.acknowledged = 0
        self.going = False
        self.ready = asyncio.Event()
        self._rest = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(encode(Connect(f"bench-{self.number}", username=str(self.number), password=b"x",
                                       keep_alive=60), 4))

    def data_received(self, data: bytes) -> None:
        if not self.ready.is_set():
            reader = Reader(100)
            reader.feed(data)
            answer = reader.next()
            assert isinstance(answer, Connack)
            assert not answer.reason
            self.ready.set()
            return
        whole, self._rest = divmod(self._rest + len(data), LINE)
        self.acknowledged += whole
        if self.going:
            self.publish(whole)
        elif self.acknowledged == self.sent:
            self.done.set()

    def publish(self, count: int) -> None:
        out = bytearray()
        for _ in range(count):
            self.sent += 1
            payload = b'{"id":"%d-%d","q":"8867-4","v":72,"u":"/min","t":%d}' % (self.number, self.sent, self.sent)
            out += encode(Publish(f"d/{self.number}/up/hr", payload, 1, self.sent % 65_535 + 1), 4)
        self.transport.write(bytes(out))


async def publish(port: int, devices: int, window: int, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    made = [Device(number + 1, window, asyncio.Event()) for number in range(devices)]
    for device in made:
        await loop.create_connection(lambda device=device: device, "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*(device.ready.wait() for device in made))
    _told("ready", devices)
    await loop.run_in_executor(None, sys.stdin.readline)
    began = time.perf_counter()
    for device in made:
        device.going = True
        device.publish(window)
    await asyncio.sleep(seconds)
    for device in made:
        device.going = False
    with suppress(TimeoutError):  # what a broker never acknowledges does not count
        await asyncio.wait_for(asyncio.gather(*(device.done.wait() for device in made)), GRACE_S)
    took = time.perf_counter() - began
    for device in made:
        device.transport.close()
    _told("acknowledged", sum(device.acknowledged for device in made), seconds=took)


# ── who only counts, at a broker outside ──
async def count(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    packets = Reader(1_000_000)
    writer.write(encode(Connect("bench-count", username="0", password=b"x", keep_alive=600), 4))
    seen, stop = 0, threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    while not stop.is_set():
        try:
            data = await asyncio.wait_for(reader.read(262_144), 0.5)
        except TimeoutError:
            continue
        if not data:
            raise ConnectionError("the broker closed the subscriber's connection")
        packets.feed(data)
        out = bytearray()
        while (packet := packets.next()) is not None:
            if isinstance(packet, Connack):
                out += encode(Subscribe(1, [("d/+/up/#", 1)]), 4)
            elif isinstance(packet, Suback):
                _told("ready", 1)
            elif isinstance(packet, Publish):
                seen += 1
                out += encode(Puback(packet.packet_id), 4)
        writer.write(bytes(out))
    _told("seen", seen)


def _told(name: str, value: float, **more: float) -> None:
    print(json.dumps({name: value, **more}), flush=True)


def main() -> None:
    what, numbers = sys.argv[1], [float(word) for word in sys.argv[2:]]
    if what == "listen":
        import django

        django.setup()
        asyncio.run(listen())
    elif what == "publish":
        asyncio.run(publish(int(numbers[0]), int(numbers[1]), int(numbers[2]), numbers[3]))
    else:
        asyncio.run(count(int(numbers[0])))


if __name__ == "__main__":
    main()
