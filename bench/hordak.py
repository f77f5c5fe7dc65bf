"""What django-hordak does in the same run, on the same PostgreSQL server, with as many processes.

It is installed apart (`make setup-bench`, .venv-bench), so that it never decides which Django Linli runs on.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from bench.running import Bench, Figure

HERE = Path(__file__).resolve().parent
# -P below: this folder, with a module called hordak, must not stand before the package.
PYTHON = HERE.parent / ".venv-bench" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
PEER = HERE / "hordak_peer.py"
PROCESSES = 8
LEGS = 50_000  # some years of a community's pool; its balance is the sum over them


def measure(bench: Bench) -> dict[str, Figure] | None:
    """`plain_per_s` and `checked_per_s` (the hot account locked and its balance read first), 8 processes against one
    hot account; None where it is not installed."""
    if not PYTHON.exists():
        return None
    bench.say("django-hordak …")
    legs = LEGS // 5 if bench.quick else LEGS
    with _database() as environment:
        made = _answer(environment, "prepare", str(legs))
        found: dict[str, Figure] = {"version": str(made["version"]), "processes": PROCESSES}
        for level, count, runs in (("plain", 60 if bench.quick else 250, 1 if bench.quick else 5),
                                   ("checked", 8 if bench.quick else 12, 1 if bench.quick else 3)):
            rates = [_transfers(environment, level, count) for _ in range(runs)]
            found[f"{level}_per_s"] = statistics.median(rates)
            bench.note(f"django-hordak {level}: median of {runs}, min {min(rates):.4g}, max {max(rates):.4g}")
    bench.note(f"django-hordak {found['version']}: transfer_to() in one transaction; checked: the account is locked "
               f"and get_balance() read first, its hot account beginning with {legs:,} legs; no id, no audit entry")
    return found


@contextmanager
def _database() -> Iterator[dict[str, str]]:
    import psycopg

    clean = {key: value for key, value in os.environ.items() if not key.startswith(("LINLI_", "DJANGO_"))}
    parts = urlsplit(os.environ["LINLI_DATABASE_URL"])
    server = f"host={parse_qs(parts.query)['host'][0]} user={parts.username}"
    with psycopg.connect(f"{server} dbname=postgres", autocommit=True) as link:
        link.execute("DROP DATABASE IF EXISTS hordak WITH (FORCE)")
        link.execute("CREATE DATABASE hordak")
        yield {**clean, "PEER_DATABASE": f"{server} dbname=hordak"}


def _answer(environment: dict[str, str], *arguments: str) -> dict[str, object]:
    done = subprocess.run([str(PYTHON), "-P", str(PEER), *arguments], env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"django-hordak {arguments[0]}:\n{done.stderr[-3000:]}")
    told: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return told


def _transfers(environment: dict[str, str], level: str, count: int) -> float:
    workers = [
        subprocess.Popen([str(PYTHON), "-P", str(PEER), level, str(count), str(n)], env=environment, text=True,
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for n in range(PROCESSES)]
    for worker in workers:
        assert worker.stdout is not None
        if worker.stdout.readline().strip() != "ready":
            assert worker.stderr is not None
            raise RuntimeError(f"django-hordak {level}:\n{worker.stderr.read()[-3000:]}")
    began = time.perf_counter()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    done = 0
    for worker in workers:
        said, complaint = worker.communicate()
        if worker.returncode:
            raise RuntimeError(f"django-hordak {level}:\n{complaint[-3000:]}")
        done += int(json.loads(said)["transfers"])
    return done / (time.perf_counter() - began)
