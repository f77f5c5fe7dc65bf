"""What staff do with a conversation that was handed to them."""

from __future__ import annotations

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.services.assistant.actions.writing import lock, move, said_before, words_of, write
from linli.services.assistant.models import Conversation, Who
from linli.services.assistant.states import State


@atomic
def take(person: Person, talk: Conversation) -> Conversation:
    """Answer it oneself; of two who press at once one gets it.

    Raises `Denied`, `Refused("own" | "taken" | "moved_on")`.
    """
    permit(person, "assistant.answer", talk)
    talk = lock(talk.pk)
    if talk.person_id == person.pk:
        raise Refused("own", _("这是您自己问的，要请同事来答。"))
    if talk.state == State.HUMAN:
        if talk.staff_id == person.pk:
            return talk
        raise Refused("taken", _("这次对话已经有同事接了。"))
    move(talk, "take")
    talk.staff, talk.taken_at = person, now()
    write(talk, Who.SYSTEM, _("%(name)s 来答您了。") % {"name": person.shown_name})
    audit.record(person, "assistant.take", talk)
    emit("assistant.taken", talk=talk.pk)
    return talk


@atomic
def reply_to(person: Person, talk: Conversation, text: str, *, once: str = "") -> Conversation:
    """Say something as the person who owns the conversation.

    Raises `Denied`, `Refused("no_text" | "too_long" | "not_yours" | "moved_on")`.
    """
    talk = _held(person, talk)
    words = words_of(text)
    if said_before(talk, once):
        return talk
    move(talk, "reply")
    write(talk, Who.STAFF, words, author=person, once=once)
    audit.record(person, "assistant.reply", talk)
    emit("assistant.replied", talk=talk.pk, number=talk.turns)
    return talk


@atomic
def give_back(person: Person, talk: Conversation) -> Conversation:
    """Back into the queue, at the place its waiting gives it. Raises `Denied`, `Refused("not_yours" | "moved_on")`."""
    talk = _held(person, talk)
    move(talk, "give_back")
    talk.staff, talk.taken_at = None, None
    talk.queued_at = talk.queued_at or now()
    write(talk, Who.SYSTEM, _("换一位同事来答，请稍等。"))
    audit.record(person, "assistant.give_back", talk)
    emit("assistant.queued", talk=talk.pk)
    return talk


def _held(person: Person, talk: Conversation) -> Conversation:
    permit(person, "assistant.answer", talk)
    talk = lock(talk.pk)
    if talk.state == State.HUMAN and talk.staff_id != person.pk:
        raise Refused("not_yours", _("这次对话是别的同事在答。"))
    return talk
