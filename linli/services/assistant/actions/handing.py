"""From the bot to a person: into the queue, or into a case with a deadline when nobody is there; and the end."""

from __future__ import annotations

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.privacy.masks import mask_text
from linli.foundation.web import Refused
from linli.mechanisms.cases import actions as cases
from linli.services.assistant import queries
from linli.services.assistant.actions.writing import end, lock, move, open_talk, words_of, write
from linli.services.assistant.models import Conversation, Who
from linli.services.assistant.states import State

CASE_KIND = "consult"
_TITLE = 40


@atomic
def want_person(person: Person, area: Area, *, text: str = "") -> Conversation:
    """A person, please: into the queue while the desk is open, else a case whose deadline says when it is answered.

    Raises `Denied`, `Refused("no_text")` where nobody is there and nothing was asked yet.
    """
    permit(person, "assistant.ask", area)
    talk = open_talk(person, area)
    if talk.state in (State.QUEUED, State.HUMAN):
        return talk  # pressed twice
    if text.strip():
        write(talk, Who.RESIDENT, words_of(text))
    if not queries.is_desk_open(area.code):
        if not talk.said.filter(who=Who.RESIDENT).exists():
            raise Refused("no_text", _("现在没有人在线。请写下要问的事，有人上班就回您。"), field="text")
        return _to_case(person, talk)
    move(talk, "queue")
    talk.queued_at = now()
    talk.handed_at = talk.handed_at or talk.queued_at
    write(talk, Who.SYSTEM, _("已经在排队，接的人看得到上面的对话。"))
    audit.record(person, "assistant.want_person", talk)
    emit("assistant.queued", talk=talk.pk)
    return talk


@atomic
def call_back(person: Person | None, talk: Conversation) -> Conversation:
    """Make it a case: by who answers it, or by the clock (`person` None) when the queue was too long.

    Twice is once. Raises `Denied`, `Refused("moved_on")`.
    """
    if person is not None:
        permit(person, "assistant.answer", talk)
    talk = lock(talk.pk)
    if talk.case_number:
        return talk
    return _to_case(person, talk)


def _to_case(person: Person | None, talk: Conversation) -> Conversation:
    asked = [turn.text for turn in talk.said.filter(who=Who.RESIDENT).order_by("number")]
    text = "\n".join(asked).strip() or str(_("（没有写，请回电问）"))
    case = cases.open_case(
        person, CASE_KIND, talk.area, system=True, category="", title=mask_text(text.split("\n", 1)[0])[:_TITLE],
        text=text[-4000:], requester=talk.person, channel="app", facts={"from": "assistant"},
        once=f"assistant.{talk.pk}")
    move(talk, "call_back")
    talk.case_number = case.number
    end(talk, "call_back")
    write(talk, Who.SYSTEM, _("已经记成咨询单，单号 %(number)s，到时限前一定回您。") % {"number": case.number})
    audit.record(person, "assistant.call_back", talk, number=case.number)
    emit("assistant.called_back", talk=talk.pk)
    return talk


@atomic
def close(person: Person, talk: Conversation) -> Conversation:
    """The end, by the resident or by who answers. Twice is once. Raises `Denied`, `Refused("moved_on")`."""
    own = talk.person_id == person.pk
    permit(person, "assistant.talk" if own else "assistant.answer", talk)
    talk = lock(talk.pk)
    if talk.state == State.CLOSED:
        return talk
    if not own and talk.staff_id != person.pk:
        raise Refused("not_yours", _("这次对话是别的同事在答。"))
    move(talk, "close")
    end(talk, "resident" if own else "staff")
    write(talk, Who.SYSTEM, _("这次对话结束了。"))
    audit.record(person, "assistant.close", talk)
    return talk


@atomic
def close_quiet(talk: Conversation) -> bool:
    """The end of a conversation in which nobody said anything for long; by the clock."""
    talk = lock(talk.pk)
    if talk.state in (State.CLOSED, State.QUEUED) or not queries.is_quiet(talk):
        return False
    move(talk, "close")
    end(talk, "quiet")
    write(talk, Who.SYSTEM, _("很久没有人说话，这次对话结束了。"))
    audit.record(None, "assistant.close", talk, by="quiet")
    return True
