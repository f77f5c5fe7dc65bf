"""What the resident says, and what the bot answers where no person owns the conversation."""

from __future__ import annotations

from typing import Any

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.services.assistant import answering
from linli.services.assistant.actions.gaps import note_gap
from linli.services.assistant.actions.writing import lock, move, open_talk, said_before, words_of, write
from linli.services.assistant.answering import Reply
from linli.services.assistant.models import Conversation, Who
from linli.services.assistant.states import MUTE, State

OFFERING = frozenset({"decline", "person"})  # after these a person is offered


def ask(person: Person, area: Area, text: str, *, once: str = "") -> Conversation:
    """Ask. The bot answers, unless a person owns the conversation or is on the way: then the words are for that person.

    Raises `Denied`, `Refused("no_text" | "too_long")`.
    """
    permit(person, "assistant.ask", area)
    held = Conversation.objects.filter(person=person).exclude(state=State.CLOSED).first()
    if held is not None and held.state in MUTE:
        return say(person, held, text, once=once)
    words = words_of(text, answering.WORDS_MAX)
    # Found before the transaction: a search takes its time, and a configured endpoint takes more.
    reply = answering.reply(words, area_code=area.code)
    with atomic():
        talk = open_talk(person, area)
        if said_before(talk, once):
            return talk
        if talk.state in MUTE:  # somebody took it meanwhile: the answer that was found is thrown away
            move(talk, "say")
            write(talk, Who.RESIDENT, words, once=once)
            emit("assistant.said", talk=talk.pk, number=talk.turns)
            return talk
        write(talk, Who.RESIDENT, words, once=once)
        _answer(talk, reply)
        if reply.kind == "decline":
            note_gap(area, words)
        audit.record(person, "assistant.ask", talk, kind=reply.kind, gate=reply.gate)
    return talk


@atomic
def choose(person: Person, talk: Conversation, group: str, aspect: str) -> Conversation:
    """One of the three was meant. Raises `Denied`, `Refused("moved_on" | "no_group")`."""
    talk = _own(person, talk)
    reply = answering.of_group(group, aspect, area_code=talk.area.code)
    if reply is None or not _was_offered(talk, group):
        raise Refused("no_group", _("没有这一件，请重新问。"))
    if talk.state in MUTE:
        raise Refused("moved_on", _("这次对话已经变了，请看看现在到哪一步。"))
    if _last_told(talk).get("group") == group:
        return talk  # tapped twice
    write(talk, Who.RESIDENT, reply.title)
    _answer(talk, reply)
    audit.record(person, "assistant.choose", talk, group=group)
    return talk


@atomic
def none_of_these(person: Person, talk: Conversation) -> Conversation:
    """None of the three was meant: the question goes to the list, a person is offered. Raises as `choose`."""
    talk = _own(person, talk)
    if talk.state in MUTE or _last_told(talk).get("kind") != "choices":
        raise Refused("moved_on", _("这次对话已经变了，请看看现在到哪一步。"))
    asked = talk.said.filter(who=Who.RESIDENT).order_by("-number").first()
    write(talk, Who.RESIDENT, _("都不是"))
    _answer(talk, Reply("decline", _("那我就不知道了。可以换个说法再问，也可以找人工。"), offers=("person",)))
    if asked is not None:
        note_gap(talk.area, asked.text)
    audit.record(person, "assistant.none_of_these", talk)
    return talk


@atomic
def not_now(person: Person, talk: Conversation) -> Conversation:
    """No person is wanted; the bot goes on. Raises `Denied`, `Refused("moved_on")`."""
    talk = _own(person, talk)
    if talk.state == State.BOT:
        return talk
    move(talk, "decline")
    write(talk, Who.SYSTEM, _("好，要找人的时候再点「人工服务」。"))
    audit.record(person, "assistant.not_now", talk)
    return talk


@atomic
def say(person: Person, talk: Conversation, text: str, *, once: str = "") -> Conversation:
    """Words for the person who answers or will answer.

    Raises `Denied`, `Refused("no_text" | "too_long" | "moved_on")`.
    """
    talk = _own(person, talk)
    words = words_of(text)
    if said_before(talk, once):
        return talk
    move(talk, "say")
    write(talk, Who.RESIDENT, words, once=once)
    audit.record(person, "assistant.say", talk)
    emit("assistant.said", talk=talk.pk, number=talk.turns)
    return talk


@atomic
def leave_queue(person: Person, talk: Conversation) -> Conversation:
    """Out of the queue, back to the bot. Raises `Denied`, `Refused("moved_on")`."""
    talk = _own(person, talk)
    if talk.state == State.BOT:
        return talk
    move(talk, "leave")
    talk.queued_at = None
    write(talk, Who.SYSTEM, _("您不排队了。要问什么接着问就行。"))
    audit.record(person, "assistant.leave_queue", talk)
    return talk


def _answer(talk: Conversation, reply: Reply) -> None:
    """The bot's turn, in a conversation it owns."""
    move(talk, "answer")
    if reply.kind in OFFERING:
        move(talk, "offer")
    write(talk, Who.BOT, reply.text, told=told(reply))


def told(reply: Reply) -> dict[str, Any]:
    """What a page needs to show the answer again: public things only."""
    shown: dict[str, Any] = {
        "kind": reply.kind, "aspect": reply.aspect, "gate": reply.gate, "offers": list(reply.offers)}
    if reply.kind == "choices":
        shown["choices"] = [
            {"group": hit.group, "title": hit.title, "kind": hit.kind, "unchecked": hit.unchecked}
            for hit in reply.hits]
    if reply.kind == "answer":
        shown |= {
            "group": reply.group, "title": reply.title, "source": reply.source, "version": reply.version,
            "checked_on": reply.checked_on, "unchecked": reply.unchecked, "url": reply.url,
            "acts": [list(act) for act in reply.acts], "asked_for": reply.asked_for}
    if reply.call:
        shown["call"] = list(reply.call)
    if reply.ai:
        shown["ai"] = True
    return shown


def _own(person: Person, talk: Conversation) -> Conversation:
    permit(person, "assistant.talk", talk)
    return lock(talk.pk)


def _last_told(talk: Conversation) -> dict[str, Any]:
    last = talk.said.order_by("-number").first()
    return dict(last.told) if last is not None else {}


def _was_offered(talk: Conversation, group: str) -> bool:
    """Was it one of the choices of this conversation, or what it answered last? Nothing else is opened by its name."""
    for turn in talk.said.filter(who=Who.BOT).order_by("-number")[:10]:
        if turn.told.get("group") == group or any(one["group"] == group for one in turn.told.get("choices", ())):
            return True
    return False
