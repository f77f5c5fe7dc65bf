"""The life of a case at function level and over HTTP, and the worklist, at 10 and at many cases."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from bench.running import Bench, milliseconds, percentile

if TYPE_CHECKING:
    from linli.mechanisms.cases.models import Case

NAME = "cases"
HELP = "Lifecycles a second, create and worklist times, beside django-helpdesk."
DATABASES = ("sqlite", "postgresql")
PROCESSES = 2
# The requests are those of demo people, who need no second factor; nothing else of a request differs.
os.environ["LINLI_DEMO"] = "1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--size", type=int, default=0, help="cases in the database (default 100,000; quick 3,000)")
    parser.add_argument("--lives", type=int, default=0, help="lifecycles each process runs (default 300; quick 40)")
    parser.add_argument("--no-peer", action="store_true", help="leave django-helpdesk out")


def run(args: argparse.Namespace, bench: Bench) -> None:
    size = args.size or (3_000 if bench.quick else 100_000)
    lives = args.lives or (40 if bench.quick else 300)
    runs = 1 if bench.quick else 5
    town = _town()
    patterns = _patterns(town)
    bench.figure("size", size)
    bench.note("lifecycle = create + dispatch + accept + finish + rate, each one transaction with its event, timers, "
               "audit entry and outbox message inside")
    _worklist(bench, town, "worklist_sql_at_10", None)
    small = 10_000 if size >= 20_000 else size // 3
    before = _database_bytes()
    _fill(patterns, small, bench)
    at_small = _lives("function", lives, 1)
    _fill(patterns, size - small, bench)
    bench.figure("bytes_per_case", round((_database_bytes() - before) / size))
    bench.figure("processes", PROCESSES)
    rate = bench.median("lifecycles_per_s", lambda: _lives("function", lives, PROCESSES), runs=runs)
    at_max = _lives("function", lives, 1)
    bench.figure("growth_10k_to_max", at_small / at_max if at_max else 0.0)
    http = bench.median("http_lifecycles_per_s", lambda: _lives("http", max(lives // 3, 20), PROCESSES), runs=runs)
    _create(bench, town, 100 if bench.quick else 400)
    _worklist(bench, town, "worklist_sql_at_max", "worklist_p95_ms")
    _drain(bench)
    if not args.no_peer:
        _peer(bench, rate, http, size)


def _town() -> dict[str, Any]:
    """The demo community and the three who move a case."""
    from linli.foundation.people.models import Person
    from linli.interfaces.cli.demo_town import build

    demo = build(2026)
    people = {name: Person.objects.select_related("community").get(pk=demo.stars[name].pk)
              for name in ("resident", "desk", "fitter")}
    return {"demo": demo, "area": demo.area, **people}


def one_life(town: dict[str, Any], number: int, *, to: str = "closed") -> Case:
    """One lifecycle at function level, or the part of it that leads to `to`.

    Of a category that asks for no photo of the work, as over HTTP: a photo that is only claimed is nobody's real use.
    """
    from linli.mechanisms.cases import actions

    case = actions.open_case(
        town["resident"], "repair", town["area"], category="clean", title=f"门口堆着垃圾 {number}",
        text="单元门口堆着垃圾，两天没人清，有异味。", place="梧桐苑 1号楼", place_public="梧桐苑 1号楼",
        building=town["building"])
    steps: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        ("assigned", "desk", "dispatch", {"worker": town["fitter"].pk}),
        ("taken", "fitter", "take", {}),
        ("done", "fitter", "finish", {"note": "清走了"}),
        ("closed", "resident", "rate", {"solved": "yes", "satisfied": 5}))
    if to == "submitted":
        return case
    for state, who, name, data in steps:
        case = actions.act(town[who], case, name, **data)
        if state == to:
            break
    return case


def _patterns(town: dict[str, Any]) -> list[tuple[Case, list[Any], list[Any]]]:
    """A case of each state that went through the actions, with its events and timers, to be copied."""
    from linli.foundation.areas.models import Building

    town["building"] = Building.objects.select_related("compound__area", "grid").order_by("id").first()
    found = []
    for to in ("submitted", "assigned", "taken", "done", "closed", "closed", "closed", "closed", "closed", "closed"):
        case = one_life(town, 0, to=to)
        found.append((case, list(case.events.order_by("seq")), list(case.timers.all())))
    return found


def _fill(patterns: list[tuple[Case, list[Any], list[Any]]], count: int, bench: Bench) -> None:
    """`count` copies of the patterns, spread over 90 days, written in bulk."""
    from copy import copy

    from linli.foundation.records import new_id
    from linli.mechanisms.cases.models import FAR, Case, CaseEvent, Timer

    bench.say(f"filling {count:,} cases …")
    rows: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
    for number in range(count):
        case, events, timers = patterns[number % len(patterns)]
        back = timedelta(minutes=(number * 7919) % (90 * 1440))
        fresh = copy(case)
        fresh.__dict__ = {k: v for k, v in case.__dict__.items() if k not in ("kind", "_state")}
        fresh._state = copy(case._state)
        fresh.pk = new_id()
        fresh.number = f"B{fresh.pk}"
        fresh.created, fresh.updated = case.created - back, case.updated - back
        fresh.due_at = case.due_at if case.due_at >= FAR else case.due_at - back + timedelta(days=45)
        rows[0].append(fresh)
        for source, into in ((events, rows[1]), (timers, rows[2])):
            for row in source:
                twin = copy(row)
                twin.pk, twin.case_id = new_id(), fresh.pk
                into.append(twin)
        if len(rows[0]) == 2_000 or number == count - 1:
            for model, part in zip((Case, CaseEvent, Timer), rows, strict=True):
                model._default_manager.bulk_create(part, batch_size=500)
                part.clear()
    _settle()


def _settle() -> None:
    """Give the planner the statistics it has in a database that grew by itself."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _database_bytes() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
        cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        return int(cursor.fetchone()[0])


def _lives(level: str, lives: int, processes: int) -> float:
    """Lifecycles a second of `processes` processes at once, from the first start to the last end."""
    command = [sys.executable, "-m", "bench.cases_worker", level, str(lives)]
    workers = [subprocess.Popen([*command, str(n)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
               for n in range(processes)]
    for worker in workers:
        assert worker.stdout is not None
        if worker.stdout.readline().strip() != "ready":
            raise RuntimeError("a worker of the bench did not start")
    began = time.perf_counter()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    done = 0
    for worker in workers:
        assert worker.stdout is not None
        done += json.loads(worker.stdout.readline())["lives"]
        worker.wait()
    return done / (time.perf_counter() - began)


def _create(bench: Bench, town: dict[str, Any], count: int) -> None:
    times = milliseconds(partial(one_life, town, n, to="submitted") for n in range(count))
    bench.figure("create_p95_ms", percentile(times, 0.95))


def _worklist(bench: Bench, town: dict[str, Any], sql_name: str, time_name: str | None) -> None:
    """GET of the worklist with 50 rows, rendered, by the property desk: statements, and p95 of 60 requests."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="localhost")
    client.force_login(town["desk"], backend="linli.foundation.people.backends.PersonBackend")
    address = "/desk/cases/?queue=open"
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"the worklist answered {answer.status_code}")
    bench.figure(sql_name, len(captured))
    if time_name:
        bench.figure(time_name, percentile(milliseconds([lambda: client.get(address)] * 60), 0.95))


def _drain(bench: Bench) -> None:
    """Until the outbox is empty: how long, and how many events that were."""
    from linli.foundation.events.delivery import deliver_all
    from linli.foundation.events.models import OutboxEvent

    waiting = OutboxEvent.objects.filter(pending=True).count()
    began = time.perf_counter()
    deliver_all()
    took = time.perf_counter() - began
    bench.figure("outbox_events", waiting)
    bench.figure("drain_s", took)
    bench.figure("outbox_left", OutboxEvent.objects.filter(pending=True).count())
    bench.figure("events_per_s", waiting / took if took else 0.0)
    lives = OutboxEvent.objects.filter(name="case.opened").count()
    bench.figure("drain_s_per_1000_lives", 1000 * took / lives)


def _peer(bench: Bench, rate: float, http: float, size: int) -> None:
    """django-helpdesk doing its nearest equal, in a project of its own, on the same kind of database."""
    from bench import helpdesk

    told = helpdesk.measure(bench, size=min(size, 100_000))
    if told is None:
        bench.note("django-helpdesk is not installed here: make setup-bench")
        return
    bench.peer("django-helpdesk", told)
    if told.get("lifecycles_per_s"):
        bench.ratio("lifecycles_vs_django-helpdesk", rate, told["lifecycles_per_s"])
    if told.get("http_lifecycles_per_s"):
        bench.ratio("http_lifecycles_vs_django-helpdesk", http, told["http_lifecycles_per_s"])
