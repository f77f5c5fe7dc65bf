"""What this room puts on the shells' pages: what waits for me, and what waits at the desk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may
from linli.foundation.people.queries import holding
from linli.foundation.web.manifest import Card
from linli.foundation.web.middleware import Request
from linli.services.timebank import queries
from linli.services.timebank.purses import community


def mine(request: Request) -> Sequence[Card]:
    """A service that waits for my word; one I said yes to that begins within a day."""
    person: Person | None = request.person or None  # type: ignore[truthy-bool]  # lazy: nobody is falsy
    if person is None:
        return []
    to_confirm, mine_to_do = queries.to_confirm(person), queries.my_services(person)
    if not any(holding(person, to_confirm, mine_to_do)):
        return []
    found = [Card("timebank/mine_card.html", {"row": row, "kind": "confirm"}, order=12) for row in to_confirm[:2]]
    soon = now() + timedelta(days=1)
    coming = [row for row in mine_to_do[:4]
              if row.state in ("accepted", "running") and row.need is not None and row.need.begins <= soon]
    return [*found, *[Card("timebank/mine_card.html", {"row": row, "kind": "go"}, order=16) for row in coming[:2]]]


def desk(request: Request) -> Sequence[Card]:
    """The queues, for those who keep the bank; nothing where nothing waits."""
    area: Area | None = request.area  # lazy: None for who has no community yet
    if area is None or len(area.code) < 12 or not may(request.person, "timebank.review", area):
        return []
    over = queries.overview(request.person, community(area))
    if not over.requested + over.held + over.claims:
        return []
    return [Card("timebank/desk_card.html", {"over": over}, order=60)]


_WORDS = {
    "timebank:home": ("时间", "存折", "time bank", "hours", "credit"),
    "timebank:ask": ("求助", "帮忙", "帮我", "陪", "help"),
    "timebank:needs": ("志愿", "去帮", "做好事", "volunteer"),
}


def search(person: Person | None, area: Area | None, words: str) -> Sequence[tuple[str, str, str, str]]:
    """The room's doors by what people call them."""
    lower = words.lower()
    doors = {
        "timebank:home": (_("时间银行"), _("我有多少时间、从哪里来"), "clock"),
        "timebank:ask": (_("请人帮忙"), _("买菜、陪诊、读报，用时间请邻居"), "hands"),
        "timebank:needs": (_("去帮邻居"), _("谁在等帮忙，帮一次存一次"), "people"),
    }
    return [(title, sub, reverse(name), icon) for name, (title, sub, icon) in doors.items()
            if any(word in lower for word in _WORDS[name])]
