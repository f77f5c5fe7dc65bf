"""The staff's verbs of an application, in one place for who calls them; each is written where its subject lies."""

from linli.services.gov.actions.concluding import (
    WAY_NAMES,
    answer_objection,
    decide,
    deliver,
    object_to,
    record,
    revoke,
)
from linli.services.gov.actions.receiving import accept, ask_corrections, askable, note_corrected, refuse
from linli.services.gov.actions.reviewing import advance, extend, pause, resume, said, say, special_procedures

__all__ = [
    "WAY_NAMES", "accept", "advance", "answer_objection", "ask_corrections", "askable", "decide", "deliver", "extend",
    "note_corrected", "object_to", "pause", "record", "refuse", "resume", "revoke", "said", "say", "special_procedures",
]
