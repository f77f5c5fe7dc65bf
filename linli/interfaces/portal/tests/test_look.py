"""How a page looks: chosen without script, remembered on the person or the device."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation.people.permit import may
from linli.interfaces.components.look import Look, parse

if TYPE_CHECKING:
    from linli.foundation.people.models import Person

ClientOf = Callable[["Person"], Client]


@pytest.mark.django_db
def test_the_device_remembers_for_who_has_not_signed_in(client: Client) -> None:
    answer = client.post(reverse("portal:look"), {"mode": "elder", "size": "xl", "theme": "dark", "contrast": "more"})
    assert answer["Location"] == reverse("portal:home")
    page = client.get("/").content.decode()
    for attribute in ('data-mode="elder"', 'data-size="xl"', 'data-theme="dark"', 'data-contrast="more"'):
        assert attribute in page


def test_the_person_is_remembered_on_another_device(client_of: ClientOf, resident: Person) -> None:
    client_of(resident).post(reverse("portal:look"), {"mode": "elder"})
    resident.refresh_from_db()
    assert resident.look == {"mode": "elder"}
    assert 'data-mode="elder"' in client_of(resident).get("/").content.decode()


def test_back_to_the_standard_version(client_of: ClientOf, resident: Person) -> None:
    client = client_of(resident)
    client.post(reverse("portal:look"), {"mode": "elder"})
    client.post(reverse("portal:look"), {"size": "bigger"})
    client.post(reverse("portal:look"), {"mode": ""})
    root = client.get("/").content.decode().split("<head>")[0]
    assert "data-mode" not in root
    assert "data-size" not in root


@pytest.mark.django_db
def test_the_language_is_switched_and_kept(client: Client) -> None:
    client.post(reverse("portal:look"), {"language": "en"})
    assert '<html lang="en"' in client.get("/").content.decode()
    client.post(reverse("portal:look"), {"language": "zh-hans"})
    assert '<html lang="zh-CN"' in client.get("/", HTTP_ACCEPT_LANGUAGE="en").content.decode()


def test_the_language_is_kept_on_the_person(client_of: ClientOf, resident: Person) -> None:
    client_of(resident).post(reverse("portal:look"), {"language": "en"})
    resident.refresh_from_db()
    assert resident.language == "en"


@pytest.mark.django_db
def test_the_way_back_stays_on_this_site(client: Client) -> None:
    there = client.post(reverse("portal:look"), {"mode": "elder", "next": "https://evil.example/x"})
    here = client.post(reverse("portal:look"), {"mode": "", "next": "/help/?a=1"})
    assert (there["Location"], here["Location"]) == ("/", "/help/?a=1")


@pytest.mark.django_db
def test_a_made_up_wish_changes_nothing(client: Client) -> None:
    client.post(reverse("portal:look"), {"mode": '"><script>', "size": "9", "language": "tlh"})
    page = client.get("/").content.decode()
    assert "data-mode" not in page
    assert "<script>" not in page


def test_nobody_chooses_for_another(resident: Person, neighbour: Person) -> None:
    assert may(resident, "portal.choose_look", resident)
    assert not may(neighbour, "portal.choose_look", resident)


@pytest.mark.parametrize(("start", "steps"), [
    (Look(), ["l", "xl", "max", ""]),
    (Look(mode="elder"), ["xl", "max", ""]),
    (Look(mode="elder", size="l"), ["xl", "max", ""]),
])
def test_one_button_goes_through_the_sizes(start: Look, steps: list[str]) -> None:
    look, seen = start, []
    for _step in steps:
        look = look.bigger()
        seen.append(look.size)
    assert seen == steps


def test_what_is_stored_wrongly_is_dropped() -> None:
    assert parse({"mode": "elder", "size": 4, "theme": None, "tail": "x"}) == Look(mode="elder")
