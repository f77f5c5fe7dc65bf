"""Who reads the log, and that reading it is in the log."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.audit import checking, sealing, verifier
from linli.foundation.audit.models import AuditCheckpoint, AuditEntry
from linli.foundation.people.models import Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_noted")]
ClientOf = Callable[[Person], Client]


@pytest.fixture
def auditor(make_person: Any, community: Area) -> Person:
    return make_person("审计员", None, "auditor", at=community)  # type: ignore[no-any-return]


def test_only_auditors_find_the_page(
    client: Client, client_of: ClientOf, resident: Person, worker: Person, community_head: Person, auditor: Person,
) -> None:
    page = reverse("audit:entries")
    assert client.get(page).status_code == 302
    for person in (resident, worker, community_head):
        assert client_of(person).get(page).status_code == 404
    assert client_of(auditor).get(page).status_code == 200


def test_an_auditor_reads_their_place_only(
    client_of: ClientOf, auditor: Person, resident: Person, stranger: Person,
) -> None:
    audit.record(resident, "room.ours", resident)
    audit.record(stranger, "room.theirs", stranger)
    audit.record(None, "room.system", audit.Ref("room.thing", 1))
    shown = client_of(auditor).get(reverse("audit:entries")).content.decode()
    assert "room.ours" in shown
    assert "room.theirs" not in shown
    assert "room.system" not in shown


def test_reading_is_written_down_without_the_number_that_was_typed(
    client_of: ClientOf, auditor: Person, resident: Person, worker: Person,
) -> None:
    audit.record(resident, "room.ours", resident)
    audit.record(worker, "room.else", resident)
    phone = str(resident.phone).removeprefix("+86")
    answer = client_of(auditor).get(
        reverse("audit:entries"), {"who": phone, "verb": "room.", "thing": "people.person", "since": "2020-01-01"})
    assert "room.ours" in answer.content.decode()
    assert "room.else" not in answer.content.decode()
    look = AuditEntry.objects.get(verb="audit.read")
    assert look.actor_id == auditor.pk
    assert phone not in look.facts
    assert json.loads(look.facts) == {
        "asked": {"since": "2020-01-01", "thing": "people.person", "verb": "room."},
        "of": [str(resident.pk)], "shown": 1}


def test_the_list_has_pages(client_of: ClientOf, auditor: Person, resident: Person) -> None:
    for number in range(60):
        audit.record(resident, f"room.verb{number:02d}", resident)
    client = client_of(auditor)
    first = client.get(reverse("audit:entries"), {"verb": "room."})
    second = client.get(reverse("audit:entries"), {"verb": "room.", "after": first.context["page"].after})
    shown = [row.verb for page in (first, second) for row in page.context["page"]]
    assert shown == [f"room.verb{number:02d}" for number in reversed(range(60))]


def test_a_finding_stands_on_top(client_of: ClientOf, auditor: Person, resident: Person) -> None:
    audit.record(resident, "room.ours", resident)
    sealing.seal_batch()
    checking.check_and_note()
    assert "都和封存时一样" in client_of(auditor).get(reverse("audit:entries")).content.decode()


def test_anyone_may_keep_a_checkpoint(client: Client, resident: Person) -> None:
    assert client.get(reverse("audit:checkpoints")).status_code == 200
    audit.record(resident, "room.ours", resident)
    sealing.seal_batch()
    page = client.get(reverse("audit:checkpoints"))
    assert AuditCheckpoint.objects.get().root in page.content.decode()
    kept = client.get(reverse("audit:checkpoint", args=[1])).content.decode()
    assert verifier.note_is_signed(kept, page.context["key"])
    assert client.get(reverse("audit:checkpoint", args=[2])).status_code == 404
