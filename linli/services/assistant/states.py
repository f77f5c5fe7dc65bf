"""The life of a conversation: who owns it, and what may happen next. A pure table; the actions ask it."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class State(TextChoices):
    BOT = "bot", _("自动回答")
    OFFERED = "offered", _("问要不要找人")
    QUEUED = "queued", _("排队等人")
    HUMAN = "human", _("有人在答")
    CLOSED = "closed", _("结束了")


# (state, verb) → state. `answer` is the bot's own: it exists only where no person owns the conversation.
MOVES: dict[tuple[str, str], str] = {
    (State.BOT, "answer"): State.BOT,
    (State.BOT, "offer"): State.OFFERED,
    (State.BOT, "queue"): State.QUEUED,
    (State.BOT, "call_back"): State.CLOSED,
    (State.BOT, "close"): State.CLOSED,
    (State.OFFERED, "answer"): State.BOT,  # another question is an answer to the offer: not now
    (State.OFFERED, "offer"): State.OFFERED,
    (State.OFFERED, "queue"): State.QUEUED,
    (State.OFFERED, "decline"): State.BOT,
    (State.OFFERED, "call_back"): State.CLOSED,
    (State.OFFERED, "close"): State.CLOSED,
    (State.QUEUED, "say"): State.QUEUED,
    (State.QUEUED, "take"): State.HUMAN,
    (State.QUEUED, "leave"): State.BOT,
    (State.QUEUED, "call_back"): State.CLOSED,
    (State.QUEUED, "close"): State.CLOSED,
    (State.HUMAN, "say"): State.HUMAN,
    (State.HUMAN, "reply"): State.HUMAN,
    (State.HUMAN, "give_back"): State.QUEUED,
    (State.HUMAN, "call_back"): State.CLOSED,
    (State.HUMAN, "close"): State.CLOSED,
}
MUTE = frozenset({State.QUEUED, State.HUMAN, State.CLOSED})  # the bot says nothing here


def after(state: str, verb: str) -> str | None:
    """Where `verb` leads from `state`; None where it may not be."""
    return MOVES.get((state, verb))
