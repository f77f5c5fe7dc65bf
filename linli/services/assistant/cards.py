"""What this room puts on the shells' pages."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may
from linli.foundation.web.manifest import Card
from linli.foundation.web.middleware import Request
from linli.services.assistant import queries
from linli.services.assistant.states import State


def mine(request: Request) -> Sequence[Card]:
    """Somebody answers me, or I wait for them: nothing else of this room asks for attention."""
    if not request.person:  # type: ignore[truthy-bool]  # lazy, and None before sign-in
        return []
    talk = queries.current(request.person)
    if talk is None or talk.state not in (State.QUEUED, State.HUMAN):
        return []
    return [Card("assistant/mine_card.html", {"talk": talk, "waiting": queries.waiting(talk)}, order=12)]


def desk(request: Request) -> Sequence[Card]:
    """How many wait for a person."""
    if not may(request.person, "assistant.answer"):
        return []
    counts = queries.counts(request.person)
    return [Card("assistant/desk_card.html", {"counts": counts}, order=30)] if counts["waiting"] else []


def search(person: Person | None, area: Area | None, words: str) -> list[tuple[str, str, str, str]]:
    """The search box leads here too, with the words already written; nothing is asked by looking."""
    if len(words.strip()) < 2 or (person is not None and person.is_staff):  # a desk searches; it does not ask
        return []
    url = f"{reverse('assistant:ask')}?{urlencode({'q': words.strip()[:100]})}"
    return [(_("问一问：%(words)s") % {"words": words.strip()[:40]}, _("按公布的内容回答，注明出处"), url, "talk")]
