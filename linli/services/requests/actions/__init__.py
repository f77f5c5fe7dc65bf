"""The verbs of requests and enquiries. Each opens one transaction, asks who may, writes, audits and tells."""

from linli.services.requests.actions.asking import Asked, ask, sent_before
from linli.services.requests.actions.desk import Taken, recategorise, take_in
from linli.services.requests.actions.tables import (
    add_row,
    change_row,
    drop_draft,
    drop_row,
    move_row,
    new_draft,
    publish_table,
    return_table,
    submit_table,
)

__all__ = [
    "Asked", "Taken", "add_row", "ask", "change_row", "drop_draft", "drop_row", "move_row", "new_draft",
    "publish_table", "recategorise", "return_table", "sent_before", "submit_table", "take_in",
]
