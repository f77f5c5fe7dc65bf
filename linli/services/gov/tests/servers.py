"""Real HTTP servers that behave as other houses do on bad days: a department, a hospital, a school."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from linli.services.gov.outside.http import is_signed

SECRET = "a-secret-of-sixteen-or-more"


class House:
    """A server with moods: `moods` are used up call by call, then it is well.

    well; 500; 422; hang (no answer in time); drop (does the work, closes without an answer); slow (does the work,
    answers too late); garbage; wrong_key; redirect; drip (a byte now and then). What is unsigned is answered 401.
    """

    def __init__(self) -> None:
        self.moods: list[str] = []
        self.calls: list[tuple[str, str, str]] = []
        self.bodies: list[bytes] = []
        self.book: dict[str, dict[str, Any]] = {}
        self.numbers = 0
        self.url = ""
        self.free = [{"id": "s1", "starts_at": "2026-11-27T09:00:00+08:00", "with": "全科 · 丁医生", "left": 2},
                     {"id": "s2", "starts_at": "2026-11-27T10:00:00+08:00", "with": "全科 · 丁医生", "left": 1},
                     {"id": "s0", "starts_at": "2026-11-26T09:00:00+08:00", "with": "全科 · 丁医生", "left": 0}]
        self.twice = False  # a new number for the same key: what must never count here

    def number(self) -> str:
        self.numbers += 1
        return f"N-{self.numbers:04d}"

    def answer(self, method: str, path: str, key: str, body: bytes) -> tuple[int, dict[str, Any]]:
        parts = urlsplit(path)
        if parts.path == "/applications":
            if key not in self.book or self.twice:
                self.book[key] = {"key": key, "number": self.number()}
            return 200, self.book[key]
        if parts.path == "/slots":
            assert parse_qs(parts.query)["service"]
            return 200, {"slots": self.free}
        key = parts.path.rsplit("/", 1)[1]
        held = self.book.get(key)
        if method == "PUT":
            slot = json.loads(body)["slot"]
            if held is None and not any(row["id"] == slot and row["left"] for row in self.free):
                return 409, {"code": "slot_taken", "detail": "这个号刚被约走"}
            if held is None:
                held = self.book[key] = {"key": key, "number": self.number(), "state": "booked", "note": "请提前十分钟"}
            return 200, held
        if held is None:
            return 404, {"code": "unknown"}
        if method == "DELETE":
            held["state"] = "cancelled"
        return 200, held


@contextmanager
def serving(house: House) -> Iterator[House]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            return None

        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            key = self.headers.get("Idempotency-Key", "")
            house.calls.append((self.command, self.path, key))
            house.bodies.append(body)
            if not is_signed(SECRET, self.command, self.path, self.headers, body,  # type: ignore[arg-type]
                             within_s=60, moment=time.time()):
                return self._say(401, b'{"code": "bad_signature"}')
            mood = house.moods.pop(0) if house.moods else "well"
            if mood.isdigit():
                return self._say(int(mood), b'{"code": "no", "detail": "no"}')
            if mood == "hang":
                time.sleep(1.2)
                return None
            status, told = house.answer(self.command, self.path, key, body)
            if mood == "drop":
                return self.close()
            if mood == "slow":
                time.sleep(1.2)
            if mood == "garbage":
                return self._say(200, b"<html>Bad Gateway</html>")
            if mood == "wrong_key":
                return self._say(200, json.dumps({**told, "key": "another"}).encode())
            if mood == "redirect":
                self.send_response(307)
                self.send_header("Location", "http://127.0.0.1:9/")
                self.send_header("Content-Length", "0")
                return self.end_headers()
            if mood == "drip":
                return self._drip(json.dumps(told).encode())
            return self._say(status, json.dumps(told).encode())

        do_GET = do_POST = do_PUT = do_DELETE = _do  # noqa: N815 - http.server's names

        def close(self) -> None:
            self.close_connection = True
            self.connection.close()

        def _drip(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            for one in body:
                self.wfile.write(bytes([one]))
                self.wfile.flush()
                time.sleep(0.2)

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            return None  # a caller that went away, as it should

    server = Server(("127.0.0.1", 0), Handler)
    house.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield house
    finally:
        server.shutdown()
        server.server_close()
        thread.join(2)


Serve = Callable[[], House]
