"""Life-like answers for whatever a page of gov's form asks, as staff would type what a person says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_BY_TYPE: dict[str, Any] = {
    "text": "梧桐", "long_text": "情况属实", "number": "1", "money": "100", "date": "2026-11-10", "yes_no": "yes",
    "phone": "13900007100", "id_number": "11010119900307109X", "email": "a@linli.example", "address": "梧桐苑3号楼702"}


def answers(fields: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What is known stays; a choice takes its first option."""
    found: dict[str, Any] = {}
    for one in fields:
        if one["value"] not in (None, "", []):
            found[one["element"]] = one["value"]
        elif one["options"]:
            first = one["options"][0]["value"]
            found[one["element"]] = [first] if one["type"] == "choices" else first
        elif one["type"] not in ("file", "files") and one["required"]:
            found[one["element"]] = _BY_TYPE.get(one["type"], "1")
    return found
