"""The verbs of repairs. Each opens one transaction, asks who may, writes, audits and tells."""

from linli.services.repairs.actions.fitters import close_time, reopen_time, set_hours
from linli.services.repairs.actions.money import (
    agree_quote,
    confirm_payer,
    decline_quote,
    dispute_payer,
    do_make_safe,
    pay,
    quote,
    send_code,
)
from linli.services.repairs.actions.prices import draft_list, post_list, save_item
from linli.services.repairs.actions.reporting import (
    Report,
    drop_draft,
    join,
    keep_draft,
    report,
    report_at_desk,
)
from linli.services.repairs.actions.stock import add_item, give_back, issue, receive
from linli.services.repairs.actions.visits import (
    agree_visit,
    book_old_visit,
    fail_visit,
    miss_visit,
    note_cancelled,
    settle_visit,
)
from linli.services.repairs.actions.work import add_before_photos, rotate, set_shift

__all__ = [
    "Report", "add_before_photos", "add_item", "agree_quote", "agree_visit", "book_old_visit", "close_time",
    "confirm_payer", "decline_quote", "dispute_payer", "do_make_safe", "draft_list", "drop_draft", "fail_visit",
    "give_back", "issue", "join", "keep_draft", "miss_visit", "note_cancelled", "pay", "post_list", "quote", "receive",
    "reopen_time", "report", "report_at_desk", "rotate", "save_item", "send_code", "set_hours", "set_shift",
    "settle_visit",
]
