"""Reads of the desk: what is kept, who keeps it, and the sums of answers."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.people.queries import running
from linli.foundation.policy import policy
from linli.services.activities.models import Activity, ActivityState, Answer, Feedback

TABS = ("coming", "draft", "past", "cancelled")


def kept(person: Person, area: Area, *, tab: str = "coming", words: str = "") -> QuerySet[Activity]:
    """The activities of the desk's community by tab; drafts by their age, the others by their time."""
    rows: QuerySet[Activity] = Activity.objects.visible_to(person).filter(area__code__startswith=area.code)
    if words:
        rows = rows.filter(Q(title__icontains=words) | Q(summary__icontains=words))
    if tab == "draft":
        rows = rows.filter(state=ActivityState.DRAFT).order_by("-created", "-id")
    elif tab == "past":
        rows = rows.filter(state=ActivityState.PUBLISHED, ends__lte=now()).order_by("-starts", "-id")
    elif tab == "cancelled":
        rows = rows.filter(state=ActivityState.CANCELLED).order_by("-starts", "-id")
    else:
        rows = rows.filter(state=ActivityState.PUBLISHED, ends__gt=now()).order_by("starts", "id")
    return rows.select_related("area", "host", "offer")


def keepers(area: Area) -> list[Person]:
    """The community workers of a place, who are told of permits and complaints."""
    rows = Person.objects.filter(
        running("roles__"), roles__role="worker", roles__area__code=area.code, is_active=True)
    return list(rows.distinct().order_by("pk")[:20])


@dataclass(frozen=True)
class Sums:
    """Answers in sums; texts without a name, in no order. With fewer than `least` answers only their number."""

    count: int
    least: int
    answers: list[tuple[str, int]]
    texts: list[str]

    @property
    def is_open(self) -> bool:
        return self.count >= self.least


def sums_of(activity: Activity) -> Sums:
    """What the organiser may read of the answers."""
    least = policy("activities.feedback_from", area=activity.area)
    rows = Feedback.objects.filter(activity=activity)
    count = rows.count()
    if count < least:
        return Sums(count, least, [], [])
    by = dict(rows.values_list("answer").annotate(n=Count("pk")).order_by())
    texts = [row.text for row in rows if row.text]
    secrets.SystemRandom().shuffle(texts)
    return Sums(count, least, [(str(Answer(code).label), by.get(code, 0)) for code in Answer.values], texts)
