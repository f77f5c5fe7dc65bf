"""The verbs of bookings. Each opens one transaction, asks who may, counts under a lock, writes, audits and tells."""

from linli.mechanisms.bookings.actions.booking import approve, book, cancel, confirm, extend_hold, hold, refuse
from linli.mechanisms.bookings.actions.offering import (
    add_session,
    cancel_session,
    change_offer,
    change_session,
    close_session,
    create_offer,
    publish,
)
from linli.mechanisms.bookings.actions.resources import acquire, add_resource, let_go, let_go_of
from linli.mechanisms.bookings.actions.strikes import appeal, decide_appeal
from linli.mechanisms.bookings.actions.waiting import (
    accept_offer,
    book_or_wait,
    claim,
    decline_offer,
    leave,
    note_call,
    wait,
)
from linli.mechanisms.bookings.writing import Member

__all__ = [
    "Member", "accept_offer", "acquire", "add_resource", "add_session", "appeal", "approve", "book", "book_or_wait",
    "cancel", "cancel_session", "change_offer", "change_session", "claim", "close_session", "confirm", "create_offer",
    "decide_appeal", "decline_offer", "extend_hold", "hold", "leave", "let_go", "let_go_of", "note_call", "publish",
    "refuse", "wait",
]
