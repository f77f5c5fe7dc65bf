"""This room's part in a person's rights: what they read, and that it is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from linli.services.bulletin.models import Announcement, Read

if TYPE_CHECKING:
    from linli.foundation.people.models import Person


def copy_of(person: Person) -> dict[str, Any]:
    """The announcements the person opened, and those they wrote."""
    reads = Read.objects.filter(person=person).select_related("announcement").order_by("at")
    return {
        "read": [{"title": one.announcement.title, "at": one.at.isoformat()} for one in reads],
        "written": [{"title": row.title, "created": row.created.isoformat()}
                    for row in Announcement.objects.filter(author=person).order_by("created")],
    }


def erase(person: Person) -> list[str]:
    """Forget what the person read. What they wrote was said in the name of the place, and stays."""
    forgotten, _rows = Read.objects.filter(person=person).delete()
    return [_("您看过哪些公告的记录已删除。")] if forgotten else []
