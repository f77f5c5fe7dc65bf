"""The hour at the door: free windows, the promise, who comes, who was missed; one fitter, one home at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.urls import reverse
from icalendar import Calendar
from recurring_ical_events import of as recurring

from linli.foundation.calendar import clock
from linli.foundation.calendar.clock import now
from linli.foundation.files import keep
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Person, RoleAssignment
from linli.foundation.web import Denied, Refused
from linli.mechanisms.bookings import actions as bookings, ical, queries as booked
from linli.mechanisms.bookings.models import Claim, Quantum, Reservation, Resource, Session, State
from linli.mechanisms.bookings.rules import SHANGHAI
from linli.mechanisms.cases import actions as cases
from linli.mechanisms.cases.models import Case
from linli.services.repairs import actions, jobs, listeners, slots
from linli.services.repairs.models import Fitter, Visit
from linli.services.repairs.tests.conftest import shift
from linli.services.repairs.tests.test_report import photo

MONDAY = datetime(2026, 11, 2, 7, 30, tzinfo=SHANGHAI)  # an ordinary working day, before the first window
EIGHT, TEN = MONDAY + timedelta(minutes=30), MONDAY + timedelta(hours=2, minutes=30)


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with clock.at(MONDAY):
        yield


@pytest.fixture
def drain(neighbour: Person, community: Any, building: Any, property_desk: Person, property_worker: Person) -> Case:
    """Another home's matter with the same fitter."""
    case = actions.report(neighbour, community, actions.Report(text="地漏反水", category="door", building=building))
    cases.act(property_desk, case, "dispatch", worker=property_worker.pk)
    return cases.act(property_worker, case, "take")


def starts_of(case: Case) -> list[datetime]:
    return [w.starts for w in slots.free_windows(case.area_code, case.unit_id, Case.objects.get(pk=case.pk))]


def heard(person: Person, words: str) -> int:
    """How many notices to the person hold these words."""
    return sum(words in row.sentence for row in Notice.objects.filter(person=person))


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


class TestPromising:
    def test_a_window_is_agreed_and_kept(self, leak: Case, resident: Person, property_worker: Person,
                                         client_of: Any) -> None:
        window = slots.free_windows(leak.area_code, leak.unit_id, leak)[0]
        client_of(resident).post(reverse("repairs:visit", args=[leak.number]), {"slot": window.key})
        row = Visit.objects.get()
        assert (row.starts, row.fitter) == (window.starts, property_worker)
        assert row.reservation is not None
        assert (row.reservation.state, row.reservation.party.booker) == (State.CONFIRMED, resident)
        assert Claim.objects.get().resource.person == property_worker
        cases.act(property_worker, leak, "arrive")
        row.refresh_from_db()
        row.reservation.refresh_from_db()
        assert (row.state, row.reservation.state) == (Visit.State.KEPT, State.ATTENDED)

    def test_one_fitter_is_not_promised_to_two_homes(self, leak: Case, drain: Case, resident: Person,
                                                     neighbour: Person, client_of: Any) -> None:
        actions.agree_visit(resident, leak, EIGHT, TEN)
        assert EIGHT not in starts_of(drain)
        with pytest.raises(Refused, match="full"):
            actions.agree_visit(neighbour, drain, EIGHT, TEN)
        with pytest.raises(Refused, match="full"):  # on the way from the first home
            actions.agree_visit(neighbour, drain, TEN, TEN + timedelta(hours=2))
        nearby = TEN + timedelta(minutes=15)
        assert nearby in starts_of(drain)
        actions.agree_visit(neighbour, drain, nearby, nearby + timedelta(hours=2))
        assert Claim.objects.count() == 2
        late = client_of(neighbour).post(reverse("repairs:visit", args=[drain.number]), {"slot": "202611020800"})
        assert late.status_code in (302, 409, 422)
        assert Visit.objects.filter(case=drain, state=Visit.State.AGREED).get().starts == nearby

    def test_a_second_worker_opens_the_window_again(self, offered: Case, leak: Case, resident: Person,
                                                    property_worker: Person, mate: Person,
                                                    property_desk: Person) -> None:
        shift(property_worker, skills=["特种设备作业人员证"])
        actions.agree_visit(resident, leak, EIGHT, TEN)
        assert EIGHT in starts_of(offered)  # the mate could come
        row = actions.agree_visit(property_desk, offered, EIGHT, TEN)
        assert row.fitter == mate
        third = actions.report(resident, offered_area(offered), actions.Report(text="灯坏了", detail="东门"))
        with pytest.raises(Refused, match="full"):
            actions.agree_visit(property_desk, third, EIGHT, TEN)

    def test_moving_keeps_the_appointment_and_frees_the_hour(self, leak: Case, drain: Case, resident: Person,
                                                             neighbour: Person) -> None:
        first = actions.agree_visit(resident, leak, EIGHT, TEN)
        uid = Session.objects.get().uid
        second = actions.agree_visit(resident, leak, EIGHT + timedelta(days=1), TEN + timedelta(days=1))
        first.refresh_from_db()
        assert (first.state, second.reservation_id) == (Visit.State.MOVED, first.reservation_id)
        session = Session.objects.get()
        assert (session.uid, session.sequence > 0, session.starts) == (uid, True, second.starts)
        actions.agree_visit(neighbour, drain, EIGHT, TEN)

    def test_outside_the_hours_nobody_comes(self, leak: Case, resident: Person, property_worker: Person,
                                            property_desk: Person) -> None:
        role = RoleAssignment.objects.get(person=property_worker, role="property_worker")
        actions.set_hours(property_desk, role, {"1": [["13:30", "17:00"]]})
        assert {one.astimezone(SHANGHAI).strftime("%u %H") for one in starts_of(leak)} == {"1 14"}
        with pytest.raises(Refused, match="full"):
            actions.agree_visit(resident, leak, EIGHT, TEN)
        with pytest.raises(Refused, match="bad_hours"):
            actions.set_hours(property_desk, role, {"1": [["13:30", "17:00"], ["16:00", "18:00"]]})
        actions.set_hours(property_desk, role, None)
        assert EIGHT in starts_of(leak)

    def test_who_is_away_is_not_promised(self, leak: Case, resident: Person, property_worker: Person,
                                         property_desk: Person, stranger: Person) -> None:
        role = RoleAssignment.objects.get(person=property_worker, role="property_worker")
        claim = actions.close_time(property_worker, role, EIGHT, EIGHT + timedelta(days=1), reason="培训")
        assert min(starts_of(leak)).astimezone(SHANGHAI).strftime("%d %H:%M") == "03 08:00"
        with pytest.raises(Denied):
            actions.reopen_time(stranger, role, claim)
        actions.reopen_time(property_desk, role, claim)
        actions.agree_visit(resident, leak, EIGHT, TEN)
        with pytest.raises(Refused, match="has_visits"):
            actions.close_time(property_desk, role, EIGHT, TEN, reason="请假")
        with pytest.raises(Refused, match="is_visit"):
            actions.reopen_time(property_desk, role, Claim.objects.get())

    def test_off_shift_today_is_here_again_tomorrow(self, leak: Case, property_worker: Person) -> None:
        shift(property_worker, on=False)
        assert {one.astimezone(SHANGHAI).day for one in starts_of(leak)} == {3, 4, 5}

    def test_looking_writes_nothing(self, leak: Case, resident: Person, client_of: Any) -> None:
        client_of(resident).get(reverse("portal:case", args=[leak.number]))
        assert not Fitter.objects.exists()
        assert not Resource.objects.exists()

    def test_the_past_and_the_unknown_cannot_be_agreed_on(self, leak: Case, resident: Person, property_desk: Person,
                                                          property_company: Any) -> None:
        with pytest.raises(Refused, match="past"):
            actions.agree_visit(resident, leak, EIGHT - timedelta(hours=2), EIGHT)
        with pytest.raises(Refused, match="order"):
            actions.agree_visit(resident, leak, TEN, EIGHT)
        RoleAssignment.objects.filter(role="property_worker").update(withdrawn=now())
        Case.objects.filter(pk=leak.pk).update(assignee=None)
        with pytest.raises(Refused, match="no_hands"):
            actions.agree_visit(property_desk, leak, EIGHT, TEN)
        Case.objects.filter(pk=leak.pk).update(unit=None)
        with pytest.raises(Refused, match="no_unit"):
            actions.agree_visit(resident, leak, EIGHT, TEN)


def offered_area(case: Case) -> Any:
    return slots.area_of(case.area_code)


class TestTheCaseMovesOn:
    def test_given_to_another_the_hour_stays_if_he_is_free(self, leak: Case, resident: Person, mate: Person,
                                                           property_desk: Person, property_worker: Person) -> None:
        row = actions.agree_visit(resident, leak, EIGHT, TEN)
        cases.act(property_desk, leak, "dispatch", worker=mate.pk)
        row.refresh_from_db()
        assert (row.state, row.fitter, Claim.objects.get().resource.person) == (Visit.State.AGREED, mate, mate)
        assert heard(resident, mate.shown_name)
        listeners.on_moved(leak.pk, kind="repair")  # once more after the commit changes nothing
        row.refresh_from_db()
        assert row.state == Visit.State.AGREED

    def test_given_to_who_is_not_free_the_hour_is_given_back(self, leak: Case, drain: Case, resident: Person,
                                                             neighbour: Person, mate: Person,
                                                             property_desk: Person) -> None:
        cases.act(property_desk, drain, "dispatch", worker=mate.pk)
        actions.agree_visit(neighbour, drain, EIGHT, TEN)
        row = actions.agree_visit(resident, leak, EIGHT, TEN)
        cases.act(property_desk, leak, "dispatch", worker=mate.pk)
        row.refresh_from_db()
        assert row.state == Visit.State.DROPPED
        assert Reservation.objects.get(pk=row.reservation_id).state == State.CANCELLED
        assert heard(resident, "再约一个时间")
        assert Claim.objects.count() == 1

    def test_sent_back_goes_to_a_free_colleague(self, leak: Case, resident: Person, mate: Person,
                                                property_worker: Person) -> None:
        row = actions.agree_visit(resident, leak, EIGHT, TEN)
        cases.act(property_worker, leak, "send_back", reason="time")
        row.refresh_from_db()
        assert (row.state, row.fitter) == (Visit.State.AGREED, mate)

    @pytest.mark.parametrize(("step", "more"), [
        ("cancel", {}), ("finish", {"note": "好了", "after_photo": 1}),
    ])
    def test_an_ended_matter_frees_the_hour(self, leak: Case, resident: Person, property_worker: Person, step: str,
                                            more: dict[str, Any]) -> None:
        row = actions.agree_visit(resident, leak, EIGHT + timedelta(days=1), TEN + timedelta(days=1))
        cases.act(resident if step == "cancel" else property_worker, leak, step, **more)
        row.refresh_from_db()
        assert row.state == Visit.State.DROPPED
        assert not Quantum.objects.exists()
        assert fresh(leak).events.filter(name="slot").count() == 2

    def test_finished_at_the_agreed_hour_is_kept(self, leak: Case, resident: Person, property_worker: Person) -> None:
        row = actions.agree_visit(resident, leak, EIGHT, TEN)
        with clock.at(EIGHT + timedelta(minutes=40)):
            cases.act(property_worker, leak, "finish", note="好了", after_photo=1)
        row.refresh_from_db()
        assert row.state == Visit.State.KEPT

    def test_another_unit_makes_its_own_appointment(self, leak: Case, resident: Person, community: Any,
                                                    worker: Person, property_desk: Person) -> None:
        from linli.foundation.people.models import Organisation

        row = actions.agree_visit(resident, leak, EIGHT, TEN)
        other = Organisation.objects.create(name="邻安物业", kind="property_company", area=community)
        cases.act(property_desk, leak, "dispatch", worker=row.fitter_id)
        cases.act(worker, leak, "transfer", unit=other.pk, reason="不归这家")
        row.refresh_from_db()
        assert row.state == Visit.State.DROPPED

    def test_merged_into_another_it_needs_no_visit(self, drain: Case, neighbour: Person, worker: Person,
                                                   community: Any, building: Any) -> None:
        row = actions.agree_visit(neighbour, drain, EIGHT, TEN)
        first = actions.report(neighbour, community, actions.Report(text="门坏了", category="door", building=building))
        cases.merge(worker, drain, first)
        listeners.on_merged(drain.pk)
        row.refresh_from_db()
        assert row.state == Visit.State.DROPPED

    def test_cancelled_among_ones_bookings_the_case_knows(self, leak: Case, drain: Case, resident: Person,
                                                          neighbour: Person, property_worker: Person) -> None:
        row = actions.agree_visit(resident, leak, EIGHT, TEN)
        assert row.reservation is not None
        bookings.cancel(resident, row.reservation)
        listeners.on_booking_cancelled(row.reservation_id or 0, owner=f"repairs.case:{leak.pk}")
        row.refresh_from_db()
        assert row.state == Visit.State.DROPPED
        assert heard(property_worker, "不用去了")
        assert "取消" in fresh(leak).events.filter(name="slot").last().text_public
        actions.agree_visit(neighbour, drain, EIGHT, TEN)


class TestMissed:
    def test_nobody_home_three_times_and_it_rests(self, leak: Case, resident: Person, property_worker: Person) -> None:
        for turn in range(3):
            begins = EIGHT + timedelta(days=turn)
            with clock.at(begins - timedelta(minutes=10)):
                row = actions.agree_visit(resident, leak, begins, begins + timedelta(hours=2))
                with pytest.raises(Refused, match="too_early"):
                    actions.miss_visit(property_worker, leak, photo=None, call_tried="打了")
            with clock.at(begins + timedelta(minutes=50)):
                with pytest.raises(Refused, match="no_photo"):
                    actions.miss_visit(property_worker, leak, photo=None, call_tried="打了")
                shot = keep(property_worker, photo(), purpose="repairs.photo")
                with pytest.raises(Refused, match="no_call"):
                    actions.miss_visit(property_worker, leak, photo=shot, call_tried=" ")
                actions.miss_visit(property_worker, leak, photo=shot, call_tried="8:40 打了两次")
            assert Reservation.objects.get(pk=row.reservation_id).state == State.ABSENT
            assert not booked.strikes_of(resident).exists()
            assert fresh(leak).state == ("paused" if turn == 2 else "taken")
        assert leak.events.get(name="pause").data["until"] > "2026-11-04"

    def test_the_fitter_did_not_come(self, leak: Case, drain: Case, resident: Person, neighbour: Person,
                                     property_worker: Person, property_desk: Person, client_of: Any) -> None:
        row = actions.agree_visit(resident, leak, EIGHT, TEN)
        url = reverse("repairs:no_show", args=[leak.number])
        with pytest.raises(Refused, match="too_early"):
            actions.fail_visit(resident, leak)
        with pytest.raises(Denied):
            actions.fail_visit(neighbour, leak)
        with clock.at(TEN + timedelta(minutes=31)):
            jobs.ask_after_visits()
            jobs.ask_after_visits()
            assert heard(property_worker, "没有到场的记录") == 1
            said = client_of(resident).get(reverse("portal:case", args=[leak.number])).content.decode()
            assert "师傅没来" in said
            assert client_of(resident).post(url).status_code == 302
            row.refresh_from_db()
            assert row.state == Visit.State.FAILED
            assert heard(property_desk, "居民说师傅没来")
            assert slots.failures([property_worker.pk], MONDAY) == {property_worker.pk: 1}
            with pytest.raises(Refused, match="no_visit"):
                actions.fail_visit(resident, leak)
            again = actions.agree_visit(resident, leak, EIGHT + timedelta(days=1), TEN + timedelta(days=1))
        assert again.reservation_id != row.reservation_id


def test_the_calendars_of_both_hold_the_visit(leak: Case, resident: Person, property_worker: Person,
                                              neighbour: Person) -> None:
    actions.agree_visit(resident, leak, EIGHT, TEN)
    for person, there in ((resident, 1), (property_worker, 1), (neighbour, 0)):
        calendar = Calendar.from_ical(ical.person_feed(Person.objects.get(pk=person.pk)))
        events = recurring(calendar).between(MONDAY, MONDAY + timedelta(days=1))
        assert len(events) == there
        if there:
            assert "上门维修" in str(events[0]["SUMMARY"])
            assert leak.place not in str(events[0])


def test_the_booking_page_speaks_of_a_visit(leak: Case, resident: Person, client_of: Any) -> None:
    row = actions.agree_visit(resident, leak, EIGHT, TEN)
    said = client_of(resident).get(reverse("bookings:reservation", args=[row.reservation_id])).content.decode()
    assert "取消这次上门" in said
    assert "入场码" not in said
    assert reverse("portal:case", args=[leak.number]) in said


class TestOldVisits:
    def test_the_migration_books_what_was_agreed(self, leak: Case, drain: Case, resident: Person, neighbour: Person,
                                                 property_worker: Person) -> None:
        for case, person in ((leak, resident), (drain, neighbour)):
            Visit.objects.create(case=case, starts=EIGHT, ends=TEN, agreed_with=person)
            Case.objects.filter(pk=case.pk).update(facts={**fresh(case).facts, "visit": "1"})
        book = import_module("linli.services.repairs.migrations.0004_book_agreed_visits").book
        book(apps, None)
        book(apps, None)
        first, second = Visit.objects.order_by("pk")
        assert (first.reservation is not None, second.reservation) == (True, None)  # one fitter, one hour
        assert (Claim.objects.count(), Session.objects.get().taken) == (1, 1)
        assert booked.mine(resident).get().session.starts == EIGHT
        jobs.ask_after_visits()
        second.refresh_from_db()
        assert second.state == Visit.State.DROPPED
        assert heard(neighbour, "再约一个时间")
        cases.act(property_worker, leak, "arrive")
        first.refresh_from_db()
        assert first.state == Visit.State.KEPT
