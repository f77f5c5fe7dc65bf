"""The chain of every account, its seal, its anchor; and that a check finds what somebody changed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from linli.foundation.audit.sealing import seal_batch as seal_audit
from linli.foundation.calendar import clock
from linli.foundation.calendar.clock import now
from linli.mechanisms.ledger import actions, checking, queries, sealing, triggers, verifying
from linli.mechanisms.ledger.models import Account, Balance, Entry, Link, Reconciliation, Seal, Transfer
from linli.mechanisms.ledger.tests.conftest import MakeAccount

pytestmark = pytest.mark.django_db(transaction=True)
Move = Callable[..., Transfer]
SYSTEM: dict[str, Any] = {"verb": "test.move", "system": True}


@pytest.fixture
def moved(make_account: MakeAccount, move: Move) -> list[Account]:
    """Three accounts with transfers, a hold of each end and a correction between them, in two seals."""
    a, b, c = (make_account(code, funds=500) for code in "abc")
    dice = random.Random(7)
    for number in range(12):
        giver, taker = dice.sample([a, b, c], 2)
        move(f"t.{number}", giver, taker, dice.randint(1, 20), memo=f"第{number}次", facts={"n": number})
    sealing.seal_batch()
    hold = actions.pend(None, id="h.1", debit=a, credit=b, amount=9, timeout=None, **SYSTEM)
    actions.post(None, hold, amount=5, **SYSTEM)
    actions.void(None, actions.pend(None, id="h.2", debit=a, credit=c, amount=9, timeout=None, **SYSTEM), **SYSTEM)
    actions.pend(None, id="h.3", debit=b, credit=c, amount=9, timeout=None, **SYSTEM)
    actions.reverse(None, "t.3", reason="录错", **SYSTEM)
    sealing.seal_batch()
    return [a, b, c]


@contextmanager
def without_triggers() -> Iterator[Any]:
    """What somebody who owns the database can do."""
    with triggers.lifted(), connection.cursor() as cursor:
        yield cursor


def test_all_that_is_booked_is_sealed_and_holds(moved: list[Account]) -> None:
    assert Link.objects.count() == 2 * Entry.objects.count()
    assert Seal.objects.count() == 2
    assert (verifying.verify(), checking.check().problems) == ([], [])
    for account in moved:
        assert Link.objects.filter(account=account).latest("number").balance == queries.balance(account).posted


def test_a_proof_leads_from_the_entry_to_the_audit_tree(moved: list[Account], move: Move) -> None:
    seal_audit(everything=True)
    entry = Entry.objects.get(transfer__key="t.4")
    proof = sealing.proof_of(entry, entry.debit_id)
    assert proof is not None
    assert proof.is_sound
    assert proof.audit_leaf is not None
    assert proof.checkpoint_size is not None
    late = move("t.99", moved[0], moved[1], 1)
    assert sealing.proof_of(late.entries.get(), moved[0].pk) is None
    with without_triggers() as cursor:
        cursor.execute("UPDATE ledger_entry SET amount = amount + 1 WHERE id = %s", (entry.pk,))
    proof = sealing.proof_of(entry, entry.debit_id)
    assert proof is not None
    assert not proof.is_sound


@pytest.mark.parametrize("statement", [
    "UPDATE ledger_entry SET amount = amount + 1 WHERE id = {entry}",
    "UPDATE ledger_entry SET phase = 0 WHERE id = {entry}",
    "UPDATE ledger_transfer SET memo = 'x' WHERE id = {transfer}",
    "UPDATE ledger_transfer SET person_id = 7 WHERE id = {transfer}",
    "UPDATE ledger_link SET balance = balance + 1 WHERE entry_id = {entry}",
    "UPDATE ledger_link SET amount = amount + 1 WHERE entry_id = {entry}",
    "DELETE FROM ledger_link WHERE entry_id = {entry}",
    "DELETE FROM ledger_entry WHERE id = {entry}",
    "UPDATE ledger_seal SET root = '00'",
    ("INSERT INTO ledger_entry (id, transfer_id, debit_id, credit_id, amount, phase, at) "
     "SELECT 5, transfer_id, debit_id, credit_id, 1, phase, at FROM ledger_entry WHERE id = {entry}"),
])
def test_a_change_behind_the_ledgers_back_is_found(moved: list[Account], statement: str) -> None:
    entry = Entry.objects.get(transfer__key="t.4")
    with without_triggers() as cursor:
        cursor.execute(statement.format(entry=entry.pk, transfer=entry.transfer_id))
    assert verifying.verify()


def test_a_whole_chain_made_anew_is_found_by_the_audit_log(moved: list[Account]) -> None:
    with without_triggers() as cursor:
        cursor.execute("UPDATE ledger_transfer SET memo = 'x' WHERE key = 't.4'")
        cursor.execute("DELETE FROM ledger_link")
        cursor.execute("DELETE FROM ledger_seal")
    sealing.seal_batch(everything=True)
    assert any("audit log" in problem for problem in verifying.verify())


def test_a_late_commit_is_still_sealed(moved: list[Account], make_account: MakeAccount) -> None:
    from linli.foundation.records import new_id

    early = new_id() - (60_000 << 22)
    entry = Entry.objects.get(transfer__key="t.4")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO ledger_entry (id, transfer_id, debit_id, credit_id, amount, phase, at) "
                       "SELECT %s, transfer_id, debit_id, credit_id, 1, phase, at FROM ledger_entry WHERE id = %s",
                       (early, entry.pk))
    assert sealing.seal_batch() == 1
    assert Link.objects.filter(entry=early).count() == 2


def test_a_difference_is_found_and_said(moved: list[Account], capsys: Any) -> None:
    assert checking.run(None) == 0  # type: ignore[arg-type]
    assert checking.check_and_note().is_clean
    Balance.objects.filter(account=moved[0]).update(posted=1)
    assert checking.run(None) == 1  # type: ignore[arg-type]
    said = capsys.readouterr().out
    assert "balance is 1" in said
    assert "not to zero" in said
    assert not checking.check_and_note().is_clean
    found = queries.last_check()
    assert isinstance(found, Reconciliation)
    assert len(found.problems) == 2


@pytest.mark.parametrize(("statement", "words"), [
    ("DELETE FROM ledger_openhold", "pending"),
    ("DELETE FROM ledger_entry WHERE transfer_id = {t}", "has no entries"),
    ("UPDATE ledger_entry SET debit_id = 77 WHERE transfer_id = {t}", "is not there"),
])
def test_the_check_knows_what_is_lost(moved: list[Account], statement: str, words: str) -> None:
    transfer = Transfer.objects.get(key="t.4")
    with without_triggers() as cursor:
        cursor.execute(statement.format(t=transfer.pk))
    assert any(words in problem for problem in checking.check().problems)


def test_the_check_knows_a_missing_trigger_and_a_stopped_worker(moved: list[Account]) -> None:
    actions.pend(None, id="h.9", debit=moved[0], credit=moved[1], amount=1, timeout=timedelta(minutes=1), **SYSTEM)
    with clock.at(now() + timedelta(hours=3)), triggers.lifted():
        found = checking.check()
    assert [problem.split(":")[0] for problem in found.problems] == [f"table {table}" for table in triggers.TABLES]
    assert "worker" in found.remarks[0]


@pytest.mark.parametrize("table", ["ledger_link", "ledger_seal"])
def test_the_database_keeps_the_chain_from_change(moved: list[Account], table: str) -> None:
    from django.db import DatabaseError, transaction

    statements = [f"UPDATE {table} SET id = id + 1", f"DELETE FROM {table}"]
    if connection.vendor == "sqlite":
        statements.append(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
    for statement in statements:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


class TestStatement:
    def test_pages_run_from_new_to_old_without_gap(self, moved: list[Account], move: Move) -> None:
        a, b, _c = moved
        for number in range(5):
            move(f"u.{number}", a, b, 1)
        rows: list[queries.StatementRow] = []
        after = ""
        while True:
            page = queries.statement(a, after=after, size=4)
            rows += page.rows
            after = page.after
            if not after:
                break
        standing = queries.balance(a).posted
        for row in rows:
            assert row.balance == standing
            standing -= row.amount
            assert a.pk in (row.entry.debit_id, row.entry.credit_id)
            assert row.other.pk != a.pk
        assert standing == 0
        assert [row.number is None for row in rows][:6] == [True] * 5 + [False]
        assert len({row.entry.pk for row in rows}) == len(rows)

    def test_only_the_days_asked_for(self, moved: list[Account], move: Move) -> None:
        a, b, _c = moved
        with clock.at(now() + timedelta(days=40)):
            move("u.1", a, b, 3)
            later = now() - timedelta(days=1)
            assert [row.amount for row in queries.statement(a, since=later).rows] == [-3]
            sealing.seal_batch()
            assert [row.amount for row in queries.statement(a, since=later).rows] == [-3]
            assert all(row.entry.at < later for row in queries.statement(a, until=later).rows)

    def test_a_forged_page_token_gives_the_first_page(self, moved: list[Account]) -> None:
        assert queries.statement(moved[0], after="forged").is_first
