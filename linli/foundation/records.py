"""The base of every table: an id that is known before the row is written."""

from __future__ import annotations

import os
import secrets
import threading
import time

from django.db.models import BigIntegerField, Model

_EPOCH_MS = 1_704_067_200_000  # 2024-01-01T00:00:00Z
_NODE_BITS, _COUNT_BITS = 10, 12
_lock = threading.Lock()
_last = 0


def new_id() -> int:
    """A new 63-bit id, rising with time: 41 bits of milliseconds, 10 of process, 12 of counter.

    It is known before the insert, because an encrypted field binds its row's id into its
    ciphertext, and because a case, its event, timers and audit entry are then written without
    asking the database for a number in between. `LINLI_NODE` tells machines of a city apart.
    """
    global _last
    node = (os.getpid() + int(os.environ.get("LINLI_NODE", "0")) * 131) & ((1 << _NODE_BITS) - 1)
    stamp = int(time.time() * 1000) - _EPOCH_MS
    fresh = (stamp << (_NODE_BITS + _COUNT_BITS)) | (node << _COUNT_BITS)
    with _lock:
        # A random start, so that two processes which share a node number still rarely meet.
        _last = _last + 1 if _last >= fresh else fresh | secrets.randbelow(1 << (_COUNT_BITS - 1))
        return _last


class Record(Model):
    """Abstract: a table whose primary key is made by `new_id` before the row is written."""

    id = BigIntegerField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True
