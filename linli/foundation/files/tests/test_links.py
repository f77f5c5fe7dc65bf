"""Who may open a file, for how long, and what the browser is told about it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client, override_settings

from linli.foundation import audit
from linli.foundation.calendar import clock
from linli.foundation.files import actions
from linli.foundation.files.actions import keep
from linli.foundation.files.links import link
from linli.foundation.files.models import Opening, Scan, StoredFile
from linli.foundation.files.tests.drawing import drawn, upload
from linli.foundation.people.models import Person, Residency
from linli.foundation.web import Denied, Refused

pytestmark = pytest.mark.django_db


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="linli.foundation.people.backends.PersonBackend")
    return client


def status(person: Person | None, url: str) -> int:
    return (client_of(person) if person else Client()).get(url).status_code


@pytest.fixture
def photo(lin: Person) -> StoredFile:
    return keep(lin, upload(drawn()), purpose="test.photo")


def test_the_owner_reads_it_and_the_browser_is_kept_on_a_short_leash(lin: Person, photo: StoredFile) -> None:
    answer = client_of(lin).get(link(photo, lin))
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == photo.path.read_bytes()
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert answer["Content-Disposition"].startswith("inline")
    assert "private" in answer["Cache-Control"]
    assert client_of(lin).get(link(photo, lin, thumb=True))["Content-Length"] == str(photo.thumb_path.stat().st_size)


def test_a_link_is_no_use_to_anybody_else(lin: Person, neighbour: Person, stranger: Person, photo: StoredFile) -> None:
    url = link(photo, lin)
    assert [status(person, url) for person in (neighbour, stranger, None)] == [404, 404, 404]
    for person in (neighbour, stranger, None):
        with pytest.raises(Denied):
            link(photo, person)


@pytest.mark.parametrize("spoil", [
    lambda url: url.replace(url.split("/")[2], str(int(url.split("/")[2]) + 1)),
    lambda url: url[:-4] + ("aaa/" if url[-4:] != "aaa/" else "bbb/"),
    lambda url: url.replace(".", ".9", 1),
])
def test_a_forged_link_is_not_there(lin: Person, photo: StoredFile, spoil: object) -> None:
    assert status(lin, spoil(link(photo, lin))) == 404  # type: ignore[operator]  # a lambda of the table


def test_a_link_ends_after_its_minutes(lin: Person, photo: StoredFile) -> None:
    url = link(photo, lin)
    with clock.at(clock.now() + timedelta(minutes=14)):
        assert status(lin, url) == 200
    with clock.at(clock.now() + timedelta(minutes=21)):
        assert status(lin, url) == 410


def test_who_sees_the_thing_sees_its_photo_until_she_no_longer_does(
        lin: Person, worker: Person, neighbour: Person, stranger: Person, photo: StoredFile) -> None:
    actions.attach(lin, [photo], lin)  # staff of the community see a person who lives there; a neighbour does not
    photo.refresh_from_db()
    url = link(photo, worker)
    assert status(worker, url) == 200
    for person in (neighbour, stranger):
        with pytest.raises(Denied):
            link(photo, person)
    worker.roles.update(withdrawn=clock.now())
    assert status(worker, url) == 404, "the right is asked again at the door"
    assert Residency is not None


def test_papers_are_downloaded_not_shown(lin: Person) -> None:
    stored = keep(lin, upload(b"%PDF-1.7\nfine", "表.pdf"), purpose="test.any")
    assert client_of(lin).get(link(stored, lin))["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(("scan", "family", "expected"), [
    (Scan.INFECTED, "photo", 410), (Scan.INFECTED, "document", 410), (Scan.PENDING, "document", 425),
    (Scan.PENDING, "photo", 200), (Scan.CLEAN, "document", 200), (Scan.UNSCANNED, "document", 200),
])
def test_what_the_scanner_said_decides(lin: Person, photo: StoredFile, scan: str, family: str, expected: int) -> None:
    url = link(photo, lin)
    StoredFile.objects.update(scan=scan, family=family)
    assert status(lin, url) == expected


def test_a_redacted_copy_is_public_and_the_original_opens_only_with_a_reason(
        lin: Person, worker: Person, neighbour: Person, photo: StoredFile) -> None:
    actions.attach(lin, [photo], lin)
    photo.refresh_from_db()
    with pytest.raises(Denied):
        actions.publish_redacted(neighbour, photo, [(0, 0, 0.5, 0.5)])
    with pytest.raises(Refused, match="bad_box"):
        actions.publish_redacted(worker, photo, [(0.8, 0, 0.5, 0.5)])
    copy = actions.publish_redacted(worker, photo, [(0.0, 0.0, 0.5, 0.5)])
    assert status(None, link(copy, None)) == 200
    assert copy.path.read_bytes() != photo.path.read_bytes()
    assert link(photo, worker).split("/")[2] == str(copy.pk), "a page that shows the photo now shows the copy"
    assert status(lin, link(photo, lin)) == 200, "it is still her own photo"
    with pytest.raises(Refused, match="no_reason"):
        actions.reveal(worker, photo, reason=" 看")
    with pytest.raises(Denied):
        actions.reveal(neighbour, photo, reason="我想看看")
    url = actions.reveal(worker, photo, reason="核对车牌，业主投诉")
    assert status(worker, url) == 200
    assert status(neighbour, url) == 404
    assert Opening.objects.get().reason == "核对车牌，业主投诉"
    assert audit.verbs(photo)[-2:] == ["files.redact", "files.reveal"]


def test_a_covered_face_cannot_be_told_from_another(lin: Person) -> None:
    """Two photos that differ only in fine detail under the box come out the same under the box."""
    from io import BytesIO

    from PIL import Image

    pixels = []
    for shade in ((0, 255), (255, 0)):
        picture = Image.new("RGB", (400, 400), (200, 200, 200))
        for x in range(400):
            for y in range(0, 400, 40):
                picture.putpixel((x, y), (shade[x % 2],) * 3)
        out = BytesIO()
        picture.save(out, "PNG")
        stored = keep(lin, upload(out.getvalue(), "f.png"), purpose="test.photo")
        copy = actions.publish_redacted(lin, stored, [(0, 0, 1, 1)])
        with Image.open(copy.path) as covered:
            pixels.append(covered.convert("L").resize((20, 20)).tobytes())
    assert max(abs(a - b) for a, b in zip(*pixels, strict=True)) <= 3


@override_settings(LANGUAGE_CODE="zh-hans")
def test_the_draft_script_sends_a_photo_and_is_told_where_it_was_taken(lin: Person) -> None:
    client = client_of(lin)
    answer = client.post("/files/", {"file": upload(drawn(gps=True)), "purpose": "test.photo"})
    body = answer.json()
    assert answer.status_code == 201
    assert body["found"]["lat"] == pytest.approx(30.274667, abs=1e-5)
    assert client.get(body["url"]).status_code == 200
    assert client.post(f"/files/{body['id']}/drop/").status_code == 204


@pytest.mark.parametrize(("data", "expected", "code"), [
    ({"purpose": "test.photo"}, 422, "no_file"),
    ({"purpose": "nowhere", "file": b"x"}, 422, "unknown_purpose"),
    ({"purpose": "test.photo", "file": b"MZ" + b"\0" * 200}, 415, "a_program"),
    ({"purpose": "test.photo", "file": b"\xff\xd8\xff" + b"\0" * (20 * 1024 * 1024)}, 413, "too_big"),
])
def test_a_refused_upload_says_what_to_do(lin: Person, data: dict[str, object], expected: int, code: str) -> None:
    if isinstance(data.get("file"), bytes):
        data = {**data, "file": upload(data["file"])}  # type: ignore[arg-type]  # bytes, checked above
    answer = client_of(lin).post("/files/", data)
    assert answer.status_code == expected
    assert answer.json()["code"] == code
    assert answer.json()["detail"]


def test_an_upload_needs_a_token_and_a_person(lin: Person) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(lin, backend="linli.foundation.people.backends.PersonBackend")
    assert strict.post("/files/", {"file": upload(drawn()), "purpose": "test.photo"}).status_code == 403
    assert Client().post("/files/", {"file": upload(drawn()), "purpose": "test.photo"}).status_code == 401
    assert not StoredFile.objects.exists()
