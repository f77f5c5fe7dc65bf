"""From features to a score, from a score to chances, from chances to sure, likely or unknown.

Nothing here is copied from elsewhere: `calibration.fit` makes a law from the index itself, and the index carries it.
`SHIPPED` is what that function gave on the catalogue that comes with the program; it serves until an index has wordings
enough of its own (`linli knowledge calibrate` prints a new one).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linli.mechanisms.knowledge.index import FEATURES

Floats = NDArray[np.float32]
SHIPPED = Path(__file__).with_name("law.json")
SIGNS = 8  # columns of `signs`
# In units of the score, which is a logarithm of odds: a thing of one's own place is asked for four times as often as
# one imported from a province, before a word is read. An assumption; no log of real questions exists to fit it on.
OWN_PLACE = 1.4


@dataclass(frozen=True)
class Law:
    """`weights` over the features; `first`, `among`: intercept and weights of the log-odds that the first, or one of
    the first three, is right; `sure`, `unknown`: from which chance on an answer is one, below which it is none."""

    weights: tuple[float, ...]
    first: tuple[float, ...]
    among: tuple[float, ...]
    sure: float
    unknown: float
    measured: Mapping[str, Any] = field(default_factory=dict)

    def score(self, features: Floats) -> Floats:
        return np.asarray(features @ np.array(self.weights, np.float32), np.float32)

    def chances(self, seen: Floats) -> tuple[float, float]:
        """(that the first is right, that one of the first three is), from a row of `signs`."""
        first = _share(self.first, seen)
        return first, max(first, _share(self.among, seen))


@dataclass(frozen=True)
class Laws:
    """One law with the embedding, one without."""

    dense: Law
    lexical: Law

    def told(self) -> dict[str, Any]:
        return {"dense": asdict(self.dense), "lexical": asdict(self.lexical)}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Laws:
        """From JSON. Raises `KeyError`, `TypeError`, `ValueError`."""
        return cls(_law(told["dense"]), _law(told["lexical"]))

    @classmethod
    def shipped(cls) -> Laws:
        return cls.of(json.loads(SHIPPED.read_text(encoding="utf-8")))


def _law(told: Mapping[str, Any]) -> Law:
    if len(told["weights"]) != len(FEATURES) or len(told["first"]) != SIGNS + 1:
        raise ValueError("a law of other features")
    return Law(tuple(told["weights"]), tuple(told["first"]), tuple(told["among"]), float(told["sure"]),
               float(told["unknown"]), dict(told.get("measured", {})))


def _share(law: tuple[float, ...], seen: Floats) -> float:
    odds = law[0] + float(np.dot(np.array(law[1:]), seen))
    return float(1 / (1 + np.exp(-np.clip(odds, -30, 30))))


def signs(features: Floats, scores: Floats, order: NDArray[np.int64]) -> Floats:
    """What tells a right answer from a wrong one: the best score, its lead over the second and the fourth, how much of
    the question's words and characters it has, how near its meaning is, and the same of the nearest of all groups.
    `order` are the best groups, best first."""
    ranked = scores[order]
    best = float(ranked[0]) if len(ranked) else 0.0
    second = float(ranked[1]) if len(ranked) > 1 else 0.0
    fourth = float(ranked[3]) if len(ranked) > 3 else 0.0
    own = features[order[0]] if len(order) else np.zeros(features.shape[1])
    return np.array([best, best - second, best - fourth, own[:2].max(), own[2], own[4], own[5], own[6]], np.float32)
