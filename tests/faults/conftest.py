from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.faults.place import FULL, Place, Templates

BOTH = pytest.mark.parametrize("vendor", ["sqlite", "postgresql"])
# What `make test` looks at on SQLite alone, and `make faults` on both.
BOTH_IN_FULL = pytest.mark.parametrize("vendor", ["sqlite", "postgresql"] if FULL else ["sqlite"])


@pytest.fixture(scope="session")
def towns() -> Iterator[Templates]:
    templates = Templates("small")
    yield templates
    templates.close()


@pytest.fixture
def open_place(towns: Templates) -> Iterator[Callable[[str], Place]]:
    """`open_place("sqlite")`: a furnished Linli of its own, gone with all its processes when the test ends."""
    opened: list[Place] = []

    def make(vendor: str = "sqlite") -> Place:
        opened.append(towns.place(vendor))
        return opened[-1]

    yield make
    for place in opened:
        place.close()
