"""One file a channel: `ready()`, `send(message)`; a new channel is a new file and a line in `channels()`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from linli.foundation.people.models import Person


@dataclass(frozen=True)
class Message:
    """What leaves: `key` is the same for every attempt, so that a gateway which got it twice can tell."""

    person: Person
    key: str
    title: str
    text: str
    url: str
    urgent: bool = False


class NotSent(Exception):  # noqa: N818 - reads as a sentence
    """It did not go out. `code` is for staff and logs; `final` ends the attempts; `needless`: nobody misses it."""

    def __init__(self, code: str, *, final: bool = False, needless: bool = False) -> None:
        super().__init__(code)
        self.code = code[:60]
        self.final = final or needless
        self.needless = needless


class Channel(Protocol):
    """A way out of the house."""

    def ready(self) -> bool:
        """Is it configured on this machine?"""

    def send(self, message: Message) -> None:
        """Hand the message over. Raises `NotSent`. Called by the worker only, never within a request."""


def channel(code: str) -> Channel:
    """The channel of that code (push, sms, email)."""
    from linli.foundation.notices.channels.email import Email
    from linli.foundation.notices.channels.push import Push
    from linli.foundation.notices.channels.sms import Sms

    found: dict[str, Channel] = {"push": Push(), "sms": Sms(), "email": Email()}
    return found[code]
