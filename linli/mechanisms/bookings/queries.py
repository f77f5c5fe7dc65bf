"""The reads that pages, services and the API share. Lists start from what the person may see."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.mechanisms.bookings import promotion
from linli.mechanisms.bookings.models import (
    Attendance,
    Claim,
    EntryState,
    Offer,
    PlaceOffer,
    PlaceOfferState,
    Reservation,
    Resource,
    Session,
    SessionState,
    Strike,
    WaitEntry,
)
from linli.mechanisms.bookings.models.parties import party_seen


def offers_of(owner: Model | str) -> QuerySet[Offer]:
    """The offers behind a service's thing (or "activities.activity:123")."""
    kind, _colon, pk = owner.partition(":") if isinstance(owner, str) else (owner._meta.label_lower, ":", str(owner.pk))
    found: QuerySet[Offer] = Offer.objects.filter(owner_type=kind, owner_id=pk).select_related("area")
    return found


def upcoming(person: Person | None, *, area: Area | None = None, category: str = "", owner_type: str = "",
             until: datetime | None = None) -> QuerySet[Session]:
    """Sessions still to come that `person` may see, soonest first; `category` is a prefix of the tree."""
    rows: QuerySet[Session] = Session.objects.visible_to(person).filter(
        ends__gt=now(), offer__state="open").exclude(state=SessionState.CANCELLED)
    if area is not None:
        rows = rows.filter(offer__area__code__startswith=area.code)
    if category:
        rows = rows.filter(Q(offer__category=category) | Q(offer__category__startswith=f"{category}."))
    if owner_type:
        rows = rows.filter(offer__owner_type=owner_type)
    if until is not None:
        rows = rows.filter(starts__lt=until)
    return rows.select_related("offer__area").order_by("starts", "id")


def mine(person: Person, *, past: bool = False) -> QuerySet[Reservation]:
    """What `person` booked, booked for somebody, or is in: still to come, soonest first; or past, newest first."""
    rows: QuerySet[Reservation] = Reservation.objects.filter(party_seen("party__", person)).select_related(
        "session__offer__area", "party__booker")
    if past:
        return rows.filter(session__ends__lte=now()).order_by("-session__starts", "-id")
    return rows.filter(session__ends__gt=now(), is_active=True).order_by("session__starts", "id")


def my_waits(person: Person) -> QuerySet[WaitEntry]:
    """Where `person` waits, or is asked to answer."""
    rows: QuerySet[WaitEntry] = WaitEntry.objects.filter(
        party_seen("party__", person), state__in=[EntryState.APPLIED, EntryState.WAITING, EntryState.OFFERED])
    return rows.select_related("party__offer__area").order_by("created")


def my_offers(person: Person) -> QuerySet[PlaceOffer]:
    """Places offered to `person` that wait for an answer, most urgent first."""
    rows: QuerySet[PlaceOffer] = PlaceOffer.objects.filter(
        party_seen("entry__party__", person), state=PlaceOfferState.OPEN)
    return rows.select_related("entry__party__offer__area").order_by("expires_at")


def reservation_of(person: Person, session: Session) -> Reservation | None:
    """The active reservation of `person` in `session`, as booker or member."""
    found: Reservation | None = Reservation.objects.filter(
        party_seen("party__", person), session=session, is_active=True).select_related("party").first()
    return found


def entry_of(person: Person, session: Session) -> WaitEntry | None:
    """The entry by which `person` waits for `session`."""
    found: WaitEntry | None = my_waits(person).filter(wishes__session=session, wishes__is_open=True).first()
    return found


def position(entry: WaitEntry, session: Session | None = None) -> int:
    """How many stand before the entry, plus one. 0 when it does not wait (any more)."""
    wish = entry.wishes.filter(is_open=True)
    wanted = session.pk if session is not None else wish.values_list("session", flat=True).first()
    if entry.state != EntryState.WAITING or wanted is None:
        return 0
    before = WaitEntry.objects.filter(
        Q(klass__lt=entry.klass) | Q(klass=entry.klass, rank__lt=entry.rank)
        | Q(klass=entry.klass, rank=entry.rank, pk__lt=entry.pk),
        state=EntryState.WAITING, wishes__session=wanted, wishes__is_open=True, on_site=entry.on_site)
    return before.count() + 1


def roster(session: Session) -> QuerySet[Reservation]:
    """Who is in a session, for who runs it: by order of booking. The view asked for the right."""
    rows: QuerySet[Reservation] = session.reservations.filter(is_active=True)
    return rows.select_related("party__booker", "party__agent", "session__offer__area").prefetch_related(
        "attendances__member__person").order_by("created", "id")


def waiting(session: Session) -> list[WaitEntry]:
    """Who waits for a session, in the order they are served."""
    return promotion.queue(session)


def call_list(person: Person, *, area: Area | None = None) -> QuerySet[PlaceOffer]:
    """Open offers to people whom staff must call, most urgent first."""
    rows: QuerySet[PlaceOffer] = PlaceOffer.objects.visible_to(person).filter(
        state=PlaceOfferState.OPEN, entry__by_phone=True)
    if area is not None:
        rows = rows.filter(entry__party__offer__area__code__startswith=area.code)
    return rows.select_related("entry__party__offer__area", "entry__party__booker").order_by("expires_at", "id")


def to_call_about(session: Session) -> QuerySet[Reservation]:
    """Reservations (also cancelled ones) of people without an account: told by telephone when the session changes."""
    rows: QuerySet[Reservation] = session.reservations.filter(party__booker=None)
    return rows.select_related("party").order_by("created")


def strikes_of(person: Person) -> QuerySet[Strike]:
    rows: QuerySet[Strike] = Strike.objects.filter(person=person)
    return rows.select_related("reservation__session__offer__area").order_by("-at")


def counts(session: Session) -> dict[str, int]:
    """Persons booked, come, absent, waiting."""
    rows = Attendance.objects.filter(session=session)
    return {
        "booked": rows.filter(is_active=True).count(), "came": rows.filter(came_at__isnull=False).count(),
        "absent": rows.filter(absent_at__isnull=False, came_at=None).count(), "waiting": session.waiting,
        "free": max(session.free, 0)}


def claims_between(resources: QuerySet[Resource], starts: datetime, ends: datetime) -> QuerySet[Claim]:
    """What the resources are used for in that time."""
    return Claim.objects.filter(resource__in=resources, starts__lt=ends, ends__gt=starts).select_related(
        "resource", "session__offer").order_by("resource", "starts")


def attended(person: Person, owner: Model | str) -> QuerySet[Any]:
    """Sessions of a service's thing that `person` came to (certificates, hours)."""
    return Attendance.objects.filter(
        person=person, came_at__isnull=False, session__offer__in=offers_of(owner)).select_related("session")
