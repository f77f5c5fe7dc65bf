"""Learning from labelled messages and from the names in the category tree."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from linli.foundation.calendar.clock import now
from linli.services.requests.classify import calibration, ridge
from linli.services.requests.classify.calibration import Calibration, Evidence, Flags, Floats, Weighing
from linli.services.requests.classify.dense import Embedder, Vectors, centred
from linli.services.requests.classify.features import Lexicon
from linli.services.requests.classify.keywords import Rules, Speaker, letters
from linli.services.requests.classify.model import Model, Part
from linli.services.requests.classify.sheets import Labelled
from linli.services.requests.classify.text import Message
from linli.services.requests.classify.tree import CategoryTree, top_of

MOST_ROWS = 4_000  # the newest; about 10 s of one core and 1.2 GB at that size
TREE_WEIGHT = 0.5  # of a category's name, against 1 for the average message
RIDGES = (0.15, 0.3, 0.6, 1.2)
DENSE_SHARES = (0.2, 0.35, 0.5)
_TRIED_UP_TO = 2_000  # rows; above, the middle of each list is taken
LEAST_ROWS = 10


class TooFew(ValueError):  # noqa: N818 - read after "raises"
    """Less than two classes or ten rows: nothing can be learned."""


@dataclass(frozen=True)
class Task:
    """The rows first, then the documents of the tree; `truth` gives the class of each."""

    truth: NDArray[np.int64]
    rows: int
    classes: int
    letters: Floats  # rows × classes

    @property
    def learned(self) -> Flags:
        return np.isin(np.arange(self.classes), self.truth[:self.rows])

    @property
    def weights(self) -> Floats:
        documents = np.full(len(self.truth) - self.rows, TREE_WEIGHT)
        return np.concatenate([ridge.class_weights(self.truth[:self.rows]), documents])

    @property
    def targets(self) -> Floats:
        return np.where(self.truth[:, None] == np.arange(self.classes), 1.0, -1.0)


def train(
    rows: Iterable[Labelled], tree: CategoryTree | None = None, *, embed: Embedder | None = None, source: str = "",
    rules: Rules | None = None,
) -> Model:
    """A model of the first-level classes. A label is a name or a code of the tree, or stands for itself.

    Names in the tree serve as tiny texts of their class, also of classes without a single row. How strongly to
    smooth, how much meaning counts beside spelling, and how much the words of `rules` (those in force by default)
    count beside both, is chosen by leave-one-out on `rows` alone. With more than
    4,000 rows the last 4,000 are used. Raises `TooFew`.
    """
    kept = list(rows)
    used = kept[-MOST_ROWS:]
    tree = tree or CategoryTree()
    labels = [tree.top(row.label) or top_of(row.label) for row in used]
    if len(set(labels)) < 2 or len(used) < LEAST_ROWS:
        raise TooFew(f"{len(used)} rows of {len(set(labels))} classes; at least {LEAST_ROWS} rows of 2 are needed.")
    documents = tree.documents()
    classes = tuple(dict.fromkeys([*sorted(set(labels)), *(name for name, _ in documents)]))
    number = {name: at for at, name in enumerate(classes)}
    messages = [row.message for row in used]
    speaker = Speaker(tree, Rules.in_force() if rules is None else rules)
    spoken = [speaker.listen(message) for message in messages]
    task = Task(np.array([number[name] for name in [*labels, *(name for name, _ in documents)]]), len(used),
                len(classes), letters(spoken, classes))
    names = [Message(text, "") for _, text in documents]
    lexicon = Lexicon.learn([*messages, *names])
    features = lexicon.transform([*messages, *names])
    spelling = ridge.products(features)
    best = _best(task, [(at, spelling) for at in _tried(RIDGES, task.rows)])
    lexical = Part(ridge.primal(features, best.fit.alpha), _intercept(best.fit), None, best.law, best.sure_above)
    fused, mean = None, None
    if embed is not None:
        raw = embed.messages(messages)
        mean = np.asarray(raw.mean(axis=0), np.float32)
        vectors = np.vstack([centred(raw, mean), _names(embed, [text for _, text in documents], raw.shape[1])])
        meaning = np.asarray(vectors @ vectors.T, np.float64)
        tried = [(at, share, (1 - share) * spelling + share * meaning)
                 for share in _tried(DENSE_SHARES, task.rows) for at in _tried(RIDGES, task.rows)]
        best = _best(task, [(at, kernel) for at, _, kernel in tried])
        share = tried[best.place][1]
        fused = Part((1 - share) * ridge.primal(features, best.fit.alpha), _intercept(best.fit),
                     share * ridge.primal(vectors, best.fit.alpha), best.law, best.sure_above)
    facts = {
        "trained_at": now().isoformat(timespec="seconds"), "source": source, "rows": len(used), "given": len(kept),
        "labelled": dict(sorted(Counter(labels).items())), "macro_f1": round(best.macro_f1, 4),
        "accuracy": round(best.accuracy, 4), "measured": "leave one out", "ridge": best.strength,
        "embedding": embed.name if embed else "",
        "versions": {"python": platform.python_version(), **{name: version(name) for name in ("numpy", "rjieba")}},
    }
    return Model(classes, task.learned, lexicon, lexical, fused, mean, facts)


@dataclass(frozen=True)
class _Best:
    place: int
    strength: float
    fit: ridge.Fit
    law: Calibration
    sure_above: float
    macro_f1: float
    accuracy: float


def _best(task: Task, tried: Sequence[tuple[float, Floats]]) -> _Best:
    """Of several (ridge, kernel), the one whose leave-one-out shares surprise least, with its calibration."""
    learned = task.learned
    right = np.searchsorted(np.flatnonzero(learned), task.truth[:task.rows])
    chosen: tuple[float, int, ridge.Fit, Weighing] | None = None
    for place, (strength, kernel) in enumerate(tried):
        fit = ridge.fit(kernel, task.targets, task.weights, strength)
        evidence = Evidence(fit.without_each()[:task.rows], task.letters)
        weighing = calibration.weigh(_among(evidence, learned), right)
        found = calibration.surprise(weighing.shares(evidence, learned), right)
        if chosen is None or found < chosen[0]:
            chosen = found, place, fit, weighing
    assert chosen is not None  # `tried` is never empty
    _, place, fit, weighing = chosen
    evidence = Evidence(fit.without_each()[:task.rows], task.letters)
    says = weighing.shares(evidence, learned).argmax(axis=1)
    law, sure_above = _calibrate(task, fit, evidence, weighing)
    return _Best(place, tried[place][0], fit, law, sure_above, float(f1_score(right, says, average="macro")),
                 float((says == right).mean()))


@dataclass(frozen=True)
class _LeftOut:
    """The messages of class `at` as a model sees them that never saw one of them; `learned` are the classes it saw."""

    evidence: Evidence
    learned: Flags
    at: int


def _calibrate(task: Task, fit: ridge.Fit, seen: Evidence, weighing: Weighing) -> tuple[Calibration, float]:
    """The laws, from leave-one-out scores and from those of each class by a model that never saw its messages."""
    learned, truth = task.learned, task.truth[:task.rows]
    columns = np.flatnonzero(learned)
    has_others = not learned.all()
    if len(columns) < 3 or (not has_others and task.rows < len(task.truth)):
        # Every class of the tree is learned (or too few to leave one out): nothing is other.
        law = Calibration(weighing, weighing, None)
        shares = law.shares(seen, learned)
        return law, calibration.careful_threshold(shares.max(axis=1), shares.argmax(axis=1) == truth)
    left_out = []
    for column in columns:
        at = int(column)
        rows = np.flatnonzero(truth == at)
        without = learned & (np.arange(task.classes) != at)
        left_out.append(_LeftOut(Evidence(fit.without(rows), task.letters[rows]), without, at))
    unseen = np.vstack([_signs(one.evidence, one.learned, has_others) for one in left_out])
    law = Calibration(weighing, _weigh_others(left_out) if has_others else weighing,
                      calibration.novelty(_signs(seen, learned, has_others), unseen))
    # Only an answer that names a learned class may be sure; a stranger taken for one counts as wrong.
    confidence, right = [], []
    judged: list[tuple[Evidence, Flags, NDArray[np.int64]]] = [(seen, learned, truth)]
    judged += [(one.evidence, one.learned, np.full(len(one.evidence.scores), one.at)) for one in left_out]
    for evidence, among, at_row in judged:
        shares = law.shares(evidence, among)
        says = shares.argmax(axis=1)
        confidence.append(shares.max(axis=1)[among[says]])
        right.append((says == at_row)[among[says]])
    return law, calibration.careful_threshold(np.concatenate(confidence), np.concatenate(right))


def _signs(evidence: Evidence, learned: Flags, has_others: bool) -> Floats:
    """Without a tree no class is known by name alone: then the left-out class's own column must not give it away."""
    found = calibration.signs(evidence, learned)
    if not has_others:
        found[:, 3:] = (-1.0, 0.0, 0.0)
    return found


def _weigh_others(left_out: Sequence[_LeftOut]) -> Weighing:
    """How much the tree's names and spoken words say: fitted on classes the model was made to forget."""
    parts = []
    for one in left_out:
        order = np.array([one.at, *(other for other in np.flatnonzero(~one.learned) if other != one.at)], np.int64)
        parts.append(Evidence(one.evidence.scores[:, order], one.evidence.letters[:, order]))
    together = Evidence(np.vstack([part.scores for part in parts]), np.vstack([part.letters for part in parts]))
    return calibration.weigh(together, np.zeros(len(together.scores), np.int64))


def _among(evidence: Evidence, classes: Flags) -> Evidence:
    return Evidence(evidence.scores[:, classes], evidence.letters[:, classes])


def _tried(options: Sequence[float], rows: int) -> Sequence[float]:
    return options if rows <= _TRIED_UP_TO else options[len(options) // 2:][:1]


def _names(embed: Embedder, names: Sequence[str], width: int) -> Vectors:
    """Names are written in another style than messages: they get a middle of their own."""
    if not names:
        return np.zeros((0, width), np.float32)
    raw = embed.names(names)
    return centred(raw, np.asarray(raw.mean(axis=0), np.float32))


def _intercept(fit: ridge.Fit) -> NDArray[Any]:
    return np.asarray(ridge.CONSTANT * fit.alpha.sum(axis=0), np.float32)
