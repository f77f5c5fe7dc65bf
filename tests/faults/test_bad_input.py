"""What people, scripts and attackers send, from the browser's side of the line to the page the next person reads."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from PIL import Image

from tests.faults.client import Answer, Client, quick_report
from tests.faults.place import Place, figures, size
from tests.faults.sound import assert_sound

pytestmark = pytest.mark.faults
OpenPlace = Callable[[str], Place]
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


def test_a_script_in_every_field_of_every_form(open_place: OpenPlace) -> None:
    place = open_place("sqlite")
    place.inside("report", count=3)
    place.inside("deliver")
    place.web()
    people = {title: (Client(place, title).sign_in(), begin) for title, begin in (
        ("林女士", "/"), ("何静", "/desk/cases/"), ("周敏", "/desk/cases/"), ("吴书记", "/desk/cases/"))}
    most_pages = size(400, 40)
    sent: Counter[int] = Counter()
    done: set[object] = set()
    fields = 0
    for title, (client, begin) in people.items():
        for page, answer in list(pages_of(client, begin, most_pages)):
            for form in read(page, answer).forms:
                if form.method != "post" or SPARED.search(form.action) or (title, form.key) in done:
                    continue
                done.add((title, form.key))
                data = filled(form, f"{len(done)}")
                fields += sum(SCRIPT[:7] in value for values in data.values() for value in values)
                given = client.post(form.action.removeprefix(place.url), data)
                assert given.status < 500, (title, page, form.action, data, given.text[:500])
                assert not unescaped(given), (title, form.action)
                sent[given.status] += 1
    for client, _begin in people.values():
        for address in ("/search/", "/desk/search/", "/desk/cases/", "/facilities/", "/bulletin/", "/desk/policy/"):
            found = client.get(f"{address}?{urlencode({'q': SCRIPT % 'search', 'after': SCRIPT, 'queue': SCRIPT})}")
            assert found.status < 500
            assert not unescaped(found), address
    # A report that is kept, with the script in its words and in its place.
    answer = people["林女士"][0].post("/repairs/quick/", quick_report("") | {
        "text": SCRIPT % "report", "detail": "<script>alert('linli-place')</script>"})
    assert answer.status == 302, answer.errors
    place.work()  # notices carry the titles
    shown = read_again = 0
    for client, begin in people.values():
        for page, answer in pages_of(client, begin, most_pages * 2):
            assert not unescaped(answer), f"{page} shows a script as it was sent"
            read_again += 1
            shown += "linli-" in unescape(answer.text)
    assert sum(sent.values()) > 5
    assert shown, "nothing of what was sent is shown anywhere: the sweep missed"
    assert_sound(place, audited=False)
    figures("script in every field", forms=len(done), fields=fields, answers=dict(sent), pages_read_again=read_again,
            pages_that_show_it_escaped=shown, unescaped=0)


def test_files_and_words_that_do_not_fit(open_place: OpenPlace) -> None:
    place = open_place("sqlite")
    place.web()
    resident = Client(place, "resident-0").sign_in()

    def refused(file: tuple[str, bytes, str], sentence: str) -> None:
        answer = resident.post("/repairs/quick/", quick_report("我写的字还在"), {"photos": file})
        assert answer.status == 422, (file[0], answer.status)
        assert sentence in " ".join(answer.errors), answer.errors
        assert "我写的字还在" in answer.text

    out = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(out, "JPEG")
    refused(("big.jpg", out.getvalue() + b"\0" * (25 * 1_048_576), "image/jpeg"), "MB")
    refused(("photo.jpg", b"MZ\x90\0" + b"\0" * 4096 + b"This program cannot be run in DOS mode", "image/jpeg"), "照片")
    refused(("page.jpg", b"<html><script>alert(1)</script></html>" * 50, "image/jpeg"), "照片")
    refused(("half.jpg", out.getvalue()[:120], "image/jpeg"), "照片")
    refused(("none.jpg", b"", "image/jpeg"), "空")
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"\0" * 50_000_000)
    refused(("zip.jpg", bomb.getvalue(), "image/jpeg"), "照片")
    long = "长" * 10_000
    answer = resident.post("/repairs/quick/", quick_report("") | {"text": long})
    assert answer.status == 422
    assert "10000" in " ".join(answer.errors).replace(",", "")
    assert long in answer.text, "what was typed is gone"
    assert place.one("SELECT count(*) FROM cases_case") == 0
    assert place.one("SELECT count(*) FROM files_storedfile") == 0
    assert not [path for path in (place.data / "files").rglob("*") if path.is_file()]
    figures("files and words that do not fit", refused_with_a_sentence=7, kept=0)


def test_the_ids_of_another_community(open_place: OpenPlace) -> None:
    place = open_place("sqlite")
    [number] = place.inside("report", count=1)
    [(building,)] = place.query("SELECT id FROM areas_building ORDER BY id LIMIT 1")
    place.web()
    stranger = Client(place, "郑先生").sign_in()
    own, desk = f"/cases/{number}/", f"/desk/cases/{number}/"
    closed = [stranger.get(path) for path in (own, f"{own}receipt/", desk, f"{desk}edit/", "/desk/", "/desk/cases/")]
    given = {"note": "x", "solved": "yes", "text": "x", "worker": "1", "seen": "1"}
    closed += [stranger.post(path, given) for path in (
        f"{own}words/", f"{own}nudge/", f"{own}join/", f"{own}answer/", f"{own}step/cancel/", f"{desk}step/dispatch/",
        f"{desk}step/redirect/", f"{desk}words/", f"{desk}edit/", f"{desk}more/merge/", "/desk/cases/bulk/")]
    assert {answer.status for answer in closed} == {404}, [answer.status for answer in closed]
    assert not any("扶手松动" in answer.text for answer in closed)
    forged = stranger.post("/repairs/quick/", quick_report("") | {"place": f"building:{building}"})
    assert forged.status == 422, forged.status
    assert place.one("SELECT count(*) FROM cases_case") == 1
    assert place.one("SELECT count(*) FROM cases_caseevent") == 1
    figures("ids of another community", asked=len(closed) + 1, answered_404=len(closed), let_in=0)
