"""The disk is full: the person reads so and loses no word, the database stays sound, and it goes on by itself."""

from __future__ import annotations

import io
import resource
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from PIL import Image

from tests.faults.client import Client, quick_report
from tests.faults.place import WAITING, Place, figures, size, web_workers
from tests.faults.sound import assert_sound

pytestmark = pytest.mark.faults
OpenPlace = Callable[[str], Place]
SAID = "您写的都还在"


@contextmanager
def no_file_beyond(bytes_: int, process: subprocess.Popen[bytes]) -> Iterator[None]:
    """RLIMIT_FSIZE for a running server and its workers: beyond that, every write fails as on a full disk."""
    victims = [process.pid, *web_workers(process)]
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in victims}
    for pid in victims:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (bytes_, before[pid][1]))
    try:
        yield
    finally:
        for pid, (soft, hard) in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


def photo(width: int, height: int) -> bytes:
    """A photo that does not compress well."""
    out = io.BytesIO()
    Image.effect_noise((width, height), 90).convert("RGB").save(out, "JPEG", quality=95)
    return out.getvalue()


def test_no_room_for_a_photo_nor_for_a_report(open_place: OpenPlace) -> None:
    place = open_place("sqlite")
    server = place.web()
    resident = Client(place, "resident-0").sign_in()
    small, big = photo(500, 400), photo(2400, 1800)
    assert len(small) < 1_048_576 < len(big)
    first = resident.post("/repairs/quick/", quick_report("before"), {"photos": ("a.jpg", small, "image/jpeg")})
    assert first.status == 302, first.errors
    told = 0
    with no_file_beyond(64 * 1024, server):
        # In memory, refused where it is to be kept: the form comes back with every word.
        sent = {"photos": ("b.jpg", small, "image/jpeg")}
        answer = resident.post("/repairs/quick/", quick_report("没存上的话"), sent)
        assert answer.status == 422, (answer.status, answer.text[:300])
        assert SAID in " ".join(answer.errors)
        assert "没存上的话" in answer.text
        # Too big for memory, refused while it is spooled; the browser still holds the form.
        answer = resident.post("/repairs/quick/", quick_report("大"), {"photos": ("c.jpg", big, "image/jpeg")})
        assert answer.status == 507, (answer.status, answer.text[:300])
        assert SAID in answer.text
        told += 2
        for _turn in range(size(30)):
            answer = resident.post("/repairs/quick/", quick_report("写不进数据库"))
            assert answer.status == 507, (answer.status, answer.text[:300])
            assert SAID in answer.text
            told += 1
        assert resident.get("/cases/mine/").status == 200, "reading needs no room"
    assert place.one("SELECT count(*) FROM cases_case") == 1
    assert place.one("SELECT count(*) FROM files_storedfile") == 1
    files = [path for path in (place.data / "files").rglob("*") if path.is_file()]
    assert len(files) == 2, "half a photo was left behind"  # the photo and its thumb
    again = resident.post("/repairs/quick/", quick_report("after"), {"photos": ("d.jpg", small, "image/jpeg")})
    assert again.status == 302, again.errors
    place.kill(server)
    place.work()
    found = assert_sound(place)
    figures("full disk, RLIMIT_FSIZE under the web", refused_with_a_sentence=told, bare_500=0, half_written=0,
            cases=found["cases"], integrity=found["integrity"])


def test_the_database_may_not_grow(open_place: OpenPlace) -> None:
    place = open_place("sqlite")
    found = place.inside("page_limit", reports=size(400))
    assert found["refused"] > 0
    assert found["said"]
    assert found["kept"] == found["answered"], "an answered report was lost, or a refused one kept"
    assert found["integrity"] == "ok"
    assert found["after"] == [302, 302, 302]
    assert found["kept_after"] == found["kept"] + 3
    place.work()
    assert_sound(place)
    figures("full disk, max_page_count", answered=found["answered"], refused_with_a_sentence=found["refused"],
            kept=found["kept"], integrity=found["integrity"])


def test_the_worker_outlives_a_full_disk(open_place: OpenPlace) -> None:
    place = open_place("sqlite")
    place.inside("report", count=size(300), days_ago=16)
    worker = place.start("work")
    place.until("SELECT count(*) FROM cases_timerfiring", lambda count: count > 3, seconds=60, what="first firings")
    with no_file_beyond(64 * 1024, worker):
        time.sleep(1)
        before = place.one("SELECT count(*) FROM cases_timerfiring")
        time.sleep(2 if size(2) == 1 else 10)
        assert worker.poll() is None, "the worker died"
        assert place.one("SELECT count(*) FROM cases_timerfiring") == before
    place.until(WAITING, lambda left: left == 0, seconds=180, what="events in the outbox")
    worker.terminate()
    worker.wait(30)
    assert "worker.database" in place.log()
    place.work()
    found = assert_sound(place)
    figures("full disk under the worker", firings=found["firings"], doubled=0, missed=found["due"],
            notices=found["notices"])


def test_a_request_that_was_refused_can_be_sent_again(open_place: OpenPlace) -> None:
    """The same form with the same key, once there is room: one case."""
    place = open_place("sqlite")
    server = place.web()
    resident = Client(place, "resident-1").sign_in()
    report = quick_report("再发一次", uuid.uuid4().hex)
    with no_file_beyond(64 * 1024, server):
        assert resident.post("/repairs/quick/", report).status == 507
    assert resident.post("/repairs/quick/", report).status == 302
    assert resident.post("/repairs/quick/", report).status == 302
    assert place.one("SELECT count(*) FROM cases_case") == 1
