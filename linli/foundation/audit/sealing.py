"""Sealing: entries get a number in the tree, and the tree's new state is signed. Off the hot path, in batches."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.db.transaction import atomic

from linli.foundation.audit import keys, merkle
from linli.foundation.audit.models import AuditCheckpoint, AuditEntry, AuditLeaf, AuditNode
from linli.foundation.calendar.clock import now

log = logging.getLogger("linli.audit")

LOWEST_KEPT_LEVEL = 8
# Ids rise with time, but an older id may commit later: as long as a transaction may last, and clocks differ.
_LOOK_BACK_IDS = (6 * 3600 * 1000) << 22


def entry_bytes(entry: AuditEntry) -> bytes:
    """The entry as it stands in the tree: canonical JSON (RFC 8785), without its salt.

    Written by hand, keys in order, because `facts` is canonical already: a blank put into it changes the hash too.
    Ids are text, since JSON's numbers end at 2^53.
    """
    return (
        f'{{"acting_for":{_text(entry.acting_for_id)},"actor":{_text(entry.actor_id)},"area":{_text(entry.area_code)},'
        f'"at":"{moment(entry.at)}","facts":{entry.facts},"id":"{entry.pk}","subject":{_text(entry.subject_id)},'
        f'"thing":{_text(entry.thing_id)},"type":{_text(entry.thing_type)},"verb":{_text(entry.verb)}}}').encode()


def moment(at: datetime) -> str:
    """UTC, microseconds, Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _text(value: Any) -> str:
    return "null" if value is None else json.dumps(str(value), ensure_ascii=False)


def seal_batch(*, batch: int = 2000, everything: bool = False) -> int:
    """Seal what is committed and not yet in the tree; gives how many entries.

    `everything` also looks for entries whose ids lie far behind the last sealed one (restored or imported rows, a
    machine with a wrong clock). Two sealers at once are harmless: one of them finds the numbers taken and stops.
    """
    sealed = 0
    while entries := _unsealed(batch, everything=everything):
        try:
            with atomic():
                _append(entries)
        except IntegrityError:
            log.info("audit.seal_raced")
            break
        sealed += len(entries)
        if len(entries) < batch:
            break
    return sealed


def unsealed_count() -> int:
    """How many entries wait to be sealed."""
    return _waiting(everything=True).count()


def _waiting(*, everything: bool) -> QuerySet[AuditEntry]:
    waiting = AuditEntry.objects.filter(~Exists(AuditLeaf.objects.filter(entry_id=OuterRef("pk")))).order_by("pk")
    last = None if everything else AuditLeaf.objects.aggregate(last=Max("entry_id"))["last"]
    return waiting if last is None else waiting.filter(pk__gte=last - _LOOK_BACK_IDS)


def _unsealed(batch: int, *, everything: bool) -> Sequence[AuditEntry]:
    return list(_waiting(everything=everything)[:batch])


def _append(entries: Sequence[AuditEntry]) -> None:
    """Leaves, the inner nodes they complete, and the signed checkpoint: in one transaction."""
    last = AuditCheckpoint.objects.order_by("-size").first()
    tree = merkle.Tree(last.size, map(bytes.fromhex, last.peaks)) if last else merkle.Tree()
    leaves, nodes = [], []
    for entry in entries:
        leaf = merkle.leaf_hash(entry_bytes(entry))
        leaves.append(AuditLeaf(number=tree.size, entry_id=entry.pk, hash=leaf.hex()))
        nodes += [
            AuditNode(level=level, number=number, hash=found.hex())
            for level, number, found in tree.append(leaf) if level >= LOWEST_KEPT_LEVEL]
    AuditLeaf.objects.bulk_create(leaves)
    AuditNode.objects.bulk_create(nodes)
    at = now()
    AuditCheckpoint.objects.create(
        size=tree.size, root=tree.root.hex(), peaks=[peak.hex() for peak in tree.peaks], at=at,
        note=keys.signed_note(tree.size, tree.root, moment(at)))


def stored_node(level: int, number: int) -> bytes:
    """A complete subtree's hash, from the kept nodes or from at most 256 leaves; the `Node` of `merkle`."""
    if level >= LOWEST_KEPT_LEVEL:
        return bytes.fromhex(AuditNode.objects.values_list("hash", flat=True).get(level=level, number=number))
    first = number << level
    rows = AuditLeaf.objects.filter(number__gte=first, number__lt=first + (1 << level)).order_by("number")
    hashes = [bytes.fromhex(found) for found in rows.values_list("hash", flat=True)]
    if len(hashes) != 1 << level:
        raise LookupError(f"leaves {first} to {first + (1 << level) - 1} are not all there")
    return merkle.root_of(hashes)


def leaves(*, size: int | None = None, step: int = 5000) -> Iterator[tuple[AuditLeaf, AuditEntry | None]]:
    """Every leaf with its entry (None where the row is gone), in the order of the tree."""
    at = 0
    while True:
        rows = AuditLeaf.objects.filter(number__gte=at).order_by("number")
        if size is not None:
            rows = rows.filter(number__lt=size)
        block = list(rows[:step])
        if not block:
            return
        entries = AuditEntry.objects.in_bulk([leaf.entry_id for leaf in block])
        yield from ((leaf, entries.get(leaf.entry_id)) for leaf in block)
        at = block[-1].number + 1


def inclusion(entry_id: int) -> tuple[AuditLeaf, AuditCheckpoint, list[bytes]]:
    """Proof that an entry stands in the newest signed tree. Raises `DoesNotExist` while it is not sealed."""
    leaf = AuditLeaf.objects.get(entry_id=entry_id)
    last = AuditCheckpoint.objects.order_by("-size")[0]
    return leaf, last, merkle.inclusion_proof(stored_node, leaf.number, last.size)
