"""The conversation's part of an open page: nothing new is 204; what is new comes; only who may read it gets it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.services.assistant import actions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
ClientOf = Callable[[Person], Client]


def part_of(page: str) -> tuple[str, str]:
    """(address, what was seen)."""
    found = re.search(r'data-fresh="([^"]+)" data-seen="([^"]*)"', page)
    assert found, page
    return found.group(1).replace("&amp;", "&"), found.group(2)


def test_the_resident_gets_what_was_said_meanwhile(
    resident: Person, worker: Person, neighbour: Person, community: Area, client: Client, client_of: ClientOf,
) -> None:
    talk = actions.want_person(resident, community, text="问一下")
    mine = client_of(resident)
    page = mine.get(reverse("assistant:ask")).content.decode()
    assert "data-live-now" in page
    address, seen = part_of(page)
    assert mine.get(address + seen).status_code == 204
    actions.take(worker, talk)
    actions.reply_to(worker, talk, "周四上门")
    new = mine.get(address + seen).content.decode()
    assert "周四上门" in new
    assert 'data-turn="4"' in new
    assert "<html" not in new
    assert "在答您" in new
    assert client.get(address + seen).status_code == 404  # signed out
    assert client_of(neighbour).get(address + seen).status_code == 404
    actions.close(worker, talk)
    over = mine.get(address + part_of(new)[1]).content.decode()
    assert "这次对话结束了" in over
    assert "data-live-now" not in over
    assert mine.get(reverse("assistant:ask"), {"part": "9" * 40}).status_code == 404


def test_the_bots_talk_is_not_looked_at_again(resident: Person, community: Area, client_of: ClientOf) -> None:
    actions.ask(resident, community, "高龄津贴")
    assert "data-live-now" not in client_of(resident).get(reverse("assistant:ask")).content.decode()


def test_the_desk_gets_it_too_and_is_told_when_the_state_moved(
    resident: Person, worker: Person, other_worker: Person, community: Area, client_of: ClientOf,
) -> None:
    talk = actions.want_person(resident, community, text="问一下")
    actions.take(worker, talk)
    desk = client_of(worker)
    address, seen = part_of(desk.get(reverse("assistant:desk_talk", args=[talk.pk])).content.decode())
    assert desk.get(address + seen).status_code == 204
    actions.say(resident, talk, "还有一句")
    new = desk.get(address + seen).content.decode()
    assert "还有一句" in new
    assert "现在是" not in new
    actions.close(resident, talk)
    over = desk.get(address + part_of(new)[1]).content.decode()
    assert "现在是：结束了。" in over
    assert "data-live-now" not in over
    assert client_of(other_worker).get(address + seen).status_code == 404
