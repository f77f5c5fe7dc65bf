"""Ridge regression in its dual form: with a few thousand texts the inverse is small, and it tells the truth for free.

From one inverse follow, exactly and without training again, what the model would have said of each message had it
not seen that message (leave one out), and had it seen no message of that class at all (leave a class out). The first
calibrates the confidence, the second teaches how a message of a class nobody has labelled looks.
Source: the hat-matrix identity of linear smoothers, for single rows and for blocks of rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Floats = NDArray[np.float64]
CONSTANT = 0.1  # added to every kernel: the intercept, as one more feature


@dataclass(frozen=True)
class Fit:
    """`alpha` (rows × classes) are the dual weights, so that scores = (kernel + CONSTANT) @ alpha."""

    targets: Floats
    alpha: Floats
    root: Floats
    dual: Floats
    inverse: Floats

    def without_each(self) -> Floats:
        """rows × classes: the score of each row by the model fitted on all the others."""
        return self.targets - self.dual / np.diag(self.inverse)[:, None] / self.root[:, None]

    def without(self, rows: NDArray[np.int64]) -> Floats:
        """rows × classes: the scores of `rows` by the model fitted without any of them."""
        block = self.inverse[np.ix_(rows, rows)]
        return self.targets[rows] - np.linalg.solve(block, self.dual[rows]) / self.root[rows, None]


def fit(kernel: Floats, targets: Floats, weights: Floats, ridge: float) -> Fit:
    """Minimise Σ weight · (target − score)² + ridge · |w|²; `targets` are ±1, rows × classes."""
    root = np.sqrt(weights)
    system = root[:, None] * (kernel + CONSTANT) * root
    system[np.diag_indices_from(system)] += ridge
    inverse = np.asarray(np.linalg.inv(system), np.float64)
    dual = inverse @ (root[:, None] * targets)
    return Fit(targets, root[:, None] * dual, root, dual, inverse)


def products(features: csr_matrix) -> Floats:
    """All inner products of the rows. Common features go through BLAS, rare ones stay sparse."""
    common = features.getnnz(axis=0) > features.shape[0] / 20
    dense = features[:, np.flatnonzero(common)].toarray()
    rare = features[:, np.flatnonzero(~common)]
    return np.asarray((rare @ rare.T).toarray() + dense @ dense.T, np.float64)


def class_weights(classes: NDArray[np.int64], *, most: float = 4.0) -> Floats:
    """One weight a row, so that every class weighs the same in sum; a rare class's row at most `most`."""
    _, at, count = np.unique(classes, return_inverse=True, return_counts=True)
    return np.asarray(np.minimum(len(classes) / len(count) / count, most)[at], np.float64)


def primal(features: csr_matrix | NDArray[Any], alpha: Floats) -> NDArray[np.float32]:
    """features × classes: the weights that give the same scores without the training rows."""
    return np.asarray(features.T @ alpha, np.float32)
