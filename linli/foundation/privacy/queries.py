"""What the pages read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import QuerySet
from django.utils.translation import gettext

from linli.foundation.privacy import consents, reveals
from linli.foundation.privacy.models import HANDLERS, Consent, DataRequest, RequestState, Reveal
from linli.foundation.privacy.purposes import BASES, field_words, purposes
from linli.foundation.web.manifest import manifests

if TYPE_CHECKING:
    from linli.foundation.people.models import Person

READS_SHOWN_MAX = 100


@dataclass(frozen=True)
class KeptFor:
    """One purpose as the person reads it."""

    code: str
    room: str
    title: str
    fields: str
    basis: str
    keep_days: int
    source: str
    is_sensitive: bool
    asks_consent: bool
    text: str
    consent: Consent | None


def kept_for(person: Person) -> Sequence[KeptFor]:
    """Every declared purpose, those that ask for consent first, with the person's own consent."""
    given = {one.purpose: one for one in consents.consents_of(person) if one.withdrawn_at is None}
    rooms = {manifest.name: str(manifest.title or manifest.name) for manifest in manifests()}
    found = [
        KeptFor(
            code, rooms.get(code.split(".", 1)[0], ""), str(about.title), field_words(about),
            str(BASES[about.basis]), about.keep_days, gettext(about.source), about.sensitive, about.basis == "consent",
            consents.current_text(code) if about.basis == "consent" else "", given.get(code))
        for code, about in purposes().items()
    ]
    return sorted(found, key=lambda one: not one.asks_consent)


@dataclass(frozen=True)
class Read:
    """One reading of a value in full, in words."""

    who: str
    what: str
    reason: str
    at: Any


def reads_about(person: Person) -> Sequence[Read]:
    """Who read a value of the person in full: the newest `READS_SHOWN_MAX`."""
    return [Read(one.who.shown_name, _field_name(one), one.reason, one.at)
            for one in reveals.reveals_about(person)[:READS_SHOWN_MAX]]


def _field_name(one: Reveal) -> str:
    try:
        return str(apps.get_model(one.thing_type)._meta.get_field(one.field).verbose_name)
    except (LookupError, FieldDoesNotExist):
        return one.field


def requests_of(person: Person) -> QuerySet[DataRequest]:
    """The person's own requests, the newest first."""
    return DataRequest.objects.filter(person=person).order_by("-made_at", "-pk")


def desk_requests(person: Person, *, state: str = RequestState.RECEIVED) -> QuerySet[DataRequest]:
    """The requests of a handler's places, the first due first; answered ones, the newest first."""
    rows = DataRequest.objects.filter(person.scope_q("area__code", roles=HANDLERS)).select_related("person", "area")
    if state == RequestState.RECEIVED:
        return rows.filter(state=state).order_by("due_at", "pk")
    return rows.exclude(state=RequestState.RECEIVED).order_by("-made_at", "-pk")
