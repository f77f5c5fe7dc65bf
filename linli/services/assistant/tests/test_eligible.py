"""Am I entitled, inside the talk: one question at a time, the answers with the page, none of them kept."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation.areas.models import Area
from linli.foundation.audit.models import AuditEntry
from linli.foundation.people.models import Person
from linli.mechanisms.knowledge import rebuild
from linli.services.assistant import actions
from linli.services.assistant.models import Turn
from linli.services.assistant.tests.conftest import _UNITS, unit

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Person], Client]
ITEM = "gaoling-jintie"  # of the shipped catalogue: born before, registered here, not drawing it yet
HERE = {"item": ITEM}


@pytest.fixture
def allowance(db: None) -> None:
    _UNITS[:] = [unit("gov.elders", "高龄津贴发放", acts=(
        ("网上申请", f"/gov/items/{ITEM}/begin/"), ("看我能不能办", f"/gov/items/{ITEM}/entitled/")))]
    rebuild(dense=False)


def asked_in(page: str) -> str:
    found = re.search(r'name="asked" value="([^"]+)"', page)
    return found.group(1) if found else ""


def had_in(page: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(had\.[^"]+)" value="([^"]*)">', page):
        found.setdefault(name, []).append(value)
    return found


def fitting(page: str) -> str:
    if 'type="date"' in page:
        return "1930-03-04"
    values = re.findall(r'type="radio" name="answer" value="([^"]+)"', page)
    return values[1] if asked_in(page) == "allowance.receives_here" else values[0]


@pytest.mark.usefixtures("allowance")
def test_it_goes_on_in_the_talk_to_a_verdict_and_one_tap_to_begin(
    resident: Person, community: Area, client_of: ClientOf,
) -> None:
    client = client_of(resident)
    actions.ask(resident, community, "高龄津贴怎么领")
    actions.choose(resident, actions.ask(resident, community, "高龄津贴"), "gov.elders", "what")
    shown = client.get(reverse("assistant:ask")).content.decode()
    link = f"{reverse('assistant:eligible')}?item={ITEM}#asked"
    assert f'href="{link}"' in shown
    before = Turn.objects.count()
    answer = client.get(link)
    page = answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert "高龄津贴发放" in page  # the talk stands above the question
    for _question in range(10):
        if not asked_in(page):
            break
        answer = client.post(reverse("assistant:eligible"), {
            **HERE, **had_in(page), "asked": asked_in(page), "answer": fitting(page)})
        assert answer.status_code == 200
        page = answer.content.decode()
    assert "看来您能办" in page
    assert "符合 · " in page
    assert "1930" in page
    assert f'href="/gov/items/{ITEM}/begin/"' in page
    assert Turn.objects.count() == before
    assert "1930" not in client.get(reverse("assistant:ask")).content.decode()
    assert not AuditEntry.objects.filter(facts__icontains="1930").exists()
    assert "1930" not in str(dict(client.session))


@pytest.mark.parametrize("typed", ["", "昨天", "1930-13-01"])
def test_a_wrong_value_stays_in_its_field(resident: Person, client_of: ClientOf, typed: str) -> None:
    client = client_of(resident)
    page = client.get(reverse("assistant:eligible"), HERE).content.decode()
    had: dict[str, list[str]] = {}
    while 'type="date"' not in page:
        page = client.post(reverse("assistant:eligible"), {
            **HERE, **had_in(page), "asked": asked_in(page), "answer": fitting(page)}).content.decode()
    had = had_in(page)
    answer = client.post(reverse("assistant:eligible"), {
        **HERE, **had, "asked": asked_in(page), "answer": typed})
    again = answer.content.decode()
    assert answer.status_code == 422
    assert asked_in(again) == asked_in(page)
    assert had_in(again) == had
    assert f'value="{typed}"' in again if typed else "error-summary" in again


def test_who_has_no_talk_is_asked_on_the_items_own_page(
    resident: Person, community: Area, client: Client, client_of: ClientOf,
) -> None:
    own = f"/gov/items/{ITEM}/entitled/"
    assert client.get(reverse("assistant:eligible"), HERE)["Location"] == own
    actions.want_person(resident, community, text="问一下")  # the bot is mute
    assert client_of(resident).get(reverse("assistant:eligible"), HERE)["Location"] == own


def test_without_an_item_one_is_back_in_the_talk(resident: Person, client_of: ClientOf) -> None:
    client = client_of(resident)
    assert client.get(reverse("assistant:eligible"))["Location"] == reverse("assistant:ask")
    answer = client.post(reverse("assistant:eligible"), {"item": "../nowhere"}, follow=True)
    assert "没有这件事" in answer.content.decode()
