"""What outlives a connection: subscriptions, and messages the device has not confirmed."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field

from linli.mechanisms.sensing.mqtt import topics
from linli.mechanisms.sensing.mqtt.packets import Publish

Key = tuple[str, str]  # device, client id: nobody can take over another device's session by its client id
HIGHEST_ID = 65_535


@dataclass(slots=True)
class Session:
    """`ends_at` (monotonic seconds) is None while connected; `lasts_s` 0 means: gone with the connection."""

    key: Key
    device_id: Hashable
    lasts_s: int = 0
    filters: dict[str, int] = field(default_factory=dict)
    ends_at: float | None = None
    unconfirmed: dict[int, Publish] = field(default_factory=dict)
    waiting: deque[Publish] = field(default_factory=deque)
    last_id: int = 0

    def qos_for(self, topic: str) -> int | None:
        """The highest QoS any filter grants for `topic`; None where none matches."""
        granted = [qos for wanted, qos in self.filters.items() if topics.matches(wanted, topic)]
        return max(granted) if granted else None

    def next_id(self) -> int:
        """A packet identifier that is not in use."""
        while True:
            self.last_id = self.last_id % HIGHEST_ID + 1
            if self.last_id not in self.unconfirmed:
                return self.last_id

    def due(self, window: int) -> Iterator[Publish]:
        """Waiting messages that fit into the receiver's window, each QoS 1 with its identifier."""
        while self.waiting and len(self.unconfirmed) < window:
            message = self.waiting.popleft()
            if message.qos:
                message.packet_id = self.next_id()
                self.unconfirmed[message.packet_id] = message
            yield message

    def again(self) -> Iterator[Publish]:
        """What was sent on an earlier connection and never confirmed, in its order, marked as a repetition."""
        for message in self.unconfirmed.values():
            message.dup = True
            yield message


class Sessions:
    """All sessions by key and by device. `kept` are those of an earlier run."""

    def __init__(self, kept: Iterable[Session] = ()) -> None:
        self._all: dict[Key, Session] = {}
        self._of_device: dict[str, set[Key]] = {}
        for session in kept:
            self._add(session)

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Session]:
        return iter(self._all.values())

    def _add(self, session: Session) -> None:
        self._all[session.key] = session
        self._of_device.setdefault(session.key[0], set()).add(session.key)

    def open(self, key: Key, device_id: Hashable, *, clean: bool, moment: float) -> tuple[Session, bool]:
        """The session for a new connection, and whether it is one from before."""
        found = self._all.get(key)
        if found is not None and not clean and not (found.ends_at is not None and found.ends_at <= moment):
            found.ends_at, found.device_id = None, device_id
            return found, True
        session = Session(key, device_id)
        self._add(session)
        return session, False

    def leave(self, session: Session, moment: float) -> None:
        """Its connection is gone."""
        if self._all.get(session.key) is session:
            session.ends_at = moment + session.lasts_s
            if not session.lasts_s:
                self.drop(session)

    def drop(self, session: Session) -> None:
        if self._all.get(session.key) is session:
            del self._all[session.key]
            keys = self._of_device[session.key[0]]
            keys.discard(session.key)
            if not keys:
                del self._of_device[session.key[0]]

    def of(self, device: str) -> list[Session]:
        return [self._all[key] for key in sorted(self._of_device.get(device, ()))]

    def expire(self, moment: float) -> list[Session]:
        """Drops what has been away for too long; what was dropped."""
        over = [one for one in self._all.values() if one.ends_at is not None and one.ends_at <= moment]
        for session in over:
            self.drop(session)
        return over
