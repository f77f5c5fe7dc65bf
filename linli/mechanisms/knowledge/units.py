"""One thing the house knows in public: a published field of an item, a notice, a guide, an event, a facility."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import date

KINDS = ("item", "bundle", "notice", "guide", "event", "facility", "service")
ASPECTS = ("what", "materials", "limit", "fee", "where", "eligible", "how", "result", "phone", "remedy")
PLACE_BOUND = frozenset({"notice", "event", "facility"})  # always of some place
TOLD_TO_ALL = frozenset({"item", "bundle", "guide"})  # law and procedure; the rest is of no concern elsewhere
_WIDE = 6  # digits of a district: what a street or a community words for itself is told there only
KEY_MAX, GROUP_MAX, TITLE_MAX, WORDING_MAX = 160, 120, 200, 120
_ASCII = re.compile(r"[A-Za-z0-9_.:/@-]+")


class BadUnit(ValueError):  # noqa: N818 - read after "raises"
    """A unit that cannot be indexed; the sentence names its key and what to mend."""


@dataclass(frozen=True)
class Unit:
    """A published field, ready to be shown word for word.

    `group` is the thing asked for; its units share `title`, `kind`, `area_code`. `wordings` are ways in which a
    resident says it and belong to the whole group. `area_code` is empty for what holds everywhere. `checked_on` is an
    ISO day or empty; `unchecked` marks what was imported and compared with nothing here. `acts` are (label, address).
    """

    key: str
    group: str
    kind: str
    title: str
    aspect: str
    text: str
    wordings: tuple[str, ...] = ()
    url: str = ""
    area_code: str = ""
    source: str = ""
    version: str = ""
    checked_on: str = ""
    unchecked: bool = False
    acts: tuple[tuple[str, str], ...] = ()

    def checked(self) -> Unit:
        """This unit. Raises `BadUnit`."""
        wrong = self._wrong()
        if wrong:
            raise BadUnit(f"{self.key or self.title or '?'}: {wrong}")
        return self

    def _wrong(self) -> str:
        if not _ASCII.fullmatch(self.key) or len(self.key) > KEY_MAX:
            return f"a key is 1 to {KEY_MAX} characters of letters, digits, _ . : / @ and -"
        if not _ASCII.fullmatch(self.group) or len(self.group) > GROUP_MAX:
            return f"a group is 1 to {GROUP_MAX} characters of letters, digits, _ . : / @ and -"
        if self.kind not in KINDS:
            return f"kind {self.kind!r} is none of {', '.join(KINDS)}"
        if self.aspect not in ASPECTS:
            return f"aspect {self.aspect!r} is none of {', '.join(ASPECTS)}"
        if not self.title.strip() or len(self.title) > TITLE_MAX:
            return f"a title has 1 to {TITLE_MAX} characters"
        if not self.source.strip():
            return "no source, no answer: say where it is published"
        if self.kind in PLACE_BOUND and not self.area_code:
            return f"a {self.kind} belongs to a place: give its area_code"
        if not re.fullmatch(r"\d{0,15}", self.area_code):
            return "area_code is a division code or empty"
        if self.checked_on:
            try:
                date.fromisoformat(self.checked_on)
            except ValueError:
                return f"checked_on {self.checked_on!r} is no day: write 2026-11-20"
        return ""

    def digest(self) -> str:
        """Changes whenever anything of the unit does."""
        plain = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(plain.encode()).hexdigest()


def is_told_to(kind: str, area_code: str, asker: str) -> bool:
    """Is a thing of `area_code` told to somebody of `asker` (a division code, empty for nobody's)?"""
    return (kind in TOLD_TO_ALL and len(area_code) <= _WIDE) or is_of(area_code, asker)


def is_of(area_code: str, asker: str) -> bool:
    """Does it hold where the asker is: of their place, of one above it, or of everywhere?"""
    return not area_code or (bool(asker) and asker.startswith(area_code))
