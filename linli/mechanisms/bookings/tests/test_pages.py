"""The pages: what a person sees and taps; what others do not find."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from icalendar import Calendar

from linli.foundation.calendar import clock
from linli.mechanisms.bookings import actions, jobs, tickets
from linli.mechanisms.bookings.actions import Member
from linli.mechanisms.bookings.models import PlaceOffer, Reservation, State, Strike

pytestmark = pytest.mark.django_db


def url(name: str, *args: object) -> str:
    return reverse(f"bookings:{name}", args=args)


def test_a_resident_sees_cancels_and_no_stranger_finds_it(client_of, make_session, resident, stranger):
    session = make_session(3)
    row = actions.book(resident, session, party=[Member(resident), Member(name="小宝")])
    page = client_of(resident)
    assert "书法班" in page.get(url("mine")).content.decode()
    shown = page.get(url("reservation", row.pk)).content.decode()
    assert row.ticket in shown
    assert "<svg" in shown
    assert client_of(stranger).get(url("reservation", row.pk)).status_code == 404
    child = row.party.members.get(order=1)
    page.post(url("cancel", row.pk), {"reason": "", "members": [child.pk]})
    row.refresh_from_db()
    assert (row.state, row.places) == (State.CONFIRMED, 1)
    assert page.post(url("cancel", row.pk), {"reason": "有事"}).status_code == 302
    row.refresh_from_db()
    assert row.state == State.CANCELLED


def test_the_turn_comes_and_is_answered_on_the_page(client_of, make_session, people):
    session = make_session(1)
    a, b, c = people(3)
    row = actions.book(a, session)
    actions.wait(b, session)
    entry = actions.wait(c, session)
    assert "您排在第 2 个" in client_of(c).get(url("mine")).content.decode()
    actions.cancel(a, row)
    offer = PlaceOffer.objects.get()
    assert "轮到您了" in client_of(b).get(url("mine")).content.decode()
    assert client_of(c).post(url("answer_offer", offer.pk), {"answer": "yes"}).status_code == 404
    client_of(b).post(url("answer_offer", offer.pk), {"answer": "yes"})
    assert Reservation.objects.get(party__booker=b).state == State.CONFIRMED
    client_of(c).post(url("leave", entry.pk))
    entry.refresh_from_db()
    assert entry.state == "left"


def test_staff_check_in_by_tap_ticket_code_paper_and_sheet(
        client_of, make_session, people, worker, resident, other_worker):
    session = make_session(9, photo=True)
    a, b, c, d, e = people(5)
    rows = [actions.book(person, session) for person in (a, b, c, d, e)]
    desk = client_of(worker)
    with clock.at(session.starts):
        assert client_of(resident).get(url("roster", session.pk)).status_code in (403, 404)
        assert client_of(other_worker).get(url("roster", session.pk)).status_code in (403, 404)
        assert "不拍照" in desk.get(url("roster", session.pk)).content.decode()
        desk.post(url("act", session.pk, "in"), {"reservation": rows[0].pk})
        desk.post(url("by_code", session.pk), {"code": rows[1].ticket})
        assert desk.post(url("by_code", session.pk), {"code": "XXXXXX"}).status_code == 422
        code = tickets.code_of(rows[2])
        assert rows[2].party.full_name in desk.get(url("check", code)).content.decode()
        desk.post(url("check", code))
        desk.post(url("enter", session.pk), {"came": [rows[3].pk]})
        sheet = desk.get(url("offline", session.pk)).content.decode("utf-8-sig")
        assert code not in sheet
        assert tickets.digest(code) in sheet
        filled = "\n".join(line + "2026-11-16T09:05" if line.startswith(str(rows[4].pk)) else line
                           for line in sheet.splitlines())
        for _ in range(2):
            desk.post(url("enter", session.pk), {"list": SimpleUploadedFile("list.csv", filled.encode())})
        assert desk.get(url("paper", session.pk)).status_code == 200
        desk.post(url("walk_in", session.pk), {"name": "过路人", "phone": "", "count": "2"})
        assert desk.post(url("walk_in", session.pk), {"name": "", "count": "1"}).status_code == 422
    assert Reservation.objects.filter(session=session, state=State.ATTENDED).count() == 6
    session.refresh_from_db()
    assert session.taken == 7


def test_a_scanned_ticket_shows_its_owner_the_ticket_and_others_nothing(client_of, make_session, resident, neighbour):
    row = actions.book(resident, make_session(2))
    code = tickets.code_of(row)
    assert client_of(resident).get(url("check", code)).url == url("reservation", row.pk)
    assert client_of(neighbour).get(url("check", code)).status_code == 404


def test_an_absence_is_appealed_and_a_person_decides(client_of, make_session, people, worker):
    session = make_session(3)
    a, b = people(2)
    came, missed = actions.book(a, session), actions.book(b, session)
    with clock.at(session.starts):
        actions.check_in(worker, session, came)
    with clock.at(session.ends + timedelta(hours=2)):
        jobs.look_around()
        strike = Strike.objects.get()
        page = client_of(b)
        assert url("appeal", strike.pk) in page.get(url("reservation", missed.pk)).content.decode()
        assert page.post(url("appeal", strike.pk), {"words": ""}).status_code == 422
        page.post(url("appeal", strike.pk), {"words": "签到的人没看见我"})
        desk = client_of(worker)
        assert "签到的人没看见我" in desk.get(url("appeals")).content.decode()
        desk.post(url("appeals"), {"strike": strike.pk, "decision": "forgive"})
    strike.refresh_from_db()
    assert strike.state == "forgiven"


def test_a_calendar_address_is_shown_once_works_and_stops(client, client_of, make_session, resident):
    actions.book(resident, make_session(3))
    page = client_of(resident)
    page.post(url("calendar"), {"do": "make"})
    shown = page.post(url("calendar"), {"do": "make"}).content.decode()
    path = "/" + shown.split('value="http')[1].split('"')[0].split("/", 3)[3]
    events = Calendar.from_ical(client.get(path).content).walk("VEVENT")
    assert [str(event["SUMMARY"]) for event in events] == ["书法班"]
    page.post(url("calendar"), {"do": "stop"})
    assert client.get(path).status_code == 404


def test_public_calendars_show_what_is_public(client, client_of, make_session, worker, resident, stranger):
    session = make_session(3)
    assert client.get(url("offer_feed", session.offer_id)).status_code == 404
    assert client_of(resident).get(url("offer_feed", session.offer_id)).status_code == 200
    assert client_of(stranger).get(url("offer_feed", session.offer_id)).status_code == 404
    assert not Calendar.from_ical(client.get(url("area_feed", "330106001001")).content).walk("VEVENT")
    actions.change_offer(worker, session.offer, is_public=True)
    assert client.get(url("offer_feed", session.offer_id)).status_code == 200
    assert len(Calendar.from_ical(client.get(url("area_feed", "330106001001")).content).walk("VEVENT")) == 1


def test_who_runs_it_sees_rooms_calls_and_requests(client_of, make_session, people, worker, community, resident):
    room = actions.add_resource(worker, community, kind="room", name="多功能厅")
    session = make_session(1, approval=True)
    actions.acquire(worker, [room], clock.now() + timedelta(hours=1), clock.now() + timedelta(hours=2), reason="打蜡")
    desk = client_of(worker)
    assert "打蜡" in desk.get(url("resources")).content.decode()
    assert desk.get(url("resources"), {"span": "week", "day": "2026-11-02"}).status_code == 200
    assert client_of(resident).get(url("resources")).status_code in (403, 404)
    asked = actions.book(people(1)[0], session)
    actions.wait(worker, session, contact=("赵大爷", "13800000000"), channel="phone")
    assert desk.post(url("refuse", asked.pk), {"reason": ""}).status_code == 422
    desk.post(url("refuse", asked.pk), {"reason": "名额留给初学者"})
    assert "赵大爷" in desk.get(url("calls")).content.decode()
    desk.post(url("calls"), {"offer": PlaceOffer.objects.get().pk, "answer": "yes"})
    desk.post(url("act", session.pk, "approve"), {"reservation": Reservation.objects.get(party__booker=None).pk})
    assert Reservation.objects.get(party__booker=None).state == State.CONFIRMED


def test_a_draw_is_published_and_each_finds_the_own_pseudonym(client_of, make_session, resident, neighbour, worker):
    session = make_session(1, mode="lottery")
    entry = actions.wait(resident, session)
    draw = actions.commit_draw(
        worker, session.offer, [session], seed_source="掷骰子", seed_at=clock.now() + timedelta(days=1))
    shown = client_of(resident).get(url("draw", draw.pk)).content.decode()
    assert draw.commitment in shown
    assert "您的代号" in shown
    assert "您的代号" not in client_of(neighbour).get(url("draw", draw.pk)).content.decode()
    assert client_of(neighbour).get(url("draw", draw.pk), {"format": "json"}).json()["listed"][0][0] == entry.pseudonym
