"""Interpreters: who is free, what is booked, and the calendar."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.mechanisms.bookings.actions.resources import is_open, quanta
from linli.mechanisms.bookings.models import Quantum
from linli.services.access.models import Interpreter, Signing
from linli.services.access.models.guiding import STAFF
from linli.services.access.models.signing import LEVELS

LOAD_DAYS = 30


def free(area: Area, starts: datetime, ends: datetime, *, level: str, remote: bool) -> list[Interpreter]:
    """Interpreters of the community with that level or a higher one who have the whole time, least booked first."""
    able = [one for one in LEVELS if LEVELS.index(one) >= LEVELS.index(level)]
    recent = Q(signings__starts__gte=now() - timedelta(days=LOAD_DAYS)) & ~Q(signings__state="cancelled")
    rows = (
        Interpreter.objects.filter(
            area=area,
            is_active=True,
            level__in=able,
            resource__is_active=True,
            **({"remote": True} if remote else {"on_site": True}),
        )
        .select_related("resource", "person")
        .annotate(load=Count("signings", filter=recent))
        .order_by("load", "pk")
    )
    candidates = [one for one in rows if is_open(one.resource, starts, ends)]
    taken: set[int] = set()
    for one in candidates:
        wanted = quanta(one.resource, starts, ends)
        if Quantum.objects.filter(resource=one.resource, quantum__gte=wanted.start, quantum__lt=wanted.stop).exists():
            taken.add(one.pk)
    return [one for one in candidates if one.pk not in taken]


def booked_for(person: Person) -> QuerySet[Signing]:
    """What a person booked or had booked for them, newest first."""
    return (
        Signing.objects.filter(Q(person=person) | Q(booked_by=person))
        .select_related("area", "person")
        .prefetch_related("interpreters__person")
        .order_by("-starts", "-pk")
    )


def interprets(person: Person) -> QuerySet[Signing]:
    """What a person is to interpret, next first."""
    return (
        Signing.objects.filter(interpreters__person=person, state="booked", ends__gt=now())
        .select_related("area", "person")
        .order_by("starts", "pk")
    )


def calendar(person: Person, *, since: datetime, until: datetime) -> QuerySet[Signing]:
    """The sessions of those days in the places where the person keeps the list."""
    return (
        Signing.objects.filter(person.scope_q("area__code", roles=STAFF), starts__gte=since, starts__lt=until)
        .exclude(state="cancelled")
        .select_related("area", "person")
        .prefetch_related("interpreters__person")
        .order_by("starts", "pk")
    )


def interpreters(person: Person) -> QuerySet[Interpreter]:
    return (
        Interpreter.objects.filter(person.scope_q("area__code", roles=STAFF))
        .select_related("person", "resource", "area")
        .order_by("-is_active", "pk")
    )


def list_of(area: Area) -> int:
    """How many interpret here at all: where none do, the page says so before anybody fills a form."""
    return Interpreter.objects.filter(area=area, is_active=True).count()
