"""Real clients: paho, the Mosquitto tools where they are installed, TLS; and a listener that is killed many times."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

FULL = os.environ.get("LINLI_FAULTS") == "full"
MESSAGES, DEVICES, KILLS = (100_000, 4, 60) if FULL else (10_000, 4, 6)


class Process:
    """The listener of `tests/server.py` on a port of its own."""

    def __init__(self, folder: Path, *tls: str) -> None:
        self.folder, self.tls = folder, tls
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen([
            sys.executable, "-m", "linli.mechanisms.sensing.mqtt.tests.server", str(self.port), str(self.folder),
            *self.tls])
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the listener did not start")

    def end(self, number: int) -> None:
        self.process.send_signal(number)
        self.process.wait(10)

    def kept(self) -> list[bytes]:
        with sqlite3.connect(self.folder / "kept.sqlite3") as database:
            return [row[0] for row in database.execute("SELECT payload FROM kept ORDER BY rowid")]


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    made = Process(tmp_path)
    yield made
    made.end(signal.SIGKILL)


def _client(device: int, version: int = paho.MQTTv5, **more) -> paho.Client:
    if version != paho.MQTTv5:
        more["clean_session"] = False
    client = paho.Client(CallbackAPIVersion.VERSION2, f"client-{device}", protocol=version, **more)
    client.username_pw_set(str(device), f"key-{device}")
    client.reconnect_delay_set(0.05, 0.2)
    return client


def _connect(client: paho.Client, port: int, **more) -> None:
    if client._protocol == paho.MQTTv5:
        props = Properties(PacketTypes.CONNECT)
        props.SessionExpiryInterval = 600
        more.update(clean_start=False, properties=props)
    client.connect("127.0.0.1", port, 30, **more)
    client.loop_start()


@pytest.mark.parametrize("version", [paho.MQTTv311, paho.MQTTv5])
def test_paho_publishes_and_hears_its_receipt(process: Process, version: int) -> None:
    client, heard, subscribed = _client(7, version), [], threading.Event()
    client.on_message = lambda *given: heard.append(given[2].payload)
    client.on_subscribe = lambda *given: subscribed.set()
    _connect(client, process.port)
    client.subscribe("d/7/down/#", 1)
    assert subscribed.wait(5)
    for number in range(50):
        client.publish("d/7/up/hr", b"%d" % number, 1).wait_for_publish(5)
    client.publish("d/7/up/hr", b"unanswered", 0)
    client.publish("d/7/up/sos", b"sos-9", 1).wait_for_publish(5)
    time.sleep(0.2)
    client.disconnect()
    client.loop_stop()
    assert process.kept() == [*(b"%d" % number for number in range(50)), b"unanswered", b"sos-9"]
    assert heard == [b'{"id": "sos-9"}']


@pytest.mark.faults
@pytest.mark.parametrize("version", [paho.MQTTv311, paho.MQTTv5])
def test_killed_again_and_again_every_acknowledged_message_is_kept_and_none_twice(
        process: Process, version: int) -> None:
    acknowledged: list[bytes] = []
    dice, clients = random.Random(6), []
    for device in range(1, DEVICES + 1):
        client, mids = _client(device, version), {}
        client.max_inflight_messages_set(50)

        def noted(*given, mids=mids) -> None:
            acknowledged.append(mids[given[2]])

        client.on_publish = noted
        _connect(client, process.port)
        clients.append((device, client, mids))
    for number in range(MESSAGES // DEVICES):
        for device, client, mids in clients:
            payload = b"%d-%d" % (device, number)
            mids[len(mids) + 1] = payload  # paho counts its messages from 1
            assert client.publish(f"d/{device}/up/hr", payload, 1).mid == len(mids)
    until = time.monotonic() + (900 if FULL else 90)
    for number in range(KILLS):
        goal = MESSAGES * (number + dice.random()) / (KILLS + 1)
        while len(acknowledged) < goal and time.monotonic() < until:
            time.sleep(0.002)
        process.end(signal.SIGKILL)
        before = list(acknowledged)  # by processes that are dead now
        assert len(before) < MESSAGES
        assert set(before) <= set(process.kept())
        process.start()
    while len(acknowledged) < MESSAGES and time.monotonic() < until:
        time.sleep(0.1)
    for _, client, _ in clients:
        client.disconnect()
        client.loop_stop()
    kept = process.kept()
    assert len(acknowledged) == MESSAGES
    assert sorted(kept) == sorted(b"%d-%d" % (d, n) for d in range(1, DEVICES + 1) for n in range(MESSAGES // DEVICES))
    assert len(set(kept)) == len(kept)


def test_a_stop_says_goodbye_and_leaves_nothing_unanswered(process: Process) -> None:
    client, acknowledged, left = _client(7), [], threading.Event()
    client.on_publish = lambda *given: acknowledged.append(given[2])
    client.on_disconnect = lambda *given: left.set()
    _connect(client, process.port)
    for number in range(200):
        client.publish("d/7/up/hr", b"%d" % number, 1)
    time.sleep(0.1)
    process.end(signal.SIGTERM)
    assert process.process.returncode == 0
    assert left.wait(5)
    assert len(process.kept()) >= len(acknowledged)
    client.disconnect()
    client.loop_stop()


def test_tls(tmp_path: Path) -> None:
    cert, key = _certificate(tmp_path)
    process = Process(tmp_path, cert, key)
    try:
        client = _client(7)
        client.tls_set(cert, tls_version=ssl.PROTOCOL_TLS_CLIENT)
        _connect(client, process.port)
        client.publish("d/7/up/hr", b"1", 1).wait_for_publish(10)
        client.disconnect()
        client.loop_stop()
        assert process.kept() == [b"1"]
    finally:
        process.end(signal.SIGKILL)


def _certificate(folder: Path) -> tuple[str, str]:
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    secret = ec.generate_private_key(ec.SECP256R1())
    name, moment = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")]), datetime.now(UTC)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(secret.public_key())
            .serial_number(7).not_valid_before(moment - timedelta(days=1)).not_valid_after(moment + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
            .sign(secret, hashes.SHA256()))
    cert, key = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(secret.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return str(cert), str(key)


@pytest.mark.skipif(not shutil.which("mosquitto_pub"), reason="the Mosquitto clients are not installed")
@pytest.mark.parametrize("version", ["311", "5"])
def test_the_mosquitto_clients(process: Process, version: int) -> None:
    login = ["-h", "127.0.0.1", "-p", str(process.port), "-u", "7", "-P", "key-7", "-V", version]
    lines = "".join(f"{number}\n" for number in range(30))
    done = subprocess.run(
        ["mosquitto_pub", *login, "-i", "pub", "-t", "d/7/up/hr", "-q", "1", "-l"], input=lines, text=True, timeout=20,
        capture_output=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert process.kept() == [b"%d" % number for number in range(30)]
    wrong = subprocess.run(
        ["mosquitto_pub", *login, "-P", "wrong", "-t", "d/7/up/hr", "-m", "x"], timeout=20, capture_output=True)
    assert wrong.returncode != 0
    own = subprocess.run(
        ["mosquitto_sub", *login, "-i", "sub", "-t", "d/7/down/#", "-q", "1", "-W", "1"], timeout=20,
        capture_output=True, text=True)
    assert "Timed out" in own.stderr  # subscribed, and heard nothing
    foreign = subprocess.run(
        ["mosquitto_sub", *login, "-i", "sub2", "-t", "#", "-W", "2"], timeout=20, capture_output=True, text=True)
    assert "denied" in foreign.stderr
