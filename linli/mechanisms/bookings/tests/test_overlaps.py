"""Two things at one time: named and asked about, never forbidden; twice of the same offer is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from linli.foundation.notices.models import Notice
from linli.foundation.web import Refused
from linli.mechanisms.bookings import actions, overlaps
from linli.mechanisms.bookings.actions import Member
from linli.mechanisms.bookings.models import Reservation
from linli.mechanisms.bookings.views.overlaps import asking_first, asks_about_overlaps, overlap_of

pytestmark = pytest.mark.django_db


def heard(person, words):
    return [row for row in Notice.objects.filter(person=person) if words in row.sentence]


def test_it_is_booked_and_told_with_the_other_s_name(make_session, resident):
    dance, choir = make_session(3, category="dance"), make_session(3, category="choir")
    actions.change_offer(dance.offer.created_by, dance.offer, title="广场舞")
    first = actions.book(resident, dance)
    assert not heard(resident, "时间重了")
    actions.book(resident, choir)
    assert len(heard(resident, "广场舞")) == 1
    assert overlaps.overlapping(resident, choir) == [first]


def test_next_to_each_other_is_no_overlap(make_session, resident):
    early = make_session(3, category="dance")
    late = actions.add_session(early.offer.created_by, make_session(3, category="choir").offer, early.ends,
                               early.ends + timedelta(hours=1), 3)
    actions.book(resident, early)
    actions.book(resident, late)
    assert not heard(resident, "时间重了")


def test_who_can_ask_asks_first(make_session, resident):
    actions.book(resident, make_session(3, category="dance"))
    choir = make_session(3, category="choir")
    with pytest.raises(Refused, match="overlaps") as told:
        actions.book(resident, choir, overlap="ask")
    assert "书法班" in str(told.value.sentence)
    assert actions.book(resident, choir, overlap="ok")
    assert not heard(resident, "时间重了")


def test_the_same_offer_at_the_same_time_is_refused(make_session, worker, resident):
    one = make_session(3)
    other = actions.add_session(worker, one.offer, one.starts + timedelta(minutes=30), one.ends, 3)
    actions.book(resident, one)
    with pytest.raises(Refused, match="same_time"):
        actions.book(resident, other, overlap="ok")
    child = Member(name="小宝")
    actions.book(resident, other, party=[child])  # somebody else of the family may
    third = actions.add_session(worker, one.offer, one.starts, one.ends, 3)
    with pytest.raises(Refused, match="same_time"):
        actions.book(resident, third, party=[child])


def test_a_page_asks_and_sends_again_what_was_typed(make_session, resident):
    actions.book(resident, make_session(3, category="dance"))
    choir = make_session(3, category="choir")

    @asks_about_overlaps
    def join(request):
        with asking_first():
            actions.book(request.person, choir, overlap=overlap_of(request), note=request.POST["note"])
        return HttpResponse("in")

    def post(**data):
        request = RequestFactory().post("/join/", data)
        request.person, request.area, request.session, request.user = resident, None, {}, resident
        return join(request)

    asked = post(note="带水杯")
    assert asked.status_code == 422
    assert "带水杯" in asked.content.decode()
    assert "书法班" in asked.content.decode()
    assert Reservation.objects.count() == 1
    assert post(note="带水杯", overlap_ok="1").content == b"in"
    assert Reservation.objects.count() == 2
