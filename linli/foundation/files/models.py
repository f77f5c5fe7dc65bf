"""One row for each kept file; the bytes lie in the data folder, under the row's number."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import (
    CASCADE,
    PROTECT,
    SET_NULL,
    BigIntegerField,
    BooleanField,
    CharField,
    DateTimeField,
    ForeignKey,
    Index,
    IntegerField,
    Q,
    TextChoices,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import VisibleModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.privacy.fields import EncryptedTextField
from linli.foundation.records import Record

if TYPE_CHECKING:
    from linli.foundation.people.models import Person as _Person


class Scan(TextChoices):
    """What the malware scanner said; `UNSCANNED` where no scanner is set (LINLI_SCAN_CMD)."""

    UNSCANNED = "unscanned", _("没有检查")
    PENDING = "pending", _("正在检查")
    CLEAN = "clean", _("检查过，没有病毒")
    INFECTED = "infected", _("带有病毒")


class StoredFile(VisibleModel):
    """A photo, paper or recording. Private unless `public`; who sees `about` sees it, and its owner always does.

    `found` holds what the camera wrote (lon, lat, taken_at) right after `keep`; it is never stored.
    """

    owner = ForeignKey(Person, PROTECT, related_name="+")
    purpose = CharField(max_length=60)
    family = CharField(max_length=10)
    media_type = CharField(max_length=100)
    suffix = CharField(max_length=8)
    name = CharField(_("文件名"), max_length=100, blank=True)
    size = BigIntegerField()
    width = IntegerField(default=0)
    height = IntegerField(default=0)
    sha256 = CharField(max_length=64)
    dhash = CharField(max_length=16, blank=True)
    about_type = CharField(max_length=60, blank=True)
    about_id = CharField(max_length=40, blank=True)
    is_public = BooleanField(default=False)
    is_sealed = BooleanField(default=False, help_text=_("有公开的打码副本，原图封存"))
    original = ForeignKey("self", SET_NULL, null=True, blank=True, related_name="copies")
    scan = CharField(max_length=10, choices=Scan, default=Scan.UNSCANNED)
    created = DateTimeField(default=now)

    found: dict[str, Any] = {}  # replaced by `keep`, never changed in place

    class Meta:
        indexes = [
            Index(fields=["about_type", "about_id"], name="file_about"),
            Index(fields=["owner", "about_type"], name="file_waiting"),
            Index(fields=["purpose", "created"], name="file_by_purpose"),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.pk}{self.suffix}"

    @property
    def area_code(self) -> str:
        return self.owner.area_code

    @property
    def data_subject_id(self) -> int:
        """Whose data it is, for the audit log."""
        return self.owner_id

    @property
    def is_photo(self) -> bool:
        return self.family == "photo"

    @property
    def path(self) -> Path:
        """Where the bytes lie. The row's number is all that the path says."""
        return folder_of(self.pk) / f"{self.pk}{self.suffix}"

    @property
    def thumb_path(self) -> Path:
        return folder_of(self.pk) / f"{self.pk}.thumb.jpg"

    @classmethod
    def seen_by(cls, person: _Person) -> Q:
        """A list shows one's own; another's file is reached through the thing it is about."""
        return Q(owner=person) | Q(is_public=True)

    def relations_to(self, person: _Person) -> frozenset[str]:
        """`@owner`; `@handles`: staff who see the thing this file is about."""
        from linli.foundation.files.seeing import sees_about

        if self.owner_id == person.pk:
            return frozenset({"@owner"})
        return frozenset({"@handles"}) if person.is_staff and sees_about(person, self) else frozenset()


class Opening(Record):
    """A sealed original was opened: by whom, when, and for what reason."""

    file = ForeignKey(StoredFile, CASCADE, related_name="openings")
    person = ForeignKey(Person, PROTECT, related_name="+")
    reason = EncryptedTextField(_("理由"), purpose="files.opening")
    at = DateTimeField(default=now)


def root() -> Path:
    """The folder of all kept files."""
    return Path(settings.LINLI_DATA) / "files"


def folder_of(pk: int) -> Path:
    """Two levels of 256, taken from the fast-changing middle of the number, so no folder grows without end."""
    return root() / f"{pk >> 22 & 0xFF:02x}" / f"{pk >> 30 & 0xFF:02x}"
