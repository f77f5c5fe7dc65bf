"""What newcomers find of children's things in the demo community."""

from __future__ import annotations

from typing import Any


def furnish(demo: Any) -> None:
    """Places, ways, books, a care group with its day."""
