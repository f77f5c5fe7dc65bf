"""What hangs on the public notice boards, for the index of knowledge."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from linli.foundation.calendar.clock import now
from linli.mechanisms.knowledge import Unit
from linli.services.bulletin.models import Announcement, State


def units() -> Iterator[Unit]:
    """Public announcements that are on the board at this moment; an expired one is gone with the next refresh."""
    rows = Announcement.objects.filter(
        state=State.PUBLISHED, is_public=True, shown_from__lte=now(), expires_at__gt=now()).select_related(
            "area", "organisation").order_by("pk")
    for row in rows.iterator(chunk_size=500):
        yield Unit(
            key=f"bulletin.{row.pk}.what", group=f"bulletin.{row.pk}", kind="notice", title=row.title, aspect="what",
            text=row.body, url=reverse("bulletin:page", args=[row.pk]), area_code=row.area.code, source=row.issuer,
            version=str(row.version), checked_on=f"{row.shown_from:%Y-%m-%d}")
