"""From the table of units to the index: phrases and texts of each group, vectors, and which index is current."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.transaction import atomic

from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.mechanisms.knowledge import calibration, collecting, index as files, meaning
from linli.mechanisms.knowledge.index import Group, Index, Phrase
from linli.mechanisms.knowledge.models import IndexedUnit, Meaning, Version, Wording
from linli.mechanisms.knowledge.texts import even, subject_of

BODY_CHARS = 700  # of a group's texts together: what comes later says little about what the thing is
FIRST_SENTENCE = 60
_MANY = 500
_SENTENCE_END = re.compile(r"[。！？；;\n]")
_FIELDS = ("group", "kind", "aspect", "title", "text", "wordings", "area_code", "unchecked", "url", "digest")


@dataclass(frozen=True)
class Built:
    """What a rebuild did. `missing` phrases have no vector yet."""

    units: int
    groups: int
    phrases: int
    missing: int
    written: int = 0
    gone: int = 0
    faults: tuple[str, ...] = ()


@dataclass
class Content:
    """Everything an index is made of, in a fixed order. `spoken` are the phrases' texts as they are embedded."""

    stamp: str = ""
    groups: list[Group] = field(default_factory=list)
    phrases: list[Phrase] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    vectors: list[bytes | None] = field(default_factory=list)
    units: int = 0

    @property
    def missing(self) -> list[str]:
        return [text for text, vector in zip(self.spoken, self.vectors, strict=True) if vector is None]


def changed(room: str) -> None:
    emit("knowledge.changed", room=room)


def root() -> Path:
    return Path(settings.LINLI_DATA) / "knowledge"


def rebuild(rooms: Iterable[str] | None = None, *, dense: bool = True) -> Built:
    """Ask `rooms` (all, if None) what they know, index it, and make it current.

    With `dense` the missing vectors are made here and now, about 35 ms each; without, those that exist are used and the
    job makes the others. Without the embedding's wheel the lexical part works alone.
    """
    found = collecting.collect(rooms)
    if dense:
        while make_meanings():
            pass
    return publish(found)


def publish(found: collecting.Collected | None = None) -> Built:
    """Make the index of what the tables hold now the current one; nothing is done where it is already."""
    content = read()
    row = Version.objects.filter(name="current").first()
    if row is None or row.stamp != content.stamp:
        made = build(content)  # outside the transaction: it takes seconds, and nobody's writing should wait for it
        files.save(made, root(), content.stamp)
        law = calibration.fit(made, content.phrases)
        with atomic():
            Version.objects.update_or_create(name="current", defaults={
                "stamp": content.stamp, "built_at": now(), "law": law.told() if law else {}, "units": content.units,
                "groups": len(content.groups), "phrases": len(content.phrases),
                "meanings": len(content.phrases) - len(content.missing)})
    files.forget_old(root(), keep=content.stamp)
    return Built(content.units, len(content.groups), len(content.phrases), len(content.missing),
                 found.written if found else 0, found.gone if found else 0, tuple(found.faults) if found else ())


def build(content: Content) -> Index:
    return files.make(content.groups, content.phrases, content.bodies, meaning.stacked(content.vectors))


def read() -> Content:
    """The content of the tables, and its stamp."""
    content = Content()
    stamp = hashlib.sha256(f"{files.FORMAT}".encode())
    added = _added()
    for name, rows in _grouped():
        phrases = list(_phrases(rows, added.get(name, ())))
        first = next((row for row in rows if row["aspect"] == "what"), rows[0])
        at = len(content.groups)
        content.groups.append(Group(
            name, first["kind"], first["title"], first["area_code"], any(row["unchecked"] for row in rows),
            first["url"]))
        content.units += len(rows)
        for text, is_wording in phrases:
            content.phrases.append(Phrase(at, subject_of(text), is_wording))
            content.spoken.append(spoken(text))
        content.bodies.append(_body(rows))
        for row in rows:
            stamp.update(row["digest"].encode())
        stamp.update("\0".join(added.get(name, ())).encode())
    content.vectors = _vectors(content.spoken)
    stamp.update(bytes(vector is not None for vector in content.vectors))
    embed_name = meaning.embedder().name if meaning.embedder() else ""  # type: ignore[union-attr]
    stamp.update(embed_name.encode())
    content.stamp = stamp.hexdigest()
    return content


def spoken(text: str) -> str:
    """A phrase as it is embedded: its subject, in one piece, no longer than what says what it is about."""
    return subject_of(text).replace(" ", "")[:120]


def make_meanings(*, most: int = 200) -> int:
    """Make up to `most` missing vectors; gives how many. Each text is embedded once, whatever group it stands for."""
    embed = meaning.embedder()
    if embed is None:
        return 0
    missing = list(dict.fromkeys(read().missing))[:most]
    rows = [Meaning(digest=meaning.digest_of(embed.name, text), vector=meaning.packed(embed.one(text)))
            for text in missing]
    Meaning.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _grouped() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    rows = IndexedUnit.objects.order_by("group", "key").values(*_FIELDS)
    gathered: list[dict[str, Any]] = []
    for row in rows.iterator(chunk_size=2000):
        if gathered and gathered[0]["group"] != row["group"]:
            yield gathered[0]["group"], gathered
            gathered = []
        gathered.append(row)
    if gathered:
        yield gathered[0]["group"], gathered


def _added() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for group, text in Wording.objects.order_by("group", "text").values_list("group", "text"):
        found.setdefault(group, []).append(text)
    return found


def _phrases(rows: Sequence[dict[str, Any]], added: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The title, what residents call it, and the first sentence of what it is; each once."""
    seen: set[str] = set()
    what = next((row["text"] for row in rows if row["aspect"] == "what"), "")
    wordings = [text for row in rows for text in row["wordings"]]
    candidates = [(rows[0]["title"], False), *((text, True) for text in wordings), *((text, True) for text in added),
                  (_SENTENCE_END.split(what.strip(), maxsplit=1)[0][:FIRST_SENTENCE], False)]
    for text, is_wording in candidates:
        plain = even(text)
        if plain and plain not in seen:
            seen.add(plain)
            yield text, is_wording


def _body(rows: Sequence[dict[str, Any]]) -> str:
    ordered = sorted(rows, key=lambda row: row["aspect"] != "what")
    return " ".join([rows[0]["title"], *(row["text"][:300] for row in ordered)])[:BODY_CHARS]


def _vectors(texts: Sequence[str]) -> list[bytes | None]:
    embed = meaning.embedder()
    if embed is None:
        return [None] * len(texts)
    digests = [meaning.digest_of(embed.name, text) for text in texts]
    known: dict[str, bytes] = {}
    wanted = list(dict.fromkeys(digests))
    for at in range(0, len(wanted), _MANY):
        found = Meaning.objects.filter(digest__in=wanted[at:at + _MANY]).values_list("digest", "vector")
        known.update((digest, bytes(vector)) for digest, vector in found)
    return [known.get(digest) for digest in digests]
