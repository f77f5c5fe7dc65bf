"""A person's copy, their leaving, and the end of the terms."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linli.foundation.calendar import clock
from linli.foundation.privacy.models import RetentionTimer
from linli.mechanisms.bookings import actions, jobs, privacy
from linli.mechanisms.bookings.actions import Member
from linli.mechanisms.bookings.models import Party, PartyMember

pytestmark = pytest.mark.django_db


def test_a_copy_holds_what_is_mine_and_leaving_frees_my_place(make_session, resident, neighbour):
    session = make_session(1)
    actions.book(resident, session, note="要靠门的座位")
    entry = actions.wait(neighbour, session, auto_accept=True)
    assert [row["what"] for row in privacy.copy_of(resident)["booked"]] == ["书法班"]
    assert privacy.copy_of(neighbour)["booked"] == []
    privacy.erase(resident)
    entry.refresh_from_db()
    assert entry.state == "placed"
    assert not Party.objects.filter(booker=resident).exists()
    assert not PartyMember.objects.filter(person=resident).exists()


def test_terms_begin_when_it_is_over_and_end_with_the_names(make_session, worker):
    session = make_session(2)
    row = actions.book(worker, session, contact=("赵大爷", "13800000000"), party=[Member(name="赵大爷")])
    with clock.at(session.ends + timedelta(hours=2)):
        jobs.look_around()
    timers = RetentionTimer.objects.filter(thing_type="bookings.party", thing_id=str(row.party_id))
    assert {timer.purpose for timer in timers} == set(privacy.PURPOSES)
    party = Party.objects.get(pk=row.party_id)
    privacy.erase_party(party, "bookings.contact")
    party = Party.objects.get(pk=row.party_id)
    assert (party.contact_phone, party.members.get().name) == ("", "赵大爷")
    privacy.erase_party(party, "bookings.booking")
    assert Party.objects.get(pk=row.party_id).members.get().name == ""
