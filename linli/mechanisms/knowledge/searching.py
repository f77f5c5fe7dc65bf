"""Words in, the groups that answer them out, with how sure that is. Reads only; says nothing of anybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from linli.mechanisms.knowledge import meaning, memory
from linli.mechanisms.knowledge.aspects import FALLBACKS, aspect_of
from linli.mechanisms.knowledge.index import Group
from linli.mechanisms.knowledge.law import OWN_PLACE, signs
from linli.mechanisms.knowledge.models import IndexedUnit
from linli.mechanisms.knowledge.texts import subject_of, widened
from linli.mechanisms.knowledge.units import Unit, is_of, is_told_to

Flags = NDArray[np.bool_]
Certainty = Literal["sure", "likely", "unknown"]
WORDS_MAX = 300


@dataclass(frozen=True)
class Hit:
    """A group that may be meant. `is_local`: of the asker's place or of everywhere, not imported from a province."""

    group: str
    kind: str
    title: str
    url: str
    unchecked: bool
    is_local: bool
    score: float
    units: tuple[Unit, ...]

    def unit(self, aspect: str) -> Unit | None:
        """The published field for `aspect`, else the next best that exists; None where the group shows no text."""
        known = {unit.aspect: unit for unit in reversed(self.units) if unit.text.strip()}
        return next((known[name] for name in FALLBACKS[aspect] if name in known), next(iter(known.values()), None))


@dataclass(frozen=True)
class Found:
    """`hits` are the best groups whatever the certainty; `p_first` and `p_among` the chances by the calibrated law."""

    kind: Certainty
    hits: tuple[Hit, ...]
    aspect: str
    p_first: float = 0.0
    p_among: float = 0.0


def search(
    words: str, *, area_code: str = "", limit: int = 3, dense: bool = True, lexical: bool = True,
) -> Found:
    """The groups that answer `words` best, for somebody of `area_code`, best first, at most `limit`.

    Things of other places that concern nobody here (notices, events, facilities) are left out; of the rest those of
    the asker's place come before imported ones that fit equally well. `dense` or `lexical` False leaves that half out.
    Two queries.
    """
    words = words.strip()[:WORDS_MAX]
    aspect = aspect_of(words)
    held = memory.current()
    if held is None or not words:
        return Found("unknown", (), aspect)
    index, laws = held
    told = np.array([is_told_to(group.kind, group.area_code, area_code) for group in index.groups], bool)
    local = np.array([is_of(group.area_code, area_code) for group in index.groups], bool)
    if not told.any():
        return Found("unknown", (), aspect)
    embed = meaning.embedder() if dense and index.has_meaning else None
    question = widened(subject_of(words))
    features = index.features(question, embed.one(question) if embed else None)
    if not lexical:
        features[:, :4] = 0
    law = laws.dense if embed else laws.lexical
    scores = np.asarray(law.score(features) + OWN_PLACE * local, np.float32)
    told &= ~_worded_nearer(index.groups, told, local)
    scores[~told] = -np.inf
    order = np.argsort(-scores, kind="stable")[:max(limit, 4)]
    order = order[told[order]]
    p_first, p_among = law.chances(signs(features, scores, order))
    best = [index.groups[at] for at in order[:limit]]
    units = _units(best)
    hits = tuple(
        Hit(group.group, group.kind, group.title, group.url, group.unchecked, bool(local[at]), float(scores[at]),
            units.get(group.group, ()))
        for at, group in zip(order[:limit], best, strict=True))
    kind: Certainty = "sure" if p_first >= law.sure else "likely" if p_among >= law.unknown else "unknown"
    return Found(kind, hits, aspect, p_first, p_among)


def _worded_nearer(groups: Sequence[Group], told: Flags, local: Flags) -> Flags:
    """Groups that somebody nearer to the asker has worded for themselves: of one name and kind the nearest is told."""
    nearest: dict[tuple[str, str], int] = {}
    own = [int(at) for at in np.flatnonzero(told & local)]
    for at in own:
        key = groups[at].kind, groups[at].title
        held = nearest.get(key)
        if held is None or len(groups[at].area_code) > len(groups[held].area_code):
            nearest[key] = at
    found = np.zeros(len(groups), bool)
    for at in own:
        winner = groups[nearest[groups[at].kind, groups[at].title]]
        found[at] = len(winner.area_code) > len(groups[at].area_code)
    return found


def _units(groups: list[Group]) -> dict[str, tuple[Unit, ...]]:
    found: dict[str, list[Unit]] = {}
    for row in IndexedUnit.objects.filter(group__in=[group.group for group in groups]).order_by("key"):
        found.setdefault(row.group, []).append(row.unit)
    return {group: tuple(units) for group, units in found.items()}


def group_of(name: str, *, area_code: str = "") -> Hit | None:
    """One group by its name, for who chose it from three; None where it is not there or not told to `area_code`."""
    rows = [row.unit for row in IndexedUnit.objects.filter(group=name).order_by("key")]
    if not rows or not is_told_to(rows[0].kind, rows[0].area_code, area_code):
        return None
    first = next((unit for unit in rows if unit.aspect == "what"), rows[0])
    return Hit(name, first.kind, first.title, first.url, any(unit.unchecked for unit in rows),
               is_of(first.area_code, area_code), 0.0, tuple(rows))
