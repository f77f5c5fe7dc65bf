"""A tiny SMS gateway on this machine that can be told to misbehave."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Gateway(ThreadingHTTPServer):
    """`plan` says what to do with each request: a status, "drop" (takes it, then hangs up); then 200 for ever."""

    daemon_threads = True

    def __init__(self, plan: list[int | str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.plan = plan
        self.asked: list[tuple[str, dict[str, Any], str]] = []  # key, body, authorisation

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/send"

    @property
    def taken(self) -> dict[str, str]:
        """What a gateway that honours the key has sent: one text a key."""
        return {key: body["text"] for key, body, _auth in self.asked}


class _Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        step = self.server.plan.pop(0) if self.server.plan else 200
        if step == "drop" or (isinstance(step, int) and step < 300):
            self.server.asked.append((self.headers["Idempotency-Key"], body, self.headers.get("Authorization", "")))
        if step == "drop":
            self.connection.close()
            return
        self.send_response(int(step))
        self.send_header("Content-Length", "0")
        if step == 302:
            self.send_header("Location", "http://127.0.0.1:1/inner")
        self.end_headers()

    def log_message(self, *_what: object) -> None:
        """Quiet."""


@contextmanager
def gateway(*plan: int | str) -> Iterator[Gateway]:
    """The gateway, up for the length of the block."""
    server = Gateway(list(plan))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
