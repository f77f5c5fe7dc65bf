"""A broker outside: acknowledged after the commit, shared by workers, delivered again when one dies."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from linli.mechanisms.sensing.mqtt.contracts import Limits
from linli.mechanisms.sensing.mqtt.outside import BadAddress, Broker, Feed
from linli.mechanisms.sensing.mqtt.tests.house import House

needs_broker = pytest.mark.skipif(not shutil.which("mosquitto"), reason="the Mosquitto broker is not installed")


@pytest.mark.parametrize(("url", "expected"), [
    ("mqtt://city.example", ("city.example", 1883, "", "", False, "", MQTTProtocolVersion.MQTTv5)),
    ("mqtts://linli:a%40b@10.0.0.7:9999?version=4&ca=/etc/ca.pem",
     ("10.0.0.7", 9999, "linli", "a@b", True, "/etc/ca.pem", MQTTProtocolVersion.MQTTv311)),
])
def test_addresses(url: str, expected: tuple) -> None:
    assert Broker.of(url) == Broker(*expected)


@pytest.mark.parametrize("url", ["", "http://x", "mqtt://", "mqtt://x?version=3", "mqtt://x?colour=red"])
def test_no_addresses(url: str) -> None:
    with pytest.raises(BadAddress):
        Broker.of(url)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    config = tmp_path / "mosquitto.conf"
    config.write_text(f"listener {number} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n")
    broker = subprocess.Popen(["mosquitto", "-c", config], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", number), 0.2).close()
            break
        except OSError:
            time.sleep(0.05)
    yield number
    broker.kill()
    broker.wait(5)


class Worker:
    def __init__(self, house: House, port: int, name: str, version: int = 5) -> None:
        self.stop = threading.Event()
        self.feed = Feed(
            Broker.of(f"mqtt://127.0.0.1:{port}?version={version}"), house.store, client_id=name, filters=["d/+/up/#"],
            receipt_topic=lambda topic: topic.partition("/up/")[0] + "/down/ack", limits=Limits(batch=20))
        self.thread = threading.Thread(target=self.feed.run, args=(self.stop,), daemon=True)
        self.thread.start()
        assert self.feed.connected.wait(10)
        time.sleep(0.2)  # the subscription

    def end(self) -> None:
        self.stop.set()
        self.thread.join(10)


def _publish(port: int, count: int, heard: list[bytes] | None = None) -> paho.Client:
    client = paho.Client(CallbackAPIVersion.VERSION2, "device")
    client.on_message = lambda *given: heard.append(given[2].payload) if heard is not None else None
    client.connect("127.0.0.1", port)
    client.subscribe("d/7/down/#", 1)
    client.loop_start()
    for number in range(count):
        client.publish("d/7/up/hr", b"%d" % number, 1)
    client.publish("d/7/up/sos", b"sos-1", 1).wait_for_publish(10)
    return client


def _until(done, timeout_s: float = 15.0) -> None:
    until = time.monotonic() + timeout_s
    while not done() and time.monotonic() < until:
        time.sleep(0.02)
    assert done()


@needs_broker
@pytest.mark.parametrize("version", [4, 5])
def test_two_workers_share_and_a_receipt_goes_back(port: int, version: int) -> None:
    houses, heard = [House(), House()], []
    workers = [Worker(house, port, f"w{number}", version) for number, house in enumerate(houses)]
    client = _publish(port, 300, heard)
    _until(lambda: sum(len(house.kept) for house in houses) >= 301)
    _until(lambda: heard == [b'{"id": "sos-1"}'])
    assert sorted(houses[0].payloads + houses[1].payloads) == sorted([*(b"%d" % n for n in range(300)), b"sos-1"])
    assert all(house.kept for house in houses)
    for worker in workers:
        worker.end()
    client.disconnect()
    client.loop_stop()


@needs_broker
@pytest.mark.parametrize("version", [4, 5])
def test_what_a_worker_could_not_store_comes_again(port: int, version: int) -> None:
    house = House(away=True)
    worker = Worker(house, port, "w", version)
    client = _publish(port, 50)
    time.sleep(0.3)
    worker.end()  # nothing was kept, so nothing was acknowledged
    assert house.kept == []
    house.away = False
    again = Worker(house, port, "w", version)
    _until(lambda: len(house.kept) >= 51)
    assert house.payloads == [*(b"%d" % number for number in range(50)), b"sos-1"]
    again.end()
    time.sleep(0.2)
    third = Worker(house, port, "w", version)
    time.sleep(0.3)
    assert len(house.kept) == 51  # acknowledged, so never again
    third.end()
    client.disconnect()
    client.loop_stop()
