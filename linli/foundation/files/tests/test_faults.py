"""Real faults: a disk that is full, a file bigger than fits, a scanner that finds something, a killed upload."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import RequestFactory

from linli.foundation import audit
from linli.foundation.calendar import clock
from linli.foundation.files import jobs, receiving
from linli.foundation.files.actions import keep
from linli.foundation.files.models import Scan, StoredFile
from linli.foundation.files.tests.drawing import drawn, upload
from linli.foundation.people.models import Person
from linli.foundation.web import Refused

pytestmark = pytest.mark.django_db

_FULL_DISK = """
import resource, sys
from pathlib import Path
import django
django.setup()
from linli.foundation.files import store
from linli.foundation.web.refusals import Refused
target = Path(sys.argv[1]) / "files" / "aa" / "1.jpg"
store.put(target, [b"x" * 1000])
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    store.put(target.with_name("2.jpg"), (b"y" * 65_536 for _ in range(8)))
except Refused as refusal:
    print(refusal.code, sorted(path.name for path in target.parent.iterdir()), target.read_bytes() == b"x" * 1000)
"""


def test_a_full_disk_is_said_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    """RLIMIT_FSIZE makes the kernel itself refuse the write, as a full disk does."""
    told = subprocess.run(
        [sys.executable, "-c", _FULL_DISK, str(tmp_path)], capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "linli.settings", "LINLI_DATA": str(tmp_path / "data")})
    assert told.stdout.strip() == "disk_full ['1.jpg'] True", told.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this machine has no /dev/full")
def test_no_space_left_has_the_same_sentence(lin: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """ENOSPC from the kernel: /dev/full refuses every write."""
    true_open = Path.open

    def on_a_full_device(self: Path, *args: object, **facts: object) -> object:
        return true_open(Path("/dev/full"), "wb") if self.suffix == ".part" else true_open(self, *args, **facts)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", on_a_full_device)
    with pytest.raises(Refused, match="disk_full") as refusal:
        keep(lin, upload(drawn()), purpose="test.photo")
    assert "存不下" in str(refusal.value.sentence)
    assert not StoredFile.objects.exists()


class _Endless(io.RawIOBase):
    """A body that goes on for `size` bytes and counts how many were taken from it."""

    def __init__(self, head: bytes, size: int) -> None:
        self.head, self.left, self.taken = head, size, 0

    def read(self, size: int = -1) -> bytes:
        wanted = min(size if size > 0 else 65_536, self.left)
        part, self.head = self.head[:wanted], self.head[wanted:]
        part += b"\0" * (wanted - len(part))
        self.left -= len(part)
        self.taken += len(part)
        return part


def _request(body: _Endless, length: int) -> WSGIRequest:
    request = RequestFactory().generic("POST", "/files/", b"-", content_type="multipart/form-data; boundary=b")
    request.META["CONTENT_LENGTH"] = str(length)
    request._stream = body  # type: ignore[attr-defined]  # the socket, as the handler gives it
    return request


_HEAD = (b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nlift\r\n'
         b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n')


def test_an_upload_that_can_never_fit_is_cut_off_at_its_length() -> None:
    size = 2_000_000_000
    body = _Endless(_HEAD, size)
    request = _request(body, size)
    with pytest.raises(Refused, match="too_big"):
        receiving.takes_files(lambda request: HttpResponse())(request)
    assert body.taken == 0, "not one byte of it was read"


def test_a_big_file_streams_past_and_what_was_typed_is_kept() -> None:
    size = 30 * 1024 * 1024
    request = _request(_Endless(_HEAD, size), size)
    receiving.takes_files(lambda request: HttpResponse())(request)
    assert request.POST["title"] == "lift"
    assert not request.FILES
    with pytest.raises(Refused, match="too_big"):
        receiving.refuse_big_files(request)


def _scanner(folder: Path, exit_code: int) -> str:
    script = folder / "scanner.sh"
    script.write_text(f"#!/bin/sh\ntest -f \"$1\" || exit 7\nexit {exit_code}\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return str(script)


@pytest.mark.parametrize(("exit_code", "expected"), [(0, Scan.CLEAN), (1, Scan.INFECTED)])
def test_the_scanner_is_asked_after_the_answer(
        lin: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exit_code: int, expected: str) -> None:
    monkeypatch.setenv("LINLI_SCAN_CMD", _scanner(tmp_path, exit_code))
    stored = keep(lin, upload(drawn()), purpose="test.photo")
    assert stored.scan == Scan.PENDING
    jobs.scan(file=stored.pk)
    jobs.scan(file=stored.pk)  # delivered twice
    stored.refresh_from_db()
    assert stored.scan == expected
    assert audit.verbs(stored).count("files.infected") == exit_code


def test_a_broken_scanner_proves_nothing(lin: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_SCAN_CMD", _scanner(tmp_path, 2))
    stored = keep(lin, upload(drawn()), purpose="test.photo")
    with pytest.raises(jobs.ScannerFailed):
        jobs.scan(file=stored.pk)
    stored.refresh_from_db()
    assert stored.scan == Scan.PENDING


@pytest.mark.django_db(transaction=True)
def test_what_never_became_part_of_anything_is_swept(lin: Person) -> None:
    from linli.foundation.files.actions import attach

    loose, used = (keep(lin, upload(drawn(shift=n)), purpose="test.photo") for n in (0, 50))
    attach(lin, [used], lin)
    stray = loose.path.with_name("123.jpg")
    part = loose.path.with_name(".deadbeef.part")
    for path in (stray, part):
        path.write_bytes(b"left by a killed process")
    old = (clock.now() - timedelta(hours=47)).timestamp()
    for path in (stray, part, loose.path):
        os.utime(path, (old, old))
    assert jobs.sweep() == 0
    with clock.at(clock.now() + timedelta(hours=49)):
        assert jobs.sweep() == 3
    assert not loose.path.exists()
    assert not loose.thumb_path.exists()
    assert not stray.exists()
    assert not part.exists()
    assert used.path.exists()
    assert list(StoredFile.objects.values_list("pk", flat=True)) == [used.pk]


@pytest.mark.django_db(transaction=True)
def test_the_files_of_a_thing_go_with_it(lin: Person) -> None:
    from linli.foundation.areas.models import Area
    from linli.foundation.files.actions import attach, forget_files_of

    place = Area.objects.create(code="330106003009", name="拆了的社区", level="community")
    kept, erased, left = (keep(lin, upload(drawn(shift=n)), purpose="test.photo") for n in (0, 50, 100))
    attach(lin, [kept], lin)
    attach(lin, [erased], place)
    assert forget_files_of(place) == 1
    assert not erased.path.exists()
    attach(lin, [left], place)
    assert jobs.sweep_bereft() == 0
    place.delete()
    assert jobs.sweep_bereft() == 1
    assert not left.path.exists()
    assert kept.path.exists()


@pytest.mark.django_db(transaction=True)
def test_what_a_person_sent_is_copied_out_and_erased(lin: Person) -> None:
    from linli.foundation.files import privacy
    from linli.foundation.files.actions import attach

    loose, used = (keep(lin, upload(drawn(shift=n), "我家.jpg"), purpose="test.photo") for n in (0, 50))
    attach(lin, [used], lin)
    assert [one["name"] for one in privacy.copy_of(lin)["files"]] == ["我家.jpg", "我家.jpg"]
    assert len(privacy.erase(lin)) == 2
    assert privacy.erase(lin) == []
    assert not loose.path.exists()
    assert used.path.exists()
    assert StoredFile.objects.get().name == ""
