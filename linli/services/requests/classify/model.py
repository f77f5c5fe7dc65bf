"""A trained model: linear weights over runs of characters (and, if embedded, over meaning), kept as plain arrays."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from linli.services.requests.classify.calibration import Calibration, Evidence, Floats, Weighing
from linli.services.requests.classify.dense import Vectors, centred
from linli.services.requests.classify.features import Lexicon
from linli.services.requests.classify.text import Message

FORMAT = 1
_BATCH = 500


class BadModel(ValueError):  # noqa: N818 - read after "raises"
    """The folder holds no model that this version reads."""


@dataclass(frozen=True)
class Part:
    """One way of scoring: `weights` features × classes, `dense` dimensions × classes (or None), `sure_above` the
    confidence from which 97 % of its answers about unseen messages were right."""

    weights: NDArray[np.float32]
    intercept: NDArray[np.float32]
    dense: NDArray[np.float32] | None
    calibration: Calibration
    sure_above: float


@dataclass(frozen=True)
class Judgement:
    """What a model says of some messages: `shares` messages × classes; `known` the chance of a learned class."""

    shares: Floats
    known: Floats
    sure_above: float


@dataclass(frozen=True)
class Model:
    """`classes` are first-level codes; those not `learned` are known by their names in the tree alone.

    `fused` exists when the model was trained with an embedding. `facts`: trained_at, rows, source, labelled (rows a
    class), macro_f1 and accuracy (leave one out), ridge, embedding, versions.
    """

    classes: tuple[str, ...]
    learned: NDArray[np.bool_]
    lexicon: Lexicon
    lexical: Part
    fused: Part | None
    dense_mean: Vectors | None
    facts: Mapping[str, Any]

    def judge(self, messages: Sequence[Message], letters: Floats, vectors: Vectors | None = None) -> Judgement:
        """The open question: which class, or one that was never labelled?

        `letters` (messages × classes) count the words that speak for each class; `vectors` (messages × dimensions,
        as the embedder gives them) bring in the fused part.
        """
        part = self._part(vectors)
        evidence = Evidence(self._scores(messages, vectors), letters)
        return Judgement(part.calibration.shares(evidence, self.learned),
                         part.calibration.known(evidence, self.learned), part.sure_above)

    def learned_shares(self, messages: Sequence[Message], letters: Floats, vectors: Vectors | None = None) -> Floats:
        """The closed question: which of the learned classes, given that it is one? messages × learned classes."""
        evidence = Evidence(self._scores(messages, vectors), letters)
        return self._part(vectors).calibration.learned.shares(evidence, self.learned)

    @property
    def learned_classes(self) -> tuple[str, ...]:
        return tuple(name for name, is_learned in zip(self.classes, self.learned, strict=True) if is_learned)

    def _part(self, vectors: Vectors | None) -> Part:
        return self.lexical if vectors is None or self.fused is None else self.fused

    def _scores(self, messages: Sequence[Message], vectors: Vectors | None) -> Floats:
        part = self._part(vectors)
        found = [self.lexicon.transform(messages[at:at + _BATCH]) @ part.weights
                 for at in range(0, len(messages), _BATCH)]
        scores = np.vstack([np.zeros((0, len(self.classes))), *found]) + part.intercept
        if part.dense is not None and vectors is not None and self.dense_mean is not None:
            scores = scores + centred(vectors, self.dense_mean) @ part.dense
        return np.asarray(scores, np.float64)

    def save(self, folder: Path | str) -> None:
        """Write model.npz and model.json; a reader sees the old model or the new one, never half of each."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        arrays: dict[str, NDArray[Any]] = {**self.lexicon.arrays(), "learned": self.learned}
        parts: dict[str, Any] = {}
        for name, part in (("lexical", self.lexical), ("fused", self.fused)):
            if part is not None:
                arrays |= {f"{name}_weights": part.weights, f"{name}_intercept": part.intercept}
                if part.dense is not None:
                    arrays[f"{name}_dense"] = part.dense
                parts[name] = {"calibration": asdict(part.calibration), "sure_above": part.sure_above}
        if self.dense_mean is not None:
            arrays["dense_mean"] = self.dense_mean
        facts = {"format": FORMAT, "classes": list(self.classes), "parts": parts, "facts": dict(self.facts)}
        # One file carries everything, so one rename swaps it; the JSON beside it is for people to read.
        arrays["about"] = np.frombuffer(json.dumps(facts, ensure_ascii=False).encode(), np.uint8)
        unfinished = folder / f".model.{os.getpid()}.npz"
        np.savez(unfinished, **arrays)  # type: ignore[arg-type]  # numpy's stub wants allow_pickle named
        unfinished.replace(folder / "model.npz")
        (folder / "model.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path | str) -> Model:
        """Raises `BadModel` where there is none, or one of another format. Nothing is unpickled."""
        try:
            with np.load(Path(folder) / "model.npz", allow_pickle=False) as stored:
                arrays = dict(stored)
            about = json.loads(bytes(arrays["about"]))
            if about["format"] != FORMAT:
                raise BadModel(f"{folder}: format {about['format']}, this version reads {FORMAT}; train again.")
            parts = {name: _part(name, arrays, body) for name, body in about["parts"].items()}
            return cls(tuple(about["classes"]), arrays["learned"], Lexicon.from_arrays(arrays), parts["lexical"],
                       parts.get("fused"), arrays.get("dense_mean"), about["facts"])
        except BadModel:
            raise
        except (OSError, EOFError, BadZipFile, KeyError, ValueError, TypeError) as error:
            raise BadModel(f"{folder}: no readable model ({error}); train again.") from error


def _part(name: str, arrays: Mapping[str, NDArray[Any]], body: Mapping[str, Any]) -> Part:
    law = body["calibration"]
    novelty = None if law["novelty"] is None else tuple(law["novelty"])
    return Part(arrays[f"{name}_weights"], arrays[f"{name}_intercept"], arrays.get(f"{name}_dense"),
                Calibration(Weighing(**law["learned"]), Weighing(**law["others"]), novelty), body["sure_above"])
