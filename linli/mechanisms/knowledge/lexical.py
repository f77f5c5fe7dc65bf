"""BM25 over short phrases and over the texts behind them, as one sparse matrix a sort of term.

Scores are divided by what the question could reach at most, so that 0.8 means the same for a short and a long one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from linli.mechanisms.knowledge.texts import SORTS, terms

K1, B = 1.2, 0.4  # the usual saturation; phrases differ little in length, so length weighs less than in prose
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Bm25:
    """Documents × terms, stored by term: for term t the rows `indices[indptr[t]:indptr[t+1]]` weigh `data[…]`.

    `weights` already hold idf and saturation; `idf` alone is kept for what a question could reach.
    """

    terms: Mapping[str, int]
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    data: Floats
    idf: Floats
    documents: int

    @classmethod
    def learn(cls, texts: Sequence[str]) -> Bm25:
        known: dict[str, int] = {}
        rows, columns, counts = [], [], []
        lengths = np.zeros((len(SORTS), max(len(texts), 1)), np.float32)
        for row, text in enumerate(texts):
            for term, count in Counter(terms(text)).items():
                rows.append(row)
                columns.append(known.setdefault(term, len(known)))
                counts.append(count)
                lengths[SORTS.index(term[0]), row] += count
        shape = (len(texts), len(known))
        table = sparse.csc_matrix((np.array(counts, np.float32), (rows, columns)), shape)
        table.sort_indices()
        seen = np.diff(table.indptr)
        idf = np.log1p((len(texts) - seen + 0.5) / (seen + 0.5)).astype(np.float32)
        sort = np.array([SORTS.index(term[0]) for term in known], np.int64)
        mean = np.maximum(lengths.mean(axis=1), 1e-6)
        column = np.repeat(np.arange(len(known)), seen)
        long = lengths[sort[column], table.indices] / mean[sort[column]]
        data = table.data * (K1 + 1) / (table.data + K1 * (1 - B + B * long)) * idf[column]
        return cls(known, table.indptr.astype(np.int64), table.indices.astype(np.int32), data.astype(np.float32), idf,
                   len(texts))

    def scores(self, question: str) -> Floats:
        """sorts × documents, each row divided by what the question's terms of that sort could reach (0 to about 1)."""
        found = np.zeros((len(SORTS), self.documents), np.float32)
        reach = np.zeros(len(SORTS), np.float32)
        strange = float(self.idf.max(initial=1.0))  # a term nobody has written counts against everything
        for term, count in Counter(terms(question)).items():
            sort = SORTS.index(term[0])
            at = self.terms.get(term)
            if at is None:
                reach[sort] += count * strange
                continue
            rows = slice(self.indptr[at], self.indptr[at + 1])
            found[sort, self.indices[rows]] += count * self.data[rows]
            reach[sort] += count * self.idf[at]
        return np.asarray(found / np.maximum(reach, 1e-6)[:, None], np.float32)

    def named(self, question: str, rows: NDArray[np.int64]) -> Floats:
        """How much of the question's rare words each of `rows` has: idf squared, so that one deciding word outweighs
        several common ones; 0 to 1, words that nobody has written left out."""
        at = np.full(self.documents, -1, np.int64)
        at[rows] = np.arange(len(rows))
        found, reach = np.zeros(len(rows), np.float32), 0.0
        for term in dict.fromkeys(terms(question)):
            place = self.terms.get(term) if term[0] == "w" else None
            if place is None:
                continue
            weight = float(self.idf[place]) ** 2
            hit = at[self.indices[self.indptr[place]:self.indptr[place + 1]]]
            found[np.unique(hit[hit >= 0])] += weight
            reach += weight
        return found / reach if reach else found

    def save(self, folder: Path, name: str) -> None:
        """Write the arrays as plain .npy files, to be mapped."""
        for part in ("indptr", "indices", "data", "idf"):
            np.save(folder / f"{name}-{part}.npy", getattr(self, part), allow_pickle=False)
        (folder / f"{name}-terms.txt").write_text("\n".join(self.terms), encoding="utf-8")
        (folder / f"{name}-documents.txt").write_text(str(self.documents), encoding="ascii")

    @classmethod
    def load(cls, folder: Path, name: str) -> Bm25:
        indptr, indices, data, idf = (
            np.load(folder / f"{name}-{part}.npy", mmap_mode="r", allow_pickle=False)
            for part in ("indptr", "indices", "data", "idf"))
        text = (folder / f"{name}-terms.txt").read_text(encoding="utf-8")
        known = {term: at for at, term in enumerate(text.split("\n"))} if text else {}
        documents = int((folder / f"{name}-documents.txt").read_text(encoding="ascii"))
        return cls(known, indptr, indices, data, idf, documents)
