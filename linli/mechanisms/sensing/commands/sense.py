"""Take readings from devices until stopped: by our own listener, or from a broker outside.

With a broker's address (LINLI_MQTT_URL) any number of these processes may run, on any number of machines, each with
a number of its own (--worker). Without one this process is the listener.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import ssl
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connections

from linli import config
from linli.foundation.calendar.clock import now
from linli.mechanisms.sensing.mqtt.contracts import Arrived, Away, Outcome
from linli.mechanisms.sensing.mqtt.listener import Listener
from linli.mechanisms.sensing.mqtt.outside import BadAddress, Broker, Feed
from linli.mechanisms.sensing.mqtt.shelf import FileShelf

HELP = "Take readings from devices (MQTT 3.1.1 and 5); each is acknowledged once it is in the database."
UPLINKS = ("d/+/up/#",)  # at a broker outside, where its access list keeps each device to its own
LISTENS = "127.0.0.1:1883"
P = ParamSpec("P")
T = TypeVar("T")


def _set(name: str, default: str = "") -> str:
    """A setting of this command where config declares it."""
    return config.env(name) if any(one.name == name for one in config.SETTINGS) else default


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bind", default=_set("LINLI_MQTT_BIND", LISTENS), help=f"address:port (default: {LISTENS})")
    parser.add_argument("--tls-bind", default=_set("LINLI_MQTT_TLS_BIND"), help="address:port for TLS; empty: none")
    parser.add_argument("--cert", default=_set("LINLI_MQTT_TLS_CERT"), help="certificate chain for TLS (PEM)")
    parser.add_argument("--key", default=_set("LINLI_MQTT_TLS_KEY"), help="its private key (PEM)")
    parser.add_argument("--broker", default=_set("LINLI_MQTT_URL"), help="mqtts://name:word@host:8883 instead")
    parser.add_argument("--worker", type=int, default=0, help="the number of this process at that broker")


def run(args: argparse.Namespace) -> int:
    logging.getLogger("linli.mqtt").setLevel(logging.WARNING)  # a refused device is counted, not told one by one
    if args.broker:
        return _feed(args.broker, args.worker)
    try:
        return asyncio.run(_listen(args))
    except OSError as error:
        _say(f"{args.bind} cannot be listened at: {error.strerror or error}")
        return 1


async def _listen(args: argparse.Namespace) -> int:
    devices = import_module("linli.mechanisms.sensing.devices")  # tables: only once a command runs
    listener = Listener(
        store, _database(devices.authenticate), revoked=_database(devices.revoked), clock=now,
        shelf=FileShelf(config.data_folder() / "sensing" / "sessions.jsonl"))
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for ending in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(ending, stop.set)
    await listener.open(*config.address(args.bind))
    if args.tls_bind:
        await listener.open(*config.address(args.tls_bind), _tls(args.cert, args.key))
    _say(f"Listening for devices at {args.bind}" + (f" and, by TLS, at {args.tls_bind}" if args.tls_bind else ""))
    await stop.wait()
    done = await listener.close()
    _say(f"Stopped: {listener.group.stored} messages in {listener.group.batches} transactions"
         + ("" if done else "; what was not yet stored was not acknowledged"))
    return 0


def _tls(cert: str, key: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(cert, key or None)
    except (OSError, ssl.SSLError) as error:
        raise config.BadSetting(f"The certificate {cert!r} with the key {key!r} cannot be used: {error}") from None
    return context


def _feed(url: str, worker: int) -> int:
    try:
        broker = Broker.of(url)
    except BadAddress as bad:
        raise config.BadSetting(f"LINLI_MQTT_URL: {bad}") from None
    feed = Feed(broker, store, client_id=f"linli-{config.number('LINLI_NODE')}-{worker}", filters=UPLINKS,
                receipt_topic=receipt_topic, clock=now)
    stop = threading.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: stop.set())
    _say(f"Taking readings from {broker.host}:{broker.port}")
    feed.run(stop)
    _say(f"Stopped: {feed.stored} messages")
    return 0


def receipt_topic(topic: str) -> str:
    """Where a device hears that its alarm is kept: `d/17/up/sos` → `d/17/down/ack`."""
    return topic.partition("/up/")[0] + "/down/ack"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


# ── what ties the listener to the house ──
def _database(work: Callable[P, T]) -> Callable[P, T]:
    """`work`, with a database that does not answer raised as `Away` and its connection thrown away."""

    @wraps(work)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return work(*args, **kwargs)
        except (OperationalError, InterfaceError) as error:
            connections.close_all()
            raise Away from error

    return guarded


@dataclass(frozen=True, slots=True)
class Told:
    """An `Outcome` of ingest in the listener's words."""

    code: str
    reason: str
    receipt: str


@_database
def store(batch: Sequence[Arrived]) -> Sequence[Outcome]:
    """One transaction of the house's store. Raises `Away`."""
    ingest = import_module("linli.mechanisms.sensing.ingest")
    found = ingest.store([
        ingest.Arrived(device_key_id=one.key_id, channel="mqtt", topic=one.topic, payload=one.payload,
                       received_at=one.received_at, message_id=one.message_id)
        for one in batch])
    return [Told(one.code, one.reason, getattr(one, "receipt", "")) for one in found]
