"""What a resident wrote, made even: one spelling for the same characters, and pieces short enough to embed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

_SENTENCE_END = re.compile(r"(?<=[。！？；!?;])")
_BLANK = re.compile(r"\s+")
SUBJECT_CHARS = 80


@dataclass(frozen=True)
class Message:
    """A message with its subject line; either may be empty."""

    subject: str
    body: str

    @classmethod
    def of(cls, text: str | Message) -> Message:
        """A message from plain text: its first line is the subject; of a single line, the first sentence.

        A first line longer than 80 characters is no subject: its beginning stands in for one.
        """
        if isinstance(text, Message):
            return text
        first, _, rest = text.strip().partition("\n")
        if rest.strip() and len(first) <= SUBJECT_CHARS:
            return cls(first.strip(), rest.strip())
        return cls(_SENTENCE_END.split(first, maxsplit=1)[0].strip()[:SUBJECT_CHARS], text.strip())

    @property
    def whole(self) -> str:
        return f"{self.subject} {self.body}"

    @cached_property
    def even_subject(self) -> str:
        return even(self.subject)

    @cached_property
    def even_whole(self) -> str:
        return even(self.whole)


def even(text: str) -> str:
    """Full-width letters, upper case and runs of blanks made the same; punctuation is kept."""
    return _BLANK.sub(" ", unicodedata.normalize("NFKC", text)).strip().lower()


def passages(text: str, *, chars: int = 200, most: int = 8) -> list[str]:
    """Whole sentences gathered into pieces of at most `chars` characters; the first `most` of them."""
    pieces: list[str] = []
    piece = ""
    for sentence in _SENTENCE_END.split(_BLANK.sub(" ", text).strip()):
        rest = sentence
        while len(rest) > chars:
            pieces += [piece, rest[:chars]]
            piece, rest = "", rest[chars:]
        if len(piece) + len(rest) > chars:
            pieces.append(piece)
            piece = ""
        piece += rest
    pieces.append(piece)
    return [piece.strip() for piece in pieces if piece.strip()][:most]
