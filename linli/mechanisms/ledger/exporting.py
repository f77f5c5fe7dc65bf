"""The books for other programs: a statement as CSV, a book as a journal that hledger checks by itself."""

from __future__ import annotations

import argparse
import csv
import io
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation.calendar.clock import now
from linli.mechanisms.ledger import queries, sealing
from linli.mechanisms.ledger.amounts import COMMODITY, SCALE, plain
from linli.mechanisms.ledger.models import Account, Book, Entry, Link, Phase, Seal, Transfer, Unit

_STEP = 2000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of(account: Account, *, since: datetime | None = None, until: datetime | None = None) -> Iterator[str]:
    """The posted lines of an account, newest first, a line at a time; opens in a spreadsheet as it is."""
    out = io.StringIO()
    writer = csv.writer(out)
    unit = COMMODITY[Unit(account.book.unit)]
    out.write("\ufeff")
    writer.writerow([_("时间"), _("编号"), _("类型"), _("摘要"), _("对方账户"),
                     _("存入（%(unit)s）") % {"unit": unit}, _("支出（%(unit)s）") % {"unit": unit},
                     _("余额（%(unit)s）") % {"unit": unit}])
    after = ""
    while True:
        page = queries.statement(account, since=since, until=until, after=after, size=_STEP)
        for row in page.rows:
            moved = plain(account.book, abs(row.amount))
            writer.writerow([
                timezone.localtime(row.entry.at).strftime("%Y-%m-%d %H:%M:%S"), _harmless(row.entry.transfer.key),
                str(row.entry.transfer.get_kind_display()), _harmless(row.entry.transfer.memo),
                _harmless(str(row.other)), moved if row.amount > 0 else "", moved if row.amount < 0 else "",
                plain(account.book, row.balance)])
        yield out.getvalue()
        out.seek(0)
        out.truncate()
        after = page.after
        if not after:
            return


def _harmless(text: str) -> str:
    """A cell that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def journal_of(book: Book) -> Iterator[str]:
    """The sealed entries of a book as an hledger journal, closed by what each account's chain says it holds.

    hledger adds the entries up by itself, so `hledger check` agrees only if both do. Accounts go by kind and code,
    never by a person's name. Holds are no money yet: they do not appear.
    """
    last = Seal.objects.aggregate(last=Max("id"))["last"] or 0
    yield (f"; {book.code} · {timezone.localtime(now()):%Y-%m-%d %H:%M}\n"
           f"decimal-mark .\ncommodity {_sample(book)}\n")
    after, day = 0, timezone.localtime(book.opened).date()
    while block := list(Transfer.objects.filter(book=book, pk__gt=after).order_by("pk")[:_STEP]):
        after = block[-1].pk
        entries: dict[int, list[Entry]] = {}
        sealed = Link.objects.filter(seal__lte=last, entry__transfer__in=[one.pk for one in block]).values("entry")
        rows = Entry.objects.filter(pk__in=sealed, phase=Phase.POSTED).select_related("debit", "credit").order_by("pk")
        for entry in rows:
            entries.setdefault(entry.transfer_id, []).append(entry)
        for transfer in block:
            if transfer.pk in entries:
                day = max(day, timezone.localtime(transfer.at).date())
                yield _transaction(book, transfer, entries[transfer.pk])
    yield f"\n{day:%Y-%m-%d} * linli\n" + "".join(
        f"    {_name(account)}  {_money(book, 0)} = {_money(book, balance)}\n"
        for account, balance in _sealed_balances(book, last))


def _transaction(book: Book, transfer: Transfer, entries: list[Entry]) -> str:
    lines = [f"\n{timezone.localtime(transfer.at):%Y-%m-%d} * ({_word(transfer.key)}) {_word(transfer.memo)}".rstrip()]
    for entry in entries:
        lines.append(f"    {_name(entry.debit)}  {_money(book, -entry.amount)}")
        lines.append(f"    {_name(entry.credit)}  {_money(book, entry.amount)}")
    return "\n".join(lines) + "\n"


def _sealed_balances(book: Book, last: int) -> Iterator[tuple[Account, int]]:
    for account in Account.objects.filter(book=book).order_by("kind", "code"):
        link = Link.objects.filter(account=account, seal__lte=last).order_by("-number").first()
        if link is not None:
            yield account, link.balance


def _sample(book: Book) -> str:
    """An amount as the commodity directive shows it: always with a decimal point, as hledger asks."""
    scale = SCALE[Unit(book.unit)]
    return f"1000{plain(book, 0)[1:] if scale > 1 else '.'} {COMMODITY[Unit(book.unit)]}"


def _money(book: Book, amount: int) -> str:
    return f"{plain(book, amount)} {COMMODITY[Unit(book.unit)]}"


def _name(account: Account) -> str:
    return _word(f"{account.kind}:{account.code}")


def _word(text: str) -> str:
    """Text without the signs that mean something to hledger."""
    return re.sub(r"[\s;()\[\]|]+", " ", text).strip()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("book", help="code of the book")
    parser.add_argument("--to", type=Path, help="file to write (default: to the screen)")


def run(options: argparse.Namespace) -> int:
    """Seal what waits, then write the journal."""
    book = queries.book(options.book)
    if book is None:
        sys.stderr.write(f"there is no book {options.book}\n")
        return 2
    sealing.seal_batch()
    if options.to is None:
        sys.stdout.writelines(journal_of(book))
        return 0
    with options.to.open("w", encoding="utf-8") as out:
        out.writelines(journal_of(book))
    sys.stdout.write(f"{options.to} written; check it with: hledger -f {options.to} check\n")
    return 0
