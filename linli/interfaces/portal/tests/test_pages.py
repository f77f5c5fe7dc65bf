"""The shell's own pages: for who has not signed in, for a resident, in 长辈版, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation import audit

if TYPE_CHECKING:
    from linli.foundation.areas.models import Area
    from linli.foundation.people.models import Person

PUBLIC = ["home", "search", "services", "look", "help", "neighbours", "sos"]
OWN = ["matters", "me", "area"]
ClientOf = Callable[["Person"], Client]


@pytest.mark.django_db
@pytest.mark.parametrize("name", PUBLIC)
@pytest.mark.parametrize("mode", ["", "elder"])
def test_anybody_reads_the_public_pages(client: Client, name: str, mode: str) -> None:
    client.cookies["look"] = f"mode={mode}"
    page = client.get(reverse(f"portal:{name}"))
    assert page.status_code == 200
    assert ('data-mode="elder"' in page.content.decode()) is (mode == "elder")


@pytest.mark.django_db
@pytest.mark.parametrize("name", OWN)
def test_own_pages_ask_to_sign_in_and_come_back(client: Client, name: str) -> None:
    answer = client.get(reverse(f"portal:{name}"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("people:sign_in"))


@pytest.mark.parametrize("name", [*PUBLIC, *OWN])
@pytest.mark.parametrize("mode", ["", "elder"])
def test_a_resident_reads_every_page(client_of: ClientOf, resident: Person, name: str, mode: str) -> None:
    client = client_of(resident)
    client.post(reverse("portal:look"), {"mode": mode})
    assert client.get(reverse(f"portal:{name}")).status_code == 200


def test_a_person_is_one_tap_away_on_every_page(client_of: ClientOf, resident: Person) -> None:
    client = client_of(resident)
    for mode in ("", "elder"):
        client.post(reverse("portal:look"), {"mode": mode})
        for name in [*PUBLIC, *OWN]:
            assert f'href="{reverse("portal:help")}"' in client.get(reverse(f"portal:{name}")).content.decode()


def test_who_to_call_is_listed_with_ones_own_property_company(client_of: ClientOf, resident: Person) -> None:
    page = client_of(resident).get(reverse("portal:help")).content.decode()
    for number in ("tel:057100000001", "tel:057100000002", "tel:12345", "tel:110", "tel:119", "tel:120"):
        assert f'href="{number}"' in page


def test_help_can_be_called_without_script_in_two_taps(client: Client, db: None) -> None:
    client.cookies["look"] = "mode=elder"
    page = client.get("/").content.decode()
    assert "<summary" in page
    assert 'href="tel:120"' in page


def test_the_names_people_know_it_by_find_elder_mode(client: Client, db: None) -> None:
    for words in ("亲情版", "关爱版", "关怀版", "字太小", "大字"):
        page = client.get(reverse("portal:search"), {"q": words}).content.decode()
        assert (f'<a href="{reverse("portal:look")}" ' in page) is (words != "字太小")


def test_a_search_survives_a_room_that_breaks(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:
    from linli.foundation.web.manifest import Manifest
    from linli.interfaces.components import shell

    broken = Manifest(name="broken", search="linli.interfaces.portal.tests.nothing_here", cards={
        "portal.news": "linli.interfaces.portal.tests.nothing_here"})
    monkeypatch.setattr(shell, "manifests", lambda: (broken,))
    assert client.get(reverse("portal:search"), {"q": "电梯"}).status_code == 200
    assert client.get("/").status_code == 200
    assert {"shell.search_failed", "shell.cards_failed"} <= {record.message for record in caplog.records}


@pytest.mark.django_db
@pytest.mark.parametrize("words", ["", " ", "x" * 5000, "<script>alert(1)</script>", "%", "'; --"])
def test_a_search_takes_any_words(client: Client, words: str) -> None:
    page = client.get(reverse("portal:search"), {"q": words})
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()


def test_the_switch_offers_only_the_communities_of_ones_roles(
    client_of: ClientOf, street_leader: Person, resident: Person, community: Area, other_community: Area,
) -> None:
    leader = client_of(street_leader)
    page = leader.get(reverse("portal:area")).content.decode()
    assert community.name in page
    assert other_community.name in page
    leader.post(reverse("portal:area"), {"code": other_community.code})
    assert leader.session["area"] == other_community.code

    own = client_of(resident)
    assert other_community.name not in own.get(reverse("portal:area")).content.decode()
    assert own.post(reverse("portal:area"), {"code": other_community.code}).status_code == 404
    assert "area" not in own.session


def test_an_address_that_is_not_there_says_what_to_do(client: Client, db: None) -> None:
    page = client.get("/no-such-page/")
    assert page.status_code == 404
    assert reverse("portal:help") in page.content.decode()


def test_pages_hold_no_script_of_their_own(client_of: ClientOf, resident: Person) -> None:
    """The policy allows scripts of this site only: one written into the page would be dead."""
    for name in [*PUBLIC, *OWN]:
        answer = client_of(resident).get(reverse(f"portal:{name}"))
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        assert "<script>" not in answer.content.decode()
        assert " onclick=" not in answer.content.decode()


def test_a_home_page_costs_few_queries(
    client_of: ClientOf, resident: Person, django_assert_max_num_queries: Callable[..., object],
) -> None:
    client = client_of(resident)
    client.get("/")
    with django_assert_max_num_queries(20):  # type: ignore[attr-defined]
        client.get("/")


def test_choosing_is_written_down_once(resident: Person) -> None:
    from linli.interfaces.components.look import Look
    from linli.interfaces.portal import actions

    actions.choose_look(resident, Look(mode="elder"))
    actions.choose_look(resident, Look(mode="elder"))
    assert audit.verbs(resident) == ["portal.choose_look"]


@pytest.mark.parametrize("offered", [0, 1, 3, 4, 6, 12])
def test_elder_tiles_fit_one_screen_and_end_with_the_way_to_the_rest(
    client_of: ClientOf, resident: Person, monkeypatch: pytest.MonkeyPatch, offered: int,
) -> None:
    from linli.foundation.web.manifest import Manifest, Menu
    from linli.interfaces.components import shell

    # Any pages with addresses of their own will do as what rooms offer.
    names = ["portal:help", "portal:sos", "portal:look", "portal:me", "portal:area", "portal:neighbours"]
    menu = [Menu("elder", names[n % len(names)], f"第{n}件") for n in range(offered)]
    monkeypatch.setattr(shell, "manifests", lambda: (Manifest(name="room", menu=menu),))
    client = client_of(resident)
    client.post(reverse("portal:look"), {"mode": "elder"})
    tiles = client.get("/").context["tiles"]
    assert len(tiles) == min(6, offered + 3)
    assert tiles[-1].url == reverse("portal:services")
    assert len({tile.title for tile in tiles}) == len(tiles)


@pytest.mark.parametrize(("written", "read"), [
    ("Mo-Sa 08:30-17:00", "周一至周六 08:30–17:00"),
    ("Mo-Fr 08:30-17:00; Sa 09:00-12:00", "周一至周五 08:30–17:00；周六 09:00–12:00"),
    ("每天，中午休息", "每天，中午休息"),
    ("", ""),
])
def test_opening_hours_are_words(written: str, read: str) -> None:
    from linli.interfaces.portal.queries import hours_in_words

    assert hours_in_words(written) == read
