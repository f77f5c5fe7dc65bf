"""Reads about systems outside: what was sent, where one can go, what was booked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Organisation, Person
from linli.foundation.policy import policy
from linli.services.gov.models.outside import (
    ALIVE,
    Dispatch,
    DispatchState,
    Endpoint,
    OutsideBooking,
    OutsidePlace,
)


def dispatches_of(application: int) -> list[Dispatch]:
    """What was sent of that application, in order."""
    return list(Dispatch.objects.filter(application=application).select_related("endpoint__organisation").order_by(
        "queued_at", "id"))


def sendings(person: Person, area: Area, *, state: str = "") -> QuerySet[Dispatch]:
    """The messages of a place, the newest first."""
    rows: QuerySet[Dispatch] = Dispatch.objects.visible_to(person).filter(area__code__startswith=area.code)
    if state in DispatchState.values:
        rows = rows.filter(state=state)
    return rows.select_related("endpoint__organisation", "area").order_by("-queued_at", "-id")


def places(area: Area, service: str) -> list[OutsidePlace]:
    """The houses that serve a community for that matter: its own, and those of the places above it."""
    codes = [area.code[:length] for length in (2, 4, 6, 9, 12, 15) if length <= len(area.code)]
    rows = OutsidePlace.objects.filter(Q(area__code__in=codes), is_shown=True, organisation__is_active=True)
    found = [row for row in rows.select_related("organisation", "area") if service in row.services]
    return sorted(found, key=lambda row: (-len(row.area.code), row.organisation.name))


def online(rows: Sequence[OutsidePlace]) -> frozenset[int]:
    """The organisations of `rows` that have a system switched on."""
    found = Endpoint.objects.filter(is_on=True, organisation__in=[row.organisation_id for row in rows])
    return frozenset(found.values_list("organisation_id", flat=True))


def bring(service: str) -> list[str]:
    """What one usually brings, in the reader's language."""
    language = "en" if (get_language() or "").startswith("en") else "zh"
    rows: Sequence[Mapping[str, str]] = policy(f"gov.bring_{service.replace('-', '_')}")
    return [row[language] for row in rows]


def bookings(person: Person) -> QuerySet[OutsideBooking]:
    """One's own appointments, and those of the people one acts for; the latest first."""
    rows: QuerySet[OutsideBooking] = OutsideBooking.objects.visible_to(person)
    return rows.select_related("place__organisation", "subject").order_by("-starts_at", "-id")


def coming(person: Person) -> list[OutsideBooking]:
    """What is still to come."""
    return list(bookings(person).filter(starts_at__gt=now(), state__in=ALIVE).order_by("starts_at", "id")[:20])


def bodies(area: Area) -> QuerySet[Organisation]:
    """Clinics and schools of the place and above it, and below it."""
    codes = [area.code[:length] for length in (2, 4, 6, 9, 12) if length <= len(area.code)]
    return Organisation.objects.filter(
        Q(area__code__in=codes) | Q(area__code__startswith=area.code), kind__in=["clinic", "school"],
        is_active=True).order_by("name")
