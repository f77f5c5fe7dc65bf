"""Finding by words: words of a dictionary and pairs of characters, BM25, names and residents' wordings first.

The assistant searches by meaning as well; this is what a search box needs, and it needs nothing but the catalogue.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import rjieba

_K, _B = 1.2, 0.5
_EXACT, _INSIDE = 40.0, 12.0
_IDLE = frozenset("的了吗呢吧啊和与及或在到给为把被是有要想怎么什么哪里如何可以需要请问办理申请我你您他她")
_IDLE_ENGLISH = frozenset([
    "a", "an", "and", "are", "at", "be", "can", "do", "does", "for", "get", "have", "how", "i", "in", "is", "it", "me",
    "my", "need", "of", "on", "or", "the", "to", "want", "what", "where", "who", "with", "you", "your"])


@dataclass(frozen=True)
class Doc:
    """One thing that may be found. `first` puts it before others that fit as well (our own before imported)."""

    key: str
    name: str
    wordings: Sequence[str] = ()
    text: str = ""
    first: bool = True


def pieces(text: str) -> list[str]:
    """The words of a text, and its pairs of neighbouring characters."""
    low = text.lower()
    words = [word for word in rjieba.cut_for_search(low) if word.strip() and any(sign.isalnum() for sign in word)]
    signs = [sign for sign in low if sign.isalnum()]
    return [word for word in words if word not in _IDLE] + [
        first + second for first, second in pairwise(signs)]


def english_pieces(text: str) -> list[str]:
    """The words of an English text, without those that say nothing and without the s of the plural."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    return [word.removesuffix("s") if len(word) > 3 else word for word in words if word not in _IDLE_ENGLISH]


class Index:
    """An inverted index over some hundreds or thousands of things; built once, read by many threads."""

    def __init__(self, docs: Iterable[Doc], pieces: Callable[[str], list[str]] = pieces) -> None:
        self.docs = list(docs)
        self._pieces = pieces
        self._postings: dict[str, dict[int, float]] = defaultdict(dict)
        lengths = []
        for number, doc in enumerate(self.docs):
            weights: dict[str, float] = defaultdict(float)
            for text, weight in ((doc.name, 3.0), *((one, 1.5) for one in doc.wordings), (doc.text, 0.5)):
                for piece in pieces(text):
                    weights[piece] += weight
            for piece, weight in weights.items():
                self._postings[piece][number] = min(weight, 9.0)
            lengths.append(sum(weights.values()))
        mean = sum(lengths) / len(lengths) if lengths else 1.0
        self._norm = [_K * (1 - _B + _B * length / (mean or 1.0)) for length in lengths]
        self._said = [[_bare(one) for one in (doc.name, *doc.wordings)] for doc in self.docs]

    def find(self, words: str, limit: int = 8) -> list[tuple[str, float]]:
        """The best keys with their scores, best first; nothing for words that fit nothing."""
        scores: dict[int, float] = defaultdict(float)
        for piece in dict.fromkeys(self._pieces(words)):
            held = self._postings.get(piece)
            if not held:
                continue
            rare = math.log(1 + (len(self.docs) - len(held) + 0.5) / (len(held) + 0.5))
            for number, weight in held.items():
                scores[number] += rare * weight * (_K + 1) / (weight + self._norm[number])
        asked = _bare(words)
        for number, said in enumerate(self._said):
            if asked and asked in said:
                scores[number] += _EXACT
            elif len(asked) >= 2 and any(asked in one for one in said):
                scores[number] += _INSIDE
        order = sorted(scores, key=lambda n: (-round(scores[n] + (1.0 if self.docs[n].first else 0.0), 6), n))
        return [(self.docs[number].key, scores[number]) for number in order[:limit]]


def _bare(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isalnum())
