"""Reads on kept files."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from linli.foundation.files.models import StoredFile

if TYPE_CHECKING:
    from django.db.models import Model

_DAYS, _MOST = 400, 20_000


def files_of(about: Model) -> QuerySet[StoredFile]:
    """What was handed in for `about`, oldest first, without redacted copies. The caller has checked who asks."""
    found: QuerySet[StoredFile] = StoredFile.objects.filter(
        about_type=about._meta.label_lower, about_id=str(about.pk), original=None).order_by("pk")
    return found


def look_alikes(stored: StoredFile, *, most_bits: int = 6) -> list[StoredFile]:
    """Photos of the same purpose within 400 days that show the same picture: the same photo used again.

    dHash distance of at most `most_bits` of 64; nearest first, the file itself and its copies left out.
    """
    if not stored.dhash:
        return []
    mine = int(stored.dhash, 16)
    since = stored.created - timedelta(days=_DAYS)
    rows = (
        StoredFile.objects.filter(purpose=stored.purpose, created__gt=since, created__lte=stored.created, original=None)
        .exclude(dhash="").exclude(pk=stored.pk).order_by("-created").values_list("pk", "dhash")[:_MOST]
    )
    near = {pk: bits for pk, other in rows if (bits := (mine ^ int(other, 16)).bit_count()) <= most_bits}
    found = StoredFile.objects.in_bulk(list(near))
    return [found[pk] for pk in sorted(near, key=lambda pk: near[pk]) if pk in found]
