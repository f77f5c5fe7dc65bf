"""What the listener asks of the house, and what it hands over. Nothing here knows a database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Away(Exception):  # noqa: N818 - reads as a sentence: "raises Away"
    """The store cannot keep anything now: the database is gone, locked or full. What it was given is tried again."""


class Login(Protocol):
    """Who signed in: may publish below `uplinks` and hear below `downlink`, both with their last slash."""

    @property
    def device_id(self) -> Hashable: ...
    @property
    def key_id(self) -> int: ...
    @property
    def uplinks(self) -> str: ...
    @property
    def downlink(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Arrived:
    """One publish. `key_id` is the sender's, whatever the topic says; None where a broker outside vouches for it.

    `message_id` is the MQTT 5 user property `id`, or "": a packet identifier identifies nothing.
    """

    key_id: int | None
    topic: str
    payload: bytes
    received_at: datetime
    message_id: str = ""


class Outcome(Protocol):
    """What became of one publish: "stored", "duplicate" or "quarantined" (then `reason` is a short code).

    `receipt` is the id of an alarm-class message, which its device is told on `down/ack`; "" for the others.
    """

    @property
    def code(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def receipt(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Down:
    """A message for a device; `id` is told back once it has been handed to the connection."""

    id: Hashable
    device_id: Hashable
    topic: str
    payload: bytes


# One transaction for the whole batch, one outcome a message in its order. Raises `Away`, or anything else for a
# message that breaks it: the batch is then cut up until that message is alone.
Store = Callable[[Sequence[Arrived]], Sequence[Outcome]]
Authenticate = Callable[[str, str, str], Login | None]  # client id, user name, password
Revoked = Callable[[Collection[int]], Collection[int]]  # which of these keys are no longer good
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Limits:
    """How much one device, and all of them, may ask of the listener."""

    packet_bytes: int = 65_536
    in_flight: int = 100  # publishes of one connection that are not yet committed (Receive Maximum)
    rate_per_s: float = 100.0  # publishes of one connection; who sends faster is read more slowly, nothing is lost
    burst: float = 500.0  # so that a device can hand in what it kept while it was offline
    connections: int = 20_000
    connections_per_device: int = 4
    connect_s: float = 10.0  # from the first byte of TCP to CONNECT
    keep_alive_s: int = 1_200  # the longest; who asks for more, or for none, is given this (MQTT 5)
    session_s: int = 7 * 86_400  # the longest a session outlives its connection
    filters: int = 16
    aliases: int = 16
    waiting: int = 100  # messages kept for a device that is away; the oldest give way
    batch: int = 500
    gather_s: float = 0.004
    patience_s: float = 5.0  # how long a store that is away is tried before devices are sent off to try later
    revoked_every_s: float = 4.0
    unwritten_bytes: int = 1_048_576  # what a connection may leave unread before it is ended
