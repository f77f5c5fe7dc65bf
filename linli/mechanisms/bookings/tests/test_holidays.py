"""A new holiday notice touches sessions that are made already: staff confirm what becomes of each, in one go."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse

from linli.foundation.calendar import current
from linli.foundation.calendar.holidays import Holidays, Notice
from linli.foundation.notices.models import Notice as Told
from linli.foundation.web import Denied, Refused
from linli.mechanisms.bookings import actions, holidays, ical, jobs
from linli.mechanisms.bookings.actions.holidays import Choice, settle_holidays
from linli.mechanisms.bookings.models import Reservation, Series, Session, SessionState
from linli.mechanisms.bookings.rules import SHANGHAI

pytestmark = pytest.mark.django_db
PLAIN = Holidays((Notice(2026, "自拟", {date(2026, 10, 1): "国庆节"}, frozenset()),
                  Notice(2027, "自拟", {date(2027, 6, 9): "端午节"}, frozenset())), "v1")
# A Tuesday in December off, the Saturday after it worked: no real notice.
NEWER = Holidays((Notice(2026, "自拟", {
    date(2026, 10, 1): "国庆节", date(2026, 12, 8): "邻里节"}, frozenset({date(2026, 12, 12)})),
    Notice(2027, "自拟", {date(2027, 6, 9): "端午节"}, frozenset())), "v2")


@pytest.fixture
def tuesdays(worker, community, at_monday):
    """Tuesdays and Saturdays at ten, made under the earlier notice."""
    with current.using(PLAIN):
        offer = actions.create_offer(worker, community, category="course", title="书法班")
        for day, first in (("TU", datetime(2026, 12, 1, 10)), ("SA", datetime(2026, 12, 5, 10))):
            actions.repeat(worker, offer, rrule=f"FREQ=WEEKLY;BYDAY={day};COUNT=3", first=first, minutes=90,
                           capacity=5, holidays="as_weekday" if day == "TU" else "skip")
    return offer


def on(day):
    return Session.objects.get(starts__date=day)


def starts(rows):
    return [(row.session.starts.astimezone(SHANGHAI).date(), row.holiday, row.advice) for row in rows]


def test_what_is_touched_and_what_is_proposed(tuesdays, worker, other_worker):
    with current.using(PLAIN):
        assert holidays.touched(worker) == []
    with current.using(NEWER):
        rows = holidays.touched(worker)
        assert starts(rows) == [(date(2026, 12, 8), "邻里节", "move"), (date(2026, 12, 12), "", "keep")]
        assert rows[0].proposed == datetime(2026, 12, 12, 10, tzinfo=SHANGHAI)
        Series.objects.update(holidays="skip")
        assert holidays.touched(worker)[0].advice == "skip"
        Series.objects.update(holidays="keep")
        assert holidays.touched(worker) == []
        Series.objects.update(holidays="skip")
        assert holidays.touched(other_worker) == []


def test_the_desk_confirms_all_at_once(tuesdays, worker, resident, neighbour, client_of):
    row = actions.book(resident, on(date(2026, 12, 8)))
    other = actions.book(neighbour, on(date(2026, 12, 12)))
    with current.using(NEWER):
        page = client_of(worker)
        said = page.get(reverse("bookings:holidays")).content.decode()
        assert "邻里节放假" in said
        assert "调休" in said
        tue, sat = on(date(2026, 12, 8)).pk, on(date(2026, 12, 12)).pk
        bad = page.post(reverse("bookings:holidays"), {
            f"what-{tue}": "skip", f"what-{sat}": "move", f"to-{sat}": "明天"})
        assert bad.status_code == 422
        assert on(date(2026, 12, 8)).state == SessionState.OPEN  # nothing was done
        page.post(reverse("bookings:holidays"), {
            f"what-{tue}": "skip", f"what-{sat}": "move", f"to-{sat}": "2026-12-13T10:00"})
        assert holidays.touched(worker) == []
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.state, other.is_active) == ("cancelled", True)
    assert on(date(2026, 12, 8)).reason == "邻里节放假，这一场不上"
    assert on(date(2026, 12, 13)).pk == sat
    feed = ical.offer_feed(tuesdays).decode()
    assert "EXDATE" in feed


def test_kept_is_not_asked_again(tuesdays, worker, resident):
    with current.using(NEWER):
        asked = [Choice(row.session.pk, "keep") for row in holidays.touched(worker)]
        with pytest.raises(Denied):
            settle_holidays(resident, asked)
        assert settle_holidays(worker, asked) == {"skip": 0, "move": 0, "keep": 2}
        assert holidays.touched(worker) == []
        with pytest.raises(Refused, match="no_choice"):
            settle_holidays(worker, [])


def test_who_is_no_staff_and_keeps_nothing_finds_no_page(tuesdays, resident, client_of):
    assert client_of(resident).get(reverse("bookings:holidays")).status_code in (403, 404)


def test_the_keeper_is_asked_once_for_each_notice(tuesdays, worker):
    for _time in range(2):
        with current.using(PLAIN):
            jobs.ask_about_holidays()
    assert not Told.objects.filter(person=worker, key__startswith="bookings.holidays").exists()
    for _time in range(2):
        with current.using(NEWER):
            jobs.ask_about_holidays()
    assert Told.objects.filter(person=worker, key__startswith="bookings.holidays").count() == 1


def test_a_move_onto_a_taken_room_does_nothing(tuesdays, worker, community):
    room = actions.add_resource(worker, community, kind="room", name="二楼教室")
    session = on(date(2026, 12, 8))
    actions.change_session(worker, session, resources=[room])
    taken = datetime(2026, 12, 13, 10, tzinfo=SHANGHAI)
    actions.acquire(worker, [room], taken, taken + timedelta(hours=2))
    with current.using(NEWER), pytest.raises(Refused, match="conflicts"):
        settle_holidays(worker, [Choice(session.pk, "move", taken)])
    assert on(date(2026, 12, 8)).claims.count() == 1
    assert not Reservation.objects.exists()
