"""A full disk is one thing to a person, whichever library noticed it; and text travels packed."""

from __future__ import annotations

import errno
import gzip
import json
import sqlite3

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from linli.foundation.web import disk
from linli.foundation.web.middleware import PackMiddleware, RefusalMiddleware


def sqlite_error(name: str) -> OperationalError:
    cause = sqlite3.OperationalError("database or disk is full")
    cause.sqlite_errorname = name
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(("error", "full"), [
    (OSError(errno.ENOSPC, "No space left on device"), True), (OSError(errno.EFBIG, "File too large"), True),
    (OSError(errno.ENOENT, "No such file"), False), (sqlite_error("SQLITE_FULL"), True),
    (sqlite_error("SQLITE_IOERR_WRITE"), True), (sqlite_error("SQLITE_BUSY"), False), (ValueError("full"), False),
])
def test_what_a_full_disk_looks_like(error: Exception, full: bool) -> None:
    assert disk.is_full(error) is full


def test_the_first_failure_counts_not_the_rollback_that_followed() -> None:
    rolled_back = OperationalError("cannot rollback")
    rolled_back.__context__ = sqlite_error("SQLITE_FULL")
    assert disk.is_full(rolled_back)


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "sort"), [("/cases/", "text/html"), ("/api/v1/cases/", "application/problem+json")])
def test_the_person_is_told_and_keeps_what_was_typed(path: str, sort: str) -> None:
    request = RequestFactory().get(path)
    answer = RefusalMiddleware(lambda _request: HttpResponse()).process_exception(request, sqlite_error("SQLITE_FULL"))
    assert answer is not None
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (507, sort)
    said = json.loads(answer.content)["detail"] if "json" in sort else answer.content.decode()
    assert "您写的都还在" in said


def pack(answer: HttpResponse | StreamingHttpResponse) -> bool:
    request: HttpRequest = RequestFactory().get("/", headers={"accept-encoding": "gzip"})
    return "Content-Encoding" in PackMiddleware(lambda _request: answer)(request)  # type: ignore[arg-type,operator]


def test_text_is_packed_photos_and_streams_are_not() -> None:
    assert pack(HttpResponse("字" * 500))
    assert not pack(HttpResponse(b"\xff\xd8" * 500, content_type="image/jpeg"))
    assert not pack(StreamingHttpResponse(["字" * 500], content_type="text/event-stream"))


@pytest.mark.django_db
def test_a_page_arrives_packed() -> None:
    answer = Client(headers={"accept-encoding": "gzip"}).get("/sign-in/")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "邻里" in gzip.decompress(answer.content).decode()
