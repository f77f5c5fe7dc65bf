"""What a shell asks of the rooms: their menu entries, their cards, their answers to a search. It names no room."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from linli.foundation.people.permit import may
from linli.foundation.web.manifest import Card, Manifest, Menu, manifests

if TYPE_CHECKING:
    from linli.foundation.areas.models import Area
    from linli.foundation.people.models import Person

log = logging.getLogger("linli.shell")


@dataclass(frozen=True)
class Door:
    """A menu entry as this person sees it, with its address."""

    url: str
    title: str | Promise
    icon: str
    tone: str
    is_current: bool


@dataclass(frozen=True)
class Found:
    """One answer to a search."""

    title: str
    sub: str
    url: str
    icon: str


def address(*names: str) -> str:
    """The address of the first of `names` that exists, or nothing: a room may not be installed."""
    for name in names:
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return ""


class Menus:
    """The menus of one request, each read when a template first asks for it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def portal(self) -> list[Door]:
        return list(self._doors("portal"))

    @cached_property
    def desk(self) -> list[Door]:
        return list(self._doors("desk"))

    @cached_property
    def me(self) -> list[Door]:
        """What rooms add to the page 「我的」 (`Menu("me", …)`)."""
        return list(self._doors("me"))

    @cached_property
    def elder(self) -> list[Door]:
        """Tiles of 长辈版: `Menu("elder", …)` with the verb first; where no room has one, the portal's doors."""
        return list(self._doors("elder")) or self.portal

    @cached_property
    def neighbours(self) -> list[Door]:
        """Doors for `Menu("neighbours", …)`, and the portal's warm ones: the warm tone is people, food, culture."""
        return [*self._doors("neighbours"), *(door for door in self.portal if door.tone == "warm")]

    def _doors(self, shell: str) -> Iterator[Door]:
        person = getattr(self._request, "person", None)
        entries = [(manifest, entry) for manifest in manifests() for entry in manifest.menu if entry.shell == shell]
        for manifest, entry in sorted(entries, key=lambda pair: pair[1].order):
            url = address(entry.url_name)
            if url and _is_open(person, manifest, entry):
                here = self._request.path == url or (url != "/" and self._request.path.startswith(url))
                yield Door(url, entry.title, entry.icon or manifest.icon or "grid", entry.tone, here)


def _is_open(person: Person | None, manifest: Manifest, entry: Menu) -> bool:
    if not entry.verb:
        return True
    verb = entry.verb if "." in entry.verb else f"{manifest.name}.{entry.verb}"
    return bool(person) and may(person, verb)


def cards(request: HttpRequest, slot: str, *about: object) -> list[Card]:
    """What the rooms put into `slot` (of the page `about` something), in order.

    A room that breaks loses its cards, not the page.
    """
    found: list[Card] = []
    for manifest in manifests():
        if slot not in manifest.cards:
            continue
        try:
            found.extend(import_string(manifest.cards[slot])(request, *about))
        except Exception:
            log.exception("shell.cards_failed", extra={"room": manifest.name, "slot": slot})
    return sorted(found, key=lambda card: card.order)


def find(person: Person | None, area: Area | None, words: str) -> list[Found]:
    """Every room's answers to `words`; a room that breaks is left out of the answer and named in the log."""
    found: list[Found] = []
    for manifest in manifests():
        if not manifest.search:
            continue
        try:
            rows = import_string(manifest.search)(person, area, words)
            found.extend(Found(*(str(part) for part in row)) for row in rows)
        except Exception:
            log.exception("shell.search_failed", extra={"room": manifest.name})
    return found
