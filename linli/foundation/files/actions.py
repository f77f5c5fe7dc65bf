"""The verbs on files: keep, attach, drop, publish a redacted copy, open a sealed original."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any
from unicodedata import category

from django.db import transaction
from django.db.transaction import atomic
from django.utils.translation import gettext, gettext_lazy as _

from linli import config
from linli.foundation import audit
from linli.foundation.events import emit
from linli.foundation.files import kinds, limits, links, photos, store
from linli.foundation.files.models import Opening, Scan, StoredFile
from linli.foundation.people.permit import permit
from linli.foundation.privacy.retention import start_retention
from linli.foundation.records import new_id
from linli.foundation.web.refusals import Refused

if TYPE_CHECKING:
    from django.core.files import File
    from django.db.models import Model

    from linli.foundation.people.models import Person

Box = tuple[float, float, float, float]


@dataclass
class _Checked:
    """What goes to the disk, and what the row will say of it."""

    kind: kinds.Kind
    chunks: Iterable[bytes]
    digest: str
    size: int
    photo: photos.Photo | None = None


def keep(person: Person, upload: File[Any], *, purpose: str, about: Model | None = None,
         public: bool = False) -> StoredFile:
    """Check `upload` by its content, redraw it if it is a photo, and keep it; private unless `public`.

    `stored.found` then holds `lon`, `lat`, `taken_at` where the camera wrote them; they are not kept.
    The slow part runs before the transaction: call this outside `atomic` where that can be done.
    Raises `Denied`, `Refused`: too_big, not_accepted, a_program, locked, two_in_one, old_office, broken_photo,
    too_many_pixels, unpacks_too_big, empty, too_many_files, disk_full.
    """
    permit(person, "files.keep", person)
    checked = _check(upload, limits.families_of(purpose))
    if about is None:
        _refuse_hoarding(person)
    stored = StoredFile(
        pk=new_id(), owner=person, purpose=purpose, family=checked.kind.family, media_type=checked.kind.media_type,
        suffix=checked.kind.suffix, name=shown_name(upload.name, checked.kind.suffix), size=checked.size,
        sha256=checked.digest, is_public=public, scan=Scan.PENDING if config.env("LINLI_SCAN_CMD") else Scan.UNSCANNED,
        **_about(about))
    if checked.photo:
        stored.width, stored.height, stored.dhash = checked.photo.width, checked.photo.height, checked.photo.dhash
    _write(stored, checked.chunks, checked.photo)
    stored.found = checked.photo.found if checked.photo else {}
    return _saved(person, stored, "files.keep")


def _saved(person: Person, stored: StoredFile, verb: str) -> StoredFile:
    """The row, only after the bytes are on the disk; without the row, no bytes."""
    try:
        with atomic():
            stored.save(force_insert=True)
            audit.record(person, verb, stored, purpose=stored.purpose, family=stored.family, size=stored.size)
            emit("files.kept", file=stored.pk)
            if stored.scan == Scan.PENDING:
                from linli.foundation.files.jobs import scan

                scan.enqueue(file=stored.pk)
    except BaseException:
        store.remove(stored.path, stored.thumb_path)
        raise
    return stored


def _write(stored: StoredFile, chunks: Iterable[bytes], photo: photos.Photo | None) -> None:
    try:
        store.put(stored.path, chunks)
        if photo:
            store.put(stored.thumb_path, [photo.thumb])
    except BaseException:
        store.remove(stored.path, stored.thumb_path)
        raise


def _check(upload: File[Any], families: Sequence[str]) -> _Checked:
    limit = max(limits.max_bytes(family) for family in families)
    if upload.size > limit:
        raise limits.too_big(upload.size, limit)
    if not upload.size:
        raise Refused("empty", _("这个文件是空的。请重新选一次。"), field="file")
    source = _seekable(upload)
    source.seek(0)
    head = source.read(64)
    if "photo" in families and kinds.looks_like_photo(head):
        if upload.size > limits.max_bytes("photo"):
            raise limits.too_big(upload.size, limits.max_bytes("photo"))
        photo = photos.redraw(source, max_pixels=limits.limit("photo_pixels"))
        if photo:
            digest = sha256(photo.content).hexdigest()
            return _Checked(photo.kind, [photo.content], digest, len(photo.content), photo)
        raise Refused("broken_photo", _("这张照片打不开。请重新选一次，或者再拍一张。"), field="file")
    kind = kinds.recognise(source)
    if kind is None or kind.family not in families:
        raise _not_accepted(families)
    if upload.size > limits.max_bytes(kind.family):
        raise limits.too_big(upload.size, limits.max_bytes(kind.family))
    return _Checked(kind, _chunks(source), _digest(source), upload.size)


def _not_accepted(families: Sequence[str]) -> Refused:
    if tuple(families) == ("photo",):
        sentence = gettext("这里只收照片，这个文件不是照片。请把内容拍下来再传。")
    else:
        sentence = gettext("这种文件收不了。这里收：%(kinds)s。") % {"kinds": limits.kinds_told(families)}
    return Refused("not_accepted", sentence, field="file", accepted=list(families))


def _seekable(upload: File[Any]) -> IO[bytes]:
    source = upload.file
    return source if source is not None and source.seekable() else io.BytesIO(upload.read())


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    source.seek(0)
    while chunk := source.read(262_144):
        yield chunk


def _digest(source: IO[bytes]) -> str:
    digest = sha256()
    for chunk in _chunks(source):
        digest.update(chunk)
    return digest.hexdigest()


def shown_name(name: str | None, suffix: str) -> str:
    """The sender's file name without folders, control and direction signs, with the true ending; ≤ 100 signs."""
    base = PurePosixPath((name or "").replace("\\", "/")).name
    stem = base.rsplit(".", 1)[0] if "." in base else base
    clean = "".join(sign for sign in stem if category(sign)[0] != "C" and sign not in '<>:"/|?*').strip(" .")
    return f"{clean[:80]}{suffix}" if clean else ""


def _refuse_hoarding(person: Person) -> None:
    waiting = StoredFile.objects.filter(owner=person, about_type="", original=None).count()
    if waiting >= limits.limit("waiting_files"):
        raise Refused("too_many_files", _("您有很多照片传了还没提交。先提交或删掉几张，再接着传。"), field="file")


def _about(about: Model | None) -> dict[str, str]:
    return {"about_type": about._meta.label_lower, "about_id": str(about.pk)} if about else {}


@atomic
def attach(person: Person, files: Iterable[StoredFile | int], about: Model) -> list[StoredFile]:
    """Make `person`'s own waiting files (rows or numbers) part of `about`; what is already part of it stays.

    Raises `Refused("file_gone")` for a file that is another's, is part of something else, or was cleaned away.
    """
    wanted = [int(file.pk if isinstance(file, StoredFile) else file) for file in files]
    rows = StoredFile.objects.select_for_update().in_bulk(wanted)
    place = _about(about)
    for pk in wanted:
        row = rows.get(pk)
        is_here = row is not None and (row.about_type, row.about_id) == (place["about_type"], place["about_id"])
        if row is None or row.owner_id != person.pk or (row.about_type and not is_here):
            raise Refused("file_gone", _("有一张照片不在了，请重新选一次。您写的都还在。"), field="file")
        if not is_here:
            row.about_type, row.about_id = place["about_type"], place["about_id"]
            row.save(update_fields=["about_type", "about_id"])
            audit.record(person, "files.attach", row, about=f"{row.about_type} {row.about_id}")
    return [rows[pk] for pk in wanted]


@atomic
def drop(person: Person, stored: StoredFile) -> None:
    """Delete one's own file that is not yet part of anything. Raises `Denied`, `Refused("in_use")`."""
    permit(person, "files.drop", stored)
    row = StoredFile.objects.select_for_update().get(pk=stored.pk)
    if row.about_type:
        raise Refused("in_use", _("这个文件已经交上去了，不能在这里删。要撤回请找经办人。"))
    audit.record(person, "files.drop", row)
    forget(row)


def forget(row: StoredFile) -> None:
    """Delete the row now and its bytes once that is committed (a rolled-back row keeps its bytes)."""
    paths = row.path, row.thumb_path
    row.delete()
    transaction.on_commit(lambda: store.remove(*paths))


def forget_files_of(about: Model) -> int:
    """Delete every file of a thing, redacted copies too, when the thing itself is erased. Gives the number.

    Called by the eraser of the thing's own room, in its transaction; not a verb of a person.
    """
    rows = list(StoredFile.objects.filter(**_about(about)))
    for row in rows:
        audit.record(None, "files.forget", row)
        forget(row)
    return len(rows)


def publish_redacted(person: Person, stored: StoredFile, boxes: Sequence[Box]) -> StoredFile:
    """Make a public copy of a photo in which `boxes` (x, y, width, height as fractions) are covered; seal the original.

    Raises `Denied`, `Refused`: not_a_photo, bad_box, disk_full.
    """
    permit(person, "files.redact", stored)
    if not stored.is_photo:
        raise Refused("not_a_photo", _("只有照片能打码。"))
    for x, y, width, height in boxes:
        if not (0 <= x < 1 and 0 <= y < 1 and 0 < width <= 1 - x + 1e-6 and 0 < height <= 1 - y + 1e-6):
            raise Refused("bad_box", _("打码的框超出了照片，请重新框一次。"))
    photo = photos.redact(stored.path.read_bytes(), list(boxes))
    copy = StoredFile(
        pk=new_id(), owner=stored.owner, purpose=stored.purpose, family="photo", media_type=photo.kind.media_type,
        suffix=photo.kind.suffix, name=shown_name(stored.name, photo.kind.suffix), size=len(photo.content),
        width=photo.width, height=photo.height, sha256=sha256(photo.content).hexdigest(), dhash=photo.dhash,
        about_type=stored.about_type, about_id=stored.about_id, is_public=True, original=stored, scan=stored.scan)
    _write(copy, [photo.content], photo)
    try:
        with atomic():
            row = StoredFile.objects.select_for_update().get(pk=stored.pk)
            row.is_sealed, row.is_public = True, False
            row.save(update_fields=["is_sealed", "is_public"])
            copy.save(force_insert=True)
            audit.record(person, "files.redact", row, copy=str(copy.pk), boxes=len(boxes))
    except BaseException:
        store.remove(copy.path, copy.thumb_path)
        raise
    stored.is_sealed, stored.is_public = True, False
    return copy


@atomic
def reveal(person: Person, stored: StoredFile, *, reason: str) -> str:
    """A short-lived link to a sealed original; who opened it and why is written down first.

    Raises `Denied`, `Refused("no_reason")`.
    """
    permit(person, "files.reveal", stored)
    if len(reason.strip()) < 4:
        raise Refused("no_reason", _("请写清楚为什么要看原图，至少 4 个字。"), field="reason")
    opening = Opening.objects.create(file=stored, person=person, reason=reason.strip()[:500])
    start_retention(opening, "files.opening")
    audit.record(person, "files.reveal", stored, personal={"reason": opening.reason}, opening=str(opening.pk))
    return links.signed(stored, person, opening=opening.pk)


__all__ = ["attach", "drop", "forget", "forget_files_of", "keep", "publish_redacted", "reveal", "shown_name"]
