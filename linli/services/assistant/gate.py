"""What is decided before anything is searched: danger, other people's data, orders to the machine, what lawyers and
doctors are for, complaints.

Similarity cannot see these: 「帮我查一下前妻的户籍」 is nearer to the register of households than honest questions are.
The rules are data with their source (policy/emergency.yaml, others.yaml, gate.yaml); this file only reads them,
and is a pure function of words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from linli.foundation.calendar.clock import today
from linli.foundation.policy import policy

KINDS = frozenset({"sos", "refer", "refuse", "complaint", "person", "greeting"})
SETS = ("gate_emergency", "gate_others", "gate")  # in this order; each with its lists of words
AFTERWARDS = {"unknown": ("gate_likely", "gate_weak"), "likely": ("gate_likely",)}  # where no more than that was found
ACTS = frozenset({"sos", "person", "mandates", "clinic", "request", "repair"})
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")
_BLANK = re.compile(r"\s+")
_BETWEEN = re.compile(r"(?<=[\u4e00-\u9fff])[\s.·*_\-~|]+(?=[\u4e00-\u9fff])")


@dataclass(frozen=True)
class Ruled:
    """The rule that spoke: its kind and code, the sentence in both languages, whom to call, what is offered."""

    kind: str
    code: str
    say: Mapping[str, str]
    call: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()

    def sentence(self, language: str) -> str:
        return self.say["en"] if language.startswith("en") else self.say["zh"]


@dataclass(frozen=True)
class Rule:
    """A rule with its patterns compiled."""

    ruled: Ruled
    any: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]

    def speaks(self, text: str) -> bool:
        for phrase in self.unless:  # taken out, not decisive: 「社区电话」 beside a neighbour's number excuses nothing
            text = phrase.sub("，", text)
        return any(one.search(text) for one in self.any)


def even(text: str) -> str:
    """Narrow letters, no invisible signs, no blanks or dots that only keep Chinese characters apart (查 . 户 籍)."""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return _BLANK.sub(" ", _BETWEEN.sub("", plain)).strip()


def judge(text: str, rules: Sequence[Rule]) -> Ruled | None:
    """The first rule that speaks; None where the question may be searched."""
    plain = even(text)
    return next((rule.ruled for rule in rules if rule.speaks(plain)), None)


def in_force(area_code: str, sets: Sequence[str] = SETS) -> tuple[Rule, ...]:
    """The rules of today for that place: danger, other people's data, and the rest."""
    on, area = today(), area_code or None
    return tuple(rule for name in sets for rule in _compiled(
        _Frozen(policy(f"assistant.{name}", on=on, area=area)),
        _Frozen(policy(f"assistant.{name}_words", on=on, area=area))))


class _Frozen:
    """A policy value as a key of a cache: the values are read once a process, and their identity does not change."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self._text = repr(value)

    def __hash__(self) -> int:
        return hash(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frozen) and self._text == other._text


@lru_cache(maxsize=8)
def _compiled(rows: _Frozen, words: _Frozen) -> tuple[Rule, ...]:
    return compiled(rows.value, words.value)


def compiled(rows: Sequence[Mapping[str, Any]], words: Mapping[str, str]) -> tuple[Rule, ...]:
    """The rules ready to be asked. Raises `ValueError`, naming the rule, for a pattern or a name that is none."""
    lists = {name: _BLANK.sub("", text) for name, text in words.items()}
    found = []
    for row in rows:
        code = row["code"]
        if row["kind"] not in KINDS:
            raise ValueError(f"{code}: kind {row['kind']!r} is none of {', '.join(sorted(KINDS))}")
        strange = set(row["acts"]) - ACTS
        if strange:
            raise ValueError(f"{code}: no such act: {', '.join(sorted(strange))}")
        try:
            parts = [tuple(re.compile(_filled(text, lists), re.IGNORECASE) for text in row[name])
                     for name in ("any", "unless")]
        except re.error as error:
            raise ValueError(f"{code}: {error}") from None
        found.append(Rule(
            Ruled(row["kind"], code, row["say"], tuple(row["call"]), tuple(row["acts"])), parts[0], parts[1]))
    return tuple(found)


def _filled(pattern: str, lists: Mapping[str, str]) -> str:
    for name, words in lists.items():
        pattern = pattern.replace("{" + name + "}", words)
    return pattern
