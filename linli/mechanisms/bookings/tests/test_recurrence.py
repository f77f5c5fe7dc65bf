"""RFC 5545's own examples, two thousand random rules, and calendars read back by another program's parser."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import pytest
import recurring_ical_events
from dateutil.rrule import rrulestr
from icalendar import Calendar

from linli.foundation.calendar import clock
from linli.foundation.web import Refused
from linli.mechanisms.bookings import actions, ical, recurrence
from linli.mechanisms.bookings.actions.recurring import extend_horizon
from linli.mechanisms.bookings.models import Offer, Series, Session
from linli.mechanisms.bookings.recurrence import BadRule, occurrences

NINE = datetime(1997, 9, 2, 9)

# RFC 5545, section 3.8.5.3: the examples with their listed results (local time of DTSTART).
EXAMPLES = [
    ("FREQ=DAILY;COUNT=10", NINE, "0902 0903 0904 0905 0906 0907 0908 0909 0910 0911"),
    ("FREQ=DAILY;INTERVAL=10;COUNT=5", NINE, "0902 0912 0922 1002 1012"),
    ("FREQ=WEEKLY;COUNT=10", NINE, "0902 0909 0916 0923 0930 1007 1014 1021 1028 1104"),
    ("FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", NINE,
     "0902 0904 0909 0911 0916 0918 0923 0925 0930 1002"),
    ("FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", NINE, "0902 0904 0909 0911 0916 0918 0923 0925 0930 1002"),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", NINE, "0902 0904 0916 0918 0930 1002 1014 1016"),
    ("FREQ=MONTHLY;COUNT=10;BYDAY=1FR", datetime(1997, 9, 5, 9),
     "0905 1003 1107 1205 0102 0206 0306 0403 0501 0605"),
    ("FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU", datetime(1997, 9, 7, 9),
     "0907 0928 1102 1130 0104 0125 0301 0329 0503 0531"),
    ("FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", datetime(1997, 9, 22, 9), "0922 1020 1117 1222 0119 0216"),
    ("FREQ=MONTHLY;COUNT=6;BYMONTHDAY=-3", datetime(1997, 9, 28, 9), "0928 1029 1128 1229 0129 0226"),
    ("FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15", NINE, "0902 0915 1002 1015 1102 1115 1202 1215 0102 0115"),
    ("FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1", datetime(1997, 9, 30, 9),
     "0930 1001 1031 1101 1130 1201 1231 0101 0131 0201"),
    ("FREQ=YEARLY;COUNT=10;BYMONTH=6,7", datetime(1997, 6, 10, 9),
     "0610 0710 0610 0710 0610 0710 0610 0710 0610 0710"),
    ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", datetime(1997, 9, 4, 9), "0904 1007 1106"),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", datetime(1997, 8, 5, 9), "0805 0810 0819 0824"),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", datetime(1997, 8, 5, 9), "0805 0817 0819 0831"),
    ("FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", datetime(2007, 1, 15, 9), "0115 0130 0215 0315 0330"),
]


@pytest.mark.parametrize(("rule", "first", "days"), EXAMPLES)
def test_the_examples_of_rfc_5545(rule, first, days):
    if "UNTIL" in rule:  # the example's UNTIL is midnight UTC of New York's October 7th; the same day here
        assert [f"{one:%m%d}" for one in occurrences(rule, first, date(2000, 1, 1))][:10] == days.split()
        return
    assert [f"{one:%m%d}" for one in occurrences(rule, first, date(2008, 1, 1))] == days.split()


@pytest.mark.parametrize(("rule", "first", "expected"), [
    ("FREQ=MONTHLY;COUNT=3", datetime(2026, 1, 31, 9), "01-31 03-31 05-31"),        # months without a 31st are left out
    ("FREQ=YEARLY;COUNT=2", datetime(2024, 2, 29, 9), "02-29 02-29"),               # four years later
    ("FREQ=DAILY;UNTIL=20261103T010000Z", datetime(2026, 11, 1, 9), "11-01 11-02 11-03"),  # UNTIL is inclusive, in UTC
])
def test_ends_of_months_leap_days_and_until(rule, first, expected):
    assert [f"{one:%m-%d}" for one in occurrences(rule, first, date(2040, 1, 1))] == expected.split()


@pytest.mark.parametrize("rule", ["", "FREQ=NEVER", "FREQ=WEEKLY;BYDAY=XX", "FREQ=DAILY\nX:1", "FREQ=HOURLY"])
def test_what_is_no_rule_for_bookings(rule):
    with pytest.raises(BadRule):
        occurrences(recurrence.check(rule, NINE), NINE, date(1997, 12, 1))


def random_rule(dice: random.Random) -> tuple[str, datetime]:
    first = datetime(2026, 11, 3, dice.randint(8, 19), dice.choice([0, 15, 30])) + timedelta(days=dice.randint(0, 90))
    freq = dice.choice(["DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "YEARLY"])
    rule = [f"FREQ={freq}", f"INTERVAL={dice.randint(1, 4)}"]
    days = dice.sample(recurrence.DAYS, dice.randint(1, 3))
    if freq == "WEEKLY" and dice.random() < 0.8:
        rule += [f"BYDAY={','.join(days)}", f"WKST={dice.choice(['MO', 'SU'])}"]
    elif freq == "MONTHLY":
        rule.append(dice.choice([
            f"BYDAY={dice.choice([1, 2, 3, 4, -1])}{days[0]}", f"BYMONTHDAY={dice.randint(1, 31)}",
            f"BYMONTHDAY=-{dice.randint(1, 5)}", f"BYDAY={','.join(days)};BYSETPOS={dice.choice([1, 2, -1])}"]))
    elif freq == "YEARLY":
        rule.append(f"BYMONTH={dice.randint(1, 12)};BYMONTHDAY={dice.randint(1, 28)}")
    elif freq == "DAILY" and dice.random() < 0.3:
        rule.append(f"BYDAY={','.join(days)}")
    if dice.random() < 0.5:
        rule.append(f"COUNT={dice.randint(1, 12)}")
    return ";".join(rule), first


def test_two_thousand_random_rules_agree_with_dateutil_however_they_are_cut():
    dice, end = random.Random(5545), date(2027, 10, 1)
    for _ in range(2_000):
        rule, first = random_rule(dice)
        whole = [one for one in rrulestr(rule, dtstart=first).between(
            first - timedelta(1), datetime(2027, 10, 2), inc=True) if one.date() <= end]
        cut = first.date() + timedelta(days=dice.randint(0, 200))
        left = occurrences(rule, first, cut)
        right = occurrences(rule, first, end, after=datetime.combine(cut, datetime.max.time()))
        assert left + right == whole, rule


@pytest.fixture
def offer(worker, community, at_monday) -> Offer:
    return actions.create_offer(worker, community, category="course.dance", title="广场舞", is_public=True)


def weekly(worker, offer, **known) -> Series:
    return actions.repeat(worker, offer, **{
        "rrule": "FREQ=WEEKLY;BYDAY=TU", "first": datetime(2026, 11, 3, 9, 30), "minutes": 90, "capacity": 5,
        "place": "广场", "until": date(2026, 12, 31), **known})


def starts(series) -> list[str]:
    return [f"{recurrence.wall(row.starts):%m-%d %H:%M}" for row in series.sessions.order_by("starts")]


def expanded(offer) -> list[tuple[datetime, datetime]]:
    """The calendar as another program reads it."""
    feed = Calendar.from_ical(ical.offer_feed(offer))
    events = recurring_ical_events.of(feed).between(datetime(2026, 1, 1), datetime(2029, 1, 1))
    return sorted((event["DTSTART"].dt, event["DTEND"].dt) for event in events)


def rows_of(offer) -> list[tuple[datetime, datetime]]:
    return sorted(Session.objects.filter(offer=offer).exclude(state="cancelled").values_list("starts", "ends"))


@pytest.mark.django_db
class TestSeries:
    def test_a_series_makes_rows_and_grows_with_its_horizon(self, worker, offer):
        series = weekly(worker, offer, until=None, horizon_weeks=3)
        assert starts(series) == ["11-03 09:30", "11-10 09:30", "11-17 09:30", "11-24 09:30"]
        with clock.at(clock.now() + timedelta(days=8)):
            assert extend_horizon(series.pk) == 1
            assert extend_horizon(series.pk) == 0
        assert starts(series)[-1] == "12-01 09:30"
        assert expanded(offer) == rows_of(offer)

    def test_holidays_are_left_out_and_a_worked_saturday_may_stand_for_a_weekday(self, worker, offer):
        known = {"rrule": "FREQ=WEEKLY;BYDAY=FR", "first": datetime(2026, 9, 18, 9, 30), "until": date(2026, 10, 31)}
        with clock.at(datetime(2026, 9, 1, tzinfo=recurrence.SHANGHAI)):
            skipped = weekly(worker, offer, **known)
            other = weekly(worker, offer, **known, holidays="as_weekday", stands_for={date(2026, 10, 10): 5})
            kept = weekly(worker, offer, **known, holidays="keep")
        assert "10-02 09:30" in starts(kept)
        assert "10-02 09:30" not in starts(skipped)
        assert "10-10 09:30" in starts(other)
        assert expanded(offer) == rows_of(offer)

    def test_a_taken_room_stops_or_is_skipped_or_moved(self, worker, community, offer):
        room = actions.add_resource(worker, community, kind="room", name="舞蹈室", buffer_after_min=30)
        tenth = recurrence.aware(datetime(2026, 11, 10, 9))
        actions.acquire(worker, [room], tenth, tenth + timedelta(minutes=30))
        with pytest.raises(Refused, match="conflicts") as refusal:
            weekly(worker, offer, resources=[room])
        assert [day for day, _why in refusal.value.data["dates"]] == ["2026-11-10T09:30:00"]
        assert not Series.objects.exists()
        moved = weekly(worker, offer, resources=[room], moves={
            datetime(2026, 11, 10, 9, 30): datetime(2026, 11, 10, 14)})
        assert "11-10 14:00" in starts(moved)
        assert expanded(offer) == rows_of(offer)
        second = actions.add_resource(worker, community, kind="room", name="书画室")
        actions.acquire(worker, [second], tenth, tenth + timedelta(hours=1))
        skipped = weekly(worker, offer, resources=[second], conflicts="skip")
        assert "11-10 09:30" not in starts(skipped)
        assert len(starts(skipped)) == 8

    def test_this_one_following_and_all(self, worker, offer, resident):
        series = weekly(worker, offer)
        rows = list(series.sessions.order_by("starts"))
        booked = actions.book(resident, rows[4])
        actions.change_session(worker, rows[5], place="礼堂")
        new = actions.change_series(
            worker, rows[3], scope="following", starts=rows[3].starts + timedelta(minutes=30), place="操场")
        assert starts(series) == ["11-03 09:30", "11-10 09:30", "11-17 09:30"]
        assert starts(new) == ["11-24 10:00", "12-01 10:00", "12-08 09:30", "12-15 10:00", "12-22 10:00", "12-29 10:00"]
        assert Session.objects.get(pk=rows[5].pk).place == "礼堂"  # changed by hand: it keeps that
        assert new.previous == series
        booked.refresh_from_db()
        assert booked.session.place == "操场"
        assert actions.cancel(resident, booked).state == "cancelled"
        assert expanded(offer) == rows_of(offer)
        again = actions.change_series(
            worker, rows[0], scope="all", starts=rows[0].starts + timedelta(days=1), over_hand_changes=True)
        assert again.rrule.startswith("FREQ=WEEKLY;BYDAY=WE")
        assert expanded(offer) == rows_of(offer)

    def test_a_cancelled_session_leaves_the_calendar_and_uids_are_stable(self, worker, offer):
        series = weekly(worker, offer, rrule="FREQ=WEEKLY;COUNT=5;BYDAY=TU")
        before = Calendar.from_ical(ical.offer_feed(offer)).walk("VEVENT")[0]
        actions.cancel_session(worker, series.sessions.order_by("starts")[1], reason="下雨")
        after = Calendar.from_ical(ical.offer_feed(offer)).walk("VEVENT")[0]
        assert before["UID"] == after["UID"]
        assert expanded(offer) == rows_of(offer)
        assert len(rows_of(offer)) == 4

    def test_random_series_read_back_as_they_are(self, worker, offer):
        dice = random.Random(7)
        for _ in range(25):
            rule, first = random_rule(dice)
            first = first.replace(year=2026, month=11, day=max(first.day, 3))
            try:
                series = actions.repeat(worker, offer, rrule=rule, first=first, minutes=60, capacity=3, holidays="skip",
                                        horizon_weeks=12)
            except Refused:  # the twelve weeks hold none
                continue
            for row in series.sessions.order_by("?")[:2]:
                if dice.random() < 0.4:
                    actions.cancel_session(worker, row, reason="临时有事")
                else:
                    actions.change_session(worker, row, starts=row.starts + timedelta(hours=1))
        assert expanded(offer) == rows_of(offer)

    def test_a_persons_feed_names_nobody_and_veils_what_is_confidential(self, worker, offer, resident, make_session):
        veiled = make_session(3, calendar="veiled")
        hidden = make_session(3, calendar="hidden")
        plain = make_session(3)
        for session in (veiled, hidden, plain):
            actions.book(resident, session)
        events = Calendar.from_ical(ical.person_feed(resident)).walk("VEVENT")
        assert sorted(str(event["SUMMARY"]) for event in events) == ["书法班", "已预约"]
