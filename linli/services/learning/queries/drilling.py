"""Drills: one's own results, and sums in which nobody can be recognised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.foundation.policy import policy
from linli.services.learning import rules
from linli.services.learning.drills import Message, messages
from linli.services.learning.models import STAFF, Drill, DrillAnswer, DrillPlace, Reaction


@dataclass(frozen=True)
class Sums:
    """A drill as staff see it: how many did what; None where the number is small."""

    drill: Drill
    message: Message | None
    counts: Sequence[tuple[str, int | None]]


def place_of(person: Person) -> DrillPlace | None:
    found: DrillPlace | None = DrillPlace.objects.filter(person=person, left_at=None).first()
    return found


def own_answers(person: Person) -> QuerySet[DrillAnswer]:
    """What somebody got and did, newest first; for their eyes only."""
    rows: QuerySet[DrillAnswer] = DrillAnswer.objects.visible_to(person)
    return rows.select_related("drill").order_by("-drill", "-id")


def answer_of(person: Person, pk: int) -> DrillAnswer | None:
    found: DrillAnswer | None = own_answers(person).filter(drill=pk).select_related("drill__area").first()
    return found


def message_of(drill: Drill) -> Message | None:
    return messages().get(drill.message)


def at_desk(person: Person) -> QuerySet[Drill]:
    rows: QuerySet[Drill] = Drill.objects.filter(person.scope_q("area__code", roles=STAFF))
    return rows.select_related("area").order_by("-started_at", "-id")


def sums(rows: Sequence[Drill]) -> list[Sums]:
    """The sums of each drill. One query."""
    counted: dict[int, dict[str, int]] = {}
    for drill, reaction, count in DrillAnswer.objects.filter(drill__in=rows).values_list("drill", "reaction").annotate(
            n=Count("pk")).order_by():
        counted.setdefault(drill, {})[reaction] = count
    titles = [*Reaction.choices, ("", None)]
    found = []
    for row in rows:
        numbers = [counted.get(row.pk, {}).get(code, 0) for code, _title in titles]
        shown = rules.veiled(numbers, policy("learning.small_sum", area=row.area))
        found.append(Sums(row, message_of(row), [(str(title or ""), count) for (_code, title), count in zip(
            titles, shown, strict=True)]))
    return found


def signed_up(area: Area) -> int | None:
    """How many take part; None where they are few."""
    count = DrillPlace.objects.filter(area=area, left_at=None).count()
    return rules.veiled([count], policy("learning.small_sum", area=area))[0]
