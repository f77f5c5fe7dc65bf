"""A person's rights over their cases, and what is left when a term ends."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.db.transaction import atomic

from linli.foundation.calendar import clock
from linli.foundation.files.models import StoredFile
from linli.foundation.files.seeing import may_see
from linli.foundation.people.models import Organisation
from linli.foundation.privacy.models import RetentionHold, RetentionTimer
from linli.foundation.privacy.retention import delete_due
from linli.mechanisms.cases import actions, listeners, privacy, rates
from linli.mechanisms.cases.actions.living import rebuild_projection
from linli.mechanisms.cases.models import Case, CaseEvent, Contact, Follower
from linli.mechanisms.cases.tests.conftest import Town, photo_of

SECRETS = ("漏水到卧室", "702 漏水", "702 换了", "13912345678", "我妈一个人在家", "里面的话", "楼上也是")


def told(town: Town) -> Case:
    """A case with something private in every place that can hold it."""
    case = actions.open_case(
        town.resident, "repair", town.area, category="water", title="702 漏水", text="漏水到卧室，电话 13912345678",
        place="3号楼 702", place_public="3号楼", lon=120.1, lat=30.2, once="abc", facts={"entry": "我妈一个人在家"})
    actions.send_message(town.resident, case, "我妈一个人在家")
    actions.add_note(town.desk, case, "里面的话")
    actions.follow(town.neighbour, case, words="楼上也是")
    actions.change_field(town.desk, case, title="702 漏水到卧室", reason="里面的话")
    actions.attach(town.resident, case, [photo_of(case, town.resident)])
    actions.act(town.desk, case, "dispatch", worker=town.fitter.pk)
    actions.act(town.fitter, case, "take")
    actions.act(town.fitter, case, "finish", note="702 换了阀门", after_photo=1)
    return actions.act(town.resident, case, "rate", solved="yes", satisfied=5, note="漏水到卧室 好了")


def whatever_is_left() -> str:
    found = []
    with connection.cursor() as cursor:
        for table in ("cases_case", "cases_caseevent", "cases_contact", "cases_follower", "cases_leg"):
            cursor.execute(f"SELECT * FROM {table}")
            found += [json.dumps(row, default=str, ensure_ascii=False) for row in cursor.fetchall()]
    return "\n".join(found)


def test_what_is_left_holds_nothing_of_the_person_and_still_counts(town: Town) -> None:
    case = told(town)
    assert any(secret in whatever_is_left() for secret in SECRETS)
    assert privacy.erase_case(case, "cases.case") == "anonymised"
    assert privacy.erase_case(case, "cases.case") == "anonymised"
    left = whatever_is_left()
    assert [secret for secret in SECRETS if secret in left] == []
    case.refresh_from_db()
    assert (case.requester, case.home, case.lon) == (None, None, None)
    assert (case.title, case.place_public) == ("水管、漏水", "3号楼")
    assert not CaseEvent.objects.filter(case=case, actor__in=[town.resident, town.neighbour]).exists()
    assert CaseEvent.objects.filter(case=case, name="take", actor=town.fitter).exists()
    assert not StoredFile.objects.filter(about_id=str(case.pk)).exists()
    counted = rates.rates(town.area.code, case.created - timedelta(days=1), case.created + timedelta(days=1))
    assert (counted.solved.counted, counted.satisfied.counted) == (1, 1)
    assert rebuild_projection(case) == {}


def test_only_an_erased_case_lets_its_story_be_changed(town: Town) -> None:
    case = told(town)
    with pytest.raises(DatabaseError), atomic():
        CaseEvent.objects.filter(case=case).update(text_public="")
    privacy.erase_case(case, "cases.case")
    CaseEvent.objects.filter(case=case).update(text_public="")


def test_the_term_begins_when_the_matter_is_over_and_stops_when_it_goes_on(town: Town) -> None:
    case = told(town)
    Contact.objects.create(case=case, name="林小青", phone="+8613912345678")
    happened = case.events.get(name="rate")
    listeners.on_moved(case=case.pk, event=happened.pk, transition="rate")
    timers = RetentionTimer.objects.filter(state="running")
    assert {(timer.thing_type, timer.purpose) for timer in timers} == {
        ("cases.case", "cases.case"), ("cases.contact", "cases.contact")}
    case = actions.act(town.resident, case, "reopen", note="又漏了")
    listeners.on_moved(case=case.pk, event=case.events.get(name="reopen").pk, transition="reopen")
    assert not timers.all().exists()


def test_after_the_term_the_night_job_erases_and_a_held_case_stays(town: Town) -> None:
    first, held = told(town), told_again(town)
    for case in (first, held):
        privacy.keep_or_let_go(case)
    RetentionHold.objects.create(
        thing_type="cases.case", thing_id=str(held.pk), source="诉讼", placed_by=town.head,
        area_code=town.area.code)
    with clock.at(first.closed_at + timedelta(days=1800)):
        assert delete_due() == 0
    with clock.at(first.closed_at + timedelta(days=1830)):
        assert delete_due() == 1
    first.refresh_from_db()
    held.refresh_from_db()
    assert first.erased_at is not None
    assert held.erased_at is None


def told_again(town: Town) -> Case:
    case = actions.open_case(town.resident, "repair", town.area, category="water", title="又漏")
    return actions.act(town.resident, case, "cancel")


def test_what_was_merged_ends_with_what_it_was_merged_into(town: Town) -> None:
    main = actions.open_case(town.resident, "repair", town.area, category="lift", title="电梯")
    child = actions.open_case(town.neighbour, "repair", town.area, category="lift", title="电梯也停")
    actions.merge(town.worker, child, main)
    main = actions.act(town.resident, main, "cancel")
    privacy.keep_or_let_go(main)
    assert RetentionTimer.objects.filter(thing_id__in=[str(main.pk), str(child.pk)], state="running").count() == 2


def test_the_copy_holds_ones_own_and_nothing_internal(town: Town) -> None:
    case = told(town)
    copy = privacy.copy_of(town.resident)
    text = json.dumps(copy, ensure_ascii=False)
    assert [one["number"] for one in copy["cases"]] == [case.number]
    assert copy["cases"][0]["answers"] == [
        {"cycle": 1, "contacted": True, "solved": True, "satisfied": 5, "by": "own answer"}]
    assert "我妈一个人在家" in text
    assert "里面的话" not in text
    assert privacy.copy_of(town.neighbour)["joined"] == [
        {"number": case.number, "since": Follower.objects.get().since.isoformat(), "words": "楼上也是"}]
    assert privacy.copy_of(town.neighbour)["cases"] == []


def test_the_copy_of_an_agent_says_nothing_of_whom_they_helped(town: Town) -> None:
    actions.open_case(town.resident, "repair", town.area, category="lift", title="妈妈家漏水", text="卧床",
                      requester=town.neighbour, agent=town.resident)
    assert "卧床" not in json.dumps(privacy.copy_of(town.resident), ensure_ascii=False)
    assert "卧床" in json.dumps(privacy.copy_of(town.neighbour), ensure_ascii=False)


def test_leaving_erases_what_is_over_and_says_what_stays(town: Town) -> None:
    over = told(town)
    still = actions.open_case(town.resident, "repair", town.area, category="lift", title="电梯")
    said = privacy.erase(town.resident)
    assert len(said) == 2
    over.refresh_from_db()
    assert over.erased_at is not None
    assert privacy.erase(town.neighbour) == []
    assert len(privacy.erase(town.resident)) == 1
    assert Case.objects.get(pk=still.pk).title == "电梯"


def test_photos_are_for_parties_and_hands(town: Town) -> None:
    committee = Organisation.objects.create(name="居委会", kind="residents_committee", area=town.area)
    case = actions.open_case(town.resident, "repair", town.area, category="lift", title="电梯")
    actions.follow(town.neighbour, case)
    photo = StoredFile.objects.get(pk=photo_of(case, town.resident))
    assert [may_see(who, photo) for who in (town.resident, town.worker, town.desk, town.fitter)] == [True] * 4
    assert not any(may_see(who, photo) for who in (town.neighbour, town.stranger, None))
    Case.objects.filter(pk=case.pk).update(facts={"complained_of": town.company.pk})
    assert not may_see(town.desk, photo)
    photo.is_public = True
    assert may_see(town.neighbour, photo)
    assert committee.pk
