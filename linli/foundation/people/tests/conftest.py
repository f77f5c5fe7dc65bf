from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings


class Outbox:
    """A sender that keeps what it was given, as an SMS gateway would."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def send(self, phone: str, text: str) -> None:
        self.sent.append((phone, text))

    @property
    def code(self) -> str:
        """The digits of the last text."""
        found = re.search(r"\d{6}", self.sent[-1][1])
        assert found
        return found.group()


@pytest.fixture
def outbox(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Outbox:
    """The real flow outside demo mode, with a gateway that writes down."""
    settings.LINLI_DEMO = False
    box = Outbox()
    monkeypatch.setattr("linli.foundation.people.jobs.sender", lambda: box)
    return box


@pytest.fixture
def ask(outbox: Outbox) -> Callable[..., str]:
    """`ask(client, phone)`: ask for a code on the page, let the worker run, return the digits that arrived."""
    from linli.foundation.jobs import run_all

    def asked(client: Client, phone: str, **more: str) -> str:
        answer = client.post("/sign-in/", {"phone": phone, **more})
        assert answer.status_code == 302, answer.content.decode()
        run_all()
        return outbox.code

    return asked


