"""Reads about consents: what text is shown, and whether it was agreed to."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils.translation import get_language, gettext as _

from linli.foundation.privacy.models import Consent, ConsentText
from linli.foundation.privacy.purposes import field_words, purpose as declared

if TYPE_CHECKING:
    from linli.foundation.people.models import Person


def has_consent(person: Person, purpose: str) -> bool:
    """Does `person` agree to `purpose` now? One query. An undeclared purpose is a programmer's error."""
    declared(purpose)
    return Consent.objects.filter(person=person, purpose=purpose, withdrawn_at=None).exists()


def consents_of(person: Person) -> QuerySet[Consent]:
    """Every consent the person gave, the newest first."""
    return Consent.objects.filter(person=person).select_related("text").order_by("-given_at", "-pk")


def current_text(purpose: str) -> str:
    """The text a person is shown in their language before they agree to `purpose`.

    A room may have kept its own (`ConsentText`); else it is written from the declared purpose.
    """
    language = get_language() or "zh-hans"
    kept = ConsentText.objects.filter(purpose=purpose, language=language).order_by("-since", "-pk").first()
    if kept is not None:
        return kept.text
    about = declared(purpose)
    return _(
        "为了「%(title)s」，我们会用到：%(fields)s。用完后最多再留 %(days)s 天，到期自动删除。"
        "您可以不同意，不影响办别的事；同意了也可以随时撤回，撤回和同意一样，按一下就行。"
    ) % {"title": about.title, "fields": field_words(about) or about.title, "days": about.keep_days}


def text_hash(purpose: str, language: str, text: str) -> str:
    """By this a consent names exactly what was read."""
    return sha256(f"{purpose}\n{language}\n{text}".encode()).hexdigest()
