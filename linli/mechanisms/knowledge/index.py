"""The index as files: arrays that every process of the machine maps read-only, and one small list it keeps.

A folder in LINLI_DATA holds one state of the index, named by the digest of its content. It is written aside and
renamed, so a reader finds the whole of it or nothing. The folder is a copy: it can be deleted and is made anew from the
tables.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linli.mechanisms.knowledge.lexical import Bm25
from linli.mechanisms.knowledge.meaning import DIMENSIONS, Vectors

FORMAT = 4  # rises when the files change their shape, so that an old folder is not read
# `named`: the title has the question's rarest words; `title`: its meaning; `few`: less, the more phrases a group has,
# for each is another chance in a maximum.
FEATURES = ("words", "pairs", "characters", "body", "meaning", "named", "title", "few")
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Group:
    """A thing that can be asked for."""

    group: str
    kind: str
    title: str
    area_code: str
    unchecked: bool
    url: str


@dataclass(frozen=True)
class Phrase:
    """A short text that stands for a group: its title, a wording, its first sentence."""

    at: int  # place of its group
    text: str
    is_wording: bool


class Index:
    """`features(question, vector)` says of each group how well it fits; phrases are ordered by group."""

    def __init__(
        self, groups: Sequence[Group], starts: NDArray[np.int64], phrases: Bm25, bodies: Bm25, vectors: Vectors,
        mean: Vectors,
    ) -> None:
        self.groups = groups
        self.starts = starts  # groups: place of the first phrase
        self.phrases = phrases
        self.bodies = bodies
        self.vectors = vectors  # phrases × 384, centred, length 1; zero where a phrase has none yet
        self.mean = mean
        self.has_meaning = bool(np.any(vectors))

    def features(self, question: str, vector: Vectors | None = None, *, without: int | None = None) -> Floats:
        """groups × 8, in the order of `FEATURES`. `without` leaves one phrase out (for calibration)."""
        found = np.zeros((len(self.groups), len(FEATURES)), np.float32)
        if not self.groups:
            return found
        by_phrase = self.phrases.scores(question)
        if without is not None:
            by_phrase[:, without] = 0
        found[:, :3] = np.maximum.reduceat(by_phrase, self.starts, axis=1).T
        found[:, 3] = self.bodies.scores(question).mean(axis=0)
        found[:, 5] = self.phrases.named(question, self.starts)
        sizes = np.diff(np.r_[self.starts, self.phrases.documents])
        if without is not None:
            sizes[np.searchsorted(self.starts, without, side="right") - 1] -= 1
        found[:, 7] = -np.log(np.maximum(sizes, 1)) / 3
        if vector is not None and self.has_meaning:
            found[:, 4], found[:, 6] = self.meanings(centred(vector, self.mean), without)
        return found

    def meanings(self, vector: Vectors, without: int | None = None) -> tuple[Floats, Floats]:
        """(best cosine, the title's) of each group, for a centred vector: e5's all lie close together, what is common
        says nothing."""
        similar = np.asarray(self.vectors @ vector, np.float32)
        titles = similar[self.starts]
        if without is not None:
            similar[without] = -1
        return np.asarray(np.maximum.reduceat(similar, self.starts), np.float32), titles


def centred(vectors: Vectors, mean: Vectors) -> Vectors:
    """Each row without the mean, of length 1; a zero row stays zero."""
    moved = np.atleast_2d(vectors) - mean
    moved[~np.any(np.atleast_2d(vectors), axis=1)] = 0
    length = np.linalg.norm(moved, axis=1, keepdims=True)
    moved = moved / np.where(length > 0, length, 1)
    return np.asarray(moved if vectors.ndim > 1 else moved[0], np.float32)


def make(groups: Sequence[Group], phrases: Sequence[Phrase], bodies: Sequence[str], vectors: Vectors) -> Index:
    """An index in memory. `phrases` are ordered by group, each group has one; `vectors` are raw, one a phrase."""
    starts = np.searchsorted([phrase.at for phrase in phrases], np.arange(len(groups))).astype(np.int64)
    made = np.any(vectors, axis=1) if len(vectors) else np.zeros(0, bool)
    mean = vectors[made].mean(axis=0) if made.any() else np.zeros(DIMENSIONS, np.float32)
    return Index(groups, starts, Bm25.learn([phrase.text for phrase in phrases]), Bm25.learn(bodies),
                 centred(vectors, mean) if len(vectors) else vectors, np.asarray(mean, np.float32))


def save(index: Index, root: Path, stamp: str) -> Path:
    """Write `index` under its stamp, unless it is there; gives its folder."""
    target = root / stamp
    if target.is_dir():
        return target
    root.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".making-", dir=root))
    try:
        (aside / "groups.json").write_text(
            json.dumps([asdict(group) for group in index.groups], ensure_ascii=False), encoding="utf-8")
        index.phrases.save(aside, "phrases")
        index.bodies.save(aside, "bodies")
        for name in ("starts", "vectors", "mean"):
            np.save(aside / f"{name}.npy", getattr(index, name), allow_pickle=False)
        aside.chmod(0o750)
        os.replace(aside, target)
    except OSError:
        if not target.is_dir():  # else another process was first with the same content
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return target


def load(root: Path, stamp: str) -> Index | None:
    """The index of that stamp, its arrays mapped; None where this machine has not got it."""
    folder = root / stamp
    try:
        groups = [Group(**row) for row in json.loads((folder / "groups.json").read_text(encoding="utf-8"))]
        starts, vectors, mean = (
            np.load(folder / f"{part}.npy", mmap_mode="r", allow_pickle=False)
            for part in ("starts", "vectors", "mean"))
        return Index(groups, np.asarray(starts), Bm25.load(folder, "phrases"), Bm25.load(folder, "bodies"), vectors,
                     np.asarray(mean))
    except (OSError, ValueError, TypeError):
        return None


def forget_old(root: Path, *, keep: str) -> int:
    """Delete the folders of earlier states; a process that still maps one keeps it until it looks again."""
    gone = 0
    for folder in root.iterdir() if root.is_dir() else ():
        if folder.name != keep and folder.is_dir() and not folder.name.startswith(".making-"):
            shutil.rmtree(folder, ignore_errors=True)
            gone += 1
    return gone
