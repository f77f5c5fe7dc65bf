"""The hot path: one transfer in few statements, the same SQL on both engines.

A transfer is: its row (by its key, once), its entries (one INSERT), one guarded UPDATE for each account it touches,
and the audit entry; on PostgreSQL they travel together. Accounts are touched in one fixed order, hot ones last, so that
two transfers cannot wait for each other and a hot row is held for the shortest time.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from django.db import IntegrityError, OperationalError, connection
from django.db.backends.utils import CursorWrapper
from django.db.transaction import atomic

from linli.foundation import audit
from linli.foundation.audit.recording import canonical
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.prepared import fixed_cursor
from linli.foundation.records import new_id
from linli.mechanisms.ledger import refusals
from linli.mechanisms.ledger.models import Account, Book, Phase, Transfer, TransferKind
from linli.mechanisms.ledger.parts import locked_parts, spread, whole_of

AMOUNT_MAX = 10**15
LINES_MAX = 500
KEY_MAX, MEMO_MAX = 120, 200
_TRIES = 4
_TRANSFER_COLUMNS = (
    "id", "book_id", "key", "kind", "digest", "of_id", "verb", "memo", "facts", "about_type", "about_id", "person_id",
    "acting_for_id", "at", "expires_at")
_INSERT_TRANSFER = (
    f"INSERT INTO ledger_transfer ({', '.join(_TRANSFER_COLUMNS)}) "
    f"VALUES ({', '.join(['%s'] * len(_TRANSFER_COLUMNS))})")
_INSERT_ENTRY = "INSERT INTO ledger_entry (id, transfer_id, debit_id, credit_id, amount, phase, at) VALUES "
_MOVE = (
    "UPDATE ledger_balance SET posted = posted + %s, pending_in = pending_in + %s, pending_out = pending_out + %s "
    "WHERE account_id = %s AND shard = %s")
_local = threading.local()


class Line(NamedTuple):
    """`amount` goes from `debit` (gives) to `credit` (receives)."""

    debit: Account
    credit: Account
    amount: int


@dataclass
class Order:
    """A transfer as it is asked for. `released` are the lines of the hold that a post or a void gives back."""

    kind: str
    key: str
    book: Book
    lines: Sequence[Line]
    verb: str
    person: Person | None
    memo: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    of: Transfer | None = None
    released: Sequence[Line] = ()
    expires_at: datetime | None = None
    about: Any = None
    acting_for: Person | None = None
    beyond: bool = False

    def digest(self) -> str:
        """SHA-256 over what the same key must mean again: not who sent it, nor when."""
        return digest_of(
            self.book.pk, self.kind, self.of.pk if self.of else None,
            [(line.debit.pk, line.credit.pk, line.amount) for line in self.lines], self.memo, facts_text(self.facts))


def digest_of(
    book: int, kind: str, of: int | None, lines: Sequence[tuple[int, int, int]], memo: str, facts: str,
) -> str:
    """The digest of a transfer's content; `facts` is canonical JSON already."""
    said = json.dumps([book, str(kind), of, lines, memo, facts], ensure_ascii=False, separators=(",", ":"))
    return sha256(said.encode("utf-8", "replace")).hexdigest()


def facts_text(facts: Mapping[str, Any]) -> str:
    """Facts as they are kept."""
    return canonical(facts) if facts else "{}"


@dataclass
class Change:
    """What a transfer does to one account, all its lines together."""

    account: Account
    posted: int = 0
    pending_in: int = 0
    pending_out: int = 0

    @property
    def given(self) -> int:
        """By how much what is available falls."""
        return self.pending_out - self.posted

    @property
    def taken(self) -> int:
        """By how much the room under the ceiling falls."""
        return self.posted + self.pending_in

    @property
    def place(self) -> tuple[bool, int]:
        return self.account.is_hot, self.account.pk


def check_lines(lines: Sequence[Line]) -> Book:
    """The one book of all lines. Raises `ValueError` on what only a programmer can mend."""
    if not 1 <= len(lines) <= LINES_MAX:
        raise ValueError(f"a transfer has 1 to {LINES_MAX} lines, not {len(lines)}")
    for line in lines:
        if type(line.amount) is not int or not 0 < line.amount <= AMOUNT_MAX:
            raise ValueError(f"{line.amount!r} is no amount: a whole number of minor units above 0")
        if line.debit.pk == line.credit.pk:
            raise ValueError(f"account {line.debit.code} stands on both sides of a line")
    if len({account.book_id for line in lines for account in line[:2]}) != 1:
        raise ValueError("a transfer moves within one book")
    return lines[0].debit.book


def write(order: Order) -> Transfer:
    """Write the transfer, or find the one that the same key made before. Durable on return unless a caller's
    transaction is open. Raises `Refused`."""
    if len(order.key) > KEY_MAX or len(order.memo) > MEMO_MAX or not order.key:
        raise ValueError(f"an id has 1 to {KEY_MAX} characters, a memo at most {MEMO_MAX}")
    # All that needs no database is done before it is locked: on SQLite everybody else waits meanwhile.
    transfer = _row(order)
    touched = sorted(changes(order), key=lambda change: change.place)
    for tries_left in range(_TRIES - 1, -1, -1):
        try:
            if connection.vendor == "postgresql" and _write_at_once(order, transfer, touched):
                return transfer
            with atomic():
                return _write(order, transfer, touched)
        except _Taken:
            return _found(order, transfer)
        except OperationalError:
            # A deadlock or a serialisation failure undid all of it; inside a caller's transaction only they can repeat.
            if connection.in_atomic_block or not tries_left or connection.vendor != "postgresql":
                raise
    raise AssertionError("unreachable")


class _Taken(Exception):  # noqa: N818 - reads as a sentence
    """The key, or the one reversal there may be, is there already."""


class _Missed(Exception):  # noqa: N818
    """One of the statements that were sent together did not do what it should: look at them one by one."""


def _write(order: Order, transfer: Transfer, touched: Sequence[Change]) -> Transfer:
    """Statement by statement, so that the first that cannot be done is known and refused with its reason."""
    with fixed_cursor() as cursor:
        for step in _steps(order, transfer, touched):
            try:
                cursor.execute(step.statement, step.values)
            except IntegrityError as taken:
                if step.what == "transfer":
                    raise _Taken from taken
                raise
            if cursor.rowcount == step.rows:
                continue
            if step.what == "hold":
                return _found_ended(order, transfer)
            if step.change is None:
                raise _Taken
            _move_all(cursor, step.change, order.book)
    record(order, transfer)
    return transfer


def _write_at_once(order: Order, transfer: Transfer, touched: Sequence[Change]) -> bool:
    """All statements in one journey to the server (libpq's pipeline), in the same order; False, and nothing done, where
    one of them did not find what it should."""
    try:
        with atomic(), connection.wrap_database_errors:
            sent = []
            with connection.connection.pipeline():
                for step in _steps(order, transfer, touched):
                    cursor: Any = fixed_cursor()
                    cursor.execute(step.statement, step.values)
                    sent.append((cursor, step.rows))
                record(order, transfer)
            if any(cursor.rowcount != rows for cursor, rows in sent):
                raise _Missed
    except _Missed:
        return False
    return True


class _Step(NamedTuple):
    """One statement and how many rows it touches if all is well; `change` where it moves a balance."""

    what: str
    statement: str
    values: Sequence[Any]
    rows: int
    change: Change | None = None


def _steps(order: Order, transfer: Transfer, touched: Sequence[Change]) -> Iterator[_Step]:
    if order.of is not None and order.kind != TransferKind.REVERSE:
        # Of two who end a hold, one deletes its row.
        yield _Step("hold", "DELETE FROM ledger_openhold WHERE transfer_id = %s", (order.of.pk,), 1)
    # On SQLite ON CONFLICT would meet the append-only trigger; on PostgreSQL an error in its log would be noise.
    end = " ON CONFLICT DO NOTHING" if connection.vendor == "postgresql" else ""
    yield _Step("transfer", _INSERT_TRANSFER + end, (
        transfer.pk, transfer.book_id, transfer.key, str(transfer.kind), transfer.digest, transfer.of_id,
        transfer.verb, transfer.memo, transfer.facts, transfer.about_type, transfer.about_id, transfer.person_id,
        transfer.acting_for_id, _moment(transfer.at), _moment(transfer.expires_at)), 1)
    if order.kind == TransferKind.PENDING:
        yield _Step("queue", "INSERT INTO ledger_openhold (id, transfer_id, expires_at) VALUES (%s, %s, %s)",
                    (new_id(), transfer.pk, _moment(transfer.expires_at)), 1)
    yield _entries(order, transfer)
    guarded = order.kind in (TransferKind.POSTED, TransferKind.PENDING) or (
        order.kind == TransferKind.REVERSE and not order.beyond)
    for change in touched:
        if change.posted or change.pending_in or change.pending_out:
            yield _step_of(change, guarded=guarded)


def record(order: Order, transfer: Transfer) -> None:
    """The audit entry: one INSERT."""
    facts: dict[str, Any] = {"key": order.key, "kind": order.kind, "digest": transfer.digest, "lines": len(order.lines)}
    if transfer.about_type:
        facts["about"] = f"{transfer.about_type}#{transfer.about_id}"
    if order.beyond:
        facts["beyond"] = True
    audit.record(order.person, order.verb, audit.Ref("ledger.transfer", transfer.pk, order.book.area_code),
                 acting_for=order.acting_for, **facts)


def changes(order: Order) -> list[Change]:
    """What the order does to each account. Ending a hold gives back all of it and moves what is posted."""
    found: dict[int, Change] = {}

    def of(account: Account) -> Change:
        return found.setdefault(account.pk, Change(account))

    for line in order.released:
        of(line.debit).pending_out -= line.amount
        of(line.credit).pending_in -= line.amount
    if order.kind == TransferKind.PENDING:
        for line in order.lines:
            of(line.debit).pending_out += line.amount
            of(line.credit).pending_in += line.amount
    elif order.kind not in (TransferKind.VOID, TransferKind.EXPIRE):
        for line in order.lines:
            of(line.debit).posted -= line.amount
            of(line.credit).posted += line.amount
    return list(found.values())


def phase_of(kind: str) -> int:
    """What the entries of a transfer of this kind do."""
    if kind == TransferKind.PENDING:
        return Phase.PENDING
    return Phase.RELEASED if kind in (TransferKind.VOID, TransferKind.EXPIRE) else Phase.POSTED


def _row(order: Order) -> Transfer:
    about = order.about
    transfer = Transfer(
        id=new_id(), book=order.book, key=order.key, kind=order.kind, digest=order.digest(), of=order.of,
        verb=order.verb, memo=order.memo, facts=facts_text(order.facts),
        about_type=about._meta.label_lower if about is not None else "",
        about_id=str(about.pk) if about is not None else "",
        person_id=order.person.pk if order.person else None,
        acting_for_id=order.acting_for.pk if order.acting_for else None, at=now(), expires_at=order.expires_at)
    transfer._state.adding = False
    return transfer


def _moment(at: datetime | None) -> Any:
    return connection.ops.adapt_datetimefield_value(at) if at else None


def _entries(order: Order, transfer: Transfer) -> _Step:
    at, phase, values = _moment(transfer.at), phase_of(order.kind), []
    for line in order.lines:
        values += [new_id(), transfer.pk, line.debit.pk, line.credit.pk, line.amount, phase, at]
    rows = len(order.lines)
    return _Step("entries", _INSERT_ENTRY + ", ".join(["(%s, %s, %s, %s, %s, %s, %s)"] * rows), values, rows)


def _found(order: Order, transfer: Transfer) -> Transfer:
    """The transfer that the same key made before. Raises `Refused("same_id" | "reversed")`."""
    earlier = Transfer.objects.filter(key=order.key).select_related("book").first()
    if earlier is None and order.kind == TransferKind.REVERSE:
        raise refusals.reversed_already()
    if earlier is None:
        raise LookupError(f"transfer {order.key} could not be written, and is not there")
    if earlier.digest != transfer.digest:
        raise refusals.same_id(order.key)
    found: Transfer = earlier
    return found


def _found_ended(order: Order, transfer: Transfer) -> Transfer:
    """A hold that is not open: ended by this very order before, or by another. Raises `Refused`."""
    earlier = Transfer.objects.filter(key=order.key).select_related("book").first()
    if earlier is not None:
        return _found(order, transfer)
    by = Transfer.objects.filter(of=order.of, kind__in=["post", "void", "expire"]).first()
    raise refusals.resolved(by.kind if by else "")


def _shard(account: Account) -> int:
    """The part of a hot account that this thread writes to: always the same one, so that writers do not meet."""
    if account.shards == 1:
        return 0
    mine = getattr(_local, "lot", None)
    if mine is None:
        mine = _local.lot = random.SystemRandom().randrange(1 << 30)
    return int(mine) % account.shards


def _step_of(change: Change, *, guarded: bool) -> _Step:
    """Change one account's balance, if its floor, its ceiling and its being open allow it."""
    account, statement = change.account, _MOVE
    values = [change.posted, change.pending_in, change.pending_out, account.pk, _shard(account)]
    if guarded:
        statement += " AND is_open"
        if change.given > 0:
            statement += " AND (floor IS NULL OR posted - pending_out - %s >= floor)"
            values.append(change.given)
        if change.taken > 0:
            statement += " AND (ceiling IS NULL OR posted + pending_in + %s <= ceiling)"
            values.append(change.taken)
    return _Step("balance", statement, values, 1, change)


def _move_all(cursor: CursorWrapper, change: Change, book: Book) -> None:
    """One part was not enough: look at all of them together, refuse or spread what there is evenly again."""
    parts = locked_parts(cursor, change.account)
    if not parts:
        raise LookupError(f"account {change.account.pk} has no balance")
    whole = whole_of(parts)
    if not whole.is_open:
        raise refusals.closed(change.account)
    available, room = whole.posted - whole.pending_out, whole.posted + whole.pending_in
    if whole.floor is not None and change.given > 0 and available - change.given < whole.floor:
        raise refusals.short(change.account, book, available - whole.floor, change.given)
    if whole.ceiling is not None and change.taken > 0 and room + change.taken > whole.ceiling:
        raise refusals.full(change.account, book, whole.ceiling - room, change.taken)
    spread(cursor, change.account, parts, whole._replace(
        posted=whole.posted + change.posted, pending_in=whole.pending_in + change.pending_in,
        pending_out=whole.pending_out + change.pending_out))
