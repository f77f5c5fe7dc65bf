"""A Linli of its own for one campaign: data folder, database, and the processes that are started and killed on it."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.browser import HERE, environment_for, free_port, wait_until_up

FULL = os.environ.get("LINLI_FAULTS") == "full"
FIGURES = HERE / "build" / "faults.json"


def size(full: int, part: int | None = None) -> int:
    """How much of a campaign is run: all of it under LINLI_FAULTS=full, else a tenth (or `part`)."""
    return full if FULL else (part if part is not None else max(1, full // 10))


def figures(campaign: str, **found: object) -> None:
    """One line of figures for the reader, and the same beside the others' in build/faults.json."""
    print(f"\n[faults] {campaign}: " + ", ".join(f"{name} {value}" for name, value in found.items()))
    FIGURES.parent.mkdir(exist_ok=True)
    with suppress(OSError, ValueError):
        known = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
        known[campaign] = {"full": FULL, **found}
        FIGURES.write_text(json.dumps(known, ensure_ascii=False, indent=1))


@dataclass
class Place:
    """One Linli. `url` answers once `web()` was called."""

    data: Path
    vendor: str
    environment: dict[str, str]
    url: str
    server: Any = None  # bench.postgres.Server, where the database is one of its
    _open: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _reader: Any = None

    def inside(self, verb: str, **facts: Any) -> Any:
        """The answer of `tests.faults.inside.<verb>`, run in a process of its own on this database."""
        shift = {"LINLI_CLOCK_SHIFT_S": str(facts.pop("shift_s"))} if "shift_s" in facts else {}
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.inside", verb, json.dumps(facts)], cwd=HERE, capture_output=True,
            text=True, env={**self.environment, **shift}, timeout=900)
        if done.returncode:
            raise AssertionError(f"{verb} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
        return json.loads(done.stdout.strip().splitlines()[-1])

    def killed_inside(self, verb: str, **facts: Any) -> None:
        """Run a verb that ends its own process by kill -9 in the middle of what it does."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.inside", verb, json.dumps(facts)], cwd=HERE, capture_output=True,
            text=True, env=self.environment, timeout=300)
        assert done.returncode == -signal.SIGKILL, (
            f"{verb} was not killed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """`linli ARGUMENTS` in a process group of its own; its words go to the place's log."""
        with (self.data / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "linli", *arguments], cwd=HERE, stdout=log, stderr=log,
                env={**self.environment, **environment}, start_new_session=True)
        self._open.append(process)
        return process

    def web(self, **environment: str) -> subprocess.Popen[bytes]:
        """Start the web server and wait until it answers."""
        process = self.start("web", **environment)
        wait_until_up(f"{self.url}/sign-in/", process, seconds=180)
        return process

    def work(self, shift_s: float = 0) -> None:
        """One worker until nothing is left to do, its clock shifted."""
        process = self.start("work", "--", "--once", **({"LINLI_CLOCK_SHIFT_S": str(shift_s)} if shift_s else {}))
        assert process.wait(600) == 0, self.log()[-4000:]

    def log(self) -> str:
        path = self.data / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """kill -9 of the process and everything it started."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows, read beside the running processes."""
        if self.vendor == "postgresql":
            import psycopg

            if self._reader is None:
                self._reader = psycopg.connect(self.environment["LINLI_DATABASE_URL"], autocommit=True)
            return list(self._reader.execute(sql).fetchall())
        with sqlite3.connect(f"file:{self.data / 'linli.sqlite3'}?mode=ro", uri=True, timeout=20) as link:
            found = link.execute(sql).fetchall()
        link.close()
        return found

    def one(self, sql: str) -> Any:
        return self.query(sql)[0][0]

    def until(self, sql: str, wanted: Callable[[Any], bool], *, seconds: float, what: str) -> Any:
        """Wait until the one value of `sql` is as wanted."""
        ends = time.monotonic() + seconds
        while True:
            found = self.one(sql)
            if wanted(found):
                return found
            if time.monotonic() > ends:
                raise AssertionError(f"{what}: still {found} after {seconds} s\n{self.log()[-3000:]}")
            time.sleep(0.1)

    def crash_database(self) -> None:
        """PostgreSQL ends as when the power goes."""
        self._forget_reader()
        self.server.crash()

    def start_database(self) -> None:
        self.server.restart()

    @contextmanager
    def on_a_disk_of_its_own(self, where: Path) -> Iterator[None]:
        """The database lies on the file system at `where` for the block, and is dropped at its end."""
        import psycopg
        from psycopg import sql

        name = self.environment["LINLI_DATABASE_URL"].rpartition("?")[0].rpartition("/")[2]
        with psycopg.connect(self.server.url(), autocommit=True) as link:
            link.execute(sql.SQL("CREATE TABLESPACE small LOCATION {}").format(sql.Literal(str(where))))
            link.execute(sql.SQL("ALTER DATABASE {} SET TABLESPACE small").format(sql.Identifier(name)))
            try:
                yield
            finally:
                self.close()
                link.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
                link.execute("DROP TABLESPACE small")

    def _forget_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def close(self) -> None:
        for process in self._open:
            self.kill(process)
        self._forget_reader()
        shutil.rmtree(self.data, ignore_errors=True)


WAITING = "SELECT count(*) FROM events_outboxevent WHERE pending"


def due_timers(place: Place, *, at: str) -> int:
    """Timers whose next rung lies before the moment `at` (ISO, UTC, as the database writes it)."""
    return int(place.one(
        f"SELECT count(*) FROM cases_timer WHERE state = 'running' AND next_at IS NOT NULL AND next_at <= '{at}'"))


class Templates:
    """A furnished town, made once for each database and copied for each campaign."""

    def __init__(self, town: str) -> None:
        self.town, self._made, self._server, self._count = town, {}, None, 0  # type: dict[str, Path]

    def place(self, vendor: str) -> Place:
        if vendor not in self._made:
            self._made[vendor] = self._make(vendor)
        self._count += 1
        data = Path(tempfile.mkdtemp(prefix="linli-faults-", dir="/tmp"))
        shutil.copytree(self._made[vendor], data, dirs_exist_ok=True)
        url = self._database(f"place{self._count}", template="town") if vendor == "postgresql" else ""
        return self._at(data, vendor, url)

    def _at(self, data: Path, vendor: str, url: str) -> Place:
        port = free_port()
        more = {"LINLI_DATABASE_URL": url} if url else {}
        return Place(data, vendor, environment_for(data, port, **more), f"http://127.0.0.1:{port}",
                     self._server if url else None)

    def _make(self, vendor: str) -> Path:
        data = Path(tempfile.mkdtemp(prefix="linli-faults-town-", dir="/tmp"))
        url = self._database("town") if vendor == "postgresql" else ""
        self._at(data, vendor, url).inside("furnish", town=self.town)
        return data

    def _database(self, name: str, template: str = "") -> str:
        import psycopg
        from psycopg import sql

        from bench.postgres import Server

        if self._server is None:
            self._server = Server()
        if not template:
            return self._server.create(name)
        with psycopg.connect(self._server.url(), autocommit=True) as link:
            link.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)))
        return self._server.url(name)

    def close(self) -> None:
        for data in self._made.values():
            shutil.rmtree(data, ignore_errors=True)
        if self._server is not None:
            self._server.stop()


def children(pid: int) -> Iterator[int]:
    """The processes that `pid` started, and those that they started."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, IndexError, ValueError):
            if int(path.read_text().rpartition(")")[2].split()[1]) == pid:
                yield int(path.parent.name)
                yield from children(int(path.parent.name))


def web_workers(server: subprocess.Popen[bytes]) -> list[int]:
    """The processes of granian that answer requests."""
    return list(children(server.pid))


def chance() -> random.Random:
    """The random numbers of a campaign; LINLI_FAULTS_SEED repeats a run's choices."""
    return random.Random(int(os.environ.get("LINLI_FAULTS_SEED", "2026")))
