"""The reads that pages, exports and rooms share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import overload

from django.core import signing
from django.db.models import Q, QuerySet, Sum

from linli.foundation.people.models import Person
from linli.mechanisms.ledger.amounts import amount_words
from linli.mechanisms.ledger.models import (
    ENDINGS,
    Account,
    Balance,
    Book,
    Entry,
    Link,
    OpenHold,
    Phase,
    Reconciliation,
    Transfer,
)

__all__ = ["AccountBalance", "Statement", "StatementRow", "TrialBalance", "account", "account_of", "amount_words",
           "balance", "balances", "book", "ended_by", "find", "last_check", "open_holds", "statement", "trial_balance"]
_BALANCE = (
    "SELECT account_id, SUM(posted), SUM(pending_in), SUM(pending_out), SUM(floor), COUNT(floor), SUM(ceiling), "
    "COUNT(ceiling), COUNT(*) FROM ledger_balance WHERE account_id IN ({}) GROUP BY account_id")


_TAIL_IDS = (600 * 1000) << 22


@dataclass(frozen=True)
class AccountBalance:
    """Where an account stands, in minor units. What is pending in does not count as available."""

    posted: int = 0
    pending_in: int = 0
    pending_out: int = 0
    floor: int | None = None
    ceiling: int | None = None

    @property
    def available(self) -> int:
        """What can be given away now, above the floor where there is one."""
        return self.posted - self.pending_out - (self.floor or 0)

    @property
    def room_left(self) -> int | None:
        """What can still come in below the ceiling, or None without one."""
        return None if self.ceiling is None else self.ceiling - self.posted - self.pending_in


@dataclass(frozen=True)
class StatementRow:
    """One line of an account's statement. `amount` is what it did to the balance, `other` the other side."""

    entry: Entry
    amount: int
    balance: int
    number: int | None  # in the account's sealed history; None until it is sealed

    @property
    def other(self) -> Account:
        return self.entry.debit if self.amount > 0 else self.entry.credit


@dataclass(frozen=True)
class Statement:
    """A page of a statement, newest first. `after` is the token of the next page, or empty."""

    rows: Sequence[StatementRow]
    after: str
    is_first: bool


@dataclass(frozen=True)
class TrialBalance:
    """The accounts of a book by kind: how many, and the sums; `total` over all of them is zero."""

    kinds: Sequence[tuple[str, int, int]]  # kind, accounts, posted
    accounts: int
    total: int
    pending: int
    pending_gap: int

    @property
    def is_balanced(self) -> bool:
        return self.total == 0 and self.pending_gap == 0


def book(code: str) -> Book | None:
    """The book of that code."""
    found: Book | None = Book.objects.filter(code=code).first()
    return found


def account(of: Book, code: str) -> Account | None:
    """The account of that code."""
    found: Account | None = Account.objects.select_related("book").filter(book=of, code=code).first()
    return found


def account_of(of: Book, owner: Person) -> Account | None:
    """The person's own account in that book, if they have one."""
    found: Account | None = Account.objects.select_related("book").filter(book=of, owner=owner).order_by("id").first()
    return found


@overload
def balance(of: Account) -> AccountBalance: ...
@overload
def balance(of: Iterable[Account]) -> dict[int, AccountBalance]: ...
def balance(of: Account | Iterable[Account]) -> AccountBalance | dict[int, AccountBalance]:
    """Where one account stands; or many, by their keys. One query, the same for 10 entries and for 10⁷."""
    if isinstance(of, Account):
        return balances([of.pk])[of.pk]
    return balances([one.pk for one in of])


def balances(keys: Sequence[int]) -> dict[int, AccountBalance]:
    """Where the accounts of those keys stand, in one query."""
    from django.db import connection

    found = dict.fromkeys(keys, AccountBalance())
    if not found:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_BALANCE.format(", ".join(["%s"] * len(found))), list(found))
        for pk, posted, coming, going, floor, floors, ceiling, ceilings, parts in cursor.fetchall():
            found[pk] = AccountBalance(
                int(posted), int(coming), int(going), int(floor) if floors == parts else None,
                int(ceiling) if ceilings == parts else None)
    return found


def find(key: str) -> Transfer | None:
    """The transfer of that id."""
    found: Transfer | None = Transfer.objects.select_related("book").filter(key=key).first()
    return found


def ended_by(hold: Transfer) -> Transfer | None:
    """What ended a hold (post, void or expire), or None while it is open."""
    found: Transfer | None = Transfer.objects.filter(of=hold, kind__in=ENDINGS).first()
    return found


def open_holds(of: Account) -> QuerySet[Entry]:
    """The entries of the holds that wait on this account, oldest first."""
    rows = Entry.objects.filter(Q(debit=of) | Q(credit=of), phase=Phase.PENDING)
    waiting = OpenHold.objects.values("transfer")
    return rows.filter(transfer__in=waiting).select_related("transfer", "debit", "credit").order_by("id")


def trial_balance(of: Book) -> TrialBalance:
    """The sums of a book's balances, read in one statement, so that they belong to one moment."""
    rows = (Balance.objects.filter(account__book=of).values("account__kind").order_by("account__kind")
            .annotate(posted_=Sum("posted"), in_=Sum("pending_in"), out_=Sum("pending_out")))
    counts: dict[str, int] = {}
    for kind in Account.objects.filter(book=of).values_list("kind", flat=True):
        counts[kind] = counts.get(kind, 0) + 1
    found = [(row["account__kind"], counts.get(row["account__kind"], 0), int(row["posted_"]), int(row["in_"]),
              int(row["out_"])) for row in rows]
    coming, going = sum(row[3] for row in found), sum(row[4] for row in found)
    return TrialBalance([row[:3] for row in found], sum(counts.values()), sum(row[2] for row in found), going,
                        coming - going)


def last_check() -> Reconciliation | None:
    """The newest finding of the nightly check."""
    return Reconciliation.objects.order_by("-at").first()


def statement(
    of: Account, *, since: datetime | None = None, until: datetime | None = None, after: str = "", size: int = 50,
) -> Statement:
    """A page of the account's posted lines with the running balance, newest first: `since` ≤ at < `until`.

    Sealed lines come in the order of the account's hash chain, with the balance that was sealed; before them stand the
    few that the next sealing will take.
    """
    below = _token(after)
    rows: list[StatementRow] = []
    if below is None or below[0] == "entry":
        tail = unsealed(of)
        rows = [row for row in reversed(tail) if _within(row.entry.at, since, until)]
        if below is not None:
            rows = [row for row in rows if row.entry.pk < below[1]]
        rows = rows[: size + 1]
    if len(rows) <= size:
        links = Link.objects.filter(account=of).exclude(amount=0).order_by("-number").select_related(
            "entry__transfer", "entry__debit__owner", "entry__credit__owner")
        if below is not None and below[0] == "number":
            links = links.filter(number__lt=below[1])
        if since is not None:
            links = links.filter(at__gte=since)
        if until is not None:
            links = links.filter(at__lt=until)
        rows += [StatementRow(link.entry, link.amount, link.balance, link.number)
                 for link in links[: size + 1 - len(rows)]]
    token = ""
    if len(rows) > size:
        rows = rows[:size]
        last = rows[-1]
        token = signing.dumps(
            ["number", last.number] if last.number is not None else ["entry", last.entry.pk], salt="ledger.statement")
    return Statement(rows, token, below is None)


def unsealed(of: Account) -> list[StatementRow]:
    """The posted lines of the account that no link holds yet, oldest first, with running balances."""
    last = Link.objects.filter(account=of).order_by("-number").first()
    rows = Entry.objects.filter(Q(debit=of) | Q(credit=of)).select_related(
        "transfer", "debit__owner", "credit__owner").order_by("at", "id")
    if last is not None:
        # What committed more than ten minutes after its id was made appears with the next sealing.
        since = last.entry_id - _TAIL_IDS
        rows = rows.filter(pk__gte=since).exclude(
            pk__in=Link.objects.filter(account=of, entry__gte=since).values("entry"))
    standing, found = last.balance if last else 0, []
    for entry in rows:
        if entry.phase != Phase.POSTED:
            continue
        amount = entry.amount if entry.credit_id == of.pk else -entry.amount
        standing += amount
        found.append(StatementRow(entry, amount, standing, None))
    return found


def _within(at: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or at >= since) and (until is None or at < until)


def _token(after: str) -> tuple[str, int] | None:
    if not after:
        return None
    try:
        kind, value = signing.loads(after, salt="ledger.statement")
        return str(kind), int(value)
    except (signing.BadSignature, ValueError, TypeError):
        return None
