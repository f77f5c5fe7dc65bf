"""What the clock does here: outages looked at again, hours that nobody confirmed, places that go after half a year."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from icalendar import Calendar

from linli.foundation.areas.models import Area, Facility
from linli.foundation.calendar import clock
from linli.foundation.calendar.clock import now
from linli.foundation.events import deliver_all
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Person
from linli.foundation.privacy.models import RetentionTimer
from linli.foundation.privacy.retention import delete_due
from linli.foundation.web import Refused
from linli.mechanisms.bookings import ical
from linli.services.access import jobs
from linli.services.access.actions import guiding, outages, signing
from linli.services.access.models import GuideRequest, GuideState, Signing

pytestmark = pytest.mark.django_db


def heard(person: Person, words: str) -> int:
    return sum(words in row.sentence for row in Notice.objects.filter(person=person))


def test_an_outage_is_looked_at_again(resident: Person, worker: Person, community: Area, lift: Facility) -> None:
    row = outages.report_outage(resident, community, facility=lift, kind="out")
    start = now()
    with clock.at(start + timedelta(hours=23)):
        jobs.look_again()
        assert heard(worker, "没人再看过") == 0
    with clock.at(start + timedelta(hours=25)):
        jobs.look_again()
        jobs.look_again()
        assert heard(worker, "没人再看过") == 1
        outages.confirm_outage(worker, row)
    with clock.at(start + timedelta(hours=48)):
        jobs.look_again()
        assert heard(worker, "没人再看过") == 1  # staff looked yesterday
        outages.confirm_outage(worker, row)  # and again: still so
    with clock.at(start + timedelta(hours=73)):
        jobs.look_again()
        assert heard(worker, "没人再看过") == 2
        outages.end_outage(worker, row)
    with clock.at(start + timedelta(hours=200)):
        jobs.look_again()
        assert heard(worker, "没人再看过") == 2


def test_an_outage_with_an_end_is_not_asked_about(resident: Person, worker: Person, community: Area,
                                                  lift: Facility) -> None:
    outages.report_outage(resident, community, facility=lift, kind="works", until=now() + timedelta(days=9))
    with clock.at(now() + timedelta(days=3)):
        jobs.look_again()
    assert heard(worker, "没人再看过") == 0


@pytest.fixture
def reported(resident: Person, neighbour: Person, worker: Person, community: Area) -> GuideRequest:
    """Guided yesterday for forty minutes, and not confirmed yet."""
    offer = guiding.check_guide(worker, guiding.offer_guide(neighbour, community, kinds=["escort"]))
    row = guiding.ask_guide(resident, community, kind="escort", starts=now() + timedelta(hours=1),
                            ends=now() + timedelta(hours=2), place="门诊大厅", note="看不清台阶")
    row = guiding.match_guide(worker, row, offer)
    with clock.at(now() + timedelta(hours=3)):
        return guiding.report_guiding(neighbour, row, minutes=40)


def test_hours_nobody_confirmed_lapse_and_staff_take_over(reported: GuideRequest, resident: Person, neighbour: Person,
                                                          worker: Person) -> None:
    with clock.at(reported.ends + timedelta(days=5, hours=1)):
        jobs.end_confirmations()
        jobs.end_confirmations()
        assert heard(resident, "过两天就要社区来确认") == 1
    with clock.at(reported.ends + timedelta(days=7, minutes=1)):
        jobs.end_confirmations()
        jobs.end_confirmations()
        deliver_all()
        reported.refresh_from_db()
        assert reported.state == GuideState.LAPSED
        assert (heard(neighbour, "没人确认"), heard(worker, "没人确认")) == (1, 1)
        with pytest.raises(Refused, match="lapsed"):
            guiding.confirm_guiding(resident, reported)
        assert guiding.confirm_guiding(worker, reported).state == GuideState.DONE


def test_confirmed_in_time_nothing_lapses(reported: GuideRequest, resident: Person) -> None:
    with clock.at(reported.ends + timedelta(days=6)):
        guiding.confirm_guiding(resident, reported)
    with clock.at(reported.ends + timedelta(days=30)):
        jobs.end_confirmations()
    reported.refresh_from_db()
    assert reported.state == GuideState.DONE


@pytest.fixture
def signed(worker: Person, resident: Person, make_person: Callable[..., Person], community: Area) -> Signing:
    who = make_person("杨老师", community)
    signing.add_interpreter(worker, community, who, level="expert")
    return signing.book_interpreter(resident, starts=now() + timedelta(days=2), ends=now() + timedelta(days=2, hours=1),
                                    place="市一医院 3 楼", about="复查", level="expert")


def test_places_go_after_half_a_year(reported: GuideRequest, signed: Signing) -> None:
    with clock.at(now() + timedelta(days=170)):
        delete_due()
        reported.refresh_from_db()
        assert reported.place == "门诊大厅"
    with clock.at(now() + timedelta(days=190)):
        delete_due()
    reported.refresh_from_db()
    signed.refresh_from_db()
    assert (reported.place, reported.note, reported.minutes) == ("", "", 40)
    assert (signed.place, signed.about) == ("", "")


def test_what_was_there_before_gets_its_term(reported: GuideRequest, signed: Signing) -> None:
    RetentionTimer.objects.filter(thing_type__startswith="access.").delete()
    start = import_module("linli.services.access.migrations.0002_looked_at_and_lapsed").start_terms
    start(apps, None)
    start(apps, None)
    assert RetentionTimer.objects.filter(thing_type__startswith="access.").count() == 2
    with clock.at(now() + timedelta(days=190)):
        delete_due()
    signed.refresh_from_db()
    assert signed.place == ""


def test_the_interpreters_calendar_hides_what_is_confidential(signed: Signing, resident: Person) -> None:
    interpreter = signed.interpreters.get().person
    later = now() + timedelta(days=4)
    signing.book_interpreter(resident, starts=later, ends=later + timedelta(hours=1), place="心理服务站", about="咨询",
                             confidential=True, level="expert")
    feed = Calendar.from_ical(ical.person_feed(interpreter))
    told = {str(event["SUMMARY"]): str(event.get("LOCATION", "")) for event in feed.walk("VEVENT")}
    assert told == {"手语翻译：复查": "市一医院 3 楼", "已预约": ""}
    text = ical.person_feed(interpreter).decode()
    assert "心理" not in text
    assert resident.shown_name not in text
