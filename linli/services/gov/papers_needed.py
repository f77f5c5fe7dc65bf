"""The papers of one application: which of the version's materials its answers want, and how each may come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from linli.foundation.calendar.clock import today
from linli.foundation.files import StoredFile
from linli.mechanisms.forms import rules
from linli.services.gov import wallet
from linli.services.gov.items.reading import spoken
from linli.services.gov.models import Application, Brought, Way
from linli.services.gov.models.wallet import Paper

_GIVEN = frozenset({"shared", "generated"})  # comes from elsewhere: nothing to hand in


@dataclass(frozen=True)
class Need:
    """One paper. `ways` it may come; `is_open`: the answers do not yet say whether it is wanted."""

    key: str
    name: str
    ways: tuple[str, ...]
    is_required: bool
    is_open: bool
    sample: str
    validity: str
    condition: str
    licence: str


@dataclass(frozen=True)
class Line:
    """A paper with what was said and what lies in the wallet for it."""

    need: Need
    brought: Brought | None
    files: tuple[StoredFile, ...]
    used: Paper | None
    offered: Paper | None

    @property
    def is_settled(self) -> bool:
        return self.used is not None or self.brought is not None

    @property
    def is_there(self) -> bool:
        return self.used is not None or (self.brought is not None and self.brought.way in (Way.FILE, Way.SEEN))


def values_of(row: Application) -> Mapping[str, Any]:
    """The answers, of a bundle those of the one form."""
    sheet = row.sheet if row.sheet_id else row.filing.sheet if row.filing else None
    return sheet.values if sheet is not None else {}


def needed(row: Application, manner: str = "official") -> list[Need]:
    """What is wanted, in the item's order. A paper that comes from elsewhere, or whose condition does not hold for
    these answers, is left out; one whose condition is not settled stays, marked."""
    body = spoken(row.version.body, manner)
    raw = row.version.body["local"].get("materials") or []
    parameters = (row.version.body.get("eligibility") or {}).get("parameters") or {}
    facts = values_of(row)
    found = []
    for one, said in zip(raw, body["local"].get("materials") or [], strict=True):
        if one.get("source") in _GIVEN:
            continue
        answer = "yes"
        if one.get("when"):
            answer = rules.evaluate(one["when"], facts, on=today(), parameters=parameters).answer
        if answer == "no":
            continue
        found.append(Need(
            key=str(one["key"]), name=str(said["name"]), ways=_ways(one), is_required=one["need"] == "required",
            is_open=answer == "unknown", sample=str(said.get("sample") or ""), validity=str(said.get("validity") or ""),
            condition=_clause(one, manner), licence=str(one.get("licence") or "")))
    return found


def _ways(one: Mapping[str, Any]) -> tuple[str, ...]:
    ways = [Way.FILE] if "electronic" in (one.get("medium") or ["electronic"]) else []
    ways += [Way.WINDOW, Way.SEEN]
    if one["need"] == "tolerated":
        ways.append(Way.LATER)
    if one["need"] == "promised":
        ways.append(Way.PROMISED)
    return tuple(str(way) for way in ways)


def _clause(one: Mapping[str, Any], manner: str) -> str:
    when = one.get("when")
    if not isinstance(when, Mapping):
        return ""
    return str(when.get("clause_en" if manner == "en" else "clause") or when.get("clause") or "")


def lines(row: Application, person: Any, manner: str = "official") -> list[Line]:
    """Every paper with what was brought for it; what the wallet offers, for who may open it."""
    said = {one.key: one for one in Brought.objects.filter(application=row)}
    pictures: dict[str, list[StoredFile]] = {}
    for file in StoredFile.objects.filter(about_type="gov.brought", about_id__in=[str(b.pk) for b in said.values()]):
        pictures.setdefault(file.about_id, []).append(file)
    used, offered = wallet.used_in(row.pk), dict(wallet.offer(person, row))
    return [Line(need, said.get(need.key), tuple(pictures.get(str(said[need.key].pk), ())) if need.key in said else (),
                 used.get(need.key), offered.get(need.key)) for need in needed(row, manner)]


def unsettled(row: Application) -> list[Need]:
    """The required papers of which nobody has said how they come."""
    said = set(Brought.objects.filter(application=row).values_list("key", flat=True)) | set(wallet.used_in(row.pk))
    return [one for one in needed(row) if one.is_required and one.key not in said]


def to_follow(row: Application) -> list[dict[str, str]]:
    """What is not there yet at hand-in, by its names: brought to the counter, or to follow."""
    late = set(Brought.objects.filter(application=row, way__in=[Way.WINDOW, Way.LATER]).values_list("key", flat=True))
    late |= {one.key for one in unsettled(row)}
    english = {one.key: one.name for one in needed(row, "en")}
    return [{"zh": one.name, "en": english.get(one.key, one.name)} for one in needed(row) if one.key in late]


def from_wallet(row: Application) -> set[str]:
    """The keys of what was taken out of the wallet."""
    return set(wallet.used_in(row.pk))
