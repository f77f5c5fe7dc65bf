"""Text as numbers: runs of one to four characters, weighed by how rare they are (TF-IDF).

Chinese has no blanks between words, so short runs of characters do what words do elsewhere, and survive
misspellings; words cut by a dictionary added nothing on top (measured). A run of four characters packs into one
64-bit key, 16 bits a character, so that numpy counts whole batches without a loop over slices.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import rjieba
from numpy.typing import NDArray
from scipy import sparse

from linli.services.requests.classify.text import Message

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_BITS = np.uint64(16)
_MOST_CHARACTERS = 65_535
_BATCH = 1_000
_MANY_TEXTS = 2_000


@dataclass(frozen=True)
class Grams:
    """Runs of 1 to `longest` characters. `characters` and `keys` are sorted; `idf` belongs to `keys`."""

    longest: int
    characters: NDArray[np.uint32]
    keys: NDArray[np.uint64]
    idf: NDArray[np.float32]

    @classmethod
    def learn(cls, texts: Sequence[str], *, longest: int, at_least: int) -> Grams:
        """The runs that occur in `at_least` of `texts`."""
        seen = Counter(char for text in texts for char in text if char.isalnum())
        known = np.array(sorted(ord(char) for char, _ in seen.most_common(_MOST_CHARACTERS)), np.uint32)
        empty = cls(longest, known, np.array([], np.uint64), np.array([], np.float32))
        distinct = [np.unique(empty._runs([text])[1]) for text in texts]
        keys, count = np.unique(np.concatenate([empty.keys, *distinct]), return_counts=True)
        kept = count >= at_least
        idf = np.log((1 + len(texts)) / (1 + count[kept])) + 1
        return cls(longest, known, keys[kept], idf.astype(np.float32))

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """texts × runs: (1 + log count) × idf, each row of length 1 (or empty)."""
        result = self.counts(texts)
        result.data = 1 + np.log(result.data)
        result = result @ sparse.diags(self.idf)
        length = np.sqrt(np.asarray(result.multiply(result).sum(axis=1)).ravel())
        return sparse.csr_matrix(sparse.diags(1 / np.where(length > 0, length, 1)) @ result, dtype=np.float32)

    def counts(self, texts: Sequence[str]) -> csr_matrix:
        """How often each run occurs in each text: texts × runs."""
        parts = [self._counts(texts[at:at + _BATCH]) for at in range(0, len(texts), _BATCH)]
        return sparse.vstack(parts or [self._counts([])], "csr")

    def _counts(self, texts: Sequence[str]) -> csr_matrix:
        shape = (len(texts), len(self.keys))
        rows, found = self._runs(texts)
        if not len(self.keys) or not len(found):
            return sparse.csr_matrix(shape, dtype=np.float32)
        at = np.minimum(np.searchsorted(self.keys, found), len(self.keys) - 1)
        known = self.keys[at] == found
        ones = np.ones(int(known.sum()), np.float32)
        return sparse.coo_matrix((ones, (rows[known], at[known])), shape).tocsr()

    def _runs(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """The row and the key of every run; a run never crosses an unknown character, a blank or a comma."""
        joined = "\0".join(text.replace("\0", " ") for text in texts)
        points = np.frombuffer(joined.encode("utf-32-le", "replace"), np.uint32)
        row = np.cumsum(points == 0)
        ids = np.zeros(len(points), np.uint64)
        if len(self.characters):
            at = np.minimum(np.searchsorted(self.characters, points), len(self.characters) - 1)
            known = self.characters[at] == points
            ids[known] = at[known] + 1
        rows, keys = [row[ids > 0]], [ids[ids > 0]]
        run, whole = ids, ids > 0
        for length in range(2, self.longest + 1):
            run = (run[:-1] << _BITS) | ids[length - 1:]
            whole = whole[:-1] & (ids[length - 1:] > 0)
            rows.append(row[:len(run)][whole])
            keys.append(run[whole])
        return np.concatenate(rows), np.concatenate(keys)


@dataclass(frozen=True)
class Lexicon:
    """The two fields of a message side by side: subject and body together, and the subject once more on its own."""

    whole: Grams
    subject: Grams

    @classmethod
    def learn(cls, messages: Sequence[Message]) -> Lexicon:
        at_least = 2 if len(messages) <= _MANY_TEXTS else 3
        return cls(Grams.learn([message.even_whole for message in messages], longest=4, at_least=at_least),
                   Grams.learn([message.even_subject for message in messages], longest=3, at_least=at_least))

    def transform(self, messages: Sequence[Message]) -> csr_matrix:
        """messages × features, each row of length 1 where both fields have known characters."""
        half = np.float32(np.sqrt(0.5))
        return sparse.hstack([half * self.whole.transform([message.even_whole for message in messages]),
                              half * self.subject.transform([message.even_subject for message in messages])], "csr")

    def word_scores(self, words: Sequence[str], weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """words × classes: what the runs inside each word add to each class."""
        counts = self.whole.counts(words) @ sparse.diags(self.whole.idf)
        return np.asarray(counts @ weights[:len(self.whole.keys)], np.float32)

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {f"{name}_{part}": getattr(grams, part)
                for name, grams in (("whole", self.whole), ("subject", self.subject))
                for part in ("characters", "keys", "idf")}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Lexicon:
        whole, subject = (Grams(longest, *(arrays[f"{name}_{part}"] for part in ("characters", "keys", "idf")))
                          for name, longest in (("whole", 4), ("subject", 3)))
        return cls(whole, subject)


def words_of(text: str) -> list[str]:
    """The distinct words of two and more letters in an evened text, in their order; no numbers and codes."""
    return [word for word in dict.fromkeys(rjieba.cut(text)) if len(word) > 1 and word.isalpha()]
