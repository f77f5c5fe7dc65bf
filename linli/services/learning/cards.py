"""What this room puts on the shells' pages: what waits for me."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.people.queries import holding
from linli.foundation.web.manifest import Card
from linli.foundation.web.middleware import Request
from linli.services.learning.models import MatchState, VisitState
from linli.services.learning.queries import pairing, progress


def mine(request: Request) -> Sequence[Card]:
    """A lesson soon or one that waits for a word, a proposal, and skills asked about again. Nothing else."""
    person: Person | None = request.person or None  # type: ignore[truthy-bool]  # lazy: nobody is falsy
    if person is None:
        return []
    matches, visits, again = pairing.matches_of(person), pairing.visits_of(person), progress.asked_again(person)
    if not any(holding(person, matches, visits, again)):
        return []
    found = []
    for match in matches:
        said = match.helper_yes if match.helper.person_id == person.pk else match.learner_yes
        if match.state == MatchState.PROPOSED and not said:
            found.append(Card("learning/card_mine.html", {"kind": "answer"}, order=14))
            break
    soon = now() + timedelta(days=1)
    for visit in visits:
        if visit.state == VisitState.DONE and person.pk in (visit.match.ask.person_id, visit.match.ask.asked_by_id):
            found.append(Card("learning/card_mine.html", {"kind": "confirm", "visit": visit}, order=13))
        elif visit.state in (VisitState.BOOKED, VisitState.RUNNING) and visit.starts <= soon:
            found.append(Card("learning/card_mine.html", {"kind": "go", "visit": visit}, order=16))
    if again:
        found.append(Card("learning/card_mine.html", {"kind": "again"}, order=30))
    return found[:3]

