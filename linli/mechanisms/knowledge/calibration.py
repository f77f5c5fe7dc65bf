"""A law fitted on the index itself: every wording is left out once and asked as a question.

Right is the group it was taken from. That gives the weights (a conditional logit over the groups), the chances
(logistic laws), and the two thresholds. Wrong answers come from questions that no catalogue answers
(words/small_talk.yaml) and, with little weight, from asking again with the whole group taken away. Groups without
wordings, as imported ones are, are asked for with words/rehearsed.yaml, written for this and for nothing else. No
question of an evaluation is read here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from linli.mechanisms.knowledge.index import FEATURES, Index, Phrase
from linli.mechanisms.knowledge.law import Law, Laws, signs
from linli.mechanisms.knowledge.meaning import Embedder, Vectors
from linli.mechanisms.knowledge.texts import subject_of, widened

LEAST_WORDINGS, LEAST_GROUPS = 60, 8  # with fewer the shipped law is the better one
MOST_WORDINGS = 600
SURE = 0.9  # how often an answer given as the only one was right, when wordings were left out
ASTRAY = 1 / 3  # so many questions without an answer are assumed beside each with one, for that count
_TOP = 60
AGAIN = 1 / 6  # weight of the questions asked again with their group taken away: few real ones are so near to nothing
_REHEARSED = Path(__file__).with_name("words") / "rehearsed.yaml"
_SMALL_TALK = Path(__file__).with_name("words") / "small_talk.yaml"
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class _Asked:
    """A question's features at every group, and the place of the right one (-1: none is)."""

    features: Floats
    right: int
    weight: float = 1.0


def fit(index: Index, phrases: Sequence[Phrase]) -> Laws | None:
    """The laws of this index; None where it has too few wordings to fit them on."""
    wordings = [at for at, phrase in enumerate(phrases) if phrase.is_wording]
    if len(wordings) < LEAST_WORDINGS or len({phrases[at].at for at in wordings}) < LEAST_GROUPS:
        return None
    step = max(1, -(-len(wordings) // MOST_WORDINGS))
    asked = [_left_out(index, phrases, at) for at in wordings[::step]]
    titles = {group.title: at for at, group in enumerate(index.groups)}
    known = [(text, titles[title]) for title, texts in rehearsed().items() if title in titles for text in texts]
    own = [_Asked(features, at) for features, (_text, at) in zip(
        _features(index, [text for text, _at in known]), known, strict=True)]
    if own:  # as many imported things are asked for as others, however few were written down
        asked = [replace(one, weight=min(len(own) / len(asked), 1.0)) for one in asked]
        asked += own
    idle = [_Asked(features, -1) for features in _features(index, small_talk())]
    lexical = _law([replace(one, features=_blind(one.features)) for one in asked],
                   [replace(one, features=_blind(one.features)) for one in idle])
    return Laws(_law(asked, idle), lexical) if index.has_meaning else Laws(lexical, lexical)


def rehearsed() -> dict[str, list[str]]:
    """Title of a thing → questions about it that are in no index."""
    told = yaml.safe_load(_REHEARSED.read_text(encoding="utf-8"))
    return {str(title): [str(text) for text in texts] for title, texts in told.items()}


def small_talk() -> list[str]:
    """What people say to a machine and no catalogue answers."""
    return [str(text) for text in yaml.safe_load(_SMALL_TALK.read_text(encoding="utf-8"))]


def _left_out(index: Index, phrases: Sequence[Phrase], at: int) -> _Asked:
    """The wording at place `at`, asked of an index that has never seen it. Its stored vector is the question's."""
    vector = np.asarray(index.vectors[at]) if index.has_meaning and np.any(index.vectors[at]) else None
    features = index.features(widened(phrases[at].text), None, without=at)
    if vector is not None:
        features[:, 4], features[:, 6] = index.meanings(vector, at)
    return _Asked(features, phrases[at].at)


def _features(index: Index, texts: Sequence[str]) -> list[Floats]:
    """Of questions that are in no index; their vectors are kept like those of phrases, for the next time."""
    from linli.mechanisms.knowledge import meaning
    questions = [widened(subject_of(text)) for text in texts]
    embed = meaning.embedder() if index.has_meaning else None
    if embed is None:
        return [index.features(question, None) for question in questions]
    vectors = _kept_vectors(embed, questions)
    return [index.features(question, vectors[question]) for question in questions]


def _kept_vectors(embed: Embedder, texts: Sequence[str]) -> dict[str, Vectors]:
    from linli.mechanisms.knowledge import meaning
    from linli.mechanisms.knowledge.models import Meaning
    digests = {text: meaning.digest_of(embed.name, text) for text in texts}
    kept = {digest: meaning.unpacked(vector) for digest, vector in Meaning.objects.filter(
        digest__in=list(digests.values())).values_list("digest", "vector")}
    fresh = {digest: embed.one(text) for text, digest in digests.items() if digest not in kept}
    Meaning.objects.bulk_create([Meaning(digest=digest, vector=meaning.packed(vector))
                                 for digest, vector in fresh.items()], ignore_conflicts=True)
    return {text: (kept | fresh)[digest] for text, digest in digests.items()}


def _blind(features: Floats) -> Floats:
    seen = features.copy()
    seen[:, [4, 6]] = 0
    return seen


def _law(asked: Sequence[_Asked], idle: Sequence[_Asked]) -> Law:
    weights = _weights(asked)
    share = ASTRAY * sum(one.weight for one in asked) / max(len(idle), 1)
    rows, first, among, heavy = [], [], [], []
    for one in [*asked, *(replace(one, weight=share) for one in idle), *(_without(one) for one in asked)]:
        scores = one.features @ weights
        order = np.argsort(-scores, kind="stable")[:4]
        rows.append(signs(one.features, scores, order))
        first.append(one.right >= 0 and int(order[0]) == one.right)
        among.append(one.right >= 0 and one.right in order[:3])
        heavy.append(one.weight)
    table, hit, near, weight = np.array(rows), np.array(first), np.array(among), np.array(heavy)
    law_first, law_among = _logistic(table, hit, weight), _logistic(table, near, weight)
    law = Law(tuple(float(weight) for weight in weights), law_first, law_among, 1.1, 0.0)
    chances = np.array([law.chances(row) for row in table])
    n, m = len(asked), len(asked) + len(idle)
    sure = _sure(chances[:m, 0], hit[:m], weight[:m])
    return replace(law, sure=sure, unknown=min(_unknown(chances[:n, 1], chances[n:m, 1], weight[:n]), sure), measured={
        "questions": n, "unanswered": len(idle), "features": list(FEATURES),
        "hit1": round(float(np.average(hit[:n], weights=weight[:n])), 3),
        "hit3": round(float(np.average(near[:n], weights=weight[:n])), 3)})


def _without(one: _Asked) -> _Asked:
    """The same question where nothing is right: its group is taken away."""
    features = one.features.copy()
    features[one.right] = 0
    features[one.right, [4, 6]] = -1
    return _Asked(features, -1, one.weight * AGAIN)


def _weights(asked: Sequence[_Asked]) -> Floats:
    """Weights (none negative) under which the right group surprises least among the 60 best; lightly held back."""
    from scipy.optimize import minimize

    start = np.array([3.0, 3.0, 2.0, 2.0, 8.0, 2.0, 2.0, 0.5])
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
    weight = np.array([one.weight for one in asked])
    weight /= weight.sum()
    real = np.arange(_TOP)[None, :] < np.array(right)[:, None]

    def surprised(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = np.where(real, stacked @ weights, -1e9)
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        shares /= shares.sum(axis=1, keepdims=True)
        expected = np.einsum("qt,qtf->qf", shares, np.where(real[:, :, None], stacked, 0))
        slope = weight @ (expected - stacked[:, 0]) + 0.002 * weights
        return float(weight @ -np.log(np.maximum(shares[:, 0], 1e-12)) + 0.001 * weights @ weights), slope

    bounds = [(0.0, 40.0) if begin > 0 else (0.0, 0.0) for begin in start]
    found = minimize(surprised, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(found.x, np.float32)


def _logistic(table: Floats, truth: NDArray[np.bool_], weight: NDArray[np.float64]) -> tuple[float, ...]:
    """Intercept and weights; a side that never occurs gives a law that always says so."""
    from sklearn.linear_model import LogisticRegression

    if truth.all() or not truth.any():
        return (6.0 if truth.all() else -6.0, *(0.0,) * table.shape[1])
    middle, spread = table.mean(axis=0), table.std(axis=0)
    spread = np.where(spread < 1e-6, 1.0, spread)
    found = LogisticRegression(C=1.0).fit((table - middle) / spread, truth, sample_weight=weight)
    weights = found.coef_[0] / spread
    return (float(found.intercept_[0] - weights @ middle), *(float(weight) for weight in weights))


def _sure(chances: NDArray[np.float64], right: NDArray[np.bool_], weight: NDArray[np.float64]) -> float:
    """The least chance from which on `SURE` of the answers were right."""
    order = np.argsort(-chances, kind="stable")
    share = np.cumsum((right * weight)[order]) / np.cumsum(weight[order])
    good = np.flatnonzero(share >= SURE)
    return float(chances[order][good[-1]]) if len(good) else 1.1


def _unknown(asked: NDArray[np.float64], idle: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    """The chance that divides best what has an answer from what has none. Both sides weigh the same: three choices that
    miss cost a tap on "none of these", an "I don't know" to what is known costs the answer."""
    best, at = -1.0, 0.5
    for level in np.unique(np.r_[asked, idle]):
        balanced = np.average(asked >= level, weights=weight) + ((idle < level).mean() if len(idle) else 0.0)
        if balanced > best:
            best, at = float(balanced), float(level)
    return at
