"""Reads that pages, shells and the API share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from linli.foundation.notices.models import Delivery, Notice
    from linli.foundation.people.models import Person


def unread_count(person: Person) -> int:
    """How many notices the person has not read. One query."""
    from linli.foundation.notices.models import Notice

    return Notice.objects.filter(person=person, read_at=None).count()


def inbox(person: Person, *, only: str = "") -> QuerySet[Notice]:
    """What the person was told, newest first; `only` is "unread" or "urgent"."""
    from linli.foundation.notices.models import Notice

    found = Notice.objects.visible_to(person).order_by("-id")
    if only == "unread":
        return found.filter(read_at=None)
    return found.filter(urgent=True) if only == "urgent" else found


def undelivered(person: Person) -> QuerySet[Delivery]:
    """What did not go out although it was tried, to people of the staff member's place, newest first."""
    from linli.foundation.notices.models import Delivery

    failed = Delivery.objects.visible_to(person).filter(state=Delivery.State.FAILED)
    return failed.select_related("person", "notice").order_by("-id")
