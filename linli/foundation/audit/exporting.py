"""`linli audit export`: the sealed log as files that the stand-alone verifier reads without any database."""

from __future__ import annotations

import argparse
import json
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from linli.foundation.audit import keys
from linli.foundation.audit.models import AuditCheckpoint
from linli.foundation.audit.sealing import entry_bytes, leaves, seal_batch

FILES = ("entries.jsonl", "leaves.txt", "checkpoints.jsonl", "public-key.txt")


def export(target: Path) -> int:
    """Write the log up to its newest checkpoint into `target`, a folder or a `.zip`; gives the number of entries.

    `entries.jsonl`: the canonical bytes of one entry a line, `null` where the row is gone. `leaves.txt`: leaf hash and
    entry id. `checkpoints.jsonl`: the signed notes. No salt leaves, so no personal value can be guessed from the file.
    """
    if target.suffix != ".zip":
        target.mkdir(parents=True, exist_ok=True)
        return _write(target)
    with TemporaryDirectory(dir=target.parent) as folder:
        count = _write(Path(folder))
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
            for name in FILES:
                out.write(Path(folder) / name, name)
    return count


def _write(folder: Path) -> int:
    notes = list(AuditCheckpoint.objects.order_by("size").values_list("size", "note"))
    size = notes[-1][0] if notes else 0
    (folder / "checkpoints.jsonl").write_text("".join(_line(note) for _size, note in notes), encoding="utf-8")
    (folder / "public-key.txt").write_text(keys.verifier_line() + "\n", encoding="utf-8")
    count = 0
    with (folder / "entries.jsonl").open("wb") as entries, (folder / "leaves.txt").open("w") as hashes:
        for leaf, entry in leaves(size=size):
            # A line break cannot stand in canonical JSON: where one was smuggled in, the hash tells.
            entries.write((entry_bytes(entry).replace(b"\n", b" ") if entry else b"null") + b"\n")
            hashes.write(f"{leaf.hash} {leaf.entry_id}\n")
            count += 1
    return count


def _line(note: str) -> str:
    return json.dumps(note, ensure_ascii=False) + "\n"


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", type=Path, default=Path("audit.zip"), help="folder or .zip (default audit.zip)")


def run(options: argparse.Namespace) -> int:
    """Seal what waits, then export."""
    seal_batch(everything=True)
    count = export(options.to)
    _say(f"{count} entries written to {options.to}. Check them with: linli audit verify {options.to}")
    return 0
