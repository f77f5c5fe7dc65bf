"""A paper form of gov, scanned at the window: across both rooms."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.services.gov import letters
from linli.services.gov.actions.loading import load
from linli.services.gov.models import ServiceItem
from linli.services.gov.queries import items
from linli.services.window.models import Help

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _catalogue(db: None) -> None:
    if not ServiceItem.objects.exists():
        load()


def test_a_scanned_paper_form_leads_to_one_and_the_same_draft(
        worker: Person, community: Area, client_of: Callable[[Person], Client]) -> None:
    row = items.published("gaoling-jintie", community)
    assert row is not None
    code = letters.paper_url(row.version, community)
    client = client_of(worker)
    found = []
    for _scanned in range(2):
        sent = client.get("/window/desk/help/", {"q": code})
        assert sent.status_code == 302
        page = client.get(sent.url)
        assert page.status_code == 200
        answer = client.post(sent.url, {
            "once": page.context["once"], "subject_phone": "13011112222", "name": "钱奶奶", "check": "id_card",
            "channel": "paper"})
        assert answer.status_code == 302, answer.content.decode()[:3000]
        found.append(answer.url)
    assert found[0] == found[1]
    assert Help.objects.count() == 1
    assert client.get("/window/desk/help/", {"q": "https://elsewhere.example/gov/paper/xyz/"}).status_code == 200
