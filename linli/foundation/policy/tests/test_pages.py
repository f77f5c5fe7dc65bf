"""The desk's pages: what is listed, how a change is proposed and decided, and who finds nothing there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.foundation.policy import actions, overlays, policy
from linli.foundation.policy.models import PolicyOverlay, State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_rules")]
ClientOf = Callable[[Person], Client]
KEY = "demo.answer_days"


@pytest.fixture
def proposal(worker: Person, community: Area) -> PolicyOverlay:
    return actions.propose_overlay(
        worker, community, KEY, 3, source="社区会议纪要〔2026〕3号", valid_from=clock.today())


def paths(overlay: PolicyOverlay) -> list[str]:
    one = f"/desk/policy/overlay/{overlay.pk}/"
    return [one, f"{one}approve/", f"{one}reject/", f"{one}withdraw/"]


def test_the_list_says_value_source_since_and_what_is_ours(
    client_of: ClientOf, worker: Person, community_head: Person, proposal: PolicyOverlay,
) -> None:
    actions.approve_overlay(community_head, proposal)
    overlays.forget()
    page = client_of(worker).get("/desk/policy/?room=demo").content.decode()
    for text in (
        KEY, "社区会议纪要〔2026〕3号", "梧桐里社区定的", "原来的值：5", "几天内答复", "本地不能改",
        "2099-01-01 起才有",
    ):
        assert text in page
    assert "demo.quorum" not in client_of(worker).get("/desk/policy/?find=答复").content.decode()
    assert "没有带“无此物”的参数" in client_of(worker).get("/desk/policy/?find=无此物").content.decode()


def test_the_list_costs_the_same_however_many_keys(
    client_of: ClientOf, worker: Person, declare: Callable[..., tuple[str, ...]], django_assert_max_num_queries: Any,
) -> None:
    declare("\n".join(f"k{n}: [{{from: 2020-01-01, value: {n}, source: s}}]" for n in range(200)))
    client = client_of(worker)
    with django_assert_max_num_queries(30):
        rooms = client.get("/desk/policy/").content.decode()
    assert "?room=demo" in rooms
    assert "demo.k19" not in rooms
    with django_assert_max_num_queries(30):
        assert "demo.k199" in client.get("/desk/policy/?room=demo&from=175").content.decode()
    first = client.get("/desk/policy/?room=demo&from=0").content.decode()
    assert "from=25" in first
    assert "demo.k199" not in first
    for nonsense in ("?room=demo&from=x", "?room=demo&from=99999", "?room=<i>", "?room=demo&from=-1"):
        assert client.get(f"/desk/policy/{nonsense}").status_code == 200


def test_a_long_value_is_folded_and_a_room_leads_back(
    client_of: ClientOf, worker: Person, declare: Callable[..., tuple[str, ...]],
) -> None:
    words = ", ".join(f"词{n}" for n in range(60))
    declare(f"words: [{{from: 2020-01-01, value: [{words}], source: s}}]")
    page = client_of(worker).get("/desk/policy/?find=demo.words").content.decode()
    assert "<details>" in page
    assert "词59" in page
    assert 'href="/desk/policy/"' in page


def test_from_a_proposal_to_the_value_in_force(
    client_of: ClientOf, worker: Person, community_head: Person, community: Area,
) -> None:
    typed = {"area": str(community.pk), "value": "3", "source": "社区会议纪要", "valid_from": clock.today().isoformat()}
    sent = client_of(worker).post(f"/desk/policy/propose/{KEY}/", typed, follow=True)
    assert "另一位同事同意以后才生效" in sent.content.decode()
    overlay = PolicyOverlay.objects.get()
    assert overlay.value == 3
    head = client_of(community_head)
    assert KEY in head.get("/desk/policy/pending/").content.decode()
    asked = head.get(f"/desk/policy/overlay/{overlay.pk}/approve/")
    assert "同意，就这样用" in asked.content.decode()
    overlay.refresh_from_db()
    assert overlay.state == State.PROPOSED  # looking decides nothing
    head.post(f"/desk/policy/overlay/{overlay.pk}/approve/")
    overlays.forget()
    assert policy(KEY, area=community) == 3
    assert KEY in head.get("/desk/policy/pending/?tab=decided").content.decode()


@pytest.mark.parametrize(("key", "value", "kept"), [
    ("demo.answer_days", "2.5", "2.5"),
    ("demo.radius_m", '{"lift": 30}', "&quot;lift&quot;: 30"),
    ("demo.radius_m", '{"lift": 30,', "lift"),
])
def test_what_was_typed_survives_a_mistake(
    client_of: ClientOf, worker: Person, community: Area, key: str, value: str, kept: str,
) -> None:
    answer = client_of(worker).post(f"/desk/policy/propose/{key}/", {
        "area": str(community.pk), "value": value, "source": "社区会议纪要",
        "valid_from": (clock.today() - timedelta(days=1)).isoformat()})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert kept in page
    assert "社区会议纪要" in page
    assert not PolicyOverlay.objects.exists()


def test_a_list_of_values_is_proposed_as_json(client_of: ClientOf, worker: Person, community: Area) -> None:
    client_of(worker).post("/desk/policy/propose/demo.radius_m/", {
        "area": str(community.pk), "value": '{"lift": 30, "other": 100}', "source": "纪要",
        "valid_from": clock.today().isoformat()})
    assert PolicyOverlay.objects.get().value == {"lift": 30, "other": 100}


def test_a_refusal_needs_its_reason(client_of: ClientOf, community_head: Person, proposal: PolicyOverlay) -> None:
    head = client_of(community_head)
    assert head.post(f"/desk/policy/overlay/{proposal.pk}/reject/", {"reason": ""}).status_code == 422
    head.post(f"/desk/policy/overlay/{proposal.pk}/reject/", {"reason": "依据不够"})
    proposal.refresh_from_db()
    assert (proposal.state, proposal.reason) == (State.REJECTED, "依据不够")


def test_the_next_community_finds_nothing_there(
    client_of: ClientOf, proposal: PolicyOverlay, other_worker: Person, make_person: Callable[..., Person],
    other_community: Area,
) -> None:
    next_door = make_person("隔壁书记", None, "community_head", at=other_community)
    for person in (other_worker, next_door):
        client = client_of(person)
        for path in paths(proposal):
            assert client.get(path).status_code == 404
            assert client.post(path, {"reason": "随便"}).status_code == 404
        assert KEY not in client.get("/desk/policy/pending/").content.decode()
    proposal.refresh_from_db()
    assert proposal.state == State.PROPOSED


def test_residents_and_the_property_company_find_no_such_page(
    client_of: ClientOf, proposal: PolicyOverlay, resident: Person, property_worker: Person,
) -> None:
    for person in (resident, property_worker):
        client = client_of(person)
        for path in ("/desk/policy/", "/desk/policy/pending/", f"/desk/policy/propose/{KEY}/", *paths(proposal)):
            assert client.get(path).status_code == 404
    assert Client().get("/desk/policy/").status_code == 302


def test_no_button_is_offered_that_would_be_refused(
    client_of: ClientOf, proposal: PolicyOverlay, worker: Person, community_head: Person,
) -> None:
    one, approve, reject, withdraw = paths(proposal)
    mine = client_of(worker).get(one).content.decode()
    assert (approve in mine, reject in mine, withdraw in mine) == (False, False, True)
    theirs = client_of(community_head).get(one).content.decode()
    assert (approve in theirs, reject in theirs, withdraw in theirs) == (True, True, False)
    assert client_of(worker).get(approve).status_code == 403
    assert client_of(worker).get("/desk/policy/propose/demo.nothing/").status_code == 404
    assert client_of(worker).get(f"{one}burn/").status_code == 404


def test_every_sentence_has_its_english(client_of: ClientOf, worker: Person, proposal: PolicyOverlay) -> None:
    client = client_of(worker)
    for path in ("/desk/policy/?find=demo.", "/desk/policy/pending/", f"/desk/policy/overlay/{proposal.pk}/withdraw/"):
        page = client.get(path, headers={"accept-language": "en"}).content.decode()
        main = page.split("<main", 1)[1].split("</main>")[0]
        for word in ("参数", "修改", "依据", "原因", "待同意"):
            assert word not in main, path
