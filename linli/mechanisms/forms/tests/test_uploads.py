"""Files sent with a form: what cannot be taken is said at its own field, and nothing that was typed is lost."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from linli.foundation import files
from linli.foundation.files import StoredFile
from linli.foundation.people.models import Person
from linli.mechanisms.forms.models import Sheet
from linli.mechanisms.forms.tests.conftest import ASK
from linli.mechanisms.forms.tests.test_pages import Ask, ClientOf, _begun, _fill, _hidden

pytestmark = pytest.mark.django_db
HEIC = Path(files.__file__).parent / "tests" / "data" / "drawn.heic"


def test_a_file_stays_through_a_mistake(client_of: ClientOf, resident: Person, worker: Person, ask: Ask) -> None:
    body = {**ASK, "pages": [{"key": "p", "title": "页", "fields": [
        {"element": "opinion.photos"}, {"element": "person.phone"}]}]}
    client = client_of(resident)
    url = _begun(client, ask(body))
    paper = SimpleUploadedFile("说明.pdf", b"%PDF-1.7\nfine", content_type="application/pdf")
    wrong = _fill(client, url, opinion__photos=paper, person__phone="12")
    page = wrong.content.decode()
    assert wrong.status_code == 422
    assert "已经收到，不用重传" in page
    kept = StoredFile.objects.get()
    again = client.post(url, {**_hidden(wrong), "opinion__photos_id": kept.pk, "person__phone": "13800008000"})
    assert again.status_code == 302
    sheet = Sheet.objects.get()
    assert sheet.values["opinion.photos"] == [kept.pk]
    assert "去掉这个" in client.get(url).content.decode()
    _fill(client, url, opinion__photos_drop=str(kept.pk), person__phone="13800008000")
    assert Sheet.objects.get().values["opinion.photos"] is None


def test_somebody_elses_file_is_not_taken(
        client_of: ClientOf, resident: Person, neighbour: Person, ask: Ask) -> None:
    body = {**ASK, "pages": [{"key": "p", "title": "页", "fields": [{"element": "opinion.photos"}]}]}
    inquiry = ask(body)
    hers = client_of(neighbour)
    _fill(hers, _begun(hers, inquiry), opinion__photos=SimpleUploadedFile("a.pdf", b"%PDF-1.7\nfine"))
    client = client_of(resident)
    answer = _fill(client, _begun(client, inquiry), opinion__photos_id=str(StoredFile.objects.get().pk))
    assert answer.status_code == 422
    assert StoredFile.objects.get().about_id == str(Sheet.objects.get(subject=neighbour).pk)


def _zip(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


def _locked_pdf() -> bytes:
    writer, out = pypdf.PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret", algorithm="AES-256")
    writer.write(out)
    return out.getvalue()


FILES = {**ASK, "pages": [{"key": "p", "title": "页", "fields": [
    {"element": "opinion.photos"}, {"element": "own.paper"}, {"element": "opinion.text"},
    {"element": "person.phone"}]}], "elements": [*ASK["elements"], {
        "id": "own.paper", "title": "证明", "type": "file"}]}


@pytest.mark.parametrize(("name", "content", "words"), [
    ("空.pdf", b"", "这个文件是空的"),
    ("表.pdf", b"MZ\x90\x00" + b"\0" * 300, "其实是程序"),
    ("加密.pdf", _locked_pdf(), "加了密码"),
    ("宏.xlsx", _zip("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), "带有宏程序"),
    ("表.xlsx", _zip("[Content_Types].xml", "xl/workbook.xml"), "这种文件收不了。这里收："),
    ("两样.pdf", b"%PDF-1.7\nfine" + _zip("a.class"), "既是 PDF 又是压缩包"),
    ("网页.pdf", b"<html><script>alert(1)</script>%PDF-1.7", "这种文件收不了。这里收："),
    ("坏.heic", b"\0\0\0\x18ftypheic" + b"\0" * 80, "打不开"),
])
def test_a_bad_file_is_refused_in_words_at_its_own_field(
        client_of: ClientOf, resident: Person, ask: Ask, name: str, content: bytes, words: str) -> None:
    """Everything else stays: what was typed, and the other file."""
    client = client_of(resident)
    answer = _fill(client, _begun(client, ask(FILES)), opinion__text="留下", person__phone="13800008000",
                   opinion__photos=SimpleUploadedFile("说明.pdf", b"%PDF-1.7\nfine"),
                   own__paper=SimpleUploadedFile(name, content, content_type="application/pdf"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page[page.index('name="own__paper"'):]
    assert 'href="#id_own__paper"' in page  # the summary leads there
    assert "留下</textarea>" in page
    assert 'value="13800008000"' in page
    kept = StoredFile.objects.get()
    assert kept.name == "说明.pdf"
    assert "说明.pdf 已经收到，不用重传" in page
    again = client.post(_url(answer), {
        **_hidden(answer), "opinion__photos_id": kept.pk, "opinion__text": "留下", "person__phone": "13800008000",
        "own__paper": SimpleUploadedFile("证明.pdf", b"%PDF-1.7\nfine")})
    assert again.status_code == 302
    assert len(Sheet.objects.get().values["own.paper"]) == 1


def test_a_telephones_heic_is_taken_as_a_photo(client_of: ClientOf, resident: Person, ask: Ask) -> None:
    client = client_of(resident)
    answer = _fill(client, _begun(client, ask(FILES)), own__paper=SimpleUploadedFile("IMG_1.HEIC", HEIC.read_bytes()))
    assert answer.status_code == 302
    row = StoredFile.objects.get()
    assert (row.media_type, row.name) == ("image/jpeg", "IMG_1.jpg")


def _url(answer: Any) -> str:
    return str(answer.request["PATH_INFO"])
