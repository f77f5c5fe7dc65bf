"""Words that speak for a category: the names in the tree, and the dated list of policy/keywords.yaml."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linli.services.requests.classify.text import Message, even
from linli.services.requests.classify.tree import CategoryTree, top_of


@dataclass(frozen=True)
class Rule:
    """One category of the list: `names` are what a tree may call it, the closest first."""

    slug: str
    title: str
    names: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Rules:
    """The list in force: from which day, and from where."""

    rules: tuple[Rule, ...]
    since: str = ""
    source: str = ""

    @classmethod
    def of(cls, value: Sequence[Mapping[str, Any]], since: str = "", source: str = "") -> Rules:
        return cls(tuple(Rule(item["slug"], item["title"], tuple(item["names"]), tuple(item["words"]))
                         for item in value), since, source)

    @classmethod
    def in_force(cls, on: date | None = None, area: str | None = None) -> Rules:
        """The list of the day (today by default), with the area's own where it has one."""
        from linli.foundation.policy import in_force

        found = in_force("requests.keywords", on, area)
        return cls.of(found.value, found.since.isoformat(), found.source)


@dataclass
class Spoken:
    """What the words of one message speak for: letters a category, and the words themselves."""

    letters: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    words: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    named: set[str] = field(default_factory=set)  # codes whose own name stands in the message

    def tops(self) -> dict[str, float]:
        """Letters that speak for each first-level category, with all below it."""
        found: dict[str, float] = defaultdict(float)
        for code, letters in self.letters.items():
            found[top_of(code)] += letters
        return dict(found)

    def below(self, top: str, *, least: float) -> str:
        """The category under `top` that most letters speak for; `top` itself when they are fewer than `least`."""
        found = [(letters, code.count("."), code) for code, letters in self.letters.items()
                 if top_of(code) == top and code != top and letters >= least]
        return max(found)[2] if found else top

    def said(self, top: str) -> list[str]:
        """The words that spoke for `top` or below it, the strongest category's first."""
        codes = sorted((code for code in self.letters if top_of(code) == top), key=lambda code: -self.letters[code])
        return list(dict.fromkeys(word for code in codes for word in self.words[code]))


@dataclass(frozen=True)
class Speaker:
    """Tree and list put together: every word with the code it speaks for."""

    tree: CategoryTree
    rules: Rules

    @cached_property
    def _words(self) -> tuple[tuple[str, str, bool], ...]:
        """(word, code, is it a name of the tree)."""
        found = [(name, code, True) for name, code in self.tree.spoken]
        for rule in self.rules.rules:
            code = self._code(rule)
            if code:
                found += [(even(word), code, False) for word in rule.words]
        return tuple(dict.fromkeys(found))

    def _code(self, rule: Rule) -> str:
        """The first of the rule's names that the tree knows; without any tree the rule's own slug."""
        if not self.tree.nodes:
            return rule.slug
        return next((code for code in map(self.tree.find, rule.names) if code), "")

    @cached_property
    def _by_start(self) -> dict[str, list[tuple[str, str, bool]]]:
        found: dict[str, list[tuple[str, str, bool]]] = defaultdict(list)
        for word, code, is_name in self._words:
            found[word[:2]].append((word, code, is_name))
        return dict(found)

    def _heard(self, text: str) -> Iterator[tuple[str, str, bool]]:
        """The words that stand in `text`; looked up by their first two letters, since most stand nowhere."""
        pairs = {text[at:at + 2] for at in range(len(text))}
        for start in pairs & self._by_start.keys():
            yield from (entry for entry in self._by_start[start] if entry[0] in text)

    def listen(self, message: Message) -> Spoken:
        """Count letters: those of a longer word count more, those in the subject twice.

        A word inside a longer one that speaks for the same category adds nothing.
        """
        subject, whole = message.even_subject, message.even_whole
        found = Spoken()
        hits: dict[str, list[str]] = defaultdict(list)
        for word, code, is_name in self._heard(whole):
            hits[code].append(word)
            if is_name:
                found.named.add(code)
        for code, words in hits.items():
            for word in dict.fromkeys(words):
                if not any(word != other and word in other for other in words):
                    found.letters[code] += len(word) * (2 if word in subject else 1)
                    found.words[code].append(word)
            found.words[code].sort(key=lambda word: (word not in subject, -len(word), word))
        return found


LETTERS_MOST = 12.0  # a long message that repeats itself is no surer than that


def letters(spoken: Sequence[Spoken], classes: Sequence[str]) -> NDArray[np.float64]:
    """messages × classes: the letters that speak for each first-level class, at most 12."""
    rows = [[tops.get(name, 0.0) for name in classes] for tops in (one.tops() for one in spoken)]
    return np.minimum(np.array(rows, np.float64).reshape(len(rows), len(classes)), LETTERS_MOST)
