"""How many publishes of QoS 1 a second end in the database before they are acknowledged, beside a broker's own ceiling.

`listener_per_s` is the listener alone: each publish a row of one plain table, committed, then acknowledged; nothing is
parsed and nothing is judged. The broker's ceiling is the same publisher against a broker that keeps nothing, with one
subscriber that only counts. Publisher, listener and broker share the machine's cores.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.running import Bench

NAME = "sensing"
HELP = "Publishes a second that are committed before they are acknowledged, beside a broker's own ceiling."
DATABASES = ("sqlite", "postgresql")
HERE = Path(__file__).resolve().parent
# iotcore is installed apart (`make setup-bench`): a peer never decides what Linli runs on.
PEER = HERE.parent / ".venv-bench" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
DEVICES, WINDOW = 400, 10  # so many that the limit of one device's rate is never reached
CREATE = {
    "sqlite": "CREATE TABLE bench_arrived (id INTEGER PRIMARY KEY, key_id BIGINT, topic TEXT, payload BLOB, "
              "received_at TEXT)",
    "postgresql": "CREATE TABLE bench_arrived (id BIGSERIAL PRIMARY KEY, key_id BIGINT, topic TEXT, payload BYTEA, "
                  "received_at TIMESTAMPTZ)",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=0, help="of each run (default 20; quick 4)")
    parser.add_argument("--no-peer", action="store_true", help="leave the broker out")


def run(args: argparse.Namespace, bench: Bench) -> None:
    from django.db import connection

    seconds, runs = args.seconds or (4 if bench.quick else 20), 3 if bench.quick else 5
    with connection.cursor() as cursor:
        cursor.execute(CREATE[bench.database or "sqlite"])
    bench.figure("devices", DEVICES)
    bench.figure("in_flight", WINDOW)
    acknowledged, taken = 0, 0.0
    with _process("listen") as listener:
        port = int(_line(listener)["port"])

        def once() -> float:
            nonlocal acknowledged, taken
            count, rate, took = _publish(port, seconds)
            acknowledged, taken = acknowledged + count, taken + took
            return rate

        bench.median("listener_per_s", once, runs=runs)
        batches = _end(listener)["batches"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM bench_arrived")
        kept = int(cursor.fetchone()[0])
    bench.figure("listener_acknowledged", acknowledged)
    bench.figure("listener_kept", kept)
    bench.figure("listener_per_transaction", kept / max(batches, 1))
    if kept != acknowledged:
        raise AssertionError(f"{acknowledged} acknowledged, {kept} kept")
    if not args.no_peer:
        _peer(bench, seconds, runs)


def _peer(bench: Bench, seconds: float, runs: int) -> None:
    if not PEER.exists():
        bench.note("iotcore is not installed (make setup-bench): no ceiling to compare with")
        return
    port = _free_port()
    broker = subprocess.Popen(
        [str(PEER), "-m", "iotcore", "--listen", "127.0.0.1", "--port", str(port), "--log-level", "CRITICAL"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _until_open(port)
        acknowledged = 0
        with _process("count", port) as counter:
            _line(counter)

            def once() -> float:
                nonlocal acknowledged
                count, rate, _ = _publish(port, seconds)
                acknowledged += count
                return rate

            ceiling = bench.median("broker_ceiling_per_s", once, runs=runs)
            time.sleep(1)
            seen = _end(counter)["seen"]
    finally:
        broker.kill()
        broker.wait(5)
    bench.figure("broker", "iotcore")
    bench.figure("broker_delivered", seen / max(acknowledged, 1))
    listener = bench.figures["listener_per_s"]
    assert isinstance(listener, float)
    bench.ratio("listener_to_broker", listener, ceiling)
    bench.note("the broker keeps nothing on disk; its one subscriber counts; broker_delivered is the share of the "
               "acknowledged that reached it within a second of the end")


def _publish(port: int, seconds: float) -> tuple[int, float, float]:
    """Acknowledged publishes, how many a second, and the seconds from the first to the last."""
    with _process("publish", port, DEVICES, WINDOW, seconds) as publisher:
        _line(publisher)
        assert publisher.stdin is not None
        publisher.stdin.write("go\n")
        publisher.stdin.flush()
        found = _line(publisher)
    return int(found["acknowledged"]), found["acknowledged"] / found["seconds"], found["seconds"]


@contextmanager
def _process(*words: object) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([sys.executable, "-m", "bench.sensing_process", *map(str, words)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE.parent)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(10)


def _line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    text = process.stdout.readline()
    if not text:
        raise RuntimeError(f"a process of the bench ended with {process.wait(10)}")
    found: dict[str, Any] = json.loads(text)
    return found


def _end(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdin is not None
    process.stdin.close()
    found = _line(process)
    process.wait(10)
    return found


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _until_open(port: int) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the broker did not start")
