"""What the assistant's search is compared with: plain ways of finding a text, over the very same published texts."""

from __future__ import annotations

import math
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

TRIGRAM = 3
K1, B = 1.2, 0.75  # BM25 as it is usually set
Search = Callable[[str], Sequence[str]]  # a question → groups, best first


def trigram(documents: Mapping[str, str]) -> Search:
    """SQLite's FTS5 with its trigram tokenizer, ranked by its own bm25(); any three characters in common count."""
    table = sqlite3.connect(":memory:")
    table.execute("CREATE VIRTUAL TABLE texts USING fts5(name UNINDEXED, text, tokenize='trigram')")
    table.executemany("INSERT INTO texts VALUES (?, ?)", documents.items())

    def search(words: str) -> Sequence[str]:
        pieces = {words[at:at + TRIGRAM] for at in range(len(words) - TRIGRAM + 1)}
        if not pieces:
            return ()
        asked = " OR ".join('"' + piece.replace('"', '""') + '"' for piece in sorted(pieces))
        return [str(name) for name, in table.execute(
            "SELECT name FROM texts WHERE texts MATCH ? ORDER BY bm25(texts), name LIMIT 3", (asked,))]

    return search


def bm25_words(documents: Mapping[str, str]) -> Search:
    """BM25 on the words of a segmenter and nothing else."""
    import rjieba

    def cut(text: str) -> list[str]:
        return [word for word in rjieba.cut(text.lower()) if word.strip() and any(sign.isalnum() for sign in word)]

    counts = {name: Counter(cut(text)) for name, text in documents.items()}
    lengths = {name: sum(found.values()) for name, found in counts.items()}
    mean = sum(lengths.values()) / max(len(lengths), 1)
    holding: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for name, found in counts.items():
        for word, count in found.items():
            holding[word].append((name, count))

    def search(words: str) -> Sequence[str]:
        scores: defaultdict[str, float] = defaultdict(float)
        for word in cut(words):
            rows = holding.get(word, [])
            idf = math.log(1 + (len(documents) - len(rows) + 0.5) / (len(rows) + 0.5))
            for name, count in rows:
                scores[name] += idf * count * (K1 + 1) / (count + K1 * (1 - B + B * lengths[name] / mean))
        return sorted(scores, key=lambda name: (-scores[name], name))[:3]

    return search
