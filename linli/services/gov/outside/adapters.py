"""How a clinic or a school is asked: one protocol, and its plain form as signed JSON over HTTP.

A house with a system of its own gets a further class here; `adapter_of` chooses by the address that was set for it
(`Endpoint`). Where none is set there is no adapter, and the page tells how to go there oneself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from django.utils.dateparse import parse_datetime

from linli.services.gov.models.outside import Endpoint, OutsidePlace
from linli.services.gov.outside.http import Line, NoAnswer, TurnedDown, ask

MOST_SLOTS = 200


@dataclass(frozen=True)
class Slot:
    """A time that can be had: `ident` is the other house's name for it."""

    ident: str
    starts_at: datetime
    with_whom: str
    left: int | None


@dataclass(frozen=True)
class Confirmation:
    """They say: it is in our book, under this number. `is_cancelled`: it was, and is no more."""

    number: str
    said: str = ""
    is_cancelled: bool = False


class Adapter(Protocol):
    """Every call ends within some seconds. All raise `NoAnswer` (ask again) and `TurnedDown` (they said no)."""

    def slots(self, service: str, first: date, days: int) -> list[Slot]:
        """The free times, the earliest first."""

    def book(self, key: str, service: str, slot: str, who: Mapping[str, str]) -> Confirmation:
        """Book; the same `key` again gives the same booking."""

    def look_up(self, key: str) -> Confirmation | None:
        """What they have under `key`; None when they say they have nothing."""

    def cancel(self, key: str) -> None:
        """Cancel what stands under `key`; also when it is cancelled already."""


class HttpAdapter:
    """`GET slots`, `PUT appointments/{key}`, `GET appointments/{key}`, `DELETE appointments/{key}` (docs/gov.md)."""

    def __init__(self, line: Line) -> None:
        self.line = line

    def slots(self, service: str, first: date, days: int) -> list[Slot]:
        query = urlencode({"service": service, "from": first.isoformat(), "days": days})
        rows = ask(self.line, "GET", f"/slots?{query}").get("slots")
        if not isinstance(rows, list):
            raise NoAnswer("garbled")
        found = [_slot(row) for row in rows[:MOST_SLOTS]]
        return sorted((one for one in found if one.left is None or one.left > 0), key=lambda one: one.starts_at)

    def book(self, key: str, service: str, slot: str, who: Mapping[str, str]) -> Confirmation:
        told = {"service": service, "slot": slot, "who": dict(who)}
        return _confirmation(ask(self.line, "PUT", f"/appointments/{quote(key)}", told, key=key), key)

    def look_up(self, key: str) -> Confirmation | None:
        try:
            return _confirmation(ask(self.line, "GET", f"/appointments/{quote(key)}"), key)
        except TurnedDown as no:
            if no.code in {"http_404", "unknown"}:
                return None
            raise

    def cancel(self, key: str) -> None:
        try:
            ask(self.line, "DELETE", f"/appointments/{quote(key)}", key=key)
        except TurnedDown as no:
            if no.code not in {"http_404", "http_410", "unknown"}:
                raise


def _slot(row: Any) -> Slot:
    if not isinstance(row, dict):
        raise NoAnswer("garbled")
    ident, starts, left = row.get("id"), row.get("starts_at"), row.get("left")
    try:
        moment = parse_datetime(starts) if isinstance(starts, str) else None
    except ValueError:
        moment = None
    if not isinstance(ident, str) or not 0 < len(ident) <= 80 or moment is None or moment.tzinfo is None:
        raise NoAnswer("garbled")
    with_whom = row.get("with")
    return Slot(ident, moment, with_whom[:120] if isinstance(with_whom, str) else "",
                left if isinstance(left, int) else None)


def _confirmation(told: Mapping[str, Any], key: str) -> Confirmation:
    number, said, state = told.get("number"), told.get("note"), told.get("state")
    if told.get("key") != key or not isinstance(number, str) or not 0 < len(number) <= 60 or state not in {
            "booked", "cancelled"}:
        raise NoAnswer("garbled")
    return Confirmation(number, said[:200] if isinstance(said, str) else "", state == "cancelled")


def adapter_of(place: OutsidePlace) -> Adapter | None:
    """How to ask the place's own system; None where it has none that is switched on."""
    found = Endpoint.objects.filter(organisation_id=place.organisation_id, is_on=True).order_by("pk").first()
    return HttpAdapter(line_of(found)) if found else None


def line_of(endpoint: Endpoint) -> Line:
    return Line(endpoint.url, endpoint.key_id, endpoint.secret)
