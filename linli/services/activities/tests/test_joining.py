"""A household signs up and waits together; pictures show only who agreed; feedback is read in sums."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.events.delivery import deliver_all
from linli.foundation.files.models import StoredFile
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Mandate, Person
from linli.foundation.web import Denied, Refused
from linli.mechanisms.bookings import actions as bookings, queries as booked
from linli.mechanisms.bookings.models import Attendance, PlaceOffer, Reservation, WaitEntry
from linli.services.activities import consents, households, jobs, queries
from linli.services.activities.actions import festival, joining, photos, planning
from linli.services.activities.models import GuardianYes, Photo
from linli.services.activities.tests.conftest import MakeActivity, at, kept, only_session, picture

pytestmark = pytest.mark.django_db
Open = Callable[[Person], Client]


def test_a_family_of_three_from_a_full_class_to_three_places(
    make_activity: MakeActivity, worker: Person, resident: Person, husband: Person, neighbour: Person, client_of: Open,
    make_person: Any, community: Area,
) -> None:
    row = make_activity(places=3)
    session = only_session(row)
    url = reverse("activities:activity", args=[row.pk])
    first = joining.sign_up(neighbour, row, session, guests=[households.Guest("爱人"), households.Guest("孩子", 2018)])
    assert isinstance(first, Reservation)
    family = client_of(resident)
    sent = {"session": session.pk, "comes": "on", "housemates": [husband.pk], "guests": "小满 2019", "key": "k1"}
    assert family.post(url, sent).status_code == 302
    assert family.post(url, sent).status_code == 302  # a second tap
    entry = WaitEntry.objects.get(party__booker=resident)
    assert (entry.size, entry.at_least, booked.position(entry)) == (3, 3, 1)
    assert "候补排第 1，3 个人一起补" in family.get(url).content.decode()
    single = joining.sign_up(make_person("孙先生", community), row, session)
    assert isinstance(single, WaitEntry)
    with clock.at(at(24, 9)):
        members = list(first.party.members.all())
        bookings.cancel(neighbour, first, members=members[:1])  # one place is too few for three
        assert not PlaceOffer.objects.filter(entry=entry).exists()
    with clock.at(at(24, 10)):
        first.refresh_from_db()
        bookings.cancel(neighbour, first)
        offer = PlaceOffer.objects.filter(entry=entry).first()
        if offer is None:  # the single went by once; the family is served as soon as three are free together
            other = PlaceOffer.objects.get(entry=single)
            bookings.decline_offer(single.party.booker, other)
            offer = PlaceOffer.objects.get(entry=entry)
        session.refresh_from_db()
        assert (offer.places, session.taken) == (3, 3)
        family = client_of(resident)
        page = family.get(url).content.decode()
        assert "轮到您家了：留了 3 个名额" in page
        assert family.post(reverse("bookings:answer_offer", args=[offer.pk]), {"answer": "yes"}).status_code == 302
        got = Reservation.objects.get(party__booker=resident, session=session)
        assert (got.state, got.places, got.attendances.filter(is_active=True).count()) == ("confirmed", 3, 3)
        assert "报上了，3 个人" in family.get(url).content.decode()


def test_only_the_people_one_lives_with(make_activity: MakeActivity, resident: Person, husband: Person,
                                        neighbour: Person) -> None:
    row = make_activity(places=9)
    assert households.housemates(resident) == [husband]
    with pytest.raises(Refused, match="not_housemate"):
        joining.sign_up(resident, row, only_session(row), others=[neighbour])
    with pytest.raises(Refused, match="nobody"):
        joining.sign_up(resident, row, only_session(row), comes=False)


@pytest.mark.parametrize(("text", "found"), [
    ("小雨 2019", [("小雨", 2019)]), ("小雨，2019\n\n外婆", [("小雨", 2019), ("外婆", None)]), ("", []),
    ("王 小明 2015", [("王 小明", 2015)])])
def test_guests_as_people_write_them(text: str, found: list[tuple[str, int | None]]) -> None:
    assert [(one.name, one.birth_year) for one in households.read_guests(text)] == found


@pytest.mark.parametrize(("text", "code"), [
    ("小雨 1800", "bad_line"), ("小雨19", "bad_line"), ("小雨 2050", "bad_line"),
    ("\n".join(f"孩子{sign} 2019" for sign in "一二三四五六七八九"), "too_many")])
def test_guests_that_are_refused(text: str, code: str) -> None:
    with pytest.raises(Refused, match=code):
        households.read_guests(text)


def test_what_was_typed_stays(make_activity: MakeActivity, resident: Person, client_of: Open) -> None:
    row = make_activity()
    answer = client_of(resident).post(reverse("activities:activity", args=[row.pk]), {
        "session": only_session(row).pk, "comes": "on", "guests": "小雨2019"})
    assert answer.status_code == 422
    assert "小雨2019" in answer.content.decode()


def test_with_a_mandate_one_signs_up_somebody(make_activity: MakeActivity, neighbour: Person, resident: Person) -> None:
    from linli.foundation.people.acting import running_for

    row = make_activity()
    Mandate.objects.create(subject=neighbour, agent=resident, scope=["activities"], agreed_at=at(1), since=at(1))
    resident.acting = running_for(resident, neighbour.pk)
    got = joining.sign_up(resident, row, only_session(row))
    assert isinstance(got, Reservation)
    assert (got.party.booker, got.party.agent) == (neighbour, resident)


def test_an_activity_for_minors_needs_a_look_up_and_a_guardian(
    make_activity: MakeActivity, worker: Person, make_person: Any, community: Area, resident: Person,
) -> None:
    row = make_activity(publish=False, age_from=6, age_to=12)
    with pytest.raises(Refused, match="not_vetted"):
        planning.publish(worker, row)
    planning.change(worker, row, vetted_on=date(2025, 11, 1), vetted_receipt="查2025-1")
    with pytest.raises(Refused, match="not_vetted"):  # more than a year ago
        planning.publish(worker, row)
    planning.change(worker, row, vetted_on=date(2026, 9, 1), vetted_receipt="查2026-1")
    row = planning.publish(worker, row)
    child = make_person("小树", community, birth_year=2016)
    with pytest.raises(Refused, match="guardian_needed"):
        joining.sign_up(child, row, only_session(row))
    got = joining.sign_up(resident, row, only_session(row), comes=False, guests=[households.Guest("小满", 2018)])
    assert isinstance(got, Reservation)


def test_the_teacher_chooses(make_activity: MakeActivity, worker: Person, resident: Person, neighbour: Person,
                             client_of: Open) -> None:
    row = make_activity(places=1, rules={"mode": "choice", "criteria": "音准"})
    session = only_session(row)
    assert isinstance(joining.sign_up(resident, row, session), WaitEntry)
    assert isinstance(joining.sign_up(neighbour, row, session), WaitEntry)
    chosen = WaitEntry.objects.get(party__booker=neighbour)
    assert "公布的标准：音准" in client_of(worker).get(
        reverse("activities:choose", args=[row.pk, session.pk])).content.decode()
    answer = client_of(worker).post(reverse("activities:choose_verb", args=[row.pk, session.pk, "choose"]),
                                    {"entry": [chosen.pk]})
    assert answer.status_code == 302
    assert booked.reservation_of(neighbour, session) is not None
    assert booked.reservation_of(resident, session) is None


def test_a_draw_from_the_desk(make_activity: MakeActivity, worker: Person, resident: Person, neighbour: Person,
                              client_of: Open) -> None:
    row = make_activity(places=1, rules={"mode": "lottery"})
    session = only_session(row)
    for person in (resident, neighbour):
        joining.sign_up(person, row, session)
    desk, url = client_of(worker), lambda verb: reverse("activities:choose_verb", args=[row.pk, session.pk, verb])
    assert desk.post(url("draw"), {"seed": "3"}).status_code == 422
    assert desk.post(url("commit"), {"seed_source": "11-24 双色球", "seed_at": "2026-11-24T22:00"}).status_code == 302
    with clock.at(at(25)):
        assert client_of(worker).post(url("draw"), {"seed": "01 08 12", "witnesses": "赵、钱"}).status_code == 302
    session.refresh_from_db()
    assert (session.taken, session.waiting) == (1, 1)


# ── pictures ──

def _came(row: Any, worker: Person, people: list[Person]) -> dict[int, int]:
    """They come; member ids by person."""
    session = only_session(row)
    for person in people:
        joining.sign_up(person, row, session)
    with clock.at(session.starts):
        for got in Reservation.objects.filter(session=session):
            bookings.check_in(worker, session, got)
    return {one.person_id or 0: one.member_id for one in Attendance.objects.filter(session=session)}


def test_withdrawing_takes_the_picture_down(make_activity: MakeActivity, worker: Person, resident: Person,
                                            neighbour: Person, client_of: Open) -> None:
    row = make_activity()
    member = _came(row, worker, [resident, neighbour])
    with clock.at(at(5, 18, 12)):
        with pytest.raises(Refused, match="no_consent"):  # nobody has agreed: the default is no
            photos.hang(worker, row, kept=kept(worker, photos.PURPOSE), caption="剪纸的两位邻居",
                        shown=[member[resident.pk]], no_others=True)
        for person in (resident, neighbour):
            joining.consent(person, row, agreed=[member[person.pk]])
        with pytest.raises(Refused, match="others"):
            photos.hang(worker, row, kept=kept(worker, photos.PURPOSE), caption="剪纸的两位邻居", shown=[],
                        no_others=False)
        photos.hang(worker, row, kept=kept(worker, photos.PURPOSE), caption="剪纸的两位邻居",
                    shown=list(member.values()), no_others=True)
        photos.hang(worker, row, kept=kept(worker, photos.PURPOSE), caption="一幅窗花", shown=[], no_others=True)
        assert len(consents.gallery(resident, row)) == 2
        page = client_of(neighbour).get(reverse("activities:activity", args=[row.pk]))
        assert "剪纸的两位邻居" in page.content.decode()
        files = StoredFile.objects.filter(about_type="activities.photo").count()
        # said on the bookings' own page, by the very person, while others still agree
        bookings.set_photo_consent(neighbour, Attendance.objects.get(person=neighbour).member, agrees=False)
        assert [one.caption for one in consents.gallery(resident, row)] == ["一幅窗花"]  # at once, before any job
        deliver_all()
        assert Photo.objects.get(caption="剪纸的两位邻居").removed_because == "consent"
        assert StoredFile.objects.filter(about_type="activities.photo").count() == files - 1


def test_a_child_is_shown_only_when_the_guardian_said_so_separately(
    make_activity: MakeActivity, worker: Person, resident: Person, client_of: Open,
) -> None:
    row = make_activity(places=5)
    session = only_session(row)
    got = joining.sign_up(resident, row, session, guests=[households.Guest("小满", 2016)])
    assert isinstance(got, Reservation)
    child = got.party.members.get(birth_year=2016)
    bookings.set_photo_consent(resident, child, agrees=True)  # a tick of the whole party is not the separate yes
    assert not consents.agrees(child, row, consents.guardian_yes([child]))
    deliver_all()
    assert Notice.objects.filter(person=resident, key=f"activities.guardian.{child.pk}").count() == 1
    page = client_of(worker).get(reverse("activities:check_in", args=[row.pk, session.pk])).content.decode()
    assert page.count("不拍照") >= 2
    client = client_of(resident)
    assert "的监护人，单独同意" in client.get(reverse("activities:activity", args=[row.pk])).content.decode()
    client.post(reverse("activities:consent", args=[row.pk]), {"photo": [child.pk]})
    assert GuardianYes.objects.get(member=child).guardian == resident
    child.refresh_from_db()
    assert consents.agrees(child, row, consents.guardian_yes([child]))
    page = client_of(worker).get(reverse("activities:check_in", args=[row.pk, session.pk])).content.decode()
    assert 'data-tone="ok"' in page
    assert "可以拍" in page  # a colour and a word
    client.post(reverse("activities:consent", args=[row.pk]), {})
    assert not GuardianYes.objects.filter(member=child).exists()


def test_a_photo_from_the_desk_page(make_activity: MakeActivity, worker: Person, resident: Person,
                                    client_of: Open) -> None:
    row = make_activity()
    member = _came(row, worker, [resident])
    with clock.at(at(5, 18, 12)):
        url = reverse("activities:photos", args=[row.pk])
        desk = client_of(worker)
        sent = {"caption": "一幅窗花", "no_others": "on", "shown": [member[resident.pk]]}
        refused = desk.post(url, {**sent, "photo": picture("林女士.jpg")})
        assert refused.status_code == 422
        number = StoredFile.objects.get(purpose="activities.photo").pk  # kept, so it need not be chosen again
        assert f'value="{number}"' in refused.content.decode()
        joining.consent(resident, row, agreed=[member[resident.pk]])
        assert desk.post(url, {**sent, "photo_id": number}).status_code == 302
        photo = Photo.objects.get()
        desk.post(reverse("activities:photo_remove", args=[photo.pk]))
        assert not StoredFile.objects.filter(pk=number).exists()


# ── afterwards ──

def test_answers_are_read_in_sums_from_five_on(make_activity: MakeActivity, worker: Person, make_person: Any,
                                               community: Area, client_of: Open) -> None:
    people = [make_person(f"邻居{n}", community) for n in range(6)]
    row = make_activity(places=10)
    _came(row, worker, people[:5])
    url = reverse("activities:desk_activity", args=[row.pk])
    with clock.at(at(6, 9, 12)):
        with pytest.raises(Refused, match="not_there"):
            joining.answer(people[5], row, choice="again")
        assert jobs.ask_afterwards() == 5
        for person in people[:4]:
            joining.answer(person, row, choice="again", text="椅子有点挤")
        joining.answer(people[0], row, choice="fine", text="椅子有点挤")  # thought again: one answer all the same
        assert "椅子有点挤" not in client_of(worker).get(url).content.decode()
        assert not queries.sums_of(row).is_open
        joining.answer(people[4], row, choice="not")
        sums = queries.sums_of(row)
        assert sums.answers == [("想再来", 3), ("还行", 1), ("不想再来", 1)]
        assert "椅子有点挤" in client_of(worker).get(url).content.decode()
    with clock.at(at(29, 9, 12)), pytest.raises(Refused, match="too_late"):
        joining.answer(people[1], row, choice="again")


def test_a_volunteers_hours_are_told(make_activity: MakeActivity, worker: Person, resident: Person) -> None:
    from linli.foundation.events.models import OutboxEvent

    row = make_activity(kind="festival")
    shift = festival.add_shift(worker, row, name="茶水", starts=at(5, 13, 12), ends=at(5, 15, 12), places=1)
    got = joining.help_out(resident, shift)
    assert isinstance(got, Reservation)
    with clock.at(at(5, 13, 12)):
        bookings.check_in(worker, shift.session, got)
        deliver_all()
    sent = OutboxEvent.objects.get(name="activities.helped").payload
    assert (sent["person"], sent["minutes"]) == (resident.pk, 120)


def test_the_stranger_may_not_join(make_activity: MakeActivity, stranger: Person) -> None:
    row = make_activity()
    with pytest.raises(Denied):
        joining.sign_up(stranger, row, only_session(row))
