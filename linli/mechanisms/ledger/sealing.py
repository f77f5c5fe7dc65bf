"""Sealing: entries get their place in the hash chain of each account they touch. Off the hot path, in batches.

The chain of an account: link n is SHA-256 over link n-1 and over what its entry says, its transfer included. A batch of
links is sealed by a Merkle root over the new heads of all accounts it touched, and that root is an entry of the audit
log, whose own tree is signed. Who changes an old entry has to make its whole chain, the seal and the signed tree anew.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.db import IntegrityError, connection
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.db.transaction import atomic

from linli.foundation import audit
from linli.foundation.audit import merkle
from linli.foundation.audit.models import AuditCheckpoint, AuditEntry, AuditLeaf
from linli.foundation.audit.sealing import moment
from linli.foundation.records import new_id
from linli.mechanisms.ledger.models import Entry, Link, Phase, Seal

log = logging.getLogger("linli.ledger")
# Ids rise with time, but an older id may commit later: as long as a transaction may last, and clocks differ.
LOOK_BACK_IDS = (6 * 3600 * 1000) << 22
FIRST = "0" * 64
_IDS_AT_ONCE = 500
_HEADS = (
    "SELECT l.account_id, l.number, l.balance, l.hash FROM ledger_account a JOIN ledger_link l ON l.account_id = a.id "
    "AND l.number = (SELECT MAX(m.number) FROM ledger_link m WHERE m.account_id = a.id) WHERE a.id IN ({})")


@dataclass(frozen=True)
class Head:
    """The newest link of an account."""

    number: int = 0
    balance: int = 0
    hash: str = FIRST


def entry_bytes(entry: Entry) -> bytes:
    """What is sealed of an entry: canonical JSON, keys in order. Ids are text, since JSON's numbers end at 2^53."""
    of = entry.transfer
    return (
        f'{{"about":{_text(f"{of.about_type}#{of.about_id}")},"acting_for":{_text(of.acting_for_id)},'
        f'"amount":"{entry.amount}","at":"{moment(of.at)}","book":"{of.book_id}","credit":"{entry.credit_id}",'
        f'"debit":"{entry.debit_id}","digest":"{of.digest}","facts":{of.facts},"id":"{entry.pk}",'
        f'"key":{_text(of.key)},"kind":"{of.kind}","memo":{_text(of.memo)},"of":{_text(of.of_id)},'
        f'"person":{_text(of.person_id)},"phase":{entry.phase},"transfer":"{of.pk}","verb":{_text(of.verb)}}}').encode()


def _text(value: object) -> str:
    return "null" if value is None else json.dumps(str(value), ensure_ascii=False)


def effect(entry: Entry, account: int) -> int:
    """What the entry does to the account's balance: nothing, for a hold and its release."""
    if entry.phase != Phase.POSTED:
        return 0
    return entry.amount if entry.credit_id == account else -entry.amount


def next_head(head: Head, entry: Entry, account: int, said: bytes) -> Head:
    """The chain one entry longer; `said` is its `entry_bytes`."""
    number, balance = head.number + 1, head.balance + effect(entry, account)
    place = f"{account}:{number}:{balance}\n".encode()
    return Head(number, balance, sha256(bytes.fromhex(head.hash) + place + said).hexdigest())


def root_of(heads: Iterable[tuple[int, int, str]]) -> str:
    """The Merkle root over `(account, number, hash)` of a seal's heads, by account."""
    return merkle.root_of(
        merkle.leaf_hash(f"{account}:{number}:{found}".encode()) for account, number, found in sorted(heads)).hex()


def seal_batch(*, batch: int = 2000, everything: bool = False) -> int:
    """Seal what is committed and stands in no chain yet; how many entries.

    `everything` also looks for entries whose ids lie far behind the last sealed one. Two sealers at once are harmless:
    one of them finds the numbers taken and stops.
    """
    sealed = 0
    while entries := list(waiting(everything=everything).select_related("transfer")[:batch]):
        try:
            with atomic():
                _append(entries)
        except IntegrityError:
            log.info("ledger.seal_raced")
            break
        sealed += len(entries)
        if len(entries) < batch:
            break
    return sealed


def waiting(*, everything: bool) -> QuerySet[Entry]:
    """The entries that stand in no chain yet, oldest first."""
    found = Entry.objects.filter(~Exists(Link.objects.filter(entry=OuterRef("pk")))).order_by("pk")
    last = None if everything else Link.objects.aggregate(last=Max("entry"))["last"]
    return found if last is None else found.filter(pk__gte=last - LOOK_BACK_IDS)


def _append(entries: Sequence[Entry]) -> None:
    """The links of both sides of every entry, the seal over them, and its anchor: in one transaction."""
    entries = sorted(entries, key=lambda entry: (entry.at, entry.pk))
    heads = heads_of({account for entry in entries for account in (entry.debit_id, entry.credit_id)})
    seal = Seal(id=new_id(), links=2 * len(entries), root="")
    links = []
    for entry in entries:
        said = entry_bytes(entry)
        for account in (entry.debit_id, entry.credit_id):
            head = heads[account] = next_head(heads[account], entry, account, said)
            links.append(Link(
                account_id=account, number=head.number, entry=entry, amount=effect(entry, account),
                balance=head.balance, at=entry.at, hash=head.hash, seal=seal))
    seal.root = root_of((account, head.number, head.hash) for account, head in heads.items())
    seal.save(force_insert=True)
    Link.objects.bulk_create(links, batch_size=1000)
    audit.record(None, "ledger.seal", audit.Ref("ledger.seal", seal.pk), links=seal.links, root=seal.root)


def heads_of(accounts: Iterable[int]) -> dict[int, Head]:
    """The newest link of each account; an empty head where there is none."""
    keys = sorted(accounts)
    found = dict.fromkeys(keys, Head())
    with connection.cursor() as cursor:
        for start in range(0, len(keys), _IDS_AT_ONCE):
            part = keys[start:start + _IDS_AT_ONCE]
            cursor.execute(_HEADS.format(", ".join(["%s"] * len(part))), part)
            found.update({row[0]: Head(*row[1:]) for row in cursor.fetchall()})
    return found


@dataclass(frozen=True)
class Proof:
    """One side of an entry in its account's chain, computed anew up to the seal, and where the seal is anchored."""

    link: Link
    seal: Seal
    is_sound: bool
    audit_leaf: int | None
    checkpoint_size: int | None


def proof_of(entry: Entry, account: int) -> Proof | None:
    """The chain proof of an entry for one of its accounts; None until it is sealed."""
    link = Link.objects.select_related("seal").filter(entry=entry, account=account).first()
    if link is None:
        return None
    before = Link.objects.filter(account=account, number=link.number - 1).first()
    head = Head(before.number, before.balance, before.hash) if before else Head()
    sound = bool(before) == (link.number > 1)
    # From this link to the head that its seal covers: at most one batch.
    chain = Link.objects.filter(account=account, seal=link.seal_id, number__gte=link.number).order_by("number")
    for one in chain.select_related("entry__transfer"):
        head = next_head(head, one.entry, account, entry_bytes(one.entry))
        sound = sound and (head.number, head.hash) == (one.number, one.hash)
    newest = Link.objects.filter(seal=link.seal_id).values("account").annotate(last=Max("number"))
    heads = [
        (row["account"], row["last"], Link.objects.values_list("hash", flat=True).get(
            account=row["account"], number=row["last"])) for row in newest]
    anchor = AuditEntry.objects.filter(thing_type="ledger.seal", thing_id=str(link.seal_id), verb="ledger.seal").first()
    leaf = AuditLeaf.objects.filter(entry_id=anchor.pk).first() if anchor else None
    size = AuditCheckpoint.objects.order_by("-size").values_list("size", flat=True).first() if leaf else None
    stated = json.loads(anchor.facts).get("root") if anchor else None
    sound = sound and root_of(heads) == link.seal.root == stated
    return Proof(link, link.seal, sound, leaf.number if leaf else None, size)
