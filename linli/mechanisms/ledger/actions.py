"""The verbs of the ledger. Each asks `permit` for the room's own verb, and writes one audit entry under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.transaction import atomic

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Organisation, Person
from linli.foundation.people.permit import permit
from linli.mechanisms.ledger import refusals, writing
from linli.mechanisms.ledger.models import (
    ENDINGS,
    Account,
    Balance,
    Book,
    Entry,
    Kind,
    OpenHold,
    Transfer,
    TransferKind,
    Unit,
)
from linli.mechanisms.ledger.parts import locked_parts, share, spread, whole_of
from linli.mechanisms.ledger.writing import KEY_MAX, Line, Order

__all__ = ["Line", "close_account", "expire_due", "open_account", "open_book", "pend", "post", "reverse", "set_limits",
           "transfer", "void"]
HOT_PARTS = 16
_ENDING_ROOM = len(":reverse")
Lines = Sequence[tuple[Account, Account, int]]


@atomic
def open_book(
    person: Person | None, code: str, *, unit: str, title: str, room: str, area: Area, verb: str, about: Any = None,
    organisation: Organisation | None = None, system: bool = False,
) -> Book:
    """The book of that code, made if it is not there. Raises `Denied`, `ValueError` where it counts something else."""
    if not system:
        permit(person, verb, about if about is not None else area)
    if unit not in Unit.values:
        raise ValueError(f"{unit!r} is no unit of a book")
    fresh = Book(code=code, unit=unit, title=title, room=room, area_code=area.code, organisation=organisation)
    Book.objects.bulk_create([fresh], ignore_conflicts=True)
    book: Book = Book.objects.get(code=code)
    if (book.unit, book.room, book.area_code) != (unit, room, area.code):
        raise ValueError(f"book {code} is there already, for {book.unit} of {book.room} in {book.area_code}")
    if book.pk == fresh.pk:
        audit.record(person, verb, book, code=code, unit=unit)
    return book


@atomic
def open_account(
    person: Person | None, book: Book, code: str, *, kind: str, verb: str, title: str = "", about: Any = None,
    owner: Person | None = None, organisation: Organisation | None = None, floor: int | None = 0,
    ceiling: int | None = None, hot: bool = False, parts: int | None = None, system: bool = False,
) -> Account:
    """The account of that code in `book`, made if it is not there; limits of one that is there stay as they are.

    `hot` spreads the balance over several rows on PostgreSQL, where writers of one row wait for each other's disk;
    `parts` says how many. Raises `Denied`, `ValueError`.
    """
    if not system:
        permit(person, verb, about if about is not None else book)
    _check_limits(floor, ceiling)
    if kind not in Kind.values:
        raise ValueError(f"{kind!r} is no kind of account")
    count = parts or (HOT_PARTS if hot and connection.vendor == "postgresql" else 1)
    fresh = Account(book=book, code=code, kind=kind, title=title, owner=owner, organisation=organisation, is_hot=hot,
                    shards=count)
    Account.objects.bulk_create([fresh], ignore_conflicts=True)
    account: Account = Account.objects.select_related("book").get(book=book, code=code)
    if account.owner_id != (owner.pk if owner else None):
        raise ValueError(f"account {code} belongs to another owner")
    if account.pk == fresh.pk:
        floors = share(floor, count) if floor is not None else [None] * count
        ceilings = share(ceiling, count) if ceiling is not None else [None] * count
        Balance.objects.bulk_create([
            Balance(account=account, shard=number, floor=floors[number], ceiling=ceilings[number])
            for number in range(count)])
        audit.record(person, verb, account, code=code, kind=kind, floor=floor, ceiling=ceiling)
    return account


@atomic
def set_limits(
    person: Person | None, account: Account, *, verb: str, floor: int | None, ceiling: int | None, about: Any = None,
    system: bool = False,
) -> None:
    """New floor and ceiling (None: no limit). What already lies beyond them stays; it cannot go further.

    Raises `Denied`, `Refused("limits")`.
    """
    if not system:
        permit(person, verb, about if about is not None else account)
    _check_limits(floor, ceiling)
    with connection.cursor() as cursor:
        parts = locked_parts(cursor, account)
        whole = whole_of(parts)
        spread(cursor, account, parts, whole._replace(floor=floor, ceiling=ceiling))
    audit.record(person, verb, account, floor=floor, ceiling=ceiling, floor_before=whole.floor,
                 ceiling_before=whole.ceiling)


@atomic
def close_account(
    person: Person | None, account: Account, *, verb: str, about: Any = None, system: bool = False,
) -> None:
    """Nothing more is booked here. Raises `Denied`, `Refused("not_empty")`."""
    if not system:
        permit(person, verb, about if about is not None else account)
    with connection.cursor() as cursor:
        whole = whole_of(locked_parts(cursor, account))
    if whole.posted or whole.pending_in or whole.pending_out:
        raise refusals.not_empty()
    if not whole.is_open:
        return
    Balance.objects.filter(account=account).update(is_open=False)
    account.closed_at = now()
    account.save(update_fields=["closed_at"])
    audit.record(person, verb, account, closed=True)


def transfer(
    person: Person | None, *, id: str, verb: str, lines: Lines | None = None,  # noqa: A002 - what it is called
    debit: Account | None = None, credit: Account | None = None, amount: int | None = None, memo: str = "",
    facts: Mapping[str, Any] | None = None, about: Any = None, acting_for: Person | None = None, system: bool = False,
) -> Transfer:
    """Move value at once, all lines or none; the same id again moves nothing and gives the first transfer.

    Raises `Denied`, `Refused("short" | "full" | "closed" | "same_id")`, `ValueError`.
    """
    order = _order(TransferKind.POSTED, person, id, verb, lines, debit, credit, amount, memo, facts, about, acting_for)
    return _do(order, system)


def pend(
    person: Person | None, *, id: str, verb: str, timeout: timedelta | None,  # noqa: A002 - what it is called
    lines: Lines | None = None, debit: Account | None = None, credit: Account | None = None,
    amount: int | None = None, memo: str = "",
    facts: Mapping[str, Any] | None = None, about: Any = None, acting_for: Person | None = None, system: bool = False,
) -> Transfer:
    """Hold value: it leaves what is available at once, and arrives when it is posted. Raises as `transfer`."""
    order = _order(TransferKind.PENDING, person, id, verb, lines, debit, credit, amount, memo, facts, about, acting_for)
    if timeout is not None:
        if timeout <= timedelta(0):
            raise ValueError("a hold lasts some time")
        order.expires_at = now() + timeout
    return _do(order, system)


def post(
    person: Person | None, hold: Transfer | str, *, verb: str, amount: int | None = None, memo: str = "",
    facts: Mapping[str, Any] | None = None, about: Any = None, acting_for: Person | None = None, system: bool = False,
) -> Transfer:
    """Settle a hold: `amount` of it (all, if left out) moves, the rest is given back.

    Raises `Denied`, `Refused("resolved" | "expired" | "same_id")`, `ValueError`.
    """
    held = _hold(hold)
    lines = lines_of(held)
    moved = lines
    if amount is not None:
        if len(lines) != 1 or type(amount) is not int or not 0 < amount <= lines[0].amount:
            raise ValueError(f"{amount!r} cannot be settled out of {[line.amount for line in lines]}")
        moved = [lines[0]._replace(amount=amount)]
    order = Order(TransferKind.POST, f"{held.key}:post", held.book, moved, verb, person, memo, dict(facts or {}), held,
                  lines, about=about, acting_for=acting_for)
    if held.expires_at and held.expires_at <= now() and not _ended(held):
        raise refusals.expired()
    return _do(order, system)


def void(
    person: Person | None, hold: Transfer | str, *, verb: str, reason: str = "", about: Any = None,
    acting_for: Person | None = None, system: bool = False,
) -> Transfer:
    """Give all of a hold back. Raises `Denied`, `Refused("resolved" | "same_id")`."""
    held = _hold(hold)
    lines = lines_of(held)
    return _do(Order(TransferKind.VOID, f"{held.key}:void", held.book, lines, verb, person, reason, {}, held, lines,
                     about=about, acting_for=acting_for), system)


def reverse(
    person: Person | None, original: Transfer | str, *, reason: str, verb: str, about: Any = None,
    beyond: bool = False, acting_for: Person | None = None, system: bool = False,
) -> Transfer:
    """Correct a posted transfer by its mirror image; nothing is deleted (R13). `beyond` may break a floor or ceiling.

    Raises `Denied`, `Refused("not_posted" | "reversed" | "short" | "full" | "closed")`.
    """
    found = _transfer(original)
    if found.kind not in (TransferKind.POSTED, TransferKind.POST):
        raise refusals.not_reversible()
    if not reason.strip():
        raise ValueError("a correction says why")
    lines = [Line(line.credit, line.debit, line.amount) for line in reversed(lines_of(found))]
    return _do(Order(TransferKind.REVERSE, f"{found.key}:reverse", found.book, lines, verb, person, reason, {}, found,
                     about=about, acting_for=acting_for, beyond=beyond), system)


def expire_due(limit: int = 200) -> int:
    """Give back every hold whose time is over, each in a transaction of its own; how many. For the worker."""
    due = OpenHold.objects.filter(expires_at__lte=now()).order_by("expires_at").values_list("transfer", flat=True)
    return sum(expire(pk) for pk in list(due[:limit]))


@atomic
def expire(pk: int) -> bool:
    """Give one hold back because its time is over; False where somebody ended it meanwhile."""
    held = Transfer.objects.select_related("book").get(pk=pk)
    if not OpenHold.objects.select_for_update().filter(transfer=held, expires_at__lte=now()).exists():
        return False
    lines = lines_of(held)
    writing.write(Order(TransferKind.EXPIRE, f"{held.key}:expire", held.book, lines, "ledger.expire", None, "", {},
                        held, lines))
    emit("ledger.expired", transfer=held.pk, key=held.key, room=held.book.room)
    return True


def lines_of(found: Transfer) -> list[Line]:
    """The lines of a written transfer, in their order."""
    entries = Entry.objects.filter(transfer=found).select_related("debit", "credit").order_by("id")
    return [Line(entry.debit, entry.credit, entry.amount) for entry in entries]


def _do(order: Order, system: bool) -> Transfer:
    if not system:
        permit(order.person, order.verb, order.about if order.about is not None else order.book)
    return writing.write(order)


def _order(
    kind: str, person: Person | None, key: str, verb: str, lines: Lines | None, debit: Account | None,
    credit: Account | None, amount: int | None, memo: str, facts: Mapping[str, Any] | None, about: Any,
    acting_for: Person | None,
) -> Order:
    if lines is None:
        if debit is None or credit is None or amount is None:
            raise ValueError("a transfer names its lines, or debit, credit and amount")
        lines = [(debit, credit, amount)]
    elif debit is not None or credit is not None or amount is not None:
        raise ValueError("a transfer names its lines, or debit, credit and amount: not both")
    if len(key) > KEY_MAX - _ENDING_ROOM:
        raise ValueError(f"an id has at most {KEY_MAX - _ENDING_ROOM} characters")
    made = [Line(*line) for line in lines]
    return Order(kind, key, writing.check_lines(made), made, verb, person, memo, dict(facts or {}), about=about,
                 acting_for=acting_for)


def _transfer(given: Transfer | str) -> Transfer:
    if isinstance(given, Transfer):
        return given
    found: Transfer = Transfer.objects.select_related("book").get(key=given)
    return found


def _hold(given: Transfer | str) -> Transfer:
    found = _transfer(given)
    if found.kind != TransferKind.PENDING:
        raise ValueError(f"transfer {found.key} is no hold")
    return found


def _ended(held: Transfer) -> bool:
    return Transfer.objects.filter(of=held, kind__in=ENDINGS).exists()


def _check_limits(floor: int | None, ceiling: int | None) -> None:
    if floor is not None and ceiling is not None and floor > ceiling:
        raise refusals.limits()
