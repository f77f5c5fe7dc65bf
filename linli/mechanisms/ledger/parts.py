"""The rows over which an account's balance is spread, looked at together: all of them locked, judged, spread evenly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from linli.mechanisms.ledger.models import Account


class Part(NamedTuple):
    shard: int
    posted: int
    pending_in: int
    pending_out: int
    floor: int | None
    ceiling: int | None
    is_open: bool


def locked_parts(cursor: CursorWrapper, account: Account) -> list[Part]:
    """Every part of the account's balance, held until the transaction ends."""
    lock = " FOR UPDATE" if connection.vendor == "postgresql" else ""
    cursor.execute(
        "SELECT shard, posted, pending_in, pending_out, floor, ceiling, is_open FROM ledger_balance "
        f"WHERE account_id = %s ORDER BY shard{lock}", (account.pk,))
    return [Part(*row) for row in cursor.fetchall()]


def whole_of(parts: Sequence[Part]) -> Part:
    """The sums over the parts; a limit that one part lacks, the whole lacks."""
    floors, ceilings = [part.floor for part in parts], [part.ceiling for part in parts]
    return Part(
        -1, sum(part.posted for part in parts), sum(part.pending_in for part in parts),
        sum(part.pending_out for part in parts), None if None in floors else sum(filter(None, floors)),
        None if None in ceilings else sum(filter(None, ceilings)), all(part.is_open for part in parts))


def spread(cursor: CursorWrapper, account: Account, parts: Sequence[Part], whole: Part) -> None:
    """Give every part its even share. What is available is split by itself, and so is what the ceiling looks at:
    a larger whole never gives a part less, so every part stays inside its share of floor and ceiling."""
    count = len(parts)
    posted = share(whole.posted, count)
    available = share(whole.posted - whole.pending_out, count)
    upper = share(whole.posted + whole.pending_in, count)
    floors = share(whole.floor, count) if whole.floor is not None else [None] * count
    ceilings = share(whole.ceiling, count) if whole.ceiling is not None else [None] * count
    for number, part in enumerate(parts):
        cursor.execute(
            "UPDATE ledger_balance SET posted = %s, pending_in = %s, pending_out = %s, floor = %s, ceiling = %s "
            "WHERE account_id = %s AND shard = %s",
            (posted[number], upper[number] - posted[number], posted[number] - available[number], floors[number],
             ceilings[number], account.pk, part.shard))


def share(amount: int, count: int) -> list[int]:
    """`amount` in `count` whole parts that differ by at most one; each part grows or stays when `amount` grows."""
    base, rest = divmod(amount, count)
    return [base + (number < rest) for number in range(count)]
