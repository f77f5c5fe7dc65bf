"""An outbox in the same transaction; a worker tells those who declared they listen, at least once."""

from linli.foundation.events.delivery import deliver_all
from linli.foundation.events.outbox import emit, known_events

__all__ = ["deliver_all", "emit", "known_events"]
