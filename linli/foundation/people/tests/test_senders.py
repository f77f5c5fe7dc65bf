from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.error import HTTPError

import pytest
from pytest_django import Settings

from linli.foundation.jobs import run_all
from linli.foundation.people import actions, senders
from linli.foundation.people.models import SignInCode


class Gateway(HTTPServer):
    """A gateway as a provider runs it; `status` is what it answers."""

    status = 200
    taken: list[tuple[str, dict[str, str]]]


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.taken.append((self.headers["Authorization"], body))
            self.send_response(server.status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return None

    server = Gateway(("127.0.0.1", 0), Handler)
    server.taken = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def configured(gateway: Gateway, settings: Settings, monkeypatch: pytest.MonkeyPatch, db: None) -> Gateway:
    settings.LINLI_DEMO = False
    monkeypatch.setenv("LINLI_SMS_URL", f"http://127.0.0.1:{gateway.server_port}/send")
    monkeypatch.setenv("LINLI_SMS_TOKEN", "a-token")
    return gateway


def test_a_code_goes_out_by_the_worker_and_is_then_forgotten(configured: Gateway) -> None:
    code = actions.ask_code("+8613800000001")
    plain = code.unsent
    assert configured.taken == []  # nothing leaves inside the request
    run_all()
    (token, body), = configured.taken
    assert token == "Bearer a-token"
    assert body["to"] == "+8613800000001"
    assert plain in body["text"]
    assert SignInCode.objects.get().unsent == ""


def test_a_gateway_that_fails_is_tried_again(configured: Gateway) -> None:
    from linli.foundation.people.jobs import send_code

    configured.status = 503
    code = actions.ask_code("+8613800000001")
    with pytest.raises(HTTPError):
        send_code(code=code.pk)
    assert SignInCode.objects.get().unsent
    configured.status = 202
    send_code(code=code.pk)
    send_code(code=code.pk)  # a job may run twice; the text goes out once
    assert len(configured.taken) == 2


def test_without_a_gateway_the_operator_reads_the_code(
        settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    settings.LINLI_DEMO = False
    monkeypatch.delenv("LINLI_SMS_URL", raising=False)
    senders.sender().send("+8613800000001", "123456")
    said = capsys.readouterr().err
    assert "123456" in said
    assert "13800000001" not in said
