"""The staff frame: for staff only, and never an empty page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

if TYPE_CHECKING:
    from linli.foundation.people.models import Person

ClientOf = Callable[["Person"], Client]


@pytest.fixture(autouse=True)
def _demo(settings: object) -> None:
    settings.LINLI_DEMO = True  # type: ignore[attr-defined]  # no second factor to set up first


def test_the_desk_is_not_there_for_residents(client_of: ClientOf, resident: Person) -> None:
    client = client_of(resident)
    assert client.get(reverse("desk:home")).status_code == 404
    assert client.get(reverse("desk:search"), {"q": "电梯"}).status_code == 404


def test_staff_land_on_the_first_page_of_their_menu(
    client_of: ClientOf, worker: Person, monkeypatch: pytest.MonkeyPatch,
) -> None:
    from linli.foundation.web.manifest import Manifest, Menu
    from linli.interfaces.components import shell

    late = Menu("desk", "portal:me", "后面的", order=90)
    first = Menu("desk", "desk:search", "前面的", order=10)
    monkeypatch.setattr(shell, "manifests", lambda: (Manifest(name="room", menu=[late, first]),))
    assert client_of(worker).get(reverse("desk:home"))["Location"] == reverse("desk:search")


def test_who_has_no_desk_is_told_whom_to_ask(
    client_of: ClientOf, worker: Person, monkeypatch: pytest.MonkeyPatch,
) -> None:
    from linli.interfaces.components import shell

    monkeypatch.setattr(shell, "manifests", lambda: ())
    page = client_of(worker).get(reverse("desk:home"))
    assert page.status_code == 200
    assert "社区书记" in page.content.decode()


def test_a_menu_shows_only_what_its_reader_may(
    client_of: ClientOf, worker: Person, property_worker: Person, monkeypatch: pytest.MonkeyPatch,
) -> None:
    from linli.foundation.people import permit
    from linli.foundation.web.manifest import Manifest, Menu
    from linli.interfaces.components import shell

    room = Manifest(name="room", menu=[Menu("desk", "desk:search", "只给社工", verb="read")])
    monkeypatch.setattr(shell, "manifests", lambda: (room,))
    monkeypatch.setattr(permit, "grants", lambda: {"room.read": frozenset({"worker"})})
    address = reverse("desk:search")
    assert "只给社工" in client_of(worker).get(address).content.decode()
    assert "只给社工" not in client_of(property_worker).get(address).content.decode()


def test_a_search_says_when_nothing_is_found(client_of: ClientOf, worker: Person) -> None:
    page = client_of(worker).get(reverse("desk:search"), {"q": "zqxwvk<b>"}).content.decode()
    assert "没有找到" in page
    assert "<b>" not in page
