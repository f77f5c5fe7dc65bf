"""The rooms' English catalogues, kept without GNU gettext: gathered from the code, checked, compiled.

The msgids are simplified Chinese and stand in the code; `en` is the one catalogue. Each room keeps its own.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation import template as translation_template

import linli

PACKAGE = Path(linli.__file__).resolve().parent
LANGUAGE = "en"
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "lazy": None,  # what gettext_lazy is called where the plain one has the underscore
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_NAMED = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}")
_POSITIONAL = re.compile(r"(?<!%)%[sd]")


@dataclass
class Problem:
    """One thing to mend: where, which sentence, what is wrong."""

    room: str
    msgid: str
    what: str
    place: str = ""

    def __str__(self) -> str:
        where = f" ({self.place})" if self.place else ""
        return f"{self.room}: {self.what}: {self.msgid!r}{where}"


@dataclass
class Room:
    """A folder with an `apps.py`, and the catalogue it keeps."""

    name: str
    folder: Path
    found: dict[tuple[str, str], Message] = field(default_factory=dict)

    @property
    def po(self) -> Path:
        return self.folder / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"

    def catalogue(self) -> Catalog:
        if not self.po.exists():
            return Catalog(locale=LANGUAGE, charset="utf-8")
        with self.po.open("rb") as handle:
            return read_po(handle, locale=LANGUAGE, charset="utf-8")


def rooms() -> list[Room]:
    """Every room, by its dotted name below `linli`."""
    found = [
        Room(".".join(path.parent.relative_to(PACKAGE).parts), path.parent)
        for path in sorted(PACKAGE.glob("*/*/apps.py"))
    ]
    for room in found:
        room.found = gather(room.folder)
    return found


def gather(folder: Path) -> dict[tuple[str, str], Message]:
    """Every sentence that the code and templates under `folder` ask a translation of: (msgid, context) → message."""
    found = Catalog(locale=LANGUAGE)
    for path in sorted(folder.rglob("*")):
        if "tests" in path.parts or "migrations" in path.parts or "static" in path.parts:
            continue
        if path.suffix == ".py":
            source = path.read_bytes()
        elif path.suffix in {".html", ".txt", ".xml"} and "templates" in path.parts:
            source = translation_template.templatize(path.read_text("utf-8"), origin=str(path)).encode()
        else:
            continue
        for line, sentence, _comments, context in extract(
            "python", io.BytesIO(source), keywords=KEYWORDS, options={"encoding": "utf-8"}
        ):
            if sentence and sentence != "" and any(part for part in _forms(sentence)):
                found.add(sentence, context=context, locations=[(str(path.relative_to(PACKAGE.parent)), line)])
    return {_key(message): message for message in found if message.id}


def _forms(sentence: str | Iterable[str]) -> list[str]:
    return [sentence] if isinstance(sentence, str) else [part for part in sentence if part]


def _texts(message: Message) -> list[str]:
    """The English of each form, empty ones too."""
    text = message.string or ""
    return [text] if isinstance(text, str) else [str(part) for part in text]


def _key(message: Message) -> tuple[str, str]:
    return _forms(message.id)[0], message.context or ""


def check(only: Iterable[str] = ()) -> Iterator[Problem]:
    """What is missing, empty, fuzzy or inconsistent in the catalogues."""
    wanted = set(only)
    said: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {}
    for room in rooms():
        if wanted and not wanted & {room.name, room.name.split(".")[-1]}:
            continue
        try:
            kept = {_key(message): message for message in room.catalogue() if message.id}
        except Exception as error:
            yield Problem(room.name, str(room.po), f"the catalogue cannot be read: {error}")
            continue
        for key, asked in room.found.items():
            place = ":".join(map(str, asked.locations[0])) if asked.locations else ""
            have = kept.get(key)
            if have is None:
                yield Problem(room.name, key[0], "no English", place)
                continue
            texts = _texts(have)
            if have.fuzzy:
                yield Problem(room.name, key[0], "fuzzy: read it, then remove the mark", place)
            elif not texts or not all(texts):
                yield Problem(room.name, key[0], "empty English", place)
            elif len(_forms(asked.id)) > 1 and len(texts) < 2:
                yield Problem(room.name, key[0], "singular and plural are both needed", place)
            else:
                yield from _placeholders(room.name, asked, texts, place)
                before = said.setdefault(key, (room.name, tuple(texts)))
                if before[1] != tuple(texts):
                    # Django merges the catalogues: which of the two a reader meets would be chance.
                    yield Problem(room.name, key[0], f"{before[0]} says {before[1][0]!r}, here {texts[0]!r}", place)


def _placeholders(room: str, asked: Message, texts: Iterable[str], place: str) -> Iterator[Problem]:
    wanted = {name for form in _forms(asked.id) for name in _names(form)}
    for text in texts:
        stray = _names(text) - wanted
        # A plural's singular may leave the number out ("one neighbour").
        missing = wanted - _names(text) if len(_forms(asked.id)) == 1 else set()
        if stray or missing:
            yield Problem(
                room, _forms(asked.id)[0], f"placeholders differ: {', '.join(sorted(stray | missing))}", place
            )
        if any(len(_POSITIONAL.findall(form)) > 1 for form in _forms(asked.id)):
            yield Problem(room, _forms(asked.id)[0], "name the placeholders, so that their order can change", place)


def _names(text: str) -> set[str]:
    return {first or second for first, second in _NAMED.findall(text)}


def update(only: Iterable[str] = ()) -> Iterator[tuple[str, int, int]]:
    """Add what the code newly asks (empty, to be filled) and drop what it no longer does; (room, added, dropped)."""
    wanted = set(only)
    for room in rooms():
        if wanted and not wanted & {room.name, room.name.split(".")[-1]}:
            continue
        kept = {_key(message): message for message in room.catalogue() if message.id}
        added, dropped = room.found.keys() - kept.keys(), kept.keys() - room.found.keys()
        if not added and not dropped:
            continue
        fresh = Catalog(locale=LANGUAGE, charset="utf-8", project="Linli", fuzzy=False)
        for key, message in sorted(room.found.items(), key=lambda pair: pair[1].locations[0]):
            have = kept.get(key)
            fresh.add(
                message.id, have.string if have else "", context=message.context, flags=have.flags if have else ()
            )
        room.po.parent.mkdir(parents=True, exist_ok=True)
        with room.po.open("wb") as out:
            write_po(out, fresh, width=110, omit_header=False, sort_output=False)
        yield room.name, len(added), len(dropped)


def compile_all() -> int:
    """Write each `.mo` that is older than its `.po`; how many."""
    written = 0
    for po in sorted(PACKAGE.glob("*/*/locale/*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        with po.open("rb") as handle:
            catalogue = read_po(handle, locale=po.parts[-3], charset="utf-8")
        # Written whole and then renamed: a server may be reading the old one.
        fresh = mo.with_suffix(".mo.new")
        with fresh.open("wb") as out:
            write_mo(out, catalogue)
        fresh.replace(mo)
        written += 1
    return written
