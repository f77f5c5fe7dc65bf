"""What this room puts on the shells' pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

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


_WORDS = {
    "kitchen:home": ("饭", "餐", "菜单", "食堂", "厨房", "吃", "meal", "lunch", "kitchen", "canteen", "menu"),
    "kitchen:gifts": ("捐", "送米", "捐菜", "donate", "give food"),
    "kitchen:shifts": ("帮厨", "送餐志愿", "志愿", "volunteer", "cook"),
}


def search(person: Any, area: Any, words: str) -> Sequence[tuple[str, str, str, str]]:
    """The room's doors by what people call them."""
    lower = words.lower()
    doors = {
        "kitchen:home": (_("爱心厨房"), _("看菜单、订餐、送到家"), "pot"),
        "kitchen:gifts": (_("捐食材"), _("捐米捐菜，看它变成了谁的饭"), "hands"),
        "kitchen:shifts": (_("帮厨和送餐"), _("报一个班，一起做饭、一起送"), "people"),
    }
    return [(title, sub, reverse(name), icon) for name, (title, sub, icon) in doors.items()
            if any(word in lower for word in _WORDS[name])]
