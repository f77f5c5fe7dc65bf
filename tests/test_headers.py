"""What every answer carries: no script of others, no frame, no sniffing, no cookie that a script can read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation.people.models import Person

pytestmark = pytest.mark.django_db
PAGES = ["/", "/no-such-page/"]


@pytest.mark.parametrize("path", PAGES)
def test_security_headers(path: str) -> None:
    answer = Client().get(path)
    csp = {
        part.split()[0]: part.split()[1:]
        for part in answer.headers["Content-Security-Policy"].split(";")
        if part.strip()
    }
    assert csp["default-src"] == ["'self'"]
    assert "'unsafe-inline'" not in csp["script-src"]
    assert "'unsafe-eval'" not in csp["script-src"]
    assert csp["object-src"] == csp["frame-ancestors"] == ["'none'"]
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_an_unknown_host_gets_nothing() -> None:
    assert Client(headers={"host": "evil.example"}).get("/").status_code == 400


def test_the_session_cookie_is_out_of_reach_of_scripts(client_of: Callable[[Person], Client], resident: Person) -> None:
    client = client_of(resident)
    client.get("/")
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_post_without_a_token_is_refused(client_of: Callable[[Person], Client], resident: Person) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(resident, backend="linli.foundation.people.backends.PersonBackend")
    assert strict.post(reverse("people:sign_out")).status_code == 403


def test_an_error_page_shows_no_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr("linli.interfaces.portal.views.render", break_down)
    answer = Client(raise_request_exception=False).get("/")
    assert answer.status_code == 500
    assert "a secret of the house" not in answer.content.decode()
    assert "Traceback" not in answer.content.decode()
