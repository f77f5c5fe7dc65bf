"""Which value a reveal asks for: a signed token names model, row and field, so that a page cannot ask for another."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core import signing
from django.db.models import Model, QuerySet

from linli.foundation.privacy.fields import EncryptedTextField
from linli.foundation.privacy.models import Reveal

_SALT = "privacy.reveal"
TOKEN_HOURS = 8  # a shift: a page left open over night asks anew


def reveal_token(thing: Model, field: str) -> str:
    """A token for `{% include "privacy/reveal.html" %}`. It is no permission: that is asked when it comes back."""
    return signing.dumps([thing._meta.label_lower, str(thing.pk), field], salt=_SALT)


def read_token(token: str) -> tuple[Any, str] | None:
    """The thing and the field of a token; None when it is forged, too old, or the thing is gone."""
    try:
        label, pk, field = signing.loads(token, salt=_SALT, max_age=TOKEN_HOURS * 3600)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    thing = apps.get_model(label)._default_manager.filter(pk=pk).first()
    return None if thing is None else (thing, field)


def is_encrypted(thing: Model, field: str) -> bool:
    """Is `field` an encrypted column of `thing`? Nothing else can be revealed."""
    return any(known.name == field and isinstance(known, EncryptedTextField) for known in thing._meta.fields)


def subject_of(thing: Any) -> int | None:
    """Whose value it is: what the thing says, or the person it is."""
    found = getattr(thing, "data_subject_id", None)
    if found is None and thing._meta.label_lower == "people.person":
        found = thing.pk
    return found


def reveals_about(person: Any) -> QuerySet[Reveal]:
    """Who read a value of this person in full, the newest first."""
    return Reveal.objects.filter(subject_id=person.pk).select_related("who").order_by("-at", "-pk")
