"""How a code gets to its phone: the plug. Nothing here is called inside a request."""

from __future__ import annotations

import json
import sys
from typing import Protocol
from urllib.request import Request, urlopen

from django.conf import settings

from linli import config

TIMEOUT_S = 10


class Sender(Protocol):
    """Takes one text to one phone; raises if it was not taken, so that the job tries again."""

    def send(self, phone: str, text: str) -> None: ...


class Console:
    """No gateway is configured: the operator reads the code on the console."""

    def send(self, phone: str, text: str) -> None:
        print(f"[SMS] {phone[:3]}…{phone[-4:]} {text}", file=sys.stderr, flush=True)  # noqa: T201


class Nothing:
    """Demo mode: the page itself shows the code, and nothing leaves the machine."""

    def send(self, phone: str, text: str) -> None:
        return None


class Gateway:
    """An HTTP gateway: POST {to, text} as JSON, bearer token, any 2xx means taken."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    def send(self, phone: str, text: str) -> None:
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        body = json.dumps({"to": phone, "text": text}, ensure_ascii=False).encode()
        # The address is the operator's own setting, never a visitor's.
        with urlopen(Request(self.url, body, headers), timeout=TIMEOUT_S) as answer:  # noqa: S310
            answer.read(1024)


def sender() -> Sender:
    """The one that is configured now."""
    if settings.LINLI_DEMO:
        return Nothing()
    url = config.env("LINLI_SMS_URL")
    return Gateway(url, config.env("LINLI_SMS_TOKEN")) if url else Console()
