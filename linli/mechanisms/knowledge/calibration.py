"""A law fitted on the index itself: every wording is left out once and asked as a question.

Right is the group it was taken from. That gives the weights (a conditional logit over the groups), the chances
(logistic laws), and the two thresholds. Wrong answers come from asking again with the whole group taken away, and from
small talk that no catalogue answers. No question of an evaluation is read here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from linli.mechanisms.knowledge.index import FEATURES, Index, Phrase
from linli.mechanisms.knowledge.law import Law, Laws, signs
from linli.mechanisms.knowledge.texts import subject_of, widened

LEAST_WORDINGS, LEAST_GROUPS = 60, 8  # with fewer the shipped law is the better one
MOST_WORDINGS = 600
SURE = 0.9  # how often an answer given as the only one was right, when wordings were left out
ASTRAY = 1 / 3  # so many questions without an answer are assumed beside each with one, for that count
_TOP = 60
_SMALL_TALK = Path(__file__).with_name("words") / "small_talk.yaml"
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class _Asked:
    """A question's features at every group, and the place of the right one (-1: none is)."""

    features: Floats
    right: int


def fit(index: Index, phrases: Sequence[Phrase]) -> Laws | None:
    """The laws of this index; None where it has too few wordings to fit them on."""
    wordings = [at for at, phrase in enumerate(phrases) if phrase.is_wording]
    if len(wordings) < LEAST_WORDINGS or len({phrases[at].at for at in wordings}) < LEAST_GROUPS:
        return None
    step = max(1, -(-len(wordings) // MOST_WORDINGS))
    asked = [_left_out(index, phrases, at) for at in wordings[::step]]
    idle = [_Asked(index.features(widened(subject_of(text)), None), -1) for text in small_talk()]
    lexical = _law([_Asked(_blind(one.features), one.right) for one in asked], idle)
    if not index.has_meaning:
        return Laws(lexical, lexical)
    return Laws(_law(asked, _talk_with_meaning(index)), lexical)


def small_talk() -> list[str]:
    """What people say to a machine and no catalogue answers."""
    return [str(text) for text in yaml.safe_load(_SMALL_TALK.read_text(encoding="utf-8"))]


def _left_out(index: Index, phrases: Sequence[Phrase], at: int) -> _Asked:
    """The wording at place `at`, asked of an index that has never seen it. Its stored vector is the question's."""
    vector = np.asarray(index.vectors[at]) if index.has_meaning and np.any(index.vectors[at]) else None
    features = index.features(widened(phrases[at].text), None, without=at)
    if vector is not None:
        similar = np.asarray(index.vectors @ vector, np.float32)
        similar[at] = -1
        features[:, 4] = np.maximum.reduceat(similar, index.starts)
    return _Asked(features, phrases[at].at)


def _talk_with_meaning(index: Index) -> list[_Asked]:
    from linli.mechanisms.knowledge import meaning
    embed = meaning.embedder()
    if embed is None:
        return []
    asked = [widened(subject_of(text)) for text in small_talk()]
    return [_Asked(index.features(text, embed.one(text)), -1) for text in asked]


def _blind(features: Floats) -> Floats:
    seen = features.copy()
    seen[:, 4] = 0
    return seen


def _law(asked: Sequence[_Asked], idle: Sequence[_Asked]) -> Law:
    weights = _weights(asked)
    rows, first, among = [], [], []
    for one in [*asked, *(_without(one) for one in asked), *idle]:
        scores = one.features @ weights
        order = np.argsort(-scores, kind="stable")[:4]
        rows.append(signs(one.features, scores, order))
        first.append(one.right >= 0 and int(order[0]) == one.right)
        among.append(one.right >= 0 and one.right in order[:3])
    table, hit, near = np.array(rows), np.array(first), np.array(among)
    law_first, law_among = _logistic(table, hit), _logistic(table, near)
    law = Law(tuple(float(weight) for weight in weights), law_first, law_among, 1.1, 0.0)
    chances = np.array([law.chances(row) for row in table])
    asked_n = len(asked)
    law = Law(law.weights, law_first, law_among, _sure(chances[:, 0], hit, asked_n), _unknown(chances[:, 1], near), {
        "wordings": asked_n, "small_talk": len(idle), "features": list(FEATURES),
        "hit1": round(float(hit[:asked_n].mean()), 3), "hit3": round(float(near[:asked_n].mean()), 3)})
    return law


def _without(one: _Asked) -> _Asked:
    """The same question where nothing is right: its group is taken away."""
    features = one.features.copy()
    features[one.right] = 0
    features[one.right, 4] = -1
    return _Asked(features, -1)


def _weights(asked: Sequence[_Asked]) -> Floats:
    """Weights (none negative) under which the right group surprises least among the 60 best; lightly held back."""
    from scipy.optimize import minimize

    start = np.array([4.0, 4.0, 2.0, 2.0, 8.0])
    start = np.where([any(np.any(one.features[:, at]) for one in asked) for at in range(len(FEATURES))], start, 0.0)
    tables, right = [], []
    for one in asked:
        order = np.argsort(-(one.features @ start), kind="stable")[:_TOP]
        kept = np.r_[one.right, order[order != one.right][:_TOP - 1]].astype(np.int64)
        table = np.full((_TOP, len(FEATURES)), -1e3, np.float64)
        table[:len(kept)] = one.features[kept]
        tables.append(table)
        right.append(len(kept))
    stacked = np.stack(tables)
    real = np.arange(_TOP)[None, :] < np.array(right)[:, None]

    def surprised(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = np.where(real, stacked @ weights, -1e9)
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        shares /= shares.sum(axis=1, keepdims=True)
        expected = np.einsum("qt,qtf->qf", shares, np.where(real[:, :, None], stacked, 0))
        slope = (expected - stacked[:, 0]).mean(axis=0) + 0.002 * weights
        return float(-np.log(np.maximum(shares[:, 0], 1e-12)).mean() + 0.001 * weights @ weights), slope

    bounds = [(0.0, 40.0) if begin > 0 else (0.0, 0.0) for begin in start]
    found = minimize(surprised, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(found.x, np.float32)


def _logistic(table: Floats, truth: NDArray[np.bool_]) -> tuple[float, ...]:
    """Intercept and weights; a side that never occurs gives a law that always says so."""
    from sklearn.linear_model import LogisticRegression

    if truth.all() or not truth.any():
        return (6.0 if truth.all() else -6.0, *(0.0,) * table.shape[1])
    middle, spread = table.mean(axis=0), table.std(axis=0)
    spread = np.where(spread < 1e-6, 1.0, spread)
    found = LogisticRegression(C=1.0).fit((table - middle) / spread, truth)
    weights = found.coef_[0] / spread
    return (float(found.intercept_[0] - weights @ middle), *(float(weight) for weight in weights))


def _sure(chances: NDArray[np.float64], right: NDArray[np.bool_], asked: int) -> float:
    """The least chance from which on `SURE` of the answers were right; the first `asked` rows have an answer."""
    weights = np.ones(len(right))
    weights[asked:] = ASTRAY * asked / max(len(right) - asked, 1)
    order = np.argsort(-chances, kind="stable")
    share = np.cumsum((right * weights)[order]) / np.cumsum(weights[order])
    good = np.flatnonzero(share >= SURE)
    return float(chances[order][good[-1]]) if len(good) else 1.1


def _unknown(chances: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The chance that divides best what is among the first three from what is not (both sides weigh the same)."""
    best, at = -1.0, 0.5
    for level in np.unique(chances):
        kept = chances >= level
        balanced = kept[right].mean() + (~kept[~right]).mean() if right.any() and not right.all() else 0.0
        if balanced > best:
            best, at = float(balanced), float(level)
    return at
