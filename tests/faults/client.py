"""A person with a browser that runs no script: real HTTP, cookies, forms. Redirects are not followed."""

from __future__ import annotations

import http.client
import json
import re
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from tests.faults.place import Place

Upload = tuple[str, bytes, str]  # file name, content, media type
DOWN = (OSError, http.client.HTTPException)


class Answer(NamedTuple):
    status: int
    location: str
    text: str
    sort: str = ""

    @property
    def number(self) -> str:
        """The case number in the address that a report was answered with."""
        found = re.search(r"/cases/([A-Z0-9-]+)/", self.location)
        assert found, (self.status, self.location, self.errors)
        return found[1]

    @property
    def errors(self) -> list[str]:
        """The sentences of the summary above a form that was sent back."""
        summary = re.search(r'class="error-summary".*?</ul>', self.text, re.DOTALL)
        shown = re.findall(r"<li>(.*?)</li>", summary[0], re.DOTALL) if summary else []
        return [unescape(re.sub(r"<[^>]+>", "", one)).strip() for one in shown]


@dataclass
class Client:
    """Signed in as the demo person with that title."""

    place: Place
    title: str
    cookies: dict[str, str] = field(default_factory=dict)
    broken: int = 0

    def sign_in(self) -> Client:
        people = json.loads((self.place.data / "people.json").read_text())
        self.get("/sign-in/")
        answer = self.post("/sign-in/demo/", {"person": str(people[self.title])})
        assert answer.status == 302, (answer.status, answer.text[:500])
        return self

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, b"", {})

    def post(self, path: str, data: Mapping[str, Any], files: Mapping[str, Upload] | None = None) -> Answer:
        """Send a form. Raises what `http.client` raises when the server is not there, or goes away."""
        pairs = [(name, str(one)) for name, value in data.items()
                 for one in (value if isinstance(value, list) else [value])]
        pairs.append(("csrfmiddlewaretoken", self.cookies.get("csrftoken", "")))
        if files is None:
            return self._ask("POST", path, urlencode(pairs).encode(), {
                "Content-Type": "application/x-www-form-urlencoded"})
        return self._ask("POST", path, *_multipart(pairs, files))

    def patiently(self, path: str, data: Mapping[str, Any], *, seconds: float = 300) -> tuple[Answer, int]:
        """The same POST until it is answered, as a person presses again; the answer, and how often it was sent.

        A page that says "something broke here" (500) is no answer; it is counted in `broken`.
        """
        return self._until_answered(lambda: self.post(path, data), seconds)

    def seen(self, path: str, *, seconds: float = 300) -> str:
        """The version of the thing that the form at `path` shows, to be sent with it, as a browser does."""
        page, _sent = self._until_answered(lambda: self.get(path), seconds)
        found = re.search(r'name="seen" value="(\d+)"', page.text)
        return found[1] if found else ""

    def _until_answered(self, ask: Callable[[], Answer], seconds: float) -> tuple[Answer, int]:
        ends, sent = time.monotonic() + seconds, 0
        while True:
            sent += 1
            try:
                answer = ask()
                if answer.status != 500:
                    return answer, sent
                self.broken += 1
                assert time.monotonic() < ends, answer.text[:500]
            except DOWN:
                if time.monotonic() > ends:
                    raise
            time.sleep(0.1)

    def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        where = urlsplit(self.place.url)
        assert where.hostname
        link = http.client.HTTPConnection(where.hostname, where.port, timeout=60)
        try:
            link.request(method, path, body or None, {
                **headers, "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
                "Accept-Language": "zh-CN"})
            answer = link.getresponse()
            text = answer.read().decode(errors="replace")
            for cookie in answer.headers.get_all("Set-Cookie") or ():
                name, _, rest = cookie.partition("=")
                self.cookies[name] = rest.partition(";")[0]
            told = answer.headers
            return Answer(answer.status, told.get("Location", ""), text, told.get("Content-Type", ""))
        finally:
            link.close()


@dataclass
class Program(Client):
    """A program that holds a key of that person; `ask("POST", "/repairs/", {…}, once="key")` under /api/v1."""

    key: str = ""

    def with_key(self) -> Program:
        self.key = self.place.inside("key_of", title=self.title)
        return self

    def ask(self, method: str, path: str, data: object = None, *, once: str = "") -> Answer:
        more = {"Idempotency-Key": once} if once else {}
        return self._ask(method, f"/api/v1{path}", b"" if data is None else json.dumps(data).encode(), {
            "Authorization": f"Bearer {self.key}", "Content-Type": "application/json", **more})

    def ask_patiently(self, method: str, path: str, data: object, *, once: str) -> tuple[Answer, int]:
        return self._until_answered(lambda: self.ask(method, path, data, once=once), 300)


def _multipart(pairs: Sequence[tuple[str, str]], files: Mapping[str, Upload]) -> tuple[bytes, dict[str, str]]:
    line = uuid.uuid4().hex
    parts = [f'--{line}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
             for name, value in pairs]
    for name, (file, content, sort) in files.items():
        head = f'--{line}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\nContent-Type: {sort}'
        parts.append(f"{head}\r\n\r\n".encode() + content + b"\r\n")
    return b"".join([*parts, f"--{line}--\r\n".encode()]), {"Content-Type": f"multipart/form-data; boundary={line}"}


def quick_report(words: str, once: str = "") -> dict[str, str]:
    """The one-page report, of a kind that needs no photo after the work."""
    return {"text": f"门口堆着垃圾，两天没人清 {words}", "place": "other", "detail": "1号楼门口",
            "once": once or uuid.uuid4().hex}
