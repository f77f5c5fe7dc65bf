"""The verbs on sheets, on forms at the desk, and on what is sent round."""

from linli.mechanisms.forms.actions.designing import (
    ask_to_publish,
    begin_form,
    change_draft,
    drop_draft,
    open_draft,
    publish,
    send_back,
)
from linli.mechanisms.forms.actions.inquiries import announce, answer, close_inquiry, open_inquiry
from linli.mechanisms.forms.actions.moving import move_running
from linli.mechanisms.forms.actions.sheets import (
    add_member,
    forget,
    remove_member,
    save_page,
    skip_members,
    start,
    submit,
    withdraw,
)

__all__ = [
    "add_member", "announce", "answer", "ask_to_publish", "begin_form", "change_draft", "close_inquiry",
    "drop_draft", "forget", "move_running", "open_draft", "open_inquiry", "publish", "remove_member", "save_page",
    "send_back", "skip_members", "start", "submit", "withdraw",
]
