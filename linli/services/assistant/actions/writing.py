"""What every verb of a conversation does: lock it, ask the table of states, write down what was said."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.privacy.retention import start_retention
from linli.foundation.web import Refused
from linli.services.assistant.models import Conversation, Turn, Who
from linli.services.assistant.states import State, after

SAID_MAX = 1000


def open_talk(person: Person, area: Area) -> Conversation:
    """The person's open conversation, locked; a new one where there is none. Two taps at once share it."""
    made, _fresh = Conversation.objects.get_or_create(
        person=person, state__in=[state for state in State.values if state != State.CLOSED],
        defaults={"area": area, "person": person, "state": State.BOT})
    return lock(made.pk)


def lock(pk: int) -> Conversation:
    rows = Conversation.objects.select_for_update(of=("self",)).select_related("area", "person", "staff")
    row: Conversation = rows.get(pk=pk)
    return row


def move(talk: Conversation, verb: str) -> None:
    """Change the state, or refuse in words: somebody was quicker. Not saved yet."""
    following = after(talk.state, verb)
    if following is None:
        raise Refused("moved_on", _("这次对话已经变了，请看看现在到哪一步。"))
    talk.state = following


def write(
    talk: Conversation, who: str, text: str, *, author: Person | None = None, told: dict[str, Any] | None = None,
    once: str = "",
) -> Turn:
    """The next thing said in a locked conversation; saves the conversation too."""
    talk.turns += 1
    talk.last_at = now()
    talk.save()
    return Turn.objects.create(
        conversation=talk, number=talk.turns, who=who, text=text, author=author, told=told or {}, once=once[:40])


def said_before(talk: Conversation, once: str) -> bool:
    return bool(once) and Turn.objects.filter(conversation=talk, once=once[:40]).exists()


def words_of(text: str, most: int = SAID_MAX) -> str:
    """What was typed. Raises `Refused("no_text" | "too_long")`."""
    words = text.strip()
    if not words:
        raise Refused("no_text", _("请写您要问的事。"), field="text")
    if len(words) > most:
        raise Refused("too_long", _("最多写 %(most)s 个字，现在有 %(now)s 个字。请删短一些，要紧的留下。") % {
            "most": most, "now": len(words)}, field="text")
    return words


def end(talk: Conversation, ended_by: str) -> None:
    """Close a locked conversation; its term of keeping begins. Not saved yet."""
    talk.closed_at, talk.ended_by = now(), ended_by
    start_retention(talk, "assistant.conversation")


SYSTEM = Who.SYSTEM
