"""What a script finds on pages: their forms with every field, their links; and whether one would run what was sent."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from tests.faults.client import Answer, Client

SCRIPT = "<script>alert('linli-%s')</script>\"'><img src=x onerror=alert(1)>"
RAW = re.compile(r"<script>alert\('linli-|<img src=x onerror|\"'><img")
TEXT_SORTS = {"", "text", "search", "hidden", "tel", "email", "url", "password", "number", "date", "datetime-local"}
# Nothing that signs out, ends a session, or changes who the sweeper is.
SPARED = re.compile(
    r"sign-out|sign-in|/sessions/|/look/|second-factor|passkey|/me/residency/\d+/end|/roles/|password|erase")
NO_PAGE = re.compile(
    r"\.(xlsx|pdf|js|css|svg|ics|atom|webmanifest)$|/export/|/feeds/|/static/|^/api/|/people/me/copy|sign-out")


def kind_of(path: str) -> str:
    """The address with N for each number and name of a thing: what is one page, about however many things."""
    return re.sub(r"[A-Z]{2,3}-\d{6}-\d{4}|\d{3,}|\b[a-z]+\.[a-z_]+\b", "N", path)


@dataclass
class Form:
    """One form of a page: where it goes, how, and its fields as (name, sort, value or choices)."""

    page: str
    action: str
    method: str
    fields: list[tuple[str, str, list[str]]] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """Forms that differ only in the thing they are about are one form."""
        return kind_of(urlsplit(self.action).path), tuple(sorted({name for name, _sort, _values in self.fields}))


class Reader(HTMLParser):
    """The forms and links of a page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.page, self.forms, self.links = page, [], []  # type: str, list[Form], list[str]
        self._form: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "a" and given.get("href", "").startswith(("/", "?")):
            self.links.append(urljoin(self.page, given["href"]))
        elif tag == "form":
            self._form = Form(self.page, urljoin(self.page, given.get("action") or self.page),
                              given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is None:
            return
        elif tag == "input" and name and given.get("type") != "file":
            self._form.fields.append((name, given.get("type", "text"), [given.get("value", "")]))
        elif tag == "textarea" and name:
            self._form.fields.append((name, "textarea", [""]))
        elif tag == "button" and name:
            self._form.fields.append((name, "button", [given.get("value", "")]))
        elif tag == "select" and name:
            self._select = name
            self._form.fields.append((name, "select", []))
        elif tag == "option" and self._select:
            self._form.fields[-1][2].append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""


def read(page: str, answer: Answer) -> Reader:
    reader = Reader(page)
    reader.feed(answer.text)
    return reader


def unescaped(answer: Answer) -> bool:
    """Would a browser run what was sent? A download of one's own data in JSON holds it as it is."""
    return answer.sort.startswith("text/html") and RAW.search(answer.text) is not None


def filled(form: Form, mark: str) -> dict[str, list[str]]:
    """A script in every field that takes text; of choices, the last one that says something."""
    data: dict[str, list[str]] = {}
    for name, sort, values in form.fields:
        if name == "csrfmiddlewaretoken":
            continue
        if sort == "select":
            data[name] = [next((value for value in reversed(values) if value), "")]
        elif sort in {"radio", "checkbox", "button"}:
            data.setdefault(name, values)
        elif sort == "hidden" and re.fullmatch(r"\d+|[0-9a-f]{32}", values[0]):
            data[name] = values  # a key or a version: forging those is another test
        elif sort == "textarea" or sort in TEXT_SORTS:
            data[name] = [SCRIPT % mark]
    return data


def pages_of(client: Client, begin: str, most: int) -> Iterator[tuple[str, Answer]]:
    """Every page reachable by links, one of each kind, breadth first."""
    waiting, seen, kinds = [begin], {begin}, Counter[str]()
    while waiting and most:
        page = waiting.pop(0)
        kind = kind_of(page.partition("?")[0])
        if kinds[kind] >= 3:
            continue
        kinds[kind] += 1
        answer = client.get(page)
        if answer.status != 200 or not answer.sort.startswith("text/html"):
            continue
        most -= 1
        yield page, answer
        for link in read(page, answer).links:
            clean = link.partition("#")[0]
            if clean not in seen and not NO_PAGE.search(clean.partition("?")[0]):
                seen.add(clean)
                waiting.append(clean)
