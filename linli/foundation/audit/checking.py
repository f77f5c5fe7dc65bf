"""The live log against its own tree: names every altered or missing row. `linli audit check`."""

from __future__ import annotations

import argparse
import logging
import sys

from linli.foundation import triggers
from linli.foundation.audit import merkle, verifier
from linli.foundation.audit.keys import verifier_line
from linli.foundation.audit.models import AuditCheckpoint, AuditEntry, AuditFinding
from linli.foundation.audit.sealing import entry_bytes, leaves, unsealed_count
from linli.foundation.calendar.clock import now

log = logging.getLogger("linli.audit")
_SHOWN_MAX = 200


def check() -> list[str]:
    """What is wrong with the log, a sentence each; empty when all is well."""
    found = [f"table {table}: a trigger that refuses changes is missing" for table in triggers.missing()]
    checkpoints = {one.size: one for one in AuditCheckpoint.objects.order_by("size")}
    key, tree, expected, good = verifier_line(), merkle.Tree(), 0, 0
    for leaf, entry in leaves():
        if leaf.number != expected:
            found.append(f"leaves {expected} to {leaf.number - 1} are missing")
            return found
        expected += 1
        if entry is None:
            found.append(f"entry {leaf.entry_id} (leaf {leaf.number}) is missing")
        elif merkle.leaf_hash(entry_bytes(entry)).hex() != leaf.hash:
            found.append(f"entry {leaf.entry_id} (leaf {leaf.number}) was altered: {entry.verb} {entry.thing_type}"
                         f"#{entry.thing_id} at {entry.at.isoformat()}")
        tree.extend([bytes.fromhex(leaf.hash)])
        checkpoint = checkpoints.pop(tree.size, None)
        if checkpoint is None:
            continue
        if not verifier.note_is_signed(checkpoint.note, key):
            found.append(f"checkpoint {checkpoint.size}: its signature does not hold")
        elif verifier.parse_note(checkpoint.note).root != tree.root:
            found.append(f"checkpoint {checkpoint.size}: leaves {good} to {checkpoint.size - 1} do not give its root")
        else:
            good = checkpoint.size
    found += [f"checkpoint {size}: the log has only {expected} leaves" for size in checkpoints]
    if expected and good != expected and not checkpoints:
        found.append(f"leaves {good} to {expected - 1} stand under no valid checkpoint")
    return found


def check_and_note() -> AuditFinding:
    """`check`, kept for the auditor's page and said in the log of the program."""
    problems = check()
    if problems:
        log.critical("audit.tampered", extra={"problems": problems[:_SHOWN_MAX]})
    last = AuditCheckpoint.objects.order_by("-size").values_list("size", flat=True).first()
    return AuditFinding.objects.create(
        at=now(), size=last or 0, is_clean=not problems, problems=problems[:_SHOWN_MAX])


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`linli audit check` needs none."""


def run(options: argparse.Namespace) -> int:
    """Exit 0 when every sealed row is as it was sealed, 1 otherwise."""
    problems = check()
    for problem in problems:
        _say(problem)
    total, waiting = AuditEntry.objects.count(), unsealed_count()
    _say(f"{total - waiting} entries sealed, {waiting} waiting; "
          + (f"{len(problems)} problems" if problems else "all as they were sealed"))
    return 1 if problems else 0
