"""Which side of a thing is asked for: what to bring, how long, how much, where, who may, how, what then, whom to call.

Rules, not a model: patterns that stand in a question about that side (words/aspects.yaml). A pure function; the tests
hold its examples.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from linli.mechanisms.knowledge.texts import even

_RULES = Path(__file__).with_name("words") / "aspects.yaml"


@cache
def _compiled() -> tuple[tuple[str, float, re.Pattern[str]], ...]:
    told = yaml.safe_load(_RULES.read_text(encoding="utf-8"))
    lists = {name: "".join(words.split()) for name, words in told["lists"].items()}
    return tuple((row["aspect"], float(row["weight"]), re.compile("|".join(_filled(one, lists) for one in row["any"])))
                 for row in told["rules"])


def _filled(pattern: str, lists: Mapping[str, str]) -> str:
    for name, words in lists.items():
        pattern = pattern.replace("{" + name + "}", words)
    return pattern


def aspect_of(words: str) -> str:
    """The aspect that `words` ask for; "what" where nothing says which."""
    plain = even(words)
    sums: dict[str, float] = {}
    for aspect, weight, pattern in _compiled():
        ends = [found.end() for found in pattern.finditer(plain)]
        if ends:
            # A question says last what it wants: "孩子刚出生，上户口要带什么".
            sums[aspect] = max(sums.get(aspect, 0.0), weight + ends[-1] / (len(plain) * 4))
    return max(sums, key=lambda name: sums[name]) if sums else "what"


# Where the published field that was asked for does not exist, the next best one that does.
FALLBACKS: dict[str, tuple[str, ...]] = {
    "what": ("what", "how", "eligible"),
    "materials": ("materials", "how", "what"),
    "limit": ("limit", "what"),
    "fee": ("fee", "what"),
    "where": ("where", "phone", "how", "what"),
    "eligible": ("eligible", "what"),
    "how": ("how", "where", "what"),
    "result": ("result", "what"),
    "phone": ("phone", "where", "what"),
    "remedy": ("remedy", "phone", "what"),
}
