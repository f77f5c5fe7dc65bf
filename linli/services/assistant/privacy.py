"""This room's part in a person's rights: what they asked, and that it is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from linli.foundation.calendar.clock import now
from linli.foundation.privacy.erasers import eraser
from linli.services.assistant.models import Conversation, Gap, Who
from linli.services.assistant.states import State

if TYPE_CHECKING:
    from linli.foundation.people.models import Person


def copy_of(person: Person) -> dict[str, Any]:
    """Every conversation of the person, with what was said on both sides."""
    return {"conversations": [
        {"opened_at": talk.opened_at.isoformat(), "state": talk.state, "case": talk.case_number,
         "said": [{"at": turn.at.isoformat(), "who": turn.who, "text": turn.text}
                  for turn in talk.said.order_by("number")]}
        for talk in Conversation.objects.filter(person=person).order_by("opened_at")]}


def erase(person: Person) -> list[str]:
    """The conversations go. The questions without an answer are tied to nobody; a case is the cases' to erase."""
    gone, _rows = Conversation.objects.filter(person=person).delete()
    return [str(_("您在「问一问」里的对话已删除。"))] if gone else []


@eraser("assistant.conversation")
def erase_conversation(talk: Conversation, purpose: str) -> str:
    """Past its term the words go; when it was and how it ended stays, for the figures."""
    talk.said.exclude(who=Who.SYSTEM).delete()
    if talk.state != State.CLOSED:  # closed long ago, or it would have no term
        talk.state, talk.closed_at = State.CLOSED, now()
    talk.ended_by = talk.ended_by or "erased"
    talk.save()
    return "anonymised"


@eraser("assistant.gap")
def erase_gap(row: Gap, purpose: str) -> str:
    row.delete()
    return "deleted"
