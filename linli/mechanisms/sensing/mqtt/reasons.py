"""Why the other side is told no: reason codes of MQTT 5 (§2.4) and what is left of them in MQTT 3.1.1."""

from __future__ import annotations

from enum import IntEnum


class Reason(IntEnum):
    """The codes that this house sends or understands."""

    SUCCESS = 0x00
    GRANTED_QOS_1 = 0x01
    DISCONNECT_WITH_WILL = 0x04
    NO_SUBSCRIPTION = 0x11
    UNSPECIFIED = 0x80
    MALFORMED = 0x81
    PROTOCOL_ERROR = 0x82
    BAD_VERSION = 0x84
    BAD_CLIENT_ID = 0x85
    BAD_LOGIN = 0x86
    NOT_AUTHORISED = 0x87
    UNAVAILABLE = 0x88
    BUSY = 0x89
    SHUTTING_DOWN = 0x8B
    BAD_AUTH_METHOD = 0x8C
    KEEP_ALIVE_TIMEOUT = 0x8D
    TAKEN_OVER = 0x8E
    BAD_FILTER = 0x8F
    BAD_TOPIC = 0x90
    BAD_ALIAS = 0x94
    TOO_LARGE = 0x95
    QUOTA = 0x97
    ADMINISTRATIVE = 0x98
    BAD_PAYLOAD = 0x99
    NO_QOS_2 = 0x9B
    NO_SHARED = 0x9E
    NO_SUBSCRIPTION_IDS = 0xA1


# MQTT 3.1.1 §3.2.2.3 knows five refusals of a CONNECT.
_CONNACK_3 = {
    Reason.SUCCESS: 0, Reason.BAD_VERSION: 1, Reason.BAD_CLIENT_ID: 2, Reason.UNAVAILABLE: 3, Reason.BUSY: 3,
    Reason.SHUTTING_DOWN: 3, Reason.QUOTA: 3, Reason.BAD_LOGIN: 4,
}
SUBACK_FAILURE_3 = 0x80


def connack_3(reason: int) -> int:
    """The return code of a 3.1.1 CONNACK; what has no code of its own is "not authorised" (5)."""
    return _CONNACK_3.get(Reason(reason), 5)


class Broken(Exception):  # noqa: N818 - reads as a sentence: "raises Broken"
    """The other side broke the protocol; `reason` is what it is told before the connection ends."""

    def __init__(self, reason: Reason, what: str) -> None:
        super().__init__(f"{reason.name.lower()}: {what}")
        self.reason, self.what = reason, what
