"""Writing a letter: composed from the facts of now, numbered, kept as it was sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db.models import Max

from linli.foundation import audit
from linli.services.gov.letters import facts as reading
from linli.services.gov.letters.composing import Fact, compose, templates
from linli.services.gov.models.letters import ONCE, Letter, LetterKind

if TYPE_CHECKING:
    from linli.foundation.people.models import Person
    from linli.services.gov.models import Application

# What belongs to one step, and the step must say it; "" where there is nothing to say.
STEP_FACTS = frozenset({
    "missing", "needs", "reason", "basis", "elsewhere", "name", "days", "pause_basis", "approver", "reasons",
    "extension_basis", "granted", "refused", "results", "how", "result", "result_number"})


def write(application: Application, kind: str, *, by: Person | None, facts: Mapping[str, Fact] | None = None,
          once: str = "") -> Letter:
    """Write one letter about an application, inside the caller's transaction and its lock on the application.

    `kind` is a `LetterKind`; `facts` are those of the step (`STEP_FACTS`, or a better value for one of the
    application's own). The same letter asked for again (a kind that is written once, or the same `once`) is the first
    one. Raises `ValueError` for an unknown kind or fact.
    """
    if kind not in LetterKind.values:
        raise ValueError(f"no letter is called {kind!r}")
    key = kind if kind in ONCE else f"{kind}.{once}" if once else ""
    if key:
        earlier: Letter | None = Letter.objects.filter(application=application, once=key).first()
        if earlier is not None:
            return earlier
    given = dict(facts or {})
    known = reading.of_application(application)
    if unknown := given.keys() - known.keys() - STEP_FACTS:
        raise ValueError(f"{kind}: no template says {sorted(unknown)[0]!r}")
    pages = compose(kind, {**dict.fromkeys(STEP_FACTS), **known, **given})
    sequence = (Letter.objects.filter(application=application).aggregate(last=Max("sequence"))["last"] or 0) + 1
    letter: Letter = Letter.objects.create(
        application=application, area=application.area, sequence=sequence,
        number=f"{application.number}-{sequence:02d}", kind=kind, by=by, once=key or f"{kind}.{sequence}",
        content=json.dumps(pages, ensure_ascii=False))
    audit.record(by, "gov.write_letter", letter, kind=kind, number=letter.number)
    return letter


def preview(application: Application, kind: str, facts: Mapping[str, Fact]) -> dict[str, Any]:
    """The letter as it would be written now: language → page. Nothing is kept."""
    return dict(compose(kind, {**dict.fromkeys(STEP_FACTS), **reading.of_application(application), **facts}))


def title(letter: Letter) -> str:
    """What the letter is called, for the reader."""
    return str(LetterKind(letter.kind).label)


def known_kinds() -> frozenset[str]:
    return frozenset(templates())
