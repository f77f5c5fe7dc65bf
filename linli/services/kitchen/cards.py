"""What this room puts on the shells' pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from linli.foundation.calendar.clock import today
from linli.foundation.people.permit import may
from linli.foundation.people.queries import holding
from linli.foundation.web.manifest import Card
from linli.foundation.web.middleware import Request
from linli.services.kitchen.models import HAD_IT, LIVE
from linli.services.kitchen.queries import orders, rounds, stock


def mine(request: Request) -> Sequence[Card]:
    """Today's meal, and a bag that waits to be carried."""
    person: Any = request.person  # lazy, and None for a visitor
    if not person:
        return []
    meals = orders.mine(person).filter(menu__on=today(), state__in=[*LIVE, *HAD_IT])[:4]
    bags = rounds.mine(person).filter(menu__on=today())[:2]
    if not any(holding(person, meals, bags)):
        return []
    return [Card("kitchen/card_mine.html", {"meals": meals, "bags": bags}, order=25)]


def desk(request: Request) -> Sequence[Card]:
    """Doors that stayed shut come first; then food that runs out."""
    person: Any = request.person
    area: Any = request.area
    if not person or not area or not may(person, "kitchen.look", area):
        return []
    alerts = list(rounds.open_alerts(person)[:5])
    dates = stock.running_out(area, today())[:5] if may(person, "kitchen.keep", area) else []
    return [Card("kitchen/card_desk.html", {"alerts": alerts, "dates": dates}, order=5)] if alerts or dates else []
