"""What this room puts on the shells' pages."""

from __future__ import annotations

from collections.abc import Sequence

from linli.foundation.web.manifest import Card
from linli.foundation.web.middleware import Request
from linli.services.bulletin import queries


def news(request: Request) -> Sequence[Card]:
    """The three announcements that concern the person most; nothing before somebody has signed in."""
    if not request.person:  # type: ignore[truthy-bool]  # lazy, and None before sign-in
        return []
    shown = queries.for_home(request.person)
    return [Card("bulletin/card.html", {"shown": shown}, order=10)]
