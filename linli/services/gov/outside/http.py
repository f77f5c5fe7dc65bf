"""One signed request to a system outside, in bounded time; and the check of a request that claims to come from there.

The signature: `hex(HMAC-SHA-256(secret, METHOD \\n PATH \\n TIME \\n KEY \\n hex(SHA-256(body))))`, where PATH has its
query, TIME is in epoch seconds (`X-Linli-Time`) and KEY is the `Idempotency-Key` ("" without one).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_S = 6.0
MOST_BYTES = 262_144
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_AGAIN = frozenset({408, 425, 429})  # a 4xx that may pass by itself


class NoAnswer(Exception):  # noqa: N818 - reads as a sentence
    """Nobody knows whether it arrived, or it surely did not: to be asked again under the same key. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TurnedDown(Exception):  # noqa: N818
    """They said no, and will say no again: `code` (their own, or `http_422`), `sentence` as they put it."""

    def __init__(self, code: str, sentence: str = "") -> None:
        super().__init__(code)
        self.code, self.sentence = code, sentence


@dataclass(frozen=True)
class Line:
    """Where, and signed with what."""

    url: str
    key_id: str
    secret: str


def is_safe(url: str) -> bool:
    """Only https leaves the house with personal data; plain http to this machine itself."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        parts.port  # noqa: B018 - raises for what is no port
    except ValueError:
        return False
    if not host or parts.username or parts.password or parts.query or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)


def signature(secret: str, method: str, path: str, moment: str, key: str, body: bytes) -> str:
    """The signature as it stands in `X-Linli-Signature`."""
    told = "\n".join((method, path, moment, key, hashlib.sha256(body).hexdigest()))
    return hmac.new(secret.encode(), told.encode(), hashlib.sha256).hexdigest()


def is_signed(secret: str, method: str, path: str, headers: Mapping[str, str], body: bytes, *, within_s: int,
              moment: float) -> bool:
    """Does the request carry the signature of `secret`, made at most `within_s` seconds from `moment` (epoch)?"""
    stamp = headers.get("X-Linli-Time", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12 and abs(int(stamp) - moment) <= within_s):
        return False
    wanted = signature(secret, method, path, stamp, headers.get("Idempotency-Key", ""), body)
    return hmac.compare_digest(wanted.encode(), headers.get("X-Linli-Signature", "").encode())


def ask(line: Line, method: str, path: str, body: Mapping[str, Any] | bytes | None = None, *, key: str = "",
        timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
    """The JSON object that `line.url + path` answers. Raises `NoAnswer`, `TurnedDown`."""
    url = line.url.rstrip("/") + path
    if not is_safe(line.url):
        raise TurnedDown("unsafe_address")
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(
        body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    stamp = str(int(time.time()))  # the other house's clock is a real one, also where ours is frozen
    headers = {"Accept": "application/json", "X-Linli-Key": line.key_id, "X-Linli-Time": stamp,
               "X-Linli-Signature": signature(line.secret, method, target, stamp, key, data)}
    if data:
        headers["Content-Type"] = "application/json"
    if key:
        headers["Idempotency-Key"] = key
    request = urllib.request.Request(url, data=data or None, headers=headers, method=method)  # noqa: S310 - is_safe
    until = time.monotonic() + timeout_s
    try:
        with _opener.open(request, timeout=timeout_s) as response:
            return _object(_read(response, until))
    except urllib.error.HTTPError as error:
        with error:
            raise _said_no(error, until) from None
    except TimeoutError:
        raise NoAnswer("timeout") from None
    except (OSError, HTTPException) as error:
        late = isinstance(getattr(error, "reason", None), TimeoutError)
        raise NoAnswer("timeout" if late else "unreachable") from None


class _Stay(urllib.request.HTTPRedirectHandler):
    """No redirect is followed: what is signed for one house is not told to another."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


# No proxy from the environment: the address that was set is the address that is asked.
_opener = urllib.request.build_opener(_Stay, urllib.request.ProxyHandler({}))


def _read(response: Any, until: float) -> bytes:
    body = b""
    while chunk := response.read1(16_384):
        body += chunk
        if len(body) > MOST_BYTES:
            raise NoAnswer("too_much")
        if time.monotonic() > until:
            raise NoAnswer("timeout")
    return body


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise NoAnswer("garbled") from None
    if not isinstance(found, dict):
        raise NoAnswer("garbled")
    return found


def _said_no(error: urllib.error.HTTPError, until: float) -> Exception:
    if not 400 <= error.code < 500 or error.code in _AGAIN:
        return NoAnswer(f"http_{error.code}")
    try:
        told = _object(_read(error, until))
    except (NoAnswer, OSError, HTTPException):
        told = {}
    code, sentence = told.get("code"), told.get("detail")
    return TurnedDown(
        code[:40] if isinstance(code, str) and code else f"http_{error.code}",
        sentence[:200] if isinstance(sentence, str) else "")
