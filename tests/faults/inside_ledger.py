"""What the ledger's campaigns do inside their own Linli: `python -m tests.faults.inside_ledger VERB JSON`.

Children are forked from one loaded process, so that a kill costs milliseconds and hundreds of them fit into a minute.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

PEOPLE = 12
FUNDS = 10**6
SYSTEM: dict[str, Any] = {"verb": "ledger.check", "system": True}


def furnish() -> None:
    """A book: a hot pool with funds, twelve people."""
    from linli.foundation.areas.models import Area
    from linli.mechanisms.ledger import actions

    area = Area.objects.get(code="330199001001")
    book = actions.open_book(None, "faults", unit="minute", title="时间", room="faults", area=area, **SYSTEM)
    outside = actions.open_account(None, book, "outside", kind="outside", floor=None, **SYSTEM)
    pool = actions.open_account(None, book, "pool", kind="pool", hot=True, parts=4, **SYSTEM)
    actions.transfer(None, id="faults.funds", debit=outside, credit=pool, amount=FUNDS, **SYSTEM)
    for number in range(PEOPLE):
        actions.open_account(None, book, f"person.{number}", kind="person", **SYSTEM)


def settle(kills: int, seed: int, writers: int = 3) -> dict[str, Any]:
    """`kills` times: writers hold, settle, release, transfer, time out and seal, and are killed at a random moment.

    A writer says in a file what it begins and what it was told is done. Afterwards whatever was begun is sent again.
    """
    from django.db import connections

    furnish()
    dice, said = random.Random(seed), os.path.join(os.environ["LINLI_DATA"], "said")
    for number in range(kills):
        connections.close_all()
        gate, ready = os.pipe()
        pids = [_fork(partial(_write_on, f"{number}.{lot}", said, ready)) for lot in range(writers)]
        os.close(ready)
        for _writer in range(writers):  # each has done its first settlement and is in the middle of others
            os.read(gate, 1)
        time.sleep(dice.uniform(0.0, 0.1))
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        for pid in pids:
            os.waitpid(pid, 0)
        os.close(gate)
    begun, done = _said(said)
    before = _standing()
    lost = sorted(done - before["keys"])
    again = sum(_again(key) for key in sorted(begun))
    after = _standing()
    return {"kills": kills * writers, "begun": len(begun), "told": len(done), "cut_off": len(begun) - len(done),
            "kept_though_not_told": len((begun & before["keys"]) - done), "lost": lost, "again": again,
            "expected": _expected(begun), **{key: value for key, value in after.items() if key != "keys"},
            "different_before": before["different"]}


def _fork(act: Callable[[], object]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            act()
        finally:
            os._exit(0)
    return pid


def _write_on(name: str, said: str, ready: int) -> None:
    from linli.mechanisms.ledger import actions, sealing

    with open(said, "a", buffering=1) as out:
        for number in range(10_000):
            key = f"s.{name}.{number}"
            out.write(f"begin {key}\n")
            _again(key)
            out.write(f"done {key}\n")
            if number == 0:
                os.write(ready, b".")
            if number % 10 == 9:
                sealing.seal_batch(batch=50)
                actions.expire_due()


def _again(key: str) -> int:
    """Everything that belongs to one settlement, from its beginning; what is done already is found, not done anew."""
    from linli.foundation.web import Refused
    from linli.mechanisms.ledger import actions, queries
    from linli.mechanisms.ledger.models import Account

    number = int(key.rsplit(".", 1)[1])
    book = queries.book("faults")
    assert book is not None
    pool, person = (Account.objects.select_related("book").get(book=book, code=code)
                    for code in ("pool", f"person.{number % PEOPLE}"))
    match number % 4:
        case 0:
            actions.transfer(None, id=key, lines=[(pool, person, 3), (pool, person, 4)], **SYSTEM)
        case 1:
            actions.post(None, actions.pend(None, id=key, debit=pool, credit=person, amount=9, timeout=None, **SYSTEM),
                         amount=7, **SYSTEM)
        case 2:
            actions.void(None, actions.pend(None, id=key, debit=pool, credit=person, amount=9, timeout=None, **SYSTEM),
                         **SYSTEM)
        case _:
            hold = actions.pend(None, id=key, debit=pool, credit=person, amount=5,
                                timeout=timedelta(milliseconds=1), **SYSTEM)
            time.sleep(0.002)
            try:
                actions.post(None, hold, **SYSTEM)
            except Refused as refusal:
                if refusal.code not in ("expired", "resolved"):
                    raise
    return 1


def _expected(begun: set[str]) -> dict[str, int]:
    """What each person has once everything that was begun is done once."""
    found: Counter[str] = Counter()
    for key in begun:
        number = int(key.rsplit(".", 1)[1])
        if number % 4 in (0, 1):
            found[f"person.{number % PEOPLE}"] += 7
    return dict(sorted(found.items()))


def _said(path: str) -> tuple[set[str], set[str]]:
    begun: set[str] = set()
    done: set[str] = set()
    with open(path) as lines:
        for line in lines:
            word, _space, key = line.strip().partition(" ")
            (begun if word == "begin" else done).add(key)
    return begun, done


def _standing() -> dict[str, Any]:
    """What the books say, after time has ended what it ends and everything is sealed."""
    from linli.mechanisms.ledger import actions, checking, queries, sealing, verifying
    from linli.mechanisms.ledger.models import Account, OpenHold, Transfer

    while actions.expire_due():
        pass
    sealing.seal_batch(everything=True)
    people = {account.code: queries.balance(account).posted
              for account in Account.objects.filter(kind="person").order_by("code")}
    pool = queries.balance(Account.objects.get(code="pool"))
    return {
        "people": {code: posted for code, posted in sorted(people.items()) if posted}, "pool": pool.posted,
        "pending": pool.pending_out, "open": OpenHold.objects.count(), "different": checking.check().problems,
        "altered": verifying.verify(), "transfers": Transfer.objects.count(),
        "keys": set(Transfer.objects.values_list("key", flat=True))}


def same(clients: int, times: int) -> dict[str, Any]:
    """The same transfer sent `times` times by each of `clients` processes at once, and once with other content."""
    from django.db import connections

    from linli.foundation.audit.models import AuditEntry
    from linli.foundation.web import Refused
    from linli.mechanisms.ledger import actions, queries
    from linli.mechanisms.ledger.models import Account, Transfer

    furnish()
    gate = time.monotonic() + 1.0
    answers = os.path.join(os.environ["LINLI_DATA"], "answers")

    def send() -> None:
        pool, person = (Account.objects.select_related("book").get(code=code) for code in ("pool", "person.1"))
        time.sleep(max(0.0, gate - time.monotonic()))
        with open(answers, "a", buffering=1) as out:
            for number in range(times):
                amount = 61 if number == times - 1 else 60
                try:
                    found = actions.transfer(None, id="same.1", debit=pool, credit=person, amount=amount, **SYSTEM)
                    out.write(f"{found.pk}\n")
                except Refused as refusal:
                    out.write(f"{refusal.code}\n")

    connections.close_all()
    for pid in [_fork(send) for _ in range(clients)]:
        os.waitpid(pid, 0)
    with open(answers) as lines:
        told = Counter(line.strip() for line in lines)
    made = Transfer.objects.get(key="same.1")
    return {"told": dict(told), "transfer": str(made.pk), **{
        key: value for key, value in _standing().items() if key in ("different", "altered")},
        "balance": queries.balance(Account.objects.get(code="person.1")).posted,
        "audited": AuditEntry.objects.filter(thing_type="ledger.transfer", thing_id=str(made.pk)).count()}


def last_unit(clients: int, rounds: int) -> dict[str, Any]:
    """A hot account in several rows with `rounds` units; every client takes until it is told there is no more."""
    from django.db import connections

    from linli.foundation.web import Refused
    from linli.mechanisms.ledger import actions, queries
    from linli.mechanisms.ledger.models import Account

    furnish()
    book = queries.book("faults")
    assert book is not None
    jar = actions.open_account(None, book, "jar", kind="stock", hot=True, parts=8, **SYSTEM)
    pool = Account.objects.select_related("book").get(code="pool")
    actions.transfer(None, id="jar.funds", debit=pool, credit=jar, amount=rounds, **SYSTEM)
    answers = os.path.join(os.environ["LINLI_DATA"], "taken")

    def take(lot: int) -> None:
        person = Account.objects.select_related("book").get(code=f"person.{lot}")
        taken = 0
        try:
            for number in range(rounds + 1):
                actions.transfer(None, id=f"jar.{lot}.{number}", debit=jar, credit=person, amount=1, **SYSTEM)
                taken += 1
        except Refused as refusal:
            with open(answers, "a", buffering=1) as out:
                out.write(f"{refusal.code} {taken}\n")

    connections.close_all()
    for pid in [_fork(partial(take, lot)) for lot in range(clients)]:
        os.waitpid(pid, 0)
    with open(answers) as lines:
        told = [line.split() for line in lines]
    standing = _standing()
    return {"codes": sorted(code for code, _taken in told), "taken": sum(int(taken) for _code, taken in told),
            "left": queries.balance(jar).posted, "different": standing["different"], "altered": standing["altered"]}


def main() -> None:
    import django

    django.setup()
    verb, facts = sys.argv[1], json.loads(sys.argv[2])
    print(json.dumps(globals()[verb](**facts), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
