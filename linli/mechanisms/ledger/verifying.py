"""`linli ledger verify`: every account's hash chain, every seal and every transfer's digest, computed anew."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from itertools import groupby

from linli.foundation.audit.models import AuditEntry
from linli.mechanisms.ledger.models import Entry, Link, Seal, Transfer
from linli.mechanisms.ledger.sealing import LOOK_BACK_IDS, Head, effect, entry_bytes, next_head, root_of, waiting
from linli.mechanisms.ledger.writing import digest_of

_STEP = 5000


def verify() -> list[str]:
    """What is not as it was sealed, a sentence each; empty when all is well."""
    heads: dict[int, dict[int, tuple[int, str]]] = {}
    problems = [*_chains(heads), *_seals(heads), *_transfers()]
    last = Link.objects.order_by("-entry").values_list("entry", flat=True).first()
    if last is not None:
        forgotten = waiting(everything=True).filter(pk__lt=last - LOOK_BACK_IDS).values_list("pk", flat=True)
        problems += [f"entry {pk} stands in no chain, though later ones do" for pk in forgotten[:100]]
    return problems


def _chains(heads: dict[int, dict[int, tuple[int, str]]]) -> Iterator[str]:
    """Every link against the one before it; fills `heads`: seal → account → its newest number and hash."""
    for account, links in groupby(_links(), key=lambda pair: pair[0].account_id):
        head, whole = Head(), True
        for link, entry in links:
            if link.number != head.number + 1:
                yield f"account {account}: links {head.number + 1} to {link.number - 1} are missing"
                whole = False
            if entry is None:
                yield f"account {account}: entry {link.entry_id} (link {link.number}) is missing"
                head, whole = Head(link.number, link.balance, link.hash), False
            else:
                before = head if whole else Head(link.number - 1, link.balance - link.amount, head.hash)
                made = next_head(before, entry, account, entry_bytes(entry))
                if (made.hash, made.balance) != (link.hash, link.balance) or effect(entry, account) != link.amount:
                    yield (f"account {account}: link {link.number} does not hold: entry {entry.pk} "
                           f"({entry.transfer.key}) or what came before it was altered")
                head, whole = Head(link.number, link.balance, link.hash), True
            heads.setdefault(link.seal_id, {})[account] = (link.number, link.hash)


def _links() -> Iterator[tuple[Link, Entry | None]]:
    """All links by account and number, each with its entry, None where that or its transfer is gone."""
    account, number = -1, 0
    while True:
        rows = Link.objects.order_by("account", "number")
        block = list(rows.filter(account=account, number__gt=number)[:_STEP])
        if not block:
            following = rows.filter(account__gt=account).values_list("account", flat=True).first()
            if following is None:
                return
            account, number = following, 0
            continue
        entries = Entry.objects.select_related("transfer").in_bulk([link.entry_id for link in block])
        yield from ((link, entries.get(link.entry_id)) for link in block)
        number = block[-1].number


def _seals(heads: dict[int, dict[int, tuple[int, str]]]) -> Iterator[str]:
    """Every seal's root against the heads it covers, and against what the audit log says it was."""
    stated = {
        int(thing): json.loads(facts).get("root") for thing, facts in AuditEntry.objects.filter(
            thing_type="ledger.seal", verb="ledger.seal").values_list("thing_id", "facts").iterator(_STEP)}
    for seal in Seal.objects.order_by("id").iterator(_STEP):
        found = root_of((account, *head) for account, head in heads.pop(seal.pk, {}).items())
        if found != seal.root:
            yield f"seal {seal.pk} of {seal.at.isoformat()}: its links do not give its root"
        if stated.pop(seal.pk, None) != seal.root:
            yield f"seal {seal.pk} of {seal.at.isoformat()}: the audit log does not say the same"
    yield from (f"seal {pk}: there are links of it, it is missing" for pk in heads)
    yield from (f"seal {pk}: the audit log speaks of it, it is missing" for pk in stated)


def _transfers() -> Iterator[str]:
    """Every transfer's digest against its lines, so that none was added and none is gone."""
    after = 0
    while block := list(Transfer.objects.filter(pk__gt=after).order_by("pk")[:_STEP]):
        lines: dict[int, list[tuple[int, int, int]]] = {transfer.pk: [] for transfer in block}
        rows = Entry.objects.filter(transfer__gt=after, transfer__lte=block[-1].pk).order_by("transfer", "pk")
        for transfer, debit, credit, amount in rows.values_list("transfer", "debit", "credit", "amount"):
            lines.setdefault(transfer, []).append((debit, credit, amount))
        for one in block:
            if digest_of(one.book_id, one.kind, one.of_id, lines[one.pk], one.memo, one.facts) != one.digest:
                yield f"transfer {one.key}: its lines, memo or facts are not what was booked"
        after = block[-1].pk


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`linli ledger verify` needs none."""


def run(options: argparse.Namespace) -> int:
    """Exit 0 when all is as it was sealed, 1 otherwise."""
    problems = verify()
    for problem in problems:
        _say(problem)
    unsealed = waiting(everything=True).count()
    _say(f"{Link.objects.count()} links under {Seal.objects.count()} seals, {unsealed} entries wait to be sealed; "
         + (f"{len(problems)} problems" if problems else "all as they were sealed"))
    return 1 if problems else 0
