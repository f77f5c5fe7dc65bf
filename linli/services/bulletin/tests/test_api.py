"""The same rights and the same words over JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from linli.foundation.areas.models import Building
from linli.foundation.people.models import Person
from linli.services.bulletin.models import Announcement, State
from linli.services.bulletin.tests.conftest import Publish

pytestmark = [pytest.mark.django_db, pytest.mark.urls("linli.services.bulletin.tests.api_urls")]
ClientOf = Callable[[Person], Client]


def _post(client: Client, body: dict[str, Any]) -> Any:
    return client.post("/api/v1/bulletin/", json.dumps(body), content_type="application/json")


def test_reading_over_the_api(
        client_of: ClientOf, publish: Publish, resident: Person, stranger: Person, building: Building) -> None:
    row = publish("停水", places=[building], is_public=False)
    body = client_of(resident).get("/api/v1/bulletin/").json()
    assert [(one["title"], one["concerns_me"]) for one in body["items"]] == [("停水", True)]
    assert set(body["items"][0]) >= {"id", "title", "why", "expires_at"}
    assert "author" not in json.dumps(body)
    one = client_of(resident).get(f"/api/v1/bulletin/{row.pk}").json()
    assert one["why"] == ["您家在梧桐苑 3号楼，这条是发给那里的。"]
    assert client_of(stranger).get("/api/v1/bulletin/?mine=false").json()["items"] == []
    assert client_of(stranger).get(f"/api/v1/bulletin/{row.pk}").status_code == 404


def test_drafting_over_the_api(
        client_of: ClientOf, worker: Person, resident: Person, stranger: Person, other_worker: Person,
        building: Building) -> None:
    desk = client_of(worker)
    board = next(one for one in desk.get("/api/v1/bulletin/boards").json() if f"b-{building.pk}" in one["places"])
    body = {"board": board["key"], "kind": "outage", "title": "停水", "body": "明天", "places": [f"b-{building.pk}"]}
    for person in (resident, stranger, other_worker):
        assert _post(client_of(person), body).status_code == 404
    assert not Announcement.objects.exists()
    answer = _post(desk, body)
    assert answer.status_code == 201
    assert answer.json()["state"] == State.DRAFT
    refused = _post(desk, {**body, "age_from": 60})
    assert (refused.status_code, refused.json()["code"]) == (409, "no_basis")
    assert _post(desk, {**body, "places": ["b-1"]}).json()["code"] == "bad_choice"
    assert _post(desk, {**body, "title": "长" * 61}).status_code == 422
