"""The frame of every bench: a database of its own, medians with their spread, one table or one JSON object.

A bench is a module of this folder:

    NAME = "ledger"
    HELP = "Transfers a second on one hot account."
    DATABASES = ("sqlite", "postgresql")        # left out: the bench touches no database
    def add_arguments(parser): …
    def run(args, bench: Bench) -> None: bench.figure("transfers_per_s", 1520.3); bench.peer("hordak", {…})

The names of figures are those of the project's list of benches; `docs/benches.md` says what each measures.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.postgres import Server

NO_DATA = 3  # exit code: what the bench needs is not on this machine
Figure = float | int | str | bool | None


class NoData(Exception):  # noqa: N818 - reads as a sentence: "raises NoData"
    """The data a bench needs is absent; the text is the one line that is printed."""


@dataclass
class Bench:
    """What one run of a bench gathers."""

    name: str
    quick: bool
    database: str | None
    figures: dict[str, Figure] = field(default_factory=dict)
    peers: dict[str, dict[str, Figure]] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    quiet: bool = False

    def figure(self, name: str, value: Figure) -> None:
        self.figures[name] = _rounded(value)

    def peer(self, name: str, figures: Mapping[str, Figure]) -> None:
        """What the thing compared with did in this same run; its version is noted."""
        self.peers.setdefault(name, {}).update({key: _rounded(value) for key, value in figures.items()})
        with_version = _version(name)
        if with_version:
            self.note(f"{name} {with_version}")

    def ratio(self, name: str, ours: float, theirs: float) -> None:
        """How many times better than the peer; the caller divides so that more is better."""
        self.ratios[name] = round(ours / theirs, 2) if theirs else float("inf")

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    def say(self, sentence: str) -> None:
        """Progress, for a person who waits; never into the JSON."""
        if not self.quiet:
            print(sentence, file=sys.stderr, flush=True)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """The seconds of the block, as a figure."""
        began = time.perf_counter()
        yield
        self.figure(name, time.perf_counter() - began)

    def median(self, name: str, measure: Callable[[], float], *, runs: int = 5) -> float:
        """The median of `runs` measurements as the figure; their least and most as a note."""
        found = [measure() for _ in range(max(runs, 1))]
        middle = statistics.median(found)
        self.figure(name, middle)
        self.note(f"{name}: median of {len(found)}, min {min(found):.4g}, max {max(found):.4g}")
        return middle

    def as_dict(self) -> dict[str, object]:
        facts: dict[str, object] = {
            "bench": self.name, "quick": self.quick, "python": platform.python_version(), "cpus": os.cpu_count(),
        }
        if self.database:
            facts["database"] = self.database
        return {**facts, "figures": self.figures, "peers": self.peers, "ratios": self.ratios, "notes": self.notes}


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0–1) of `values` lie, by the nearest-rank rule: it is one of them."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    rank = math.ceil(round(share * len(ordered), 9))
    return ordered[min(len(ordered), max(1, rank)) - 1]


def milliseconds(calls: Iterable[Callable[[], object]]) -> list[float]:
    """How long each call took."""
    found = []
    for call in calls:
        began = time.perf_counter()
        call()
        found.append((time.perf_counter() - began) * 1000)
    return found


def main(module: object, args: argparse.Namespace) -> int:
    """Run one bench module with a database of its own; print; the exit code."""
    databases: Sequence[str] = getattr(module, "DATABASES", ())
    database = (args.database or databases[0]) if databases else None
    if database and database not in databases:
        print(f"{module.NAME} runs on {' or '.join(databases)}.", file=sys.stderr)  # type: ignore[attr-defined]
        return 2
    bench = Bench(module.NAME, args.quick, database, quiet=args.json)  # type: ignore[attr-defined]
    try:
        with place(database):
            began = time.perf_counter()
            module.run(args, bench)  # type: ignore[attr-defined]
            bench.note(f"took {time.perf_counter() - began:.1f} s")
    except NoData as absent:
        print(absent, file=sys.stderr)
        return NO_DATA
    if args.json:
        print(json.dumps(bench.as_dict(), ensure_ascii=False))
    else:
        print_table(bench)
    return 0


@contextmanager
def place(database: str | None) -> Iterator[None]:
    """A data folder of its own and, if asked, a fresh migrated database; Django is set up in it."""
    folder = Path(tempfile.mkdtemp(prefix="linli-bench-"))
    (folder / "static").mkdir()
    server: Server | None = None
    os.environ["LINLI_DATA"] = str(folder)
    os.environ.pop("LINLI_DATABASE_URL", None)
    try:
        if database == "postgresql":
            from bench.postgres import Server

            # Durable, as in production: a bench that skips the disk measures something else.
            server = Server(durable=True)
            os.environ["LINLI_DATABASE_URL"] = server.create("linli")
        import django

        django.setup()
        if database:
            from django.core.management import call_command
            from django.db import connections

            call_command("migrate", interactive=False, verbosity=0)
            yield
            connections.close_all()
        else:
            yield
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def print_table(bench: Bench) -> None:
    """The run as a table for people."""
    facts = [f"bench {bench.name}", "quick" if bench.quick else "full", f"Python {platform.python_version()}",
             f"{os.cpu_count()} cores", *([bench.database] if bench.database else [])]
    print(" · ".join(facts))
    columns = ["Linli", *bench.peers]
    names = [*bench.figures, *dict.fromkeys(n for p in bench.peers.values() for n in p if n not in bench.figures)]
    width = max((len(name) for name in names), default=10)
    print(f"{'':{width}}  " + "  ".join(f"{column:>16}" for column in columns))
    for name in names:
        cells = [bench.figures.get(name), *(peer.get(name) for peer in bench.peers.values())]
        print(f"{name:{width}}  " + "  ".join(f"{_shown(cell):>16}" for cell in cells))
    for name, value in bench.ratios.items():
        print(f"{name:{width}}  {value:>15.2f}×")
    for note in bench.notes:
        print(f"  {note}")


def _rounded(value: Figure) -> Figure:
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _shown(value: Figure) -> str:
    if value is None:
        return "–"
    return f"{value:,.4g}" if isinstance(value, float) and abs(value) < 10_000 else f"{value:,.0f}" \
        if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
