"""Two people, one text: what may be written, who approves it, what happens when it changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.db.transaction import atomic

from linli.foundation import audit
from linli.foundation.areas.models import Area, Building, Compound
from linli.foundation.calendar import clock
from linli.foundation.files import keep
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Organisation, Person
from linli.foundation.web import Denied, Refused
from linli.services.bulletin import actions, jobs, listeners, privacy, queries
from linli.services.bulletin.actions import Text
from linli.services.bulletin.models import Announcement, Read, State, Tally
from linli.services.bulletin.tests.conftest import NOON, Publish

pytestmark = pytest.mark.django_db


def _board(person: Person, *, mine: bool = True) -> list[str]:
    fresh = Person.objects.get(pk=person.pk)
    return [row.title for row in queries.board(fresh, only_mine=mine)]


def test_nobody_publishes_alone(worker: Person, community_head: Person, community: Area, resident: Person) -> None:
    row = actions.draft(worker, community, Text(title="停水", body="明天"))
    with pytest.raises(Refused, match="nothing_waits"):
        actions.approve(community_head, row, version=1)
    actions.submit(worker, row)
    assert _board(resident) == []
    with pytest.raises(Refused, match="own_text"):
        actions.approve(worker, row, version=1)
    with pytest.raises(Denied):
        actions.approve(resident, row, version=1)
    actions.approve(community_head, row, version=1)
    assert _board(resident) == ["停水"]
    with pytest.raises(Refused, match="nothing_waits"):
        actions.approve(community_head, row, version=1)
    assert audit.verbs(row) == ["bulletin.draft", "bulletin.submit", "bulletin.approve"]


def test_the_database_itself_refuses_one_person_alone(worker: Person, publish: Publish) -> None:
    row = publish()
    with pytest.raises(IntegrityError), atomic():
        Announcement.objects.filter(pk=row.pk).update(decided_by=worker)


def test_who_submits_another_s_draft_does_not_approve_it(
        worker: Person, community_head: Person, community: Area) -> None:
    row = actions.draft(worker, community, Text(title="停水", body="明天"))
    actions.submit(community_head, row)
    with pytest.raises(Refused, match="own_text"):
        actions.approve(community_head, row, version=1)


def test_what_changed_while_it_was_read_is_not_approved_unread(
        worker: Person, community_head: Person, community: Area) -> None:
    row = actions.draft(worker, community, Text(title="停水", body="明天"))
    actions.revise(worker, row, Text(title="停水", body="后天"))
    actions.submit(worker, row)
    with pytest.raises(Refused, match="changed_meanwhile"):
        actions.approve(community_head, row, version=1)
    assert actions.approve(community_head, row, version=2).body == "后天"


def test_a_change_waits_while_the_old_words_stay_up(
        worker: Person, community_head: Person, publish: Publish, resident: Person) -> None:
    row = publish("明天停水", "9 点")
    actions.revise(worker, row, Text(title="明天停水", body="10 点"))
    row.refresh_from_db()
    assert (row.body, row.state, row.version) == ("9 点", State.PUBLISHED, 1)
    with pytest.raises(Refused, match="own_text"):
        actions.approve(worker, row, version=2)
    row = actions.approve(community_head, row, version=2)
    assert (row.body, row.version) == ("10 点", 2)
    # the head changes it back, and now it is the worker who must look
    actions.revise(community_head, row, Text(title="明天停水", body="11 点"))
    with pytest.raises(Refused, match="own_text"):
        actions.approve(community_head, row, version=3)
    assert actions.approve(worker, row, version=3).body == "11 点"
    assert [version.number for version in row.versions.all()] == [3, 2, 1]


def test_an_attachment_cannot_slip_past_the_approval(worker: Person, publish: Publish) -> None:
    row = publish()
    upload = SimpleUploadedFile("a.pdf", b"%PDF-1.7\nfine")
    stored = keep(worker, upload, purpose="bulletin.attachment")
    with pytest.raises(Refused, match="no_new_files"):
        actions.revise(worker, row, Text(title="明天停水", body="10 点"), files=[stored])


def test_a_change_can_be_turned_down(worker: Person, community_head: Person, publish: Publish) -> None:
    row = publish()
    actions.revise(worker, row, Text(title="明天停水", body="胡写"))
    with pytest.raises(Refused, match="no_note"):
        actions.send_back(community_head, row, note=" ")
    actions.send_back(community_head, row, note="时间不对")
    with pytest.raises(Refused, match="nothing_waits"):
        actions.approve(community_head, row, version=2)
    row.refresh_from_db()
    assert (row.state, row.body) == (State.PUBLISHED, "请提前接水。")


def test_it_appears_and_ends_by_the_clock(publish: Publish, resident: Person) -> None:
    publish("定时", publish_at=NOON + timedelta(hours=5), expires_at=NOON + timedelta(days=1))
    assert _board(resident) == []
    with clock.at(NOON + timedelta(hours=5)):
        assert _board(resident) == ["定时"]
    with clock.at(NOON + timedelta(hours=23, minutes=59)):
        assert _board(resident) == ["定时"]
    with clock.at(NOON + timedelta(days=1)):
        assert _board(resident) == []
        row = queries.readable(resident, Announcement.objects.get().pk)
        assert row is not None
        assert row.is_expired(), "whoever was told about it still reads it, with the word that it is past"


def test_withdrawn_is_off_the_board_and_says_why(publish: Publish, worker: Person, resident: Person) -> None:
    row = publish()
    with pytest.raises(Denied):
        actions.withdraw(resident, row, reason="不想看")
    actions.withdraw(worker, row, reason="改期了")
    assert _board(resident) == []
    assert _board(resident, mine=False) == []
    again = queries.readable(resident, row.pk)
    assert again is not None
    assert again.note == "改期了"
    with pytest.raises(Refused, match="withdrawn"):
        actions.revise(worker, row, Text(title="再改", body="再改"))


@pytest.mark.parametrize(("text", "code"), [
    ({"title": "  ", "body": "x"}, "empty_title"),
    ({"title": "x", "body": "\n \n"}, "empty_body"),
    ({"title": "长" * 61, "body": "x"}, "too_long"),
    ({"title": "x", "body": "长" * 10_001}, "too_long"),
    ({"title": "x", "body": "x", "age_from": 60}, "no_basis"),
    ({"title": "x", "body": "x", "age_from": 60, "age_to": 50, "age_basis": "某某办法"}, "bad_ages"),
    ({"title": "x", "body": "x", "expires_at": NOON}, "expires_too_early"),
    ({"title": "x", "body": "x", "expires_at": NOON + timedelta(days=400)}, "expires_too_late"),
])
def test_what_cannot_be_written(worker: Person, community: Area, text: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused, match=code) as refusal:
        actions.draft(worker, community, Text(**text))
    assert str(refusal.value.sentence).endswith("。")
    assert not Announcement.objects.exists()


def test_ten_thousand_characters_are_kept_whole(worker: Person, community: Area) -> None:
    assert len(actions.draft(worker, community, Text(title="x", body="长" * 10_000)).body) == 10_000


def test_the_property_company_speaks_to_its_own_compounds(
        property_desk: Person, community_head: Person, property_company: Organisation, community: Area,
        compound: Compound, other_compound: Compound, resident: Person, neighbour: Person) -> None:
    with pytest.raises(Denied):
        actions.draft(property_desk, community, Text(title="x", body="x"))
    with pytest.raises(Refused, match="not_your_compound"):
        actions.draft(
            property_desk, community, Text(title="x", body="x", places=[other_compound]), organisation=property_company)
    row = actions.draft(property_desk, community, Text(title="修电梯", body="x"), organisation=property_company)
    assert [target.compound for target in row.targets.all()] == [compound], "nothing chosen is all of its own"
    actions.submit(property_desk, row)
    with pytest.raises(Denied):
        actions.approve(property_desk, row, version=1)
    actions.approve(community_head, row, version=1)
    assert _board(resident) == ["修电梯"]
    assert _board(neighbour) == [], "no home there: it is not among theirs"
    assert _board(neighbour, mine=False) == ["修电梯"], "but it is no secret"


def test_a_board_aims_only_at_its_own_places(
        worker: Person, community: Area, other_community: Area) -> None:
    elsewhere = Compound.objects.create(area=other_community, name="别处")
    with pytest.raises(Refused, match="outside"):
        actions.draft(worker, community, Text(title="x", body="x", places=[elsewhere]))
    with pytest.raises(Denied):
        actions.draft(worker, other_community, Text(title="x", body="x"))


def test_the_list_and_the_rules_choose_the_same(
        publish: Publish, make_person: Any, community: Area, street: Area, home: Any, building: Building,
        other_building: Building, compound: Compound, street_leader: Person) -> None:
    """The database's choice for the list and `rules.reasons` for the page: one truth, said twice."""
    deputy = make_person("副主任", None, "street_leader", at=street)
    publish("全社区")
    publish("三号楼", places=[building])
    publish("五号楼", places=[other_building])
    publish("小区", places=[compound])
    publish("老人", age_from=60, age_basis="某某办法")
    publish("孩子", age_to=12, age_basis="某某办法")
    publish("三号楼老人", places=[building], age_from=60, age_basis="某某办法")
    publish("街道", area=street, by=street_leader, head=deputy)
    readers = [
        make_person("住三号楼的老人", community, home=home, birth_year=1950),
        make_person("住三号楼的孩子", community, home=home, birth_year=2020),
        make_person("没登记年龄", community, home=home),
        make_person("没登记住址", community, birth_year=1950),
        make_person("不要按情况推送", community, home=home, birth_year=1950, channels={"no_profile": True}),
    ]
    for person in readers:
        everything = queries.as_shown(person, list(queries.on_board(person)))
        assert len(everything) == 8
        assert set(_board(person)) == {one.announcement.title for one in everything if one.concerns}, person.title
    assert "三号楼老人" in _board(readers[0])
    assert "孩子" in _board(readers[4]), "who is not to be profiled is not left out by age either"


def test_a_street_aims_at_its_communities(
        street_leader: Person, make_person: Any, street: Area, community: Area, other_community: Area, resident: Person,
        publish: Publish) -> None:
    deputy = make_person("副主任", None, "street_leader", at=street)
    board = next(one for one in queries.boards(street_leader) if one.area == street)
    assert queries.places_of(board) == [community, other_community]
    for place in (community, other_community):
        publish(place.name, area=street, by=street_leader, head=deputy, places=[place])
    assert _board(resident) == [community.name]
    assert "您家在那里" in queries.why(resident, Announcement.objects.get(title=community.name))[0]
    assert queries.concerned(Announcement.objects.get(title=community.name), after=0, most=9) == [resident]


def test_an_urgent_one_is_told_once_to_those_it_concerns(
        publish: Publish, make_person: Any, community: Area, home: Any, building: Building, stranger: Person,
        neighbour: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    lin = make_person("林女士", community, home=home, birth_year=1950)
    plain = make_person("不要按情况推送", community, home=home, birth_year=1950, channels={"no_profile": True})
    young = make_person("年轻人", community, home=home, birth_year=2000)
    row = publish("停水", places=[building], is_urgent=True, age_from=60, age_basis="某某办法")
    monkeypatch.setattr(jobs, "policy", lambda *_args: 1)  # batches of one
    listeners.on_published(row.pk)
    after = 0
    for _round in range(3):
        jobs.tell_concerned(announcement=row.pk, after=after)
        jobs.tell_concerned(announcement=row.pk, after=after)  # a worker died after the work and did it again
        after = max(after, *(person.pk for person in queries.concerned(row, after=after, most=1)), 0)
    assert set(Notice.objects.filter(key=f"bulletin.{row.pk}").values_list("person_id", flat=True)) == {lin.pk}
    assert Notice.objects.get(key=f"bulletin.{row.pk}").urgent
    told = set(Notice.objects.values_list("person_id", flat=True))
    assert told.isdisjoint({plain.pk, young.pk, stranger.pk, neighbour.pk})
    assert Tally.objects.get().finished_at is not None


def test_a_withdrawn_one_is_told_to_nobody_any_more(publish: Publish, worker: Person, resident: Person) -> None:
    row = publish("停水", is_urgent=True)
    actions.withdraw(worker, row, reason="改期了")
    jobs.tell_concerned(announcement=row.pk)
    assert not Notice.objects.filter(person=resident).exists()


def test_who_may_approve_is_told_that_it_waits(
        worker: Person, community_head: Person, community: Area, other_worker: Person) -> None:
    row = actions.draft(worker, community, Text(title="100%停水", body="x"))
    actions.submit(worker, row)
    listeners.on_submitted(row.pk)
    listeners.on_submitted(row.pk)
    assert [notice.person for notice in Notice.objects.all()] == [community_head]
    assert "100%停水" in Notice.objects.get().sentence


def test_readers_are_counted_once_and_forgotten_in_time(publish: Publish, resident: Person, stranger: Person) -> None:
    row = publish()
    actions.mark_read(resident, row)
    actions.mark_read(resident, row)
    with pytest.raises(Denied):
        actions.mark_read(stranger, row)
    assert Read.objects.count() == 1
    assert jobs.forget_reads() == 0
    with clock.at(NOON + timedelta(days=30 + 181)):
        assert jobs.forget_reads() == 1


@pytest.mark.parametrize(("count", "said"), [(0, "还没有人看过"), (4, "不足 5 人看过"), (326, "326 人看过")])
def test_how_many_read_it_in_words(count: int, said: str) -> None:
    assert queries.readers_in_words(count) == said


def test_at_most_three_are_on_top(publish: Publish) -> None:
    for _number in range(3):
        publish(is_pinned=True)
    with pytest.raises(Refused, match="too_many_pinned"):
        publish(is_pinned=True)


def test_what_a_person_read_is_copied_out_and_forgotten(publish: Publish, resident: Person) -> None:
    actions.mark_read(resident, publish("明天停水"))
    assert [one["title"] for one in privacy.copy_of(resident)["read"]] == ["明天停水"]
    assert len(privacy.erase(resident)) == 1
    assert privacy.erase(resident) == []
    assert not Read.objects.exists()
