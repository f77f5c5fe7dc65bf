"""This room's part in a person's rights, and in the ends of terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _, ngettext

from linli.foundation.files.actions import forget
from linli.foundation.files.models import Opening, StoredFile
from linli.foundation.privacy.erasers import eraser

if TYPE_CHECKING:
    from linli.foundation.people.models import Person


def copy_of(person: Person) -> dict[str, Any]:
    """What the person sent in: names and digests; the files themselves are downloaded where they belong."""
    rows = StoredFile.objects.filter(owner=person, original=None).order_by("pk")
    return {"files": [
        {"name": row.name, "purpose": row.purpose, "type": row.media_type, "size": row.size, "sha256": row.sha256,
         "sent": row.created.isoformat(), "part_of": row.about_type} for row in rows]}


def erase(person: Person) -> list[str]:
    """Delete what is part of nothing. What is part of a matter goes when that matter's term ends; its name goes now."""
    loose = list(StoredFile.objects.filter(owner=person, about_type=""))
    for row in loose:
        forget(row)
    kept = StoredFile.objects.filter(owner=person).exclude(name="").update(name="")
    said = []
    if loose:
        said.append(ngettext("删除了您 %(count)s 个没有提交的文件。", "删除了您 %(count)s 个没有提交的文件。",
                             len(loose)) % {"count": len(loose)})
    if kept:
        said.append(_("已经交上去的照片和文件，跟着那件事留到期限，到期一起删。文件名已删除。"))
    return said


@eraser("files.opening")
def erase_opening(opening: Opening, purpose: str) -> str:
    """The reason for opening a sealed original goes; that it was opened stays in the audit log."""
    opening.reason = ""
    opening.save(update_fields=["reason"])
    return "reason deleted"
