"""What is taken in, what is refused, and what is left of it on the disk."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pypdf
import pytest
from PIL import Image

from linli.foundation import audit
from linli.foundation.files import actions, kinds, pdf, queries
from linli.foundation.files.actions import keep
from linli.foundation.files.models import StoredFile
from linli.foundation.files.tests.drawing import drawn, upload
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused

pytestmark = pytest.mark.django_db
HERE = Path(__file__).parent


def _png_of(width: int, height: int) -> bytes:
    """A true PNG header that promises `width` × `height` pixels in a few hundred bytes."""
    def chunk(tag: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 4096)) + chunk(b"IEND", b"")


def _zip(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


def _pdf(algorithm: str = "", word: str = "") -> bytes:
    """A page; locked where an algorithm is named, with `word` or, where that is empty, for editing alone."""
    writer, out = pypdf.PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    if algorithm:
        writer.encrypt(word, "the owner's", algorithm=algorithm)
    writer.write(out)
    return out.getvalue()


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def test_a_photo_loses_its_position_maker_and_comment_and_the_form_is_offered_them(lin: Person) -> None:
    stored = keep(lin, upload(drawn(3000, 2000, gps=True)), purpose="test.photo")
    content = stored.path.read_bytes()
    assert stored.found["lon"] == pytest.approx(120.15)
    assert stored.found["lat"] == pytest.approx(30.274667, abs=1e-5)
    assert stored.found["taken_at"].astimezone(UTC) == datetime(2026, 11, 3, 0, 15, tzinfo=UTC)
    with Image.open(io.BytesIO(content)) as picture:
        assert dict(picture.getexif()) == {}
        assert picture.size == (2048, 1365)
        assert "comment" not in picture.info
    for secret in (b"Secret", b"Exif", b"http://ns.adobe"):
        assert secret not in content
        assert secret not in stored.thumb_path.read_bytes()
    assert StoredFile.objects.get(pk=stored.pk).found == {}, "the position is offered, not kept"
    assert audit.verbs(stored) == ["files.keep"]


def test_a_photo_held_sideways_stands_upright(lin: Person) -> None:
    stored = keep(lin, upload(drawn(400, 200, turned=6)), purpose="test.photo")
    assert (stored.width, stored.height) == (200, 400)


def test_a_telephone_s_heic_is_read_with_its_position(lin: Person) -> None:
    stored = keep(lin, upload((HERE / "data" / "drawn.heic").read_bytes(), "IMG_0001.HEIC"), purpose="test.photo")
    assert stored.media_type == "image/jpeg"
    assert stored.name == "IMG_0001.jpg"
    assert stored.found["lon"] == pytest.approx(120.15)
    with Image.open(stored.path) as picture:
        red, green, blue = picture.convert("RGB").getpixel((40, 12))  # type: ignore[misc]  # a tuple in RGB
        assert abs(red - 11) < 40
        assert abs(green - 107) < 40
        assert abs(blue - 94) < 40


@pytest.mark.parametrize("fmt", ["GIF", "WEBP", "PNG", "AVIF"])
def test_a_picture_of_another_kind_is_drawn_anew(lin: Person, fmt: str) -> None:
    assert keep(lin, upload(drawn(fmt=fmt, mode="RGB"), f"a.{fmt.lower()}"), purpose="test.photo").is_photo


def test_a_transparent_picture_keeps_its_holes(lin: Person) -> None:
    stored = keep(lin, upload(drawn(fmt="PNG", mode="RGBA"), "a.png"), purpose="test.photo")
    assert stored.media_type == "image/webp"
    assert stored.suffix == ".webp"


@pytest.mark.parametrize(("content", "name", "purpose", "code"), [
    (b"MZ\x90\x00" + b"\0" * 400, "照片.jpg", "test.photo", "a_program"),
    (b"\x7fELF" + b"\0" * 400, "表格.xlsx", "test.any", "a_program"),
    (b"#!/bin/sh\nrm -rf ~\n", "a.pdf", "test.any", "a_program"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "a.jpg", "test.photo", "not_accepted"),
    (b"<html><script>alert(1)</script>", "a.pdf", "test.any", "not_accepted"),
    (b"%PDF-1.7\n%\xe2\xe3", "a.pdf", "test.photo", "not_accepted"),
    (b"", "a.jpg", "test.photo", "empty"),
    (drawn()[:900], "a.jpg", "test.photo", "broken_photo"),
    (b"\xff\xd8\xff\xe0" + b"junk" * 40, "a.jpg", "test.photo", "broken_photo"),
    (b"\0\0\0\x18ftypheic" + b"\0" * 80, "a.heic", "test.photo", "broken_photo"),
    (b"RIFF\0\0\0\0WEBP" + b"\0" * 80, "a.webp", "test.photo", "broken_photo"),
    (b"GIF89a" + b"\0" * 80, "a.gif", "test.photo", "broken_photo"),
    (_png_of(60_000, 60_000), "bomb.png", "test.photo", "too_many_pixels"),
    (_png_of(9_000, 9_000), "big.png", "test.photo", "too_many_pixels"),
    (_zip("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), "a.xlsx", "test.any", "a_program"),
    (_zip("a.txt"), "a.xlsx", "test.any", "not_accepted"),
    (_zip("[Content_Types].xml", "xl/workbook.xml", "xl/macrosheets/sheet1.xml"), "a.xlsx", "test.any", "a_program"),
    (_zip("[Content_Types].xml", "word/document.xml", "Evil.class"), "a.docx", "test.any", "a_program"),
    (_pdf("RC4-40", "secret"), "a.pdf", "test.any", "locked"),
    (_pdf("RC4-128", "secret"), "a.pdf", "test.any", "locked"),
    (_pdf("AES-128", "secret"), "a.pdf", "test.any", "locked"),
    (_pdf("AES-256-R5", "secret"), "a.pdf", "test.any", "locked"),
    (_pdf("AES-256", "secret"), "a.pdf", "test.any", "locked"),
    (b"%PDF-1.7\n1 0 obj <</Filter /Other>> endobj trailer <</Encrypt 1 0 R>>", "a.pdf", "test.any", "locked"),
    (b"%PDF-1.7\ntrailer <</Encrypt << /Filter /Standard /R 3 /V 2 /Length 0 /P 1 /O <00> /U <00> >> >>", "a.pdf",
     "test.any", "locked"),
    (b"%PDF-1.7\ntrailer <</Encrypt 9 0 R>>", "a.pdf", "test.any", "locked"),
    (b"%PDF-1.7\ntrailer <</Encrypt << /Filter /Standard /R 3 /V 2 /O (a", "a.pdf", "test.any", "locked"),
    (_OLE + b"\0" * 2000 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600, "a.xlsx", "test.any", "locked"),
    (_OLE + b"\0" * 2000, "旧表.xls", "test.any", "old_office"),
    (_pdf() + _zip("a.class"), "a.pdf", "test.any", "two_in_one"),
    (b"<html><script>alert(1)</script><!--%PDF-1.7", "a.pdf", "test.any", "not_accepted"),
])
def test_what_a_file_is_decides_not_what_it_is_called(
        lin: Person, data_folder: Path, content: bytes, name: str, purpose: str, code: str) -> None:
    with pytest.raises(Refused, match=code) as refusal:
        keep(lin, upload(content, name), purpose=purpose)
    assert str(refusal.value.sentence).endswith("。")
    assert not StoredFile.objects.exists()
    assert [path for path in data_folder.rglob("*") if path.is_file() and "files" in path.parts] == []


@pytest.mark.parametrize("algorithm", ["", "RC4-40", "RC4-128", "AES-128", "AES-256-R5", "AES-256"])
def test_a_certificate_that_only_forbids_editing_is_welcome(lin: Person, algorithm: str) -> None:
    assert keep(lin, upload(_pdf(algorithm), "完税证明.pdf"), purpose="test.any").media_type == "application/pdf"


@pytest.mark.parametrize(("text", "value"), [
    (rb"(a\(b\)c)", b"a(b)c"), (rb"(a(b)c)", b"a(b)c"), (rb"(\101\n\\)", b"A\n\\"), (b"(a\\\r\nb)", b"ab"),
    (b"(a\\\nb)", b"ab"), (b"<4 14>", b"A@"), (b"()", b"")])
def test_a_pdf_writes_its_strings_in_many_ways(text: bytes, value: bytes) -> None:
    assert pdf._text_at(b"/O " + text + b" /U", 3) == value


def test_what_is_taken_is_named(lin: Person) -> None:
    with pytest.raises(Refused) as refusal:
        keep(lin, upload(b"hello", "a.txt"), purpose="test.any")
    assert "PDF" in str(refusal.value.sentence)
    assert "XLSX" in str(refusal.value.sentence)


@pytest.mark.parametrize(("content", "media_type"), [
    (b"%PDF-1.7\n%\xe2\xe3\nfine", "application/pdf"),
    (_zip("[Content_Types].xml", "xl/workbook.xml"), kinds.XLSX.media_type),
    (b"\x1a\x45\xdf\xa3" + b"\0" * 60, "audio/webm"),
    (b"\0\0\0\x20ftypM4A " + b"\0" * 60, "audio/mp4"),
    (b"OggS" + b"\0" * 60, "audio/ogg"),
])
def test_papers_sheets_and_voices_are_kept_where_accepted(lin: Person, content: bytes, media_type: str) -> None:
    stored = keep(lin, upload(content, "../../etc/报告\u202egpj.exe"), purpose="test.any")
    assert stored.media_type == media_type
    assert stored.path.read_bytes() == content
    assert stored.name == f"报告gpj{stored.suffix}", "no folders, no direction tricks, the true ending"


def test_a_photo_of_25_mb_is_refused_by_its_size_alone(lin: Person) -> None:
    class NeverRead(io.BytesIO):
        def read(self, *_args: object) -> bytes:
            raise AssertionError("it was read")

    big = upload(b"x")
    big.file = NeverRead()
    big.size = 25 * 1024 * 1024
    with pytest.raises(Refused, match="too_big") as refusal:
        keep(lin, big, purpose="test.photo")
    assert "25 MB" in str(refusal.value.sentence)
    assert "20 MB" in str(refusal.value.sentence)


def test_a_purpose_nobody_declared_cannot_be_kept(lin: Person) -> None:
    with pytest.raises(ValueError, match=r"test\.nowhere"):
        keep(lin, upload(drawn()), purpose="test.nowhere")


def test_nobody_fills_the_disk_with_drafts(lin: Person) -> None:
    for number in range(40):
        StoredFile.objects.create(owner=lin, purpose="test.photo", family="photo", size=number, sha256="0")
    with pytest.raises(Refused, match="too_many_files"):
        keep(lin, upload(drawn()), purpose="test.photo")


def test_a_rolled_back_row_leaves_no_bytes(lin: Person, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_facts: object) -> None:
        raise RuntimeError("the database went away")

    monkeypatch.setattr(actions.audit, "record", broken)
    with pytest.raises(RuntimeError):
        keep(lin, upload(drawn()), purpose="test.photo")
    assert not StoredFile.objects.exists()
    assert list(data_folder.rglob("*.jpg")) == []


def test_the_same_photo_used_twice_is_found_again_even_when_saved_anew(lin: Person) -> None:
    first = keep(lin, upload(drawn()), purpose="test.photo")
    with Image.open(io.BytesIO(drawn())) as picture:
        out = io.BytesIO()
        picture.resize((320, 240)).save(out, "JPEG", quality=50)
    keep(lin, upload(drawn(shift=300)), purpose="test.photo")
    again = keep(lin, upload(out.getvalue()), purpose="test.photo")
    assert queries.look_alikes(again) == [first]


def test_files_are_attached_once_and_only_by_their_owner(lin: Person, neighbour: Person) -> None:
    stored = keep(lin, upload(drawn()), purpose="test.photo")
    with pytest.raises(Refused, match="file_gone"):
        actions.attach(neighbour, [stored.pk], neighbour)
    assert actions.attach(lin, [stored.pk], lin)[0].about_type == "people.person"
    actions.attach(lin, [stored.pk], lin)  # a replayed form changes nothing
    with pytest.raises(Refused, match="file_gone"):
        actions.attach(lin, [stored.pk], neighbour)
    with pytest.raises(Refused, match="in_use"):
        actions.drop(lin, stored)
    assert audit.verbs(stored) == ["files.keep", "files.attach"]


def test_a_neighbour_cannot_drop_it(lin: Person, neighbour: Person, django_capture_on_commit_callbacks: object) -> None:
    stored = keep(lin, upload(drawn()), purpose="test.photo")
    with pytest.raises(Denied):
        actions.drop(neighbour, stored)
    path = stored.path
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]  # pytest-django's fixture
        actions.drop(lin, stored)
    assert not path.exists()
    assert not StoredFile.objects.exists()
