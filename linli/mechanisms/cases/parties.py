"""Whose case it is: the requester, and whoever may stand for them by a mandate (亲情代办), for as long as it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from linli.mechanisms.cases.kinds import kinds_of, room_of

if TYPE_CHECKING:
    from linli.foundation.people.models import Person
    from linli.mechanisms.cases.models import Case


def stands_for(person: Person | None, case: Case) -> Person | None:
    """The requester in whose stead `person` acts on the case now; None for the requester, and for everybody else.

    Either the person chose to act for the requester (`person.acting`), or brought the case in for them and holds a
    mandate still: whoever's mandate has ended is a stranger to the case.
    """
    if person is None or case.requester_id is None or person.pk == case.requester_id:
        return None
    acting = person.acting
    if acting is not None and acting.subject.pk == case.requester_id and room_of(case.kind_code) in acting.rooms:
        return acting.subject
    return case.requester if person.pk == case.agent_id and _is_mandated(person, case) else None


def _is_mandated(person: Person, case: Case) -> bool:
    """Does the agent's mandate for the case's room still run? Read once for each `case` object."""
    from linli.foundation.people.queries import mandates_held

    if "agent_mandated" not in case.__dict__:
        room = room_of(case.kind_code)
        case.__dict__["agent_mandated"] = any(
            mandate.subject_id == case.requester_id and room in mandate.scope for mandate in mandates_held(person))
    return bool(case.__dict__["agent_mandated"])


def parties_told(case: Case) -> list[Person]:
    """The requester, and who brought the case in for them while their mandate runs: who is told of it."""
    agent = case.agent if case.agent is not None and stands_for(case.agent, case) is not None else None
    return [person for person in (case.requester, agent) if person is not None]


def is_party(person: Person, case: Case) -> bool:
    """Is it the person's own case, or one of somebody they may act for?"""
    return person.pk == case.requester_id or stands_for(person, case) is not None


def parties_q(person: Person) -> Q:
    """The rows for which `is_party` holds (by any mandate of the requester's, whichever its rooms)."""
    from linli.foundation.people.models import Mandate
    from linli.foundation.people.queries import running

    mandated = Mandate.objects.filter(running(), agent=person, agreed_at__isnull=False).values("subject")
    return Q(requester=person) | Q(agent=person, requester__in=mandated) | _acted_for_q(person)


def _acted_for_q(person: Person) -> Q:
    acting = person.acting
    if acting is None:
        return Q()
    kinds = [code for room in sorted(acting.rooms) for code in kinds_of(room)]
    return Q(requester=acting.subject, kind_code__in=kinds)


def own_q(person: Person) -> Q:
    """What 「我报的事」 lists: while acting for somebody theirs, else one's own and what one brought in for others."""
    return _acted_for_q(person) if person.acting is not None else parties_q(person)
