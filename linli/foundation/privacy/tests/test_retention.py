"""Data goes when its term ends, unless a statute holds it; what fails does not keep the rest."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given, strategies as st

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.foundation.privacy import actions, erasers, purposes, retention, rules
from linli.foundation.privacy.models import RetentionHold, RetentionTimer
from linli.foundation.web import Denied, Refused
from linli.foundation.web.manifest import Purpose

pytestmark = pytest.mark.django_db
TERM = "room.term"
START = date(2027, 3, 1)


@pytest.fixture(autouse=True)
def term_of_ten_days(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = {TERM: Purpose(TERM, "十天", "contract", 10, "示例")}
    monkeypatch.setattr(purposes, "purposes", lambda: declared)
    monkeypatch.setattr(erasers, "_erasers", {"people.person": forget_title})


def forget_title(person: Person, purpose: str) -> str:
    if person.title == "坏了":
        raise RuntimeError("cannot")
    person.title = ""
    person.save(update_fields=["title"])
    return "anonymised"


def on(day: date) -> Any:
    return clock.at(timezone.make_aware(datetime(day.year, day.month, day.day, 9)))


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(0, 4000))
def test_the_term_is_whole_days_after_the_last_use(last: date, days: int) -> None:
    assert (rules.ends_on(last, days) - last).days == days + 1


def test_kept_to_the_last_day_and_not_one_longer(resident: Person) -> None:
    retention.start_retention(resident, TERM, START)
    with on(START + timedelta(days=10)):
        assert retention.delete_due() == 0
    with on(START + timedelta(days=11)):
        assert retention.delete_due() == 1
        assert retention.delete_due() == 0
    assert Person.objects.get(pk=resident.pk).title == ""
    timer = RetentionTimer.objects.get()
    assert (timer.state, timer.result) == ("done", "anonymised")
    assert audit.verbs(resident) == ["privacy.expire"]


def test_used_again_the_term_runs_anew(resident: Person) -> None:
    retention.start_retention(resident, TERM, START)
    retention.start_retention(resident, TERM, START + timedelta(days=5))
    with on(START + timedelta(days=11)):
        assert retention.delete_due() == 0
        retention.stop_retention(resident, TERM)
    with on(START + timedelta(days=400)):
        assert retention.delete_due() == 0


def test_a_hold_keeps_it_until_released(resident: Person, community_head: Person, worker: Person) -> None:
    retention.start_retention(resident, TERM, START)
    with on(START):
        with pytest.raises(Denied):
            actions.place_hold(worker, resident, source="法院调取案卷")
        with pytest.raises(Refused, match="no_source"):
            actions.place_hold(community_head, resident, source="留")
        hold = actions.place_hold(community_head, resident, source="法院调取案卷")
    with on(START + timedelta(days=30)):
        assert retention.delete_due() == 0
        hold = RetentionHold.objects.get(pk=hold.pk)
        actions.release_hold(community_head, hold)
    with on(START + timedelta(days=31)):
        assert retention.delete_due() == 1
    assert audit.verbs(resident) == ["privacy.place_hold", "privacy.release_hold", "privacy.expire"]


def test_a_hold_with_an_end_ends(resident: Person, community_head: Person) -> None:
    retention.start_retention(resident, TERM, START)
    with on(START):
        actions.place_hold(community_head, resident, source="会计档案保管期", until=START + timedelta(days=20))
    with on(START + timedelta(days=20)):
        assert retention.delete_due() == 0
    with on(START + timedelta(days=21)):
        assert retention.delete_due() == 1


def test_one_that_fails_does_not_keep_the_others(
    resident: Person, neighbour: Person, caplog: pytest.LogCaptureFixture,
) -> None:
    Person.objects.filter(pk=resident.pk).update(title="坏了")
    for person in (resident, neighbour):
        retention.start_retention(person, TERM, START)
    with on(START + timedelta(days=11)):
        assert retention.delete_due() == 1
    assert "privacy.erase_failed" in caplog.text
    assert RetentionTimer.objects.get(thing_id=str(resident.pk)).state == "running"


def test_a_thing_without_eraser_is_not_called_done(community: Area, caplog: pytest.LogCaptureFixture) -> None:
    retention.start_retention(community, TERM, START)
    with on(START + timedelta(days=11)):
        assert retention.delete_due() == 0
    assert "no eraser" in caplog.text
    assert RetentionTimer.objects.get().state == "running"


def test_what_is_gone_already_is_done(resident: Person, neighbour: Person) -> None:
    retention.start_retention(neighbour, TERM, START)
    neighbour.delete()
    with on(START + timedelta(days=11)):
        assert retention.delete_due() == 1
    assert RetentionTimer.objects.get().result == "gone"
