"""Model, tree and word list asked together: one suggestion a message, with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from linli.services.requests.classify.dense import Embedder, Vectors, embedder
from linli.services.requests.classify.features import words_of
from linli.services.requests.classify.keywords import Rules, Speaker, Spoken, letters
from linli.services.requests.classify.model import Judgement, Model
from linli.services.requests.classify.text import Message
from linli.services.requests.classify.tree import CategoryTree, top_of

Method = Literal["model", "tree", "keywords", "none"]
Text = str | Message
LETTERS_BELOW = 2.0  # so many letters must speak for a category below the first level
LETTERS_ALONE = 2.0  # … and so many when there is no model to ask
LEAST_SHARE = 0.15  # below, without a single word that speaks for it, nothing is suggested
WORDS_ALONE = 0.65  # measured: of suggestions by words alone about so many name the right first-level class
_WORDS_SHOWN = 4


@dataclass(frozen=True)
class Suggestion:
    """`category_code` is empty when nothing speaks for any category (`method` "none").

    `confidence` (0–1): by a model, its calibrated share of the first-level class among all classes; by words alone a
    rough one, never above 0.65. `sure`: the model was right 97 times of 100 from this confidence on, so a community
    may route such a message unseen (never one of a class that nobody has labelled). `reason` is plain JSON: `words`
    that decided, the first-level `class`, its `share`, `other` (the chance that the class is one nobody has
    labelled), `since` and `source` of the word list or model. `alternatives` are other first-level codes with their
    shares.
    """

    category_code: str
    confidence: float
    method: Method
    reason: dict[str, Any] = field(default_factory=dict)
    alternatives: tuple[tuple[str, float], ...] = ()
    sure: bool = False
    dense: bool = False


class Classifier:
    """`model` may be None: then tree and word list suggest, and say so."""

    def __init__(self, model: Model | None, tree: CategoryTree | None = None, *, rules: Rules | None = None) -> None:
        self.model = model
        self.tree = tree or CategoryTree()
        self.rules = Rules.in_force() if rules is None else rules
        self._speaker = Speaker(self.tree, self.rules)

    def suggest(self, text: Text) -> Suggestion:
        return self.suggest_many([text])[0]

    def suggest_many(self, texts: Sequence[Text]) -> list[Suggestion]:
        """One suggestion a text, by the sparse model. A plain text's first line is its subject."""
        return self._suggest([Message.of(text) for text in texts], None)

    def refine_dense(
        self, texts: Sequence[Text], first: Sequence[Suggestion], *, embed: Embedder | None = None,
    ) -> list[Suggestion]:
        """The suggestions again, with meaning beside spelling; about 0.2 s a passage, so call it from a job.

        `first` is given back unchanged where the model was trained without an embedding or its wheel is absent.
        """
        if self.model is None or self.model.fused is None or not texts:
            return list(first)
        found = embed or embedder()
        if found is None or found.name != self.model.facts.get("embedding"):
            return list(first)
        messages = [Message.of(text) for text in texts]
        return self._suggest(messages, found.messages(messages))

    def _suggest(self, messages: Sequence[Message], vectors: Vectors | None) -> list[Suggestion]:
        spoken = [self._speaker.listen(message) for message in messages]
        if self.model is None:
            return [self._by_words(one) for one in spoken]
        judgement = self.model.judge(messages, letters(spoken, self.model.classes), vectors)
        shares = self._in_the_tree(judgement.shares)
        says = shares.argmax(axis=1)
        words = _deciding_words(self.model, messages, says)
        return [self._by_model(judgement, shares, at, spoken[at], words[at], vectors is not None)
                for at in range(len(messages))]

    def learned_shares(self, texts: Sequence[Text], vectors: Vectors | None = None) -> NDArray[np.float64]:
        """texts × the model's learned classes, as shares that sum to 1: for whoever measures the model."""
        assert self.model is not None  # asked only with a model
        messages = [Message.of(text) for text in texts]
        spoken = [self._speaker.listen(message) for message in messages]
        return self.model.learned_shares(messages, letters(spoken, self.model.classes), vectors)

    def _in_the_tree(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Classes that the tree of today does not know are nobody's any more."""
        if not self.tree.nodes or self.model is None:
            return shares
        return shares * [name in self.tree.tops for name in self.model.classes]

    def _by_model(
        self, judgement: Judgement, shares: NDArray[np.float64], at: int, spoken: Spoken, words: list[str],
        dense: bool,
    ) -> Suggestion:
        assert self.model is not None  # asked only with a model
        row = shares[at]
        best = int(row.argmax())
        top, share = self.model.classes[best], float(row[best])
        said = spoken.said(top)
        method: Method = "model" if self.model.learned[best] else "keywords" if said and not spoken.named & {
            code for code in spoken.letters if top_of(code) == top} else "tree"
        order = [int(other) for other in np.argsort(-row)[:4] if other != best and row[other] > 0]
        others = tuple((self.model.classes[other], round(float(row[other]), 4)) for other in order[:3])
        unknown = round(1 - float(judgement.known[at]), 4)
        if share < LEAST_SHARE and not said:
            return Suggestion("", 0.0, "none", {"words": [], "other": unknown}, ((top, round(share, 4)), *others)[:3])
        reason = {
            "words": list(dict.fromkeys([*said[:2], *words, *said]))[:_WORDS_SHOWN],
            "class": top, "share": round(share, 4), "other": unknown,
            "since": self.rules.since if method == "keywords" else str(self.model.facts.get("trained_at", ""))[:10],
            "source": self.rules.source if method == "keywords" else str(self.model.facts.get("source", "")),
        }
        code = spoken.below(top, least=LETTERS_BELOW)
        sure = method == "model" and share >= judgement.sure_above
        return Suggestion(code, share, method, reason, others, sure, dense)

    def _by_words(self, spoken: Spoken) -> Suggestion:
        tops = sorted(spoken.tops().items(), key=lambda item: -item[1])
        if not tops or tops[0][1] < LETTERS_ALONE:
            return Suggestion("", 0.0, "none", {"words": []})
        top, letters = tops[0]
        total = sum(other for _, other in tops)
        code = spoken.below(top, least=LETTERS_BELOW)
        share = round(WORDS_ALONE * letters / total, 4)
        method: Method = "tree" if code in spoken.named else "keywords"
        reason = {"words": spoken.said(top)[:_WORDS_SHOWN], "class": top, "share": share,
                  "since": self.rules.since, "source": self.rules.source}
        others = tuple((name, round(WORDS_ALONE * other / total, 4)) for name, other in tops[1:4])
        return Suggestion(code, share, method, reason, others)


def _deciding_words(model: Model, messages: Sequence[Message], says: NDArray[np.int64]) -> list[list[str]]:
    """For each message the words that spoke most for the class `says` gives, against the mean of all classes."""
    cut = [words_of(message.even_whole) for message in messages]
    place = {word: at for at, word in enumerate(dict.fromkeys(word for words in cut for word in words))}
    scores = model.lexicon.word_scores(list(place), model.lexical.weights)
    scores = scores - scores.mean(axis=1, keepdims=True)
    found: list[list[str]] = []
    for words, best in zip(cut, says, strict=True):
        ranked = sorted(((float(scores[place[word], best]), word) for word in words), reverse=True)
        found.append([word for score, word in ranked[:_WORDS_SHOWN] if score > 0])
    return found
