"""The made-up messages of the drills, from `drills.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from linli.services.learning.words import Said, all_said, said


@dataclass(frozen=True)
class Message:
    code: str
    text: Said
    signs: tuple[Said, ...]


@cache
def messages() -> Mapping[str, Message]:
    """By code, in the order of the file. Raises `BadText`."""
    rows = yaml.safe_load(Path(__file__).with_name("drills.yaml").read_text(encoding="utf-8"))
    return {row["code"]: Message(row["code"], said(row["text"], row["code"]), all_said(row["signs"], row["code"]))
            for row in rows}
