"""The verbs of bookings. Each opens one transaction, asks who may, counts under a lock, writes, audits and tells."""

from linli.mechanisms.bookings.actions.approving import approve, refuse
from linli.mechanisms.bookings.actions.booking import book, cancel, confirm, extend_hold, hold
from linli.mechanisms.bookings.actions.day import (
    answer_reminder,
    check_in,
    check_in_code,
    mark_absent,
    set_photo_consent,
    sync_check_ins,
    walk_in,
)
from linli.mechanisms.bookings.actions.draws import choose, commit_draw, run_draw
from linli.mechanisms.bookings.actions.feeds import make_feed, withdraw_feed
from linli.mechanisms.bookings.actions.loans import give_back, hold_loan, leave_hold, lend, renew
from linli.mechanisms.bookings.actions.offering import (
    add_session,
    cancel_session,
    change_offer,
    change_session,
    close_session,
    create_offer,
    publish,
)
from linli.mechanisms.bookings.actions.recurring import change_series, repeat
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
    "Member", "accept_offer", "acquire", "add_resource", "add_session", "answer_reminder", "appeal", "approve", "book",
    "book_or_wait", "cancel", "cancel_session", "change_offer", "change_series", "change_session", "check_in",
    "check_in_code", "choose", "claim", "close_session", "commit_draw", "confirm", "create_offer", "decide_appeal",
    "decline_offer", "extend_hold", "give_back", "hold", "hold_loan", "leave", "leave_hold", "lend", "let_go",
    "let_go_of", "make_feed", "mark_absent", "note_call", "publish", "refuse", "renew", "repeat", "run_draw",
    "set_photo_consent", "sync_check_ins", "wait", "walk_in", "withdraw_feed",
]
