"""A listener in a process of its own, to be killed: `PORT FOLDER [CERT KEY]`. Keeps messages in a SQLite file.

A message is its payload: one that comes again (its acknowledgement was lost with the process) is a duplicate, as in
the house's own store.
"""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import ssl
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from linli.mechanisms.sensing.mqtt.contracts import Arrived, Limits
from linli.mechanisms.sensing.mqtt.listener import serve
from linli.mechanisms.sensing.mqtt.shelf import FileShelf
from linli.mechanisms.sensing.mqtt.tests.house import House, Kept


class Table:
    def __init__(self, path: Path) -> None:
        self.database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.execute("CREATE TABLE IF NOT EXISTS kept (payload BLOB PRIMARY KEY, topic TEXT)")

    def store(self, batch: Sequence[Arrived]) -> list[Kept]:
        time.sleep(0.003)  # a disk is slower than this machine's memory
        self.database.execute("BEGIN IMMEDIATE")
        outcomes = [
            Kept("stored" if self.database.execute(
                "INSERT OR IGNORE INTO kept VALUES (?, ?)", (one.payload, one.topic)).rowcount else "duplicate",
                "", one.payload.decode() if one.payload.startswith(b"sos") else "")
            for one in batch]
        self.database.execute("COMMIT")
        return outcomes


async def main() -> None:
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    tls = None
    if len(sys.argv) > 3:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(sys.argv[3], sys.argv[4])
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await serve("127.0.0.1", port, tls, Table(folder / "kept.sqlite3").store, House().authenticate, stop=stop,
                limits=Limits(rate_per_s=5_000, burst=5_000), shelf=FileShelf(folder / "sessions"))


if __name__ == "__main__":
    asyncio.run(main())
