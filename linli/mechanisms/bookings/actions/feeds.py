"""A person's own calendar address: made, shown once, taken back."""

from __future__ import annotations

import secrets
from hashlib import sha256

from django.conf import settings
from django.db.transaction import atomic
from django.urls import reverse

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.mechanisms.bookings.models import CalendarFeed


@atomic
def make_feed(person: Person) -> str:
    """A new secret address of the person's calendar; an older one stops working. Shown once: only its hash is kept."""
    permit(person, "bookings.feed")
    CalendarFeed.objects.filter(person=person, withdrawn=None).update(withdrawn=now())
    secret = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(person=person, digest=sha256(secret.encode()).hexdigest())
    audit.record(person, "bookings.make_feed", feed)
    return f"{settings.LINLI_BASE_URL}{reverse('bookings:feed', args=[secret])}"


@atomic
def withdraw_feed(person: Person) -> None:
    """The address stops working at once."""
    permit(person, "bookings.feed")
    for feed in CalendarFeed.objects.filter(person=person, withdrawn=None):
        feed.withdrawn = now()
        feed.save(update_fields=["withdrawn"])
        audit.record(person, "bookings.withdraw_feed", feed)


def owner_of(secret: str) -> Person | None:
    """Whose calendar a secret opens, if it still does."""
    feed = CalendarFeed.objects.filter(
        digest=sha256(secret.encode()).hexdigest(), withdrawn=None, person__is_active=True).select_related(
        "person").first()
    if feed is None:
        return None
    if feed.read_at is None or (now() - feed.read_at).total_seconds() > 3600:
        CalendarFeed.objects.filter(pk=feed.pk).update(read_at=now())
    person: Person = feed.person
    return person
