"""The verbs of a case. Each opens one transaction, asks who may, writes, audits and tells."""

from linli.mechanisms.cases.actions.living import act, open_case, sent_before, supply
from linli.mechanisms.cases.actions.talking import (
    add_note,
    attach,
    change_field,
    follow,
    nudge,
    record_call_try,
    remind,
    save_view,
    send_message,
    unfollow,
)
from linli.mechanisms.cases.actions.tying import broadcast, finish_tied, merge, open_tied, tie, unmerge, untie
from linli.mechanisms.cases.actions.units import (
    arrive_leg,
    ask_extension,
    decide_extension,
    decide_objection,
    exclude_from_rates,
    file_objection,
    report_leg,
    whistle,
)

__all__ = [
    "act", "add_note", "arrive_leg", "ask_extension", "attach", "broadcast", "change_field", "decide_extension",
    "decide_objection", "exclude_from_rates", "file_objection", "finish_tied", "follow", "merge", "nudge", "open_case",
    "open_tied", "record_call_try", "remind",
    "report_leg", "save_view", "send_message", "sent_before", "supply", "tie", "unfollow", "unmerge", "untie",
    "whistle",
]
