"""Texts that come as data: `{zh, en}`, said in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.functional import lazy
from django.utils.translation import get_language


class Said(NamedTuple):
    """One sentence in both languages; as a string it is in the reader's."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.en if (get_language() or "").startswith("en") else self.zh


class BadText(ValueError):  # noqa: N818 - read after "raises"
    """A text of the catalogue that lacks a language, with where it stands."""


def said(data: Any, where: str) -> Said:
    """From the file. Raises `BadText`."""
    if not isinstance(data, Mapping) or set(data) != {"zh", "en"} or not all(
            isinstance(text, str) and text.strip() for text in data.values()):
        raise BadText(f"{where}: write {{zh: …, en: …}}, neither empty")
    return Said(data["zh"].strip(), data["en"].strip())


def all_said(data: Any, where: str) -> tuple[Said, ...]:
    """A list of them. Raises `BadText`."""
    if not isinstance(data, list):
        raise BadText(f"{where}: write a list of {{zh: …, en: …}}")
    return tuple(said(one, f"{where}[{place}]") for place, one in enumerate(data))


def _str(words: Said) -> str:
    return str(words)


lazily = lazy(_str, str)  # for a notice, which is put into the language of who reads it
