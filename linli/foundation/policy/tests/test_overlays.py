"""An area's own value: proposed by one, agreed by another, in force there and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.events.models import OutboxEvent
from linli.foundation.people.models import Person
from linli.foundation.policy import actions, in_force, listeners, overlays, policy
from linli.foundation.policy.models import OverlayRevision, PolicyOverlay, State
from linli.foundation.web import Denied, Refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_rules", "_june")]
KEY = "demo.answer_days"
TODAY = date(2026, 6, 1)


@pytest.fixture
def _june() -> Any:
    with clock.at(datetime(2026, 6, 1, 10, tzinfo=ZoneInfo("Asia/Shanghai"))):
        yield


@pytest.fixture
def proposal(worker: Person, community: Area) -> PolicyOverlay:
    return propose(worker, community, 3)


def propose(person: Person, area: Area, value: Any, key: str = KEY, on: date = TODAY) -> PolicyOverlay:
    return actions.propose_overlay(person, area, key, value, source="社区会议纪要〔2026〕3号", valid_from=on)


def in_places(*areas: Area | str) -> list[Any]:
    overlays.forget()
    return [policy(KEY, area=area) for area in areas]


def test_nothing_changes_until_another_person_agrees(
    proposal: PolicyOverlay, community_head: Person, community: Area, other_community: Area, grid_cell: Area,
    street: Area,
) -> None:
    assert in_places(community) == [5]
    actions.approve_overlay(community_head, proposal)
    assert in_places(community, community.code, grid_cell, other_community, street) == [3, 3, 3, 5, 5]
    assert policy(KEY) == 5
    found = in_force(KEY, None, community)
    assert (found.source, found.since) == ("社区会议纪要〔2026〕3号", TODAY)
    assert policy(KEY, on=date(2026, 5, 31), area=community) == 5  # never backwards
    assert audit.verbs(proposal) == ["policy.propose_overlay", "policy.approve_overlay"]


def test_the_proposer_cannot_agree_to_it(community_head: Person, community: Area) -> None:
    own = propose(community_head, community, 3)
    with pytest.raises(Refused, match="same_person"):
        actions.approve_overlay(community_head, own)
    with pytest.raises(IntegrityError), transaction.atomic():  # nor by any other way
        PolicyOverlay.objects.filter(pk=own.pk).update(approved_by=community_head)
    assert in_places(community) == [5]


def test_the_nearest_place_wins(
    worker: Person, community_head: Person, street_leader: Person, make_person: Callable[..., Person],
    street: Area, community: Area, other_community: Area,
) -> None:
    second = make_person("街道副主任", None, "street_leader", at=street)
    actions.approve_overlay(second, propose(street_leader, street, 4))
    assert in_places(community, other_community) == [4, 4]
    actions.approve_overlay(community_head, propose(worker, community, 2))
    assert in_places(community, other_community, street) == [2, 4, 4]


def test_who_may(
    proposal: PolicyOverlay, worker: Person, other_worker: Person, resident: Person, grid_worker: Person,
    property_desk: Person, community: Area, make_person: Callable[..., Person], other_community: Area,
) -> None:
    next_door = make_person("隔壁书记", None, "community_head", at=other_community)
    for person in (other_worker, resident, grid_worker, property_desk, next_door):
        with pytest.raises(Denied):
            propose(person, community, 1)
    for person in (worker, other_worker, resident, next_door):
        with pytest.raises(Denied):
            actions.approve_overlay(person, proposal)
        with pytest.raises(Denied):
            actions.reject_overlay(person, proposal, reason="不合适")
    for person in (other_worker, resident, next_door):
        with pytest.raises(Denied):
            actions.withdraw_overlay(person, proposal, reason="不合适")
        assert not PolicyOverlay.objects.visible_to(person).exists()


def test_a_proposal_can_be_taken_back_by_its_proposer_but_a_value_in_force_cannot(
    proposal: PolicyOverlay, worker: Person, community_head: Person, community: Area,
) -> None:
    actions.approve_overlay(community_head, proposal)
    proposal.refresh_from_db()
    with pytest.raises(Denied):
        actions.withdraw_overlay(worker, proposal, reason="写错了")
    fresh = propose(worker, community, 4)
    actions.withdraw_overlay(worker, fresh, reason="写错了")
    assert audit.verbs(fresh) == ["policy.propose_overlay", "policy.withdraw_overlay"]
    assert in_places(community) == [3]


def test_a_withdrawn_value_still_answers_for_its_days(
    proposal: PolicyOverlay, community_head: Person, community: Area,
) -> None:
    actions.approve_overlay(community_head, proposal)
    with clock.at(datetime(2026, 6, 20, 10, tzinfo=ZoneInfo("Asia/Shanghai"))):
        actions.withdraw_overlay(community_head, proposal, reason="试行结束")
        assert in_places(community) == [5]
        assert policy(KEY, on=date(2026, 6, 19), area=community) == 3
        with pytest.raises(Refused, match="not_in_force"):
            actions.withdraw_overlay(community_head, proposal, reason="再来一次")


def test_an_approval_that_comes_late_does_not_reach_back(
    proposal: PolicyOverlay, community_head: Person, community: Area,
) -> None:
    with clock.at(datetime(2026, 6, 20, 10, tzinfo=ZoneInfo("Asia/Shanghai"))):
        actions.approve_overlay(community_head, proposal)
        overlays.forget()
        assert policy(KEY, on=date(2026, 6, 19), area=community) == 5
        assert policy(KEY, on=date(2026, 6, 20), area=community) == 3


def test_a_decision_is_made_once(proposal: PolicyOverlay, community_head: Person, street_leader: Person) -> None:
    actions.reject_overlay(community_head, proposal, reason="依据不够")
    for decide in (
        lambda: actions.approve_overlay(street_leader, proposal),
        lambda: actions.reject_overlay(street_leader, proposal, reason="再说一次"),
    ):
        with pytest.raises(Refused, match="not_proposed"):
            decide()
    proposal.refresh_from_db()
    assert (proposal.state, proposal.approved_at) == (State.REJECTED, None)


@pytest.mark.parametrize(("key", "value", "on", "source", "code"), [
    ("demo.answer_days", 2.5, TODAY, "纪要", "wrong_type"),
    ("demo.answer_days", "3", TODAY, "纪要", "wrong_type"),
    ("demo.open_at_night", 1, TODAY, "纪要", "wrong_type"),
    ("demo.share", True, TODAY, "纪要", "wrong_type"),
    ("demo.greeting", 3, TODAY, "纪要", "wrong_type"),
    ("demo.radius_m", {"lift": 30}, TODAY, "纪要", "wrong_type"),
    ("demo.ladder", [60, "120"], TODAY, "纪要", "wrong_type"),
    ("demo.quorum", 1, TODAY, "纪要", "fixed_by_source"),
    ("demo.nothing", 1, TODAY, "纪要", "unknown_key"),
    ("demo.later", 1, TODAY, "纪要", "not_yet"),
    ("demo.answer_days", 3, date(2026, 5, 31), "纪要", "in_the_past"),
    ("demo.answer_days", 3, TODAY, "  ", "no_source"),
])
def test_what_cannot_be_proposed(
    worker: Person, community: Area, key: str, value: Any, on: date, source: str, code: str,
) -> None:
    with pytest.raises(Refused) as refused:
        actions.propose_overlay(worker, community, key, value, source=source, valid_from=on)
    assert refused.value.code == code
    assert str(refused.value.sentence).endswith("。")
    assert not PolicyOverlay.objects.exists()


@pytest.mark.parametrize(("key", "value"), [
    ("demo.open_at_night", True), ("demo.share", 1), ("demo.greeting", "早"), ("demo.ladder", [30]),
    ("demo.radius_m", {"lift": 30, "other": 100, "roof": 50}),
])
def test_values_of_every_type_come_back_as_they_were(
    worker: Person, community_head: Person, community: Area, key: str, value: Any,
) -> None:
    actions.approve_overlay(community_head, propose(worker, community, value, key))
    overlays.forget()
    assert policy(key, area=community) == value
    assert type(policy(key, area=community)) is type(value)


def test_two_proposals_for_one_key_do_not_stand_side_by_side(proposal: PolicyOverlay, worker: Person) -> None:
    with pytest.raises(Refused, match="already_proposed"):
        propose(worker, proposal.area, 4)


def test_another_process_sees_a_change_within_a_second_for_one_query(
    proposal: PolicyOverlay, community_head: Person, community: Area, django_assert_num_queries: Any,
    django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monotonic = [100.0]
    monkeypatch.setattr("linli.foundation.policy.overlays.time.monotonic", lambda: monotonic[0])
    assert in_places(community) == [5]
    with django_assert_num_queries(0):
        assert [policy(KEY, area=community) for _ in range(50)] == [5] * 50
    actions.approve_overlay(community_head, proposal)  # its commit is not told to this "process"
    assert policy(KEY, area=community) == 5
    monotonic[0] += 1.1
    with django_assert_num_queries(2):  # the revision, then what changed
        assert policy(KEY, area=community) == 3
    monotonic[0] += 1.1
    with django_assert_num_queries(1):  # nothing changed since
        assert policy(KEY, area=community) == 3
    with django_capture_on_commit_callbacks(execute=True):
        actions.withdraw_overlay(community_head, proposal, reason="试行结束")
    assert policy(KEY, area=community) == 5  # the process that acted need not wait
    assert OverlayRevision.objects.get().number == 2


def test_the_shipped_value_asks_no_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert policy(KEY) == 5


def test_a_fixed_rule_stays_even_where_an_overlay_was_once_approved(
    declare: Callable[..., tuple[str, ...]], proposal: PolicyOverlay, community_head: Person, community: Area,
) -> None:
    actions.approve_overlay(community_head, proposal)
    declare("answer_days: [{from: 2020-01-01, value: 5, source: 新法, fixed: true}]")
    assert in_places(community) == [5]


def test_the_proposer_is_told_once(proposal: PolicyOverlay, community_head: Person, worker: Person) -> None:
    from linli.foundation.notices.models import Notice

    actions.reject_overlay(community_head, proposal, reason="依据不够")
    event = OutboxEvent.objects.get(name="policy.overlay_rejected")
    for _ in range(2):
        listeners.tell_rejected(**event.payload)
    notice = Notice.objects.get(person=worker)
    assert "依据不够" in notice.sentence
