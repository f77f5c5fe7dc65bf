"""Transfers a second against one hot account, what a balance costs at 10⁶ entries, and that nothing is out of balance.

A transfer is `actions.transfer` as a room calls it: the right is asked, the id is looked for, the floor of the hot
account and the ceiling of the other are guarded, and the audit entry is written, all in one durable transaction. The
hot account has a floor of 0, so each of the transfers is balance-checked.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from typing import Any

from bench.running import Bench, milliseconds, percentile

NAME = "ledger"
HELP = "Transfers a second on one hot account, and the balance of 10⁶ entries, beside django-hordak."
DATABASES = ("sqlite", "postgresql")
PROCESSES = 8
PEOPLE = 400


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--transfers", type=int, default=0, help="transfers of each process (default 800; quick 200)")
    parser.add_argument("--entries", type=int, default=0, help="entries of the big account (default 1,000,000)")
    parser.add_argument("--no-peer", action="store_true", help="leave django-hordak out")


def run(args: argparse.Namespace, bench: Bench) -> None:
    count = args.transfers or (200 if bench.quick else 800)
    runs = 1 if bench.quick else 5
    _furnish()
    bench.figure("processes", PROCESSES)
    times: list[float] = []

    def once() -> float:
        rate, took = _transfers(count)
        times.extend(took)
        return rate

    rate = bench.median("transfers_per_s", once, runs=runs)
    bench.figure("transfer_p95_ms", percentile(times, 0.95))
    bench.note("transfer: function level, one transaction each; the right, the idempotency id, floor and ceiling, and "
               "the audit entry are inside; no outbox message; 8 processes, all debit one hot account")
    _seal(bench)
    entries = args.entries or 1_000_000
    bench.say(f"filling an account with {entries:,} entries …")
    _fill(entries)
    _balance(bench, entries)
    _imbalance(bench)
    if bench.database == "postgresql" and not args.no_peer:
        _peer(bench, rate)


def _furnish() -> None:
    """A book, a hot pool that is rich enough, and 400 people's accounts."""
    from linli.foundation.areas.models import Area
    from linli.foundation.people.models import Person, RoleAssignment
    from linli.mechanisms.ledger import actions

    area = Area.objects.create(code="330199001001", name="测试社区", level="community")
    person = Person.objects.create(phone="+8613900000001", name="记账员", title="bench")
    RoleAssignment.objects.create(person=person, role="worker", area=area)
    more: dict[str, Any] = {"verb": "ledger.check"}
    book = actions.open_book(person, "bench", unit="minute", title="时间", room="bench", area=area, **more)
    outside = actions.open_account(person, book, "outside", kind="outside", floor=None, **more)
    pool = actions.open_account(person, book, "pool", kind="pool", hot=True, **more)
    for number in range(PEOPLE):
        actions.open_account(person, book, f"person.{number:04}", kind="person", ceiling=10**9, **more)
    actions.open_account(person, book, "big", kind="stock", floor=None, **more)
    actions.transfer(person, id="bench.funds", debit=outside, credit=pool, amount=10**9, **more)


def _transfers(count: int) -> tuple[float, list[float]]:
    """Transfers a second of 8 processes at once, from the common start to the last end; and how long each took."""
    workers = [subprocess.Popen([sys.executable, "-m", "bench.ledger_worker", str(count), str(n)],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for n in range(PROCESSES)]
    for worker in workers:
        assert worker.stdout is not None
        if worker.stdout.readline().strip() != "ready":
            raise RuntimeError("a worker of the bench did not start")
    began = time.perf_counter()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    told = []
    for worker in workers:
        assert worker.stdout is not None
        told.append(json.loads(worker.stdout.readline()))
    took = time.perf_counter() - began
    for worker in workers:
        worker.wait()
    return sum(one["transfers"] for one in told) / took, [ms for one in told for ms in one["times_ms"]]


def _seal(bench: Bench) -> None:
    """Put what was booked into the chains, as the worker does once a minute."""
    from linli.mechanisms.ledger import sealing

    began = time.perf_counter()
    sealed = sealing.seal_batch(everything=True)
    took = time.perf_counter() - began
    bench.figure("sealed_entries_per_s", sealed / took if took else 0.0)


def _fill(count: int) -> None:
    """`count` entries of one minute from `outside` to `big`, written by the database itself, balances with them."""
    from django.db import connection

    from linli.foundation.calendar.clock import now
    from linli.foundation.records import new_id
    from linli.mechanisms.ledger import actions
    from linli.mechanisms.ledger.models import Account, Balance

    big, outside = Account.objects.get(code="big"), Account.objects.get(code="outside")
    first = actions.transfer(None, id="bench.fill", debit=outside, credit=big, amount=1, verb="ledger.check",
                             system=True)
    rows = (f"SELECT generate_series(1, {count - 1}) AS i" if connection.vendor == "postgresql" else
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count - 1}) SELECT i FROM n")
    base = new_id() - (1 << 36)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_entry (id, transfer_id, debit_id, credit_id, amount, phase, at) "
            f"SELECT %s + s.i, %s, %s, %s, 1, 1, %s FROM ({rows}) AS s",
            (base, first.pk, outside.pk, big.pk, connection.ops.adapt_datetimefield_value(now())))
        cursor.execute("ANALYZE")
    Balance.objects.filter(account=big).update(posted=count)
    standing = Balance.objects.get(account=outside)
    Balance.objects.filter(account=outside).update(posted=standing.posted - count + 1)


def _balance(bench: Bench, entries: int) -> None:
    from linli.mechanisms.ledger import queries
    from linli.mechanisms.ledger.models import Account

    big, pool = Account.objects.get(code="big"), Account.objects.get(code="pool")
    assert queries.balance(big).posted == entries
    for name, account in (("balance_ms_at_1m", big), ("balance_ms_hot", pool)):
        found = milliseconds([lambda account=account: queries.balance(account)] * 200)  # type: ignore[misc]
        bench.figure(name, percentile(found, 0.5))
    bench.figure("entries", entries)


def _imbalance(bench: Bench) -> None:
    """What the reconciliation finds wrong, and what the books are away from zero."""
    from linli.mechanisms.ledger import checking, queries
    from linli.mechanisms.ledger.models import Book

    with bench.timed("check_s"):
        found = checking.check()
    for problem in found.problems:
        bench.note(problem)
    away = sum(abs(queries.trial_balance(book).total) for book in Book.objects.all())
    bench.figure("imbalance", away + len(found.problems))


def _peer(bench: Bench, rate: float) -> None:
    from bench import hordak

    told = hordak.measure(bench)
    if told is None:
        bench.note("django-hordak is not installed here: make setup-bench")
        return
    bench.peer("django-hordak", {"transfers_per_s": told["plain_per_s"], **told})
    bench.ratio("transfers_vs_hordak_plain", rate, float(told["plain_per_s"] or 0))
    bench.ratio("transfers_vs_hordak_checked", rate, float(told["checked_per_s"] or 0))
