"""From scores to shares one can believe: how much a score and a spoken word weigh, and how a strange class looks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
SURE = 0.97  # the precision at which a message may be routed without a person looking


@dataclass(frozen=True)
class Evidence:
    """What is known of some messages, rows × classes: `scores` of the ridge, `letters` of words that speak for it."""

    scores: Floats
    letters: Floats

    def rows(self, at: NDArray[np.int64]) -> Evidence:
        return Evidence(self.scores[at], self.letters[at])


@dataclass(frozen=True)
class Weighing:
    """The logarithm of a share is `score` × score + `letter` × letters, up to a constant of the message."""

    score: float
    letter: float

    def shares(self, evidence: Evidence, among: Flags) -> Floats:
        return softmax(self.score * evidence.scores[:, among] + self.letter * evidence.letters[:, among])


@dataclass(frozen=True)
class Calibration:
    """Small laws fitted on what the model says of messages it has not seen.

    `learned` weighs evidence among the classes with labelled rows, `others` among those known by the tree alone;
    `novelty` (intercept and 6 weights) gives the log-odds that the class is a learned one, as likely as not before
    the message is read; None when there is no other class.
    """

    learned: Weighing
    others: Weighing
    novelty: tuple[float, ...] | None

    def known(self, evidence: Evidence, learned: Flags) -> Floats:
        """The chance of each row that its class is one of the learned."""
        if self.novelty is None:
            return np.ones(len(evidence.scores))
        odds = self.novelty[0] + signs(evidence, learned) @ np.array(self.novelty[1:])
        return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))))

    def shares(self, evidence: Evidence, learned: Flags) -> Floats:
        """rows × classes; a row sums to 1, or to less where there is no other class to take the rest."""
        known = self.known(evidence, learned)
        result = np.zeros(evidence.scores.shape)
        result[:, learned] = known[:, None] * self.learned.shares(evidence, learned)
        if not learned.all():
            result[:, ~learned] = (1 - known)[:, None] * self.others.shares(evidence, ~learned)
        return result


def softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def surprise(shares: Floats, right: NDArray[np.int64]) -> float:
    """The mean negative log of the share given to what was right."""
    return float(-np.log(np.maximum(shares[np.arange(len(right)), right], 1e-12)).mean())


def weigh(evidence: Evidence, right: NDArray[np.int64]) -> Weighing:
    """The weighing that surprises least; `right` is the column of each row's class. No weight is negative."""
    every = np.ones(evidence.scores.shape[1], bool)

    def surprised(logs: Floats) -> float:
        return surprise(Weighing(float(np.exp(logs[0])), float(np.exp(logs[1]))).shares(evidence, every), right)

    found = minimize(surprised, np.log([6.0, 0.1]), method="Nelder-Mead", bounds=[(-1.2, 3.9), (-9.0, 1.0)],
                     options={"xatol": 0.01, "fatol": 1e-5})
    return Weighing(float(np.exp(found.x[0])), float(np.exp(found.x[1])))


def signs(evidence: Evidence, learned: Flags) -> Floats:
    """What tells a learned class from another: on either side the best score, its lead, and the most letters."""
    return np.column_stack([column for among in (learned, ~learned) for column in (
        *_best(evidence.scores[:, among]), evidence.letters[:, among].max(axis=1, initial=0.0))])


def _best(scores: Floats) -> tuple[Floats, Floats]:
    if scores.shape[1] == 0:
        return np.full(len(scores), -1.0), np.zeros(len(scores))
    ordered = np.sort(scores, axis=1)
    second = ordered[:, -2] if scores.shape[1] > 1 else np.full(len(scores), -1.0)
    return ordered[:, -1], ordered[:, -1] - second


def novelty(seen: Floats, unseen: Floats) -> tuple[float, ...]:
    """Intercept and weights of the log-odds `seen` against `unseen` (rows of `signs`), both sides weighing the same."""
    rows = np.vstack([seen, unseen])
    middle, spread = rows.mean(axis=0), rows.std(axis=0)
    spread[spread < 1e-9] = 1.0
    truth = np.r_[np.ones(len(seen)), np.zeros(len(unseen))]
    found = LogisticRegression(C=10.0, class_weight="balanced").fit((rows - middle) / spread, truth)
    weights = found.coef_[0] / spread
    return (float(found.intercept_[0] - weights @ middle), *(float(weight) for weight in weights))


def expected_calibration_error(confidence: Floats, right: Flags, *, bins: int = 10) -> float:
    """Mean distance between confidence and share of right answers, over `bins` bins of equal width (0–1)."""
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return float(sum((place == at).mean() * abs(confidence[place == at].mean() - right[place == at].mean())
                     for at in np.unique(place)))


def careful_threshold(confidence: Floats, right: Flags, precision: float = SURE) -> float:
    """As `threshold_at`, but `precision` must hold for the lower end of Wilson's interval (one standard error).

    The least threshold of many is a lucky one: on messages that come later it would fall short.
    """
    levels, share, count = _precision(confidence, right)
    lower = (share + 1 / (2 * count) - np.sqrt(share * (1 - share) / count + 1 / (4 * count**2))) / (1 + 1 / count)
    return _least(levels, lower >= precision)


def threshold_at(confidence: Floats, right: Flags, precision: float = SURE) -> float:
    """The least confidence from which on `precision` of the answers are right; above 1 if there is none."""
    levels, share, _ = _precision(confidence, right)
    return _least(levels, share >= precision)


def _precision(confidence: Floats, right: Flags) -> tuple[Floats, Floats, Floats]:
    """For each confidence that occurs, the highest first: it, the share of right answers from it on, how many."""
    levels, at, each = np.unique(-confidence, return_inverse=True, return_counts=True)
    count = np.cumsum(each)
    hits = np.cumsum(np.bincount(at, weights=right, minlength=len(levels)))
    return -levels, hits / np.maximum(count, 1), np.asarray(count, np.float64)


def _least(levels: Floats, reached: Flags) -> float:
    found = np.flatnonzero(reached)
    return float(levels[found[-1]]) if len(found) else 1.1
