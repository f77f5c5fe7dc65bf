#!/usr/bin/env python3
"""Checks an export of Linli's audit log without Linli: Python's standard library is enough.

    python verifier.py EXPORT [--key KEY] [--against CHECKPOINT]

EXPORT is the folder or the zip that `linli audit export` wrote. It names every entry that was altered or taken
away after it was sealed, and checks each checkpoint's signature (Ed25519, by the `cryptography` package where it
is there, else by the slower code below). An export brings its own public key: somebody who owns the machine could
bring another one. So give `--key` as you noted it earlier from the page of checkpoints, and `--against` a checkpoint
you kept: the log must still contain exactly what it contained then. Exit code: 0 sound, 1 not sound, 2 unreadable.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import io
import json
import sys
import zipfile
from dataclasses import dataclass, field
from hashlib import sha256, sha512
from pathlib import Path


@dataclass(frozen=True)
class Note:
    """A parsed checkpoint."""

    origin: str
    size: int
    root: bytes
    body: bytes
    signatures: tuple[tuple[str, bytes, bytes], ...]


@dataclass
class Report:
    """`problems` is empty when the log is sound; `remarks` say what was and what could not be looked at."""

    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


class Peaks:
    """The RFC 6962 tree as its complete subtrees, growing at the right end."""

    def __init__(self) -> None:
        self.size, self.peaks = 0, list[bytes]()

    def append(self, leaf: bytes) -> None:
        number = self.size
        while number & 1:
            leaf = sha256(b"\x01" + self.peaks.pop() + leaf).digest()
            number >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self.peaks:
            return sha256(b"").digest()
        found = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            found = sha256(b"\x01" + peak + found).digest()
        return found


def parse_note(text: str) -> Note:
    """Raises `ValueError` when `text` is no checkpoint."""
    body, separator, tail = text.partition("\n\n")
    lines = body.split("\n")
    if not separator or len(lines) < 3:
        raise ValueError("not a checkpoint")
    signatures = []
    for line in filter(None, tail.split("\n")):
        dash, name, encoded = line.split(" ", 2)
        raw = base64.b64decode(encoded, validate=True)
        if dash != "—" or len(raw) < 5:
            raise ValueError("not a signature line")
        signatures.append((name, raw[:4], raw[4:]))
    root = base64.b64decode(lines[2], validate=True)
    return Note(lines[0], int(lines[1]), root, f"{body}\n".encode(), tuple(signatures))


def parse_key(line: str) -> tuple[str, bytes, bytes]:
    """`name+hash+base64` → name, key hash, the 32 bytes of the key."""
    name, short, encoded = line.strip().split("+", 2)
    raw = base64.b64decode(encoded, validate=True)
    expected = sha256(f"{name}\n".encode() + raw).digest()[:4]
    if raw[:1] != b"\x01" or len(raw) != 33 or expected.hex() != short:
        raise ValueError("not an Ed25519 key of a signed note")
    return name, expected, raw[1:]


def note_is_signed(text: str, key_line: str) -> bool:
    """Does `text` carry a valid signature by that key?"""
    try:
        note, (name, short, key) = parse_note(text), parse_key(key_line)
    except (ValueError, binascii.Error):
        return False
    return any(
        signer == name and hint == short and signature_holds(key, note.body, signature)
        for signer, hint, signature in note.signatures)


def signature_holds(key: bytes, message: bytes, signature: bytes) -> bool:
    """Ed25519 (RFC 8032 § 5.1.7)."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return plain_signature_holds(key, message, signature)
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


_P = 2**255 - 19
_Q = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
Point = tuple[int, int, int, int]


def _add(a: Point, b: Point) -> Point:
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % _P, (a[1] + a[0]) * (b[1] + b[0]) % _P
    g, h = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    w, x, y, z = f - e, h - g, h + g, f + e
    return w * x % _P, y * z % _P, x * y % _P, w * z % _P


def _times(scalar: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point, scalar = _add(point, point), scalar >> 1
    return total


def _point(raw: bytes) -> Point | None:
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


def plain_signature_holds(key: bytes, message: bytes, signature: bytes) -> bool:
    """The same without any package: some milliseconds for each signature."""
    if len(key) != 32 or len(signature) != 64:
        return False
    public, r = _point(key), _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    base = _point((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))
    if public is None or r is None or base is None or s >= _Q:
        return False
    challenge = int.from_bytes(sha512(signature[:32] + key + message).digest(), "little") % _Q
    left, right = _times(s, base), _add(r, _times(challenge, public))
    return (left[0] * right[2] - right[0] * left[2]) % _P == 0 and (left[1] * right[2] - right[1] * left[2]) % _P == 0


class Export:
    """The files of an export, in a folder or a zip, read line by line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.zip = zipfile.ZipFile(path) if path.is_file() else None

    def open(self, name: str) -> io.BufferedReader | io.BytesIO:
        return self.zip.open(name) if self.zip else (self.path / name).open("rb")  # type: ignore[return-value]

    def text(self, name: str) -> str:
        with self.open(name) as file:
            return file.read().decode()


def verify(path: Path, *, key: str = "", against: str = "") -> Report:
    """Check the export at `path`. Raises `OSError`, `KeyError` or `ValueError` when it cannot be read."""
    export, report = Export(path), Report()
    own_key = export.text("public-key.txt").strip()
    if key and key.strip() != own_key:
        report.problems.append("the export brings another public key than the one you gave")
    key = key.strip() or own_key
    stated = {}
    for line in filter(None, export.text("checkpoints.jsonl").splitlines()):
        note = parse_note(json.loads(line))
        stated[note.size] = note.root
        if not note_is_signed(json.loads(line), key):
            report.problems.append(f"checkpoint {note.size}: its signature does not hold")
    kept = parse_note(against) if against else None
    if kept is None:
        report.remarks.append("no checkpoint of your own was given: who holds the signing key could have signed anew")
    elif not note_is_signed(against, key):
        report.problems.append(f"the checkpoint you kept ({kept.size}) is not signed by this key")

    tree, good = Peaks(), 0
    with export.open("entries.jsonl") as entries, export.open("leaves.txt") as leaves:
        for number, leaf_line in enumerate(leaves):
            sealed, entry_id = leaf_line.decode().split()
            entry = entries.readline().rstrip(b"\n")
            if entry in {b"", b"null"}:
                report.problems.append(f"entry {entry_id} (leaf {number}) is missing")
            elif leaf_hash(entry).hex() != sealed:
                now = entry.decode(errors="replace")[:400]
                report.problems.append(f"entry {entry_id} (leaf {number}) was altered; it now reads {now}")
            tree.append(bytes.fromhex(sealed))
            if tree.size in stated and stated[tree.size] == tree.root():
                good = tree.size
            elif tree.size in stated:
                report.problems.append(f"checkpoint {tree.size}: leaves {good} to {tree.size - 1} do not give its root")
            if kept and kept.size == tree.size and kept.root != tree.root():
                report.problems.append(f"the log is not what it was when you kept checkpoint {kept.size}")
        if entries.readline():
            report.problems.append("there are entries beyond the last leaf")
    report.problems += [
        f"checkpoint {size}: the log has only {tree.size} leaves" for size in stated if size > tree.size]
    if kept and kept.size > tree.size:
        report.problems.append(f"the checkpoint you kept has {kept.size} leaves, the log only {tree.size}")
    if tree.size and tree.size not in stated:
        report.problems.append(f"leaves {good} to {tree.size - 1} stand under no checkpoint")
    report.remarks.append(f"{tree.size} entries, {len(stated)} checkpoints")
    return report


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    add_arguments(parser)
    return run(parser.parse_args(arguments))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("export", type=Path, help="folder or zip written by: linli audit export")
    parser.add_argument("--key", default="", help="public key as you noted it earlier (name+hash+base64)")
    parser.add_argument("--against", type=Path, help="file with a checkpoint you kept")


def run(options: argparse.Namespace) -> int:
    try:
        against = options.against.read_text(encoding="utf-8") if options.against else ""
        report = verify(options.export, key=options.key, against=against)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        sys.stderr.write(f"cannot be read: {error}\n")
        return 2
    for problem in report.problems:
        sys.stdout.write(f"NOT SOUND  {problem}\n")
    for remark in report.remarks:
        sys.stdout.write(f"note       {remark}\n")
    sys.stdout.write("sound\n" if not report.problems else f"{len(report.problems)} problems\n")
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
