"""What people, scripts and attackers send, from the browser's side of the line to the page the next person reads."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Callable
from html import unescape
from urllib.parse import urlencode

import pytest
from PIL import Image

from tests.faults.client import Client, quick_report
from tests.faults.place import Place, figures, size
from tests.faults.reading import SCRIPT, SPARED, filled, pages_of, read, unescaped
from tests.faults.sound import assert_sound

pytestmark = pytest.mark.faults
OpenPlace = Callable[[str], Place]


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
