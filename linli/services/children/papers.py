"""The papers of a care provider: which are needed, which have run out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from linli.foundation.policy import policy
from linli.foundation.web import Refused
from linli.services.children.models import CarePaper, CareSite, PaperKind


@dataclass(frozen=True)
class PaperState:
    """One needed paper on a day: state is good, soon, past or missing."""

    kind: str
    title: str
    state: str
    valid_until: date | None
    number: str = ""


def needed(*, has_meal: bool) -> list[str]:
    """The kinds of papers; food only where meals are given."""
    kinds = list(policy("children.papers_needed"))
    return [*kinds, PaperKind.FOOD.value] if has_meal and policy("children.food_paper") else kinds


def states_of(site: CareSite, on: date, *, has_meal: bool) -> list[PaperState]:
    """How each needed paper stands on `on`. One query."""
    newest: dict[str, CarePaper] = {}
    for paper in CarePaper.objects.filter(site=site).order_by("valid_until"):
        newest[paper.kind] = paper
    ahead = policy("children.papers_ahead_days")
    found = []
    for kind in needed(has_meal=has_meal):
        paper_of = newest.get(kind)
        until = paper_of.valid_until if paper_of else None
        if until is None:
            state = "missing"
        elif until < on:
            state = "past"
        else:
            state = "soon" if (until - on).days <= ahead else "good"
        found.append(PaperState(kind, str(PaperKind(kind).label), state, until, paper_of.number if paper_of else ""))
    return found


def faults(states: Sequence[PaperState]) -> list[PaperState]:
    """Those that stop a session."""
    return [one for one in states if one.state in {"missing", "past"}]


def refuse_without(site: CareSite, on: date, *, has_meal: bool) -> None:
    """Raises `Refused("papers")` naming what is missing or past on that day."""
    bad = faults(states_of(site, on, has_meal=has_meal))
    if bad:
        raise Refused("papers", _("证照不全或过期：%(papers)s。补好才能招生开班。") % {
            "papers": "、".join(one.title for one in bad)})
