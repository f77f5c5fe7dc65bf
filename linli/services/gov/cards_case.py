"""What this room puts on the pages of its cases: the way to the application, where all is said and done."""

from __future__ import annotations

from collections.abc import Sequence

from linli.foundation.web.manifest import Card
from linli.foundation.web.middleware import Request
from linli.mechanisms.cases.models import Case

KIND = "application"


def on_case(request: Request, case: Case) -> Sequence[Card]:
    """For who applied."""
    if case.kind_code != KIND:
        return []
    return [Card("gov/card_case.html", {"url": f"/gov/mine/{case.number}/", "is_desk": False}, order=5)]


def on_desk(request: Request, case: Case) -> Sequence[Card]:
    """For who handles it."""
    if case.kind_code != KIND:
        return []
    return [Card("gov/card_case.html", {"url": f"/gov/work/{case.number}/", "is_desk": True}, order=5)]
