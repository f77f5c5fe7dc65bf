"""What the platform knows in public, found again in a resident's own words; every answer with its source.

    from linli.mechanisms.knowledge import Unit             # what a room's `knows` yields
    from linli.mechanisms.knowledge import search           # words → the units that answer them, and how sure that is
    from linli.mechanisms.knowledge import changed          # a room says that what it knows has changed
    from linli.mechanisms.knowledge import rebuild          # make the index now (tests, benches, the command line)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from linli.mechanisms.knowledge.units import ASPECTS, KINDS, BadUnit, Unit

if TYPE_CHECKING:
    from linli.mechanisms.knowledge.building import Built
    from linli.mechanisms.knowledge.searching import Found

__all__ = ["ASPECTS", "KINDS", "BadUnit", "Unit", "changed", "rebuild", "search"]


# The tables are not there yet while this package itself is loading: each function fetches its module when called.
def search(
    words: str, *, area_code: str = "", limit: int = 3, dense: bool = True, lexical: bool = True,
) -> Found:
    """The groups that answer `words` best, for somebody of `area_code`; see `searching.search`."""
    from linli.mechanisms.knowledge import searching

    return searching.search(words, area_code=area_code, limit=limit, dense=dense, lexical=lexical)


def changed(room: str) -> None:
    """Say, inside the action that changed it, that `room` knows something else now; a job indexes it afterwards."""
    from linli.mechanisms.knowledge import building

    building.changed(room)


def rebuild(rooms: Iterable[str] | None = None, *, dense: bool = True) -> Built:
    """Bring the index up to date now, for `rooms` or for all; see `building.rebuild`."""
    from linli.mechanisms.knowledge import building

    return building.rebuild(rooms, dense=dense)
