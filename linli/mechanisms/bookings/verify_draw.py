"""Check a published draw on your own computer: `python3 verify_draw.py record.json`. Needs nothing but Python.

The record holds `listed` ([pseudonym, party size, tier] sorted), its `commitment` (published before the seed existed),
the public `seed`, and the `order`. The commitment is the SHA-256 of the lines "pseudonym<TAB>size<TAB>tier"; the order
is by tier, then by HMAC-SHA-256(seed, pseudonym) read as a number.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
from collections.abc import Sequence

Row = Sequence[object]  # pseudonym, size, tier


def commitment(listed: Sequence[Row]) -> str:
    """SHA-256 of the sorted list, 64 hex digits."""
    lines = sorted(f"{name}\t{size}\t{tier}\n" for name, size, tier in listed)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def order_of(listed: Sequence[Row], seed: str) -> list[str]:
    """The pseudonyms in the order the seed gives them."""

    def place(row: Row) -> tuple[int, int]:
        mac = hmac.new(seed.encode(), str(row[0]).encode(), hashlib.sha256)
        return int(str(row[2])), int(mac.hexdigest(), 16)

    return [str(row[0]) for row in sorted(listed, key=place)]


def faults(record: dict[str, object]) -> list[str]:
    """What is wrong with a record; empty: it holds."""
    listed: Sequence[Row] = record["listed"]  # type: ignore[assignment]  # a JSON list, checked by use
    found = []
    if commitment(listed) != record["commitment"]:
        found.append("The list is not the one that was committed to.")
    if record.get("seed") and order_of(listed, str(record["seed"])) != record["order"]:
        found.append("The order does not follow from the seed.")
    return found


def main(path: str) -> int:
    with open(path, encoding="utf-8") as file:
        record = json.load(file)
    found = faults(record)
    for sentence in found or ["The draw holds: list, commitment and order agree."]:
        print(sentence)  # noqa: T201 - a script for a terminal
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
