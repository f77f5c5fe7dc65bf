"""A paper form: whoever scans it, however often, goes on with one and the same draft."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.test import Client
from django.urls import reverse

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.services.gov import letters
from linli.services.gov.models import Application
from linli.services.gov.queries import items

ClientOf = Callable[[Person], Client]


def test_the_paper_finds_the_same_draft(community: Area, resident: Person, worker: Person, client_of: ClientOf) -> None:
    published = items.published("gaoling-jintie", community)
    assert published is not None
    path = urlsplit(letters.paper_url(published.version, community)).path
    phone = client_of(resident)
    assert "照着纸填" in phone.get(path).content.decode()
    assert not Application.objects.exists()
    first = phone.post(path)
    assert first.status_code == 302
    assert phone.post(path)["Location"] == first["Location"]
    assert Application.objects.count() == 1
    assert "接着填" in phone.get(path).content.decode()
    assert "替人办" in client_of(worker).get(path).content.decode()
    assert client_of(worker).post(path).status_code in (403, 404)
    assert phone.get(reverse("gov:paper", args=["forged"])).status_code == 404
