"""Two writers of one SQLite file: the second gets its turn soon after the first, and is told when it never comes."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.db.utils import load_backend

from linli import config

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "two.sqlite3"
    with sqlite3.connect(path) as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE line (word TEXT)")
    return path


def wrapper(file: Path, timeout: float) -> Any:
    """A connection as the program opens it, outside of the tests' own database."""
    found = {"AUTOCOMMIT": True, "ATOMIC_REQUESTS": False, "CONN_HEALTH_CHECKS": False, "TIME_ZONE": None,
             **config.database(f"sqlite:///{file}", file.parent)}
    found["OPTIONS"] = {**found["OPTIONS"], "timeout": timeout}
    return load_backend(found["ENGINE"]).DatabaseWrapper(found, alias="two")


def write(link: Any) -> None:
    """A transaction of one row, by the wrapper's own switches (`atomic` knows configured databases only)."""
    link.ensure_connection()
    link.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    with link.cursor() as cursor:
        cursor.execute("INSERT INTO line VALUES ('second')")
    link.commit()
    link.set_autocommit(True)


def test_the_second_writes_soon_after_the_first_is_done(file: Path) -> None:
    first = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    first.execute("BEGIN IMMEDIATE")
    done: list[float] = []

    def end() -> None:
        time.sleep(0.3)
        done.append(time.monotonic())
        first.execute("COMMIT")

    ending = threading.Thread(target=end)
    link = wrapper(file, 20)
    ending.start()
    write(link)
    waited = time.monotonic() - done[0]
    ending.join()
    assert waited < 0.2
    assert link.connection.execute("PRAGMA busy_timeout").fetchone() == (20_000,)  # statements alone wait as before
    assert first.execute("SELECT word FROM line").fetchall() == [("second",)]
    link.close()
    first.close()


def test_who_never_gets_a_turn_is_told(file: Path) -> None:
    first = sqlite3.connect(file, isolation_level=None)
    first.execute("BEGIN IMMEDIATE")
    link = wrapper(file, 0.2)
    began = time.monotonic()
    with pytest.raises(OperationalError, match="locked"):
        write(link)
    assert 0.2 <= time.monotonic() - began < 5
    first.execute("ROLLBACK")
    link.close()
    first.close()


def test_who_ends_rings_for_who_waits(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from linli.foundation.sqlite import base

    monkeypatch.setattr(base, "RUNG_FIRST_S", 30)  # nobody looks again by themselves: only the bell wakes them
    monkeypatch.setattr(base, "RUNG_LAST_S", 30)
    first = wrapper(file, 60)
    first.ensure_connection()
    first.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    ended: list[float] = []

    def run() -> None:
        link = wrapper(file, 60)
        write(link)
        ended.append(time.monotonic())
        link.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    assert not ended
    began = time.monotonic()
    first.commit()
    for thread in threads:
        thread.join()
    assert max(ended) - began < 15  # each that ended rang for the next
    first.set_autocommit(True)
    first.close()


def test_a_pipe_that_is_not_ours_is_not_used(tmp_path: Path) -> None:
    from linli.foundation.sqlite.bell import Bell

    (tmp_path / "plain").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "plain")
    for name in ("plain", "link"):
        with pytest.raises(OSError):
            Bell(tmp_path / name)
    bell = Bell(tmp_path / "pipe")
    for _ in range(3):
        bell.ring()
    bell.wait(0)  # three rings without a hearer are one
    began = time.monotonic()
    bell.wait(0.05)
    assert time.monotonic() - began >= 0.04
