"""The verbs of a conversation: the resident's, the desk's, and the mending of what could not be answered."""

from linli.services.assistant.actions.desk import give_back, reply_to, take
from linli.services.assistant.actions.gaps import drop_gap, mend_gap, note_gap
from linli.services.assistant.actions.handing import call_back, close, close_quiet, want_person
from linli.services.assistant.actions.talking import ask, choose, leave_queue, none_of_these, not_now, say

__all__ = [
    "ask", "call_back", "choose", "close", "close_quiet", "drop_gap", "give_back", "leave_queue", "mend_gap",
    "none_of_these", "not_now", "note_gap", "reply_to", "say", "take", "want_person",
]
