"""A small bipartite matching: each place of a requirement to one resource. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

S = TypeVar("S", bound=Hashable)
T = TypeVar("T", bound=Hashable)


def match(wanted: Mapping[S, Sequence[T]]) -> tuple[dict[S, T], S | None]:
    """A full matching of every key of `wanted` to one of its candidates, each candidate once; or the largest, and the
    first key that cannot be served (the scarce one). Kuhn's algorithm; keys with few candidates go first.
    """
    taken: dict[T, S] = {}
    scarce: S | None = None

    def serve(key: S, seen: set[T]) -> bool:
        for one in wanted[key]:
            if one in seen:
                continue
            seen.add(one)
            if one not in taken or serve(taken[one], seen):
                taken[one] = key
                return True
        return False

    for key in sorted(wanted, key=lambda one: len(wanted[one])):
        if not serve(key, set()) and scarce is None:
            scarce = key
    return {key: one for one, key in taken.items()}, scarce
