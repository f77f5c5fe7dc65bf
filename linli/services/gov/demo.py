"""What newcomers find of the catalogue in the demo community: its own words, one waiting for a colleague, one old."""

from __future__ import annotations

from typing import Any

from linli.services.gov import demo_applications, demo_outside
from linli.services.gov.actions import publishing
from linli.services.gov.actions.loading import load
from linli.services.gov.models import ItemKind, Publication, PublicState, ServiceItem


def furnish(demo: Any) -> None:
    """The shipped catalogue; the place's own window in two items, a change that waits, an item taken off."""
    if not ServiceItem.objects.filter(kind=ItemKind.SHIPPED).exists():  # `migrate` has loaded it
        load()
    worker, head = demo.people("worker")[0], demo.people("community_head")[0]
    public = Publication.objects.filter(state=PublicState.PUBLISHED, area=None).values("item")
    items = list(ServiceItem.objects.filter(kind=ItemKind.SHIPPED, pk__in=public).order_by("slug")[:4])
    contact = {"window": "梧桐驿站一楼 2 号窗口", "address": "梧桐里 1 号，梧桐驿站一楼",
               "hours": "周一至周六 8:30–17:00"}
    for days, item in zip((12, 5), items, strict=False):
        with demo.days_ago(days, hour=10):
            draft = publishing.propose_local(worker, demo.area, item, note="窗口搬到梧桐驿站一楼，时间也改了",
                                             changes={"local": {"contact": contact}})
        with demo.days_ago(days - 1, hour=9):
            publishing.publish_local(head, draft)
    for item in items[2:3]:
        with demo.days_ago(1, hour=15):
            publishing.propose_local(worker, demo.area, item, note="周六也开门，写上去",
                                     changes={"local": {"contact": contact}})
    demo_applications.furnish(demo)
    demo_outside.furnish(demo)
