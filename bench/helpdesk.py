"""What django-helpdesk does in the same run, on the same kind of database: its nearest equal to the life of a case.

It is installed apart (`make setup-bench`, .venv-bench), so that it never decides which Django Linli runs on.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from bench.running import Bench, Figure, percentile

HERE = Path(__file__).resolve().parent
# -P below: this folder, with a module called helpdesk, must not stand before the package.
PYTHON = HERE.parent / ".venv-bench" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
PEER = HERE / "helpdesk_peer.py"
PROCESSES = 2


def measure(bench: Bench, size: int) -> dict[str, Figure] | None:
    """`lifecycles_per_s` (function level), `http_lifecycles_per_s`, both with 2 processes, and `list_p95_ms` of its
    list of 25 at `size` tickets; None where it is not installed."""
    if not PYTHON.exists():
        return None
    lives, runs = (30, 1) if bench.quick else (100, 5)
    bench.say(f"django-helpdesk: filling {size:,} tickets …")
    with _database(bench) as environment:
        made = _answer(environment, "prepare", str(size))
        found: dict[str, Figure] = {"version": str(made["version"]), "size": size, "processes": PROCESSES}
        for name, level in (("lifecycles_per_s", "function"), ("http_lifecycles_per_s", "http")):
            rates = [_lives(environment, level, lives) for _ in range(runs)]
            found[name] = statistics.median(rates)
            bench.note(f"django-helpdesk {name}: median of {runs}, min {min(rates):.4g}, max {max(rates):.4g}")
        times = _answer(environment, "list", "5" if bench.quick or size > 20_000 else "20")["times_ms"]
        assert isinstance(times, list)
        found["list_p95_ms"] = percentile(times, 0.95)
    bench.note(
        f"django-helpdesk {found['version']}: create, assign, comment, resolve, close; no transaction around a step, "
        "no audit log, no clocks, no outbox; mails go nowhere; its list: the page and the 25 rows its script asks for")
    return found


@contextmanager
def _database(bench: Bench) -> Iterator[dict[str, str]]:
    """A database of its own: a SQLite file, or one on the bench's own PostgreSQL server."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("LINLI_", "DJANGO_"))}
    if bench.database != "postgresql":
        with tempfile.TemporaryDirectory(prefix="linli-bench-peer-") as folder:
            yield {**clean, "PEER_DATABASE": str(Path(folder) / "helpdesk.sqlite3")}
        return
    import psycopg

    parts = urlsplit(os.environ["LINLI_DATABASE_URL"])
    server = f"host={parse_qs(parts.query)['host'][0]} user={parts.username}"
    with psycopg.connect(f"{server} dbname=postgres", autocommit=True) as link:
        link.execute("DROP DATABASE IF EXISTS helpdesk WITH (FORCE)")
        link.execute("CREATE DATABASE helpdesk")
        yield {**clean, "PEER_DATABASE": f"{server} dbname=helpdesk"}


def _answer(environment: dict[str, str], *arguments: str) -> dict[str, object]:
    done = subprocess.run([str(PYTHON), "-P", str(PEER), *arguments], env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"django-helpdesk {arguments[0]}:\n{done.stderr[-3000:]}")
    told: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return told


def _lives(environment: dict[str, str], level: str, lives: int) -> float:
    """Lifecycles a second of two processes at once, from the common start to the last end."""
    workers = [
        subprocess.Popen([str(PYTHON), "-P", str(PEER), level, str(lives), str(n)], env=environment, text=True,
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for n in range(PROCESSES)]
    for worker in workers:
        assert worker.stdout is not None
        if worker.stdout.readline().strip() != "ready":
            assert worker.stderr is not None
            raise RuntimeError(f"django-helpdesk {level}:\n{worker.stderr.read()[-3000:]}")
    began = time.perf_counter()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    done = 0
    for worker in workers:
        said, complaint = worker.communicate()
        if worker.returncode:
            raise RuntimeError(f"django-helpdesk {level}:\n{complaint[-3000:]}")
        done += int(json.loads(said)["lives"])
    return done / (time.perf_counter() - began)
