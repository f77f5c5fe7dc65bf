"""By the clock alone: silence that means something, a year that is announced, what waits for something else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar import SHANGHAI, clock
from linli.foundation.calendar.current import loaded, using
from linli.foundation.calendar.holidays import Holidays, Notice
from linli.foundation.notices.models import Notice as Told
from linli.foundation.people.models import Person
from linli.foundation.privacy.models import RetentionTimer
from linli.mechanisms.cases.models import Case
from linli.services.gov import listeners
from linli.services.gov.actions import applying, deciding, watching
from linli.services.gov.models import Application, Filing, Letter
from linli.services.gov.tests.filling import fill, sign

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=SHANGHAI)


@pytest.fixture
def mother(make_person: Callable[..., Person], community: Area) -> Person:
    return make_person("林小青", community)


def handed_in(person: Person, slug: str = "gaoling-jintie") -> Application:
    begun = applying.begin(person, item=slug)
    fill(person, begun)
    sign(person, begun)
    return applying.hand_in(person, begun)[0]


def test_not_asked_within_five_working_days_it_is_accepted_once(mother: Person) -> None:
    row = handed_in(mother)
    with clock.at(NOON + timedelta(days=7)):  # the fifth working day is not over
        assert watching.let_silence_speak() == 0
    with clock.at(NOON + timedelta(days=8)):
        assert watching.let_silence_speak() == 1
        assert watching.let_silence_speak() == 0
    row.refresh_from_db()
    assert (row.state, row.due_at is not None) == ("accepted", True)
    assert [one.kind for one in Letter.objects.filter(application=row)] == ["receipt", "accepted"]
    assert audit.verbs(row).count("gov.accept") == 1


def test_a_clerk_in_time_leaves_silence_nothing_to_say(mother: Person, clerk: Person) -> None:
    row = handed_in(mother)
    with clock.at(NOON + timedelta(days=6)):
        deciding.accept(clerk, row)
    with clock.at(NOON + timedelta(days=8)):
        assert watching.let_silence_speak() == 0


def test_a_deadline_in_a_year_without_a_notice_is_provisional_and_never_moves_later(mother: Person) -> None:
    with clock.at(datetime(2026, 12, 28, 10, 0, tzinfo=SHANGHAI)):
        row = handed_in(mother)
        assert row.is_provisional
        promised = row.due_at
        assert watching.recompute_provisional() == 0  # nothing is known yet
        known = loaded().holidays
        for off in ({date(2027, 1, 1): "元旦"}, {date(2027, 1, day): "元旦" for day in range(1, 6)}):
            with using(Holidays((*known.notices, Notice(2027, "通知", off, frozenset())), f"{len(off)}")):
                Application.objects.filter(pk=row.pk).update(is_provisional=True)
                assert watching.recompute_provisional() == 1
            row.refresh_from_db()
            assert promised is not None
            assert row.due_at is not None
            assert row.due_at <= promised
    assert not row.is_provisional


def test_who_has_to_mend_something_is_reminded_each_time_once(mother: Person, clerk: Person) -> None:
    row = handed_in(mother)
    deciding.ask_corrections(clerk, row, needs=[{"kind": "material", "key": "bank_card", "sentence": "拍清楚"}])
    for days, reminders in ((2, 0), (3, 1), (4, 1), (11, 2)):
        with clock.at(NOON + timedelta(days=days)):
            watching.remind_of_corrections()
            watching.remind_of_corrections()
        assert Told.objects.filter(key__contains="gov.correcting").count() == reminders, days


def test_what_waits_is_handed_in_when_its_turn_comes_and_keeps_its_version(mother: Person) -> None:
    filing = applying.begin(mother, item="newborn")
    assert isinstance(filing, Filing)
    fill(mother, filing)
    sign(mother, filing)
    first = applying.hand_in(mother, filing)[0]
    Application.objects.filter(pk=first.pk).update(state="delivered", granted=True)
    for _twice in range(2):
        listeners.on_delivered(application=first.pk)
    states = {row.slug: row.state for row in filing.applications.select_related("version__item")}
    assert states["vaccination-card"] == states["birth-registration"] == "submitted"
    assert states["medical-insurance-enrolment"] == "waiting"
    assert Case.objects.filter(kind_code="application").count() == 3


def test_what_waited_in_vain_is_said(mother: Person) -> None:
    filing = applying.begin(mother, item="newborn")
    assert isinstance(filing, Filing)
    fill(mother, filing)
    sign(mother, filing)
    first = applying.hand_in(mother, filing)[0]
    applying.withdraw(mother, first)
    listeners.on_stopped(application=first.pk)
    assert set(filing.applications.values_list("state", flat=True)) == {"withdrawn"}
    assert Told.objects.filter(key__contains="gov.let_go", person=mother).count() == 4


def test_the_term_of_keeping_begins_at_the_end(mother: Person) -> None:
    row = handed_in(mother)
    assert not RetentionTimer.objects.filter(thing_id=str(row.pk)).exists()
    applying.withdraw(mother, row)
    listeners.on_stopped(application=row.pk)
    timers: dict[str, Any] = {one.purpose: one for one in RetentionTimer.objects.filter(
        thing_id__in=[str(row.pk), str(row.sheet_id)], state="running")}
    assert set(timers) == {"gov.application", "forms.answer"}
