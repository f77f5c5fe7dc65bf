"""The reads that pages share: whose turn it is, whether the desk is open, what waits, what could not be answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from linli.foundation.calendar import Unannounced, next_worked_moment
from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Person
from linli.foundation.policy import policy
from linli.services.assistant.models import DESK, Conversation, Gap, GapState, Turn
from linli.services.assistant.states import State


def current(person: Person) -> Conversation | None:
    """The person's open conversation."""
    rows = Conversation.objects.filter(person=person).exclude(state=State.CLOSED)
    return rows.select_related("staff", "area").first()


def own(person: Person) -> QuerySet[Conversation]:
    return Conversation.objects.filter(person=person).order_by("-last_at", "-id")


def turns(talk: Conversation) -> list[Turn]:
    return list(talk.said.select_related("author").order_by("number"))


def place_in_queue(talk: Conversation) -> int:
    """1 for whoever is next. One query."""
    before = Q(queued_at__lt=talk.queued_at) | Q(queued_at=talk.queued_at, id__lt=talk.pk)
    return Conversation.objects.filter(before, area=talk.area_id, state=State.QUEUED).count() + 1


def is_desk_open(area_code: str, at: datetime | None = None) -> bool:
    """Is somebody there now, by the hours of the place? A year without announced holidays: nobody is promised."""
    moment = at or now()
    try:
        return next_worked_moment(moment, _hours(area_code)) == moment
    except Unannounced:
        return False


def opens_at(area_code: str) -> datetime | None:
    """When somebody is there again; None where that cannot be said."""
    try:
        return next_worked_moment(now(), _hours(area_code))
    except Unannounced:
        return None


def hours_in_words(area_code: str) -> str:
    return _hours(area_code).partition(":")[2].replace(",", "、")


def _hours(area_code: str) -> str:
    return str(policy("assistant.desk_hours", on=today(), area=area_code))


def is_quiet(talk: Conversation) -> bool:
    return talk.last_at < now() - timedelta(minutes=int(policy("assistant.quiet_minutes", on=today(), area=talk.area)))


def waits_too_long(talk: Conversation) -> bool:
    """Is its time in the queue over, or the desk closed?"""
    most = timedelta(minutes=int(policy("assistant.queue_most_minutes", on=today(), area=talk.area)))
    return bool(talk.queued_at and talk.queued_at < now() - most) or not is_desk_open(talk.area.code)


@dataclass(frozen=True)
class Waiting:
    """How the queue stands for one conversation."""

    place: int
    since: datetime


def waiting(talk: Conversation) -> Waiting | None:
    if talk.state != State.QUEUED or talk.queued_at is None:
        return None
    return Waiting(place_in_queue(talk), talk.queued_at)


TABS = ("waiting", "mine", "open", "closed")


def inbox(person: Person, tab: str) -> QuerySet[Conversation]:
    """The desk's conversations: those that wait (oldest first), mine, all open ones, those that ended."""
    rows: Any = Conversation.objects.filter(person.scope_q("area__code", roles=DESK), handed_at__isnull=False)
    rows = rows.select_related("person", "staff", "area")
    if tab == "mine":
        return rows.filter(staff=person, state=State.HUMAN).order_by("-last_at", "-id")  # type: ignore[no-any-return]
    if tab == "open":
        return rows.filter(state=State.HUMAN).order_by("-last_at", "-id")  # type: ignore[no-any-return]
    if tab == "closed":
        return rows.filter(state=State.CLOSED).order_by("-last_at", "-id")  # type: ignore[no-any-return]
    return rows.filter(state=State.QUEUED).order_by("queued_at", "id")  # type: ignore[no-any-return]


def counts(person: Person) -> dict[str, int]:
    return {tab: inbox(person, tab).count() for tab in TABS if tab != "closed"}


def gaps(person: Person, state: str) -> QuerySet[Gap]:
    """The questions without an answer of my places, the latest first."""
    rows: QuerySet[Gap] = Gap.objects.visible_to(person).filter(state=state).select_related("area", "settled_by")
    return rows.order_by("-last_at", "-id")


def gap_states() -> list[str]:
    return list(GapState.values)
