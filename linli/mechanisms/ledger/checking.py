"""`linli ledger check`: do the balances say what the entries say, and does every book add up to zero?"""

from __future__ import annotations

import argparse
import logging
import sys
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connection

from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.mechanisms.ledger import triggers
from linli.mechanisms.ledger.models import Account, Book, Entry, OpenHold, Reconciliation

log = logging.getLogger("linli.ledger")
_SHOWN_MAX = 200
_LATE = timedelta(hours=1)
# One statement each, so that all of it belongs to one moment, whoever writes meanwhile.
_DIFFERENT = """
WITH moved AS (
  SELECT account, SUM(amount) AS posted FROM (
    SELECT credit_id AS account, amount FROM ledger_entry WHERE phase = 1
    UNION ALL SELECT debit_id, -amount FROM ledger_entry WHERE phase = 1) AS sides GROUP BY account),
held AS (
  SELECT account, SUM(coming) AS coming, SUM(going) AS going FROM (
    SELECT e.credit_id AS account, e.amount AS coming, 0 AS going
    FROM ledger_openhold h JOIN ledger_entry e ON e.transfer_id = h.transfer_id WHERE e.phase = 0
    UNION ALL SELECT e.debit_id, 0, e.amount
    FROM ledger_openhold h JOIN ledger_entry e ON e.transfer_id = h.transfer_id WHERE e.phase = 0) AS sides
  GROUP BY account),
standing AS (
  SELECT account_id AS account, SUM(posted) AS posted, SUM(pending_in) AS coming, SUM(pending_out) AS going
  FROM ledger_balance GROUP BY account_id)
SELECT b.code, a.code, COALESCE(s.posted, 0), COALESCE(m.posted, 0), COALESCE(s.coming, 0), COALESCE(h.coming, 0),
  COALESCE(s.going, 0), COALESCE(h.going, 0)
FROM ledger_account a JOIN ledger_book b ON b.id = a.book_id
LEFT JOIN standing s ON s.account = a.id LEFT JOIN moved m ON m.account = a.id LEFT JOIN held h ON h.account = a.id
WHERE COALESCE(s.posted, 0) <> COALESCE(m.posted, 0) OR COALESCE(s.coming, 0) <> COALESCE(h.coming, 0)
  OR COALESCE(s.going, 0) <> COALESCE(h.going, 0)
ORDER BY b.code, a.code"""
_LEANING = """
SELECT b.code, SUM(p.posted), SUM(p.pending_in) - SUM(p.pending_out)
FROM ledger_balance p JOIN ledger_account a ON a.id = p.account_id JOIN ledger_book b ON b.id = a.book_id
GROUP BY b.code HAVING SUM(p.posted) <> 0 OR SUM(p.pending_in) <> SUM(p.pending_out) ORDER BY b.code"""
_LOST = """
SELECT e.id FROM ledger_entry e LEFT JOIN ledger_transfer t ON t.id = e.transfer_id
LEFT JOIN ledger_account d ON d.id = e.debit_id LEFT JOIN ledger_account c ON c.id = e.credit_id
WHERE t.id IS NULL OR d.id IS NULL OR c.id IS NULL OR d.book_id <> t.book_id OR c.book_id <> t.book_id ORDER BY e.id"""
_EMPTY = """
SELECT t.key FROM ledger_transfer t WHERE NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.transfer_id = t.id)
ORDER BY t.id"""


@dataclass
class Finding:
    """What a check saw. `problems` are differences; `remarks` are not, but somebody should look."""

    books: int = 0
    accounts: int = 0
    entries: int = 0
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def check() -> Finding:
    """Compare every balance with its entries and holds, and every book with zero."""
    found = Finding(Book.objects.count(), Account.objects.count(), Entry.objects.count())
    found.problems += [f"table {table}: a trigger that refuses changes is missing" for table in triggers.missing()]
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENT)
        for book, account, posted, moved, coming, held_in, going, held_out in cursor.fetchall():
            found.problems += [
                f"{book} {account}: {what} is {int(here)}, its entries give {int(there)}"
                for what, here, there in (("balance", posted, moved), ("pending in", coming, held_in),
                                          ("pending out", going, held_out)) if here != there]
        cursor.execute(_LEANING)
        found.problems += [f"{book}: the accounts add up to {int(total)}, pending to {int(pending)}, not to zero"
                           for book, total, pending in cursor.fetchall()]
        cursor.execute(_LOST)
        found.problems += [f"entry {row[0]}: its transfer or an account is not there, or is of another book"
                           for row in cursor.fetchall()]
        cursor.execute(_EMPTY)
        found.problems += [f"transfer {row[0]} has no entries" for row in cursor.fetchall()]
    late = OpenHold.objects.filter(expires_at__lt=now() - _LATE).count()
    if late:
        found.remarks.append(f"{late} holds are over time for more than an hour: is the worker running?")
    return found


def check_and_note() -> Reconciliation:
    """`check`, kept for the books' page; a difference is said in the log and told as `ledger.differs`."""
    found = check()
    if found.problems:
        log.critical("ledger.differs", extra={"problems": found.problems[:_SHOWN_MAX]})
        emit("ledger.differs", problems=len(found.problems))
    return Reconciliation.objects.create(
        books=found.books, accounts=found.accounts, entries=found.entries, is_clean=not found.problems,
        problems=found.problems[:_SHOWN_MAX])


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`linli ledger check` needs none."""


def run(options: argparse.Namespace) -> int:
    """Exit 0 when every balance is what its entries give, 1 otherwise."""
    found = check()
    for sentence in (*found.problems, *found.remarks):
        _say(sentence)
    _say(f"{found.books} books, {found.accounts} accounts, {found.entries} entries; "
         + (f"{len(found.problems)} differences" if found.problems else "all balance"))
    return 1 if found.problems else 0
