"""What this room puts on other pages: the question box. It asks the database nothing."""

from __future__ import annotations

from collections.abc import Sequence

from linli.foundation.web.manifest import Card
from linli.foundation.web.middleware import Request


def door(request: Request) -> Sequence[Card]:
    """Beside the home page, for everybody."""
    return [Card("gov/card_door.html", {}, order=60)]
