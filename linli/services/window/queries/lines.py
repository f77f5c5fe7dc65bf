"""The line before a counter, a ticket's place in it, and what is known of the wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q

from linli.foundation.calendar.clock import now, today
from linli.services.window import rules, settings
from linli.services.window.models import Counter, Hall, Ticket, TicketState


def line_of(counter: Counter) -> list[rules.Waiting]:
    """Who waits for this counter today: handed on to it, or of its topics and meant for no other."""
    mine = Q(wanted=counter) | Q(wanted=None)
    rows = Ticket.objects.filter(mine, hall=counter.hall_id, day=today(), state=TicketState.WAITING)
    if counter.topics:
        rows = rows.filter(Q(wanted=counter) | Q(topic__in=counter.topics))
    return [_waiting(row) for row in rows.order_by("rank_at", "id")]


def _waiting(row: Ticket) -> rules.Waiting:
    return rules.Waiting(row.pk, row.rank_at, row.klass, row.due)


@dataclass(frozen=True)
class Place:
    """How many are called before a ticket, and what is known of the wait (None: not known)."""

    ahead: int
    wait: rules.Wait | None


def place_of(ticket: Ticket) -> Place | None:
    """None when the ticket does not wait. Four statements."""
    if ticket.state != TicketState.WAITING or ticket.day != today():
        return None
    hall = ticket.hall
    desks = [one for one in staffed(hall) if serves(one, ticket)]
    rows = list(Ticket.objects.filter(hall=hall, day=today(), state=TicketState.WAITING).order_by("rank_at", "id"))
    same = [one for one in rows if any(serves(desk, one) for desk in desks)] if desks else [
        one for one in rows if one.topic == ticket.topic]
    streak = min((one.streak for one in desks), default=0)
    lined = rules.order([_waiting(one) for one in same], streak, now(), settings.terms(hall.area))
    ahead = next((n for n, one in enumerate(lined) if one.key == ticket.pk), len(lined))
    return Place(ahead, rules.estimate(
        ahead, len(desks), measured(hall, ticket.topic), least=settings.number("measured_least", hall.area)))


def serves(counter: Counter, ticket: Ticket) -> bool:
    """Would this counter call that ticket?"""
    if ticket.wanted_id is not None:
        return ticket.wanted_id == counter.pk
    return not counter.topics or ticket.topic in counter.topics


def staffed(hall: Hall) -> list[Counter]:
    """The counters at which somebody sits now."""
    return list(Counter.objects.filter(hall=hall, is_active=True, staffed_by__isnull=False).order_by("number"))


def measured(hall: Hall, topic: str) -> list[float]:
    """Minutes of service that were measured lately, of that topic, newest 200."""
    since = today() - timedelta(days=settings.number("measured_days", hall.area))
    rows = Ticket.objects.filter(
        hall=hall, topic=topic, state=TicketState.SERVED, day__gte=since, started_at__isnull=False,
        ended_at__isnull=False).order_by("-id").values_list("started_at", "ended_at")[:200]
    return [(ended - started).total_seconds() / 60 for started, ended in rows if ended and started]


def calling(hall: Hall) -> list[Ticket]:
    """What the screen shows: called and served now, the latest call on top."""
    return list(Ticket.objects.filter(
        hall=hall, day=today(), state__in=[TicketState.CALLED, TicketState.SERVING]).select_related(
        "counter").order_by("-called_at"))


def waiting(hall: Hall) -> list[Ticket]:
    """All who wait, in the order of their places (not yet of their classes)."""
    return list(Ticket.objects.filter(hall=hall, day=today(), state=TicketState.WAITING).select_related(
        "wanted", "hall").order_by("rank_at", "id"))


def waiting_numbers(rows: Sequence[Ticket], hall: Hall, streak: int = 0) -> list[Ticket]:
    """`rows` in the order in which they would be called if nobody else came."""
    by_key = {row.pk: row for row in rows}
    lined = rules.order([_waiting(row) for row in rows], streak, now(), settings.terms(hall.area))
    return [by_key[one.key] for one in lined]


def order_for(counter: Counter) -> list[rules.Waiting]:
    """The line of one counter in the order in which it would call."""
    terms = settings.terms(counter.hall.area, frozenset(counter.first))
    return rules.order(line_of(counter), counter.streak, now(), terms)
