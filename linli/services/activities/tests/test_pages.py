"""The pages as people meet them: they open, filter, refuse in words; next door gets 404, who may not do it 403."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused
from linli.mechanisms.bookings.models import Session
from linli.services.activities import queries
from linli.services.activities.actions import clubs, festival, joining, planning
from linli.services.activities.models import Activity, Club, ClubMember, ProgrammeItem
from linli.services.activities.tests.conftest import MakeActivity, at, only_session

pytestmark = pytest.mark.django_db
Open = Callable[[Person], Client]


# ── finding ──

@pytest.mark.parametrize(("query", "shown"), [
    ("", True), ("kind=class", True), ("kind=lecture", False), ("q=剪纸", True), ("q=书法", False),
    ("on=2026-12-05", True), ("on=2026-12-06", False), ("when=today", False), ("when=month", True),
    ("past=1", False), ("on=x", True)])
def test_browse(query: str, shown: bool, make_activity: MakeActivity, resident: Person, client_of: Open) -> None:
    make_activity(summary="剪一幅窗花")
    page = client_of(resident).get(f"{reverse('activities:home')}?{query}").content.decode()
    assert ("还有 3 个名额" in page) is shown


def test_a_draft_is_nobodys_business(make_activity: MakeActivity, resident: Person, worker: Person,
                                     client_of: Open) -> None:
    row = make_activity(publish=False)
    url = reverse("activities:activity", args=[row.pk])
    assert client_of(resident).get(url).status_code == 404
    assert client_of(worker).get(url).status_code == 200
    assert not list(queries.upcoming(resident, row.area))


def test_one_page_says_what_people_ask(make_activity: MakeActivity, resident: Person, client_of: Open) -> None:
    row = make_activity(
        kind="folk", title="冬至搓汤圆", audience="全家", step_free="门口有坡道", weather_plan="改到食堂",
        custom={"day": "冬至", "done": "搓汤圆", "leader": "钱奶奶", "hazards": ["fire"], "safety": "灶台拉线"})
    page = client_of(resident).get(reverse("activities:activity", args=[row.pk])).content.decode()
    for words in ("全家", "门口有坡道", "改到食堂", "冬至", "谁来领：钱奶奶", "旁边放灭火器", "灶台拉线", ".ics",
                  "还有 3 个名额"):
        assert words in page
    assert "还没写清楚，来之前请先打电话问" not in page


def test_a_custom_says_what_is_done(make_activity: MakeActivity) -> None:
    with pytest.raises(Refused, match="no_custom"):
        make_activity(kind="folk", custom={"day": "端午", "done": "", "leader": "钱奶奶"})
    with pytest.raises(Refused, match="no_custom"):
        make_activity(kind="folk")


@pytest.mark.parametrize("name", [
    "activity", "programme", "poster_pdf", "programme_pdf", "desk_activity", "permit", "festival", "photos", "sign_ups",
    "activity_edit", "cancel", "calls_to_make"])
def test_next_door_gets_404(name: str, make_activity: MakeActivity, stranger: Person, other_worker: Person,
                            client_of: Open) -> None:
    row = make_activity()
    for person in (stranger, other_worker):
        assert client_of(person).get(reverse(f"activities:{name}", args=[row.pk])).status_code == 404


@pytest.mark.parametrize("name", ["desk_activity", "festival", "photos", "sign_ups", "calls_to_make"])
def test_a_neighbour_may_see_but_not_run(name: str, make_activity: MakeActivity, resident: Person, make_person: Any,
                                         community: Area, client_of: Open) -> None:
    teacher = make_person("许老师", community)
    row = make_activity(host=teacher)
    url = reverse(f"activities:{name}", args=[row.pk])
    assert client_of(resident).get(url).status_code == 403
    assert client_of(teacher).get(url).status_code == 200  # who leads it runs it, staff or not


# ── planning ──

def test_from_the_form_to_the_poster(worker: Person, community: Area, resident: Person, client_of: Open) -> None:
    desk = client_of(worker)
    refused = desk.post(reverse("activities:activity_new"), {"title": "书法班", "kind": "class"})
    assert refused.status_code == 422
    assert "书法班" in refused.content.decode()
    sent = {"title": "书法班", "kind": "class", "place": "二楼", "mode": "newcomers",
            "newcomers_until": "2026-12-01T08:00", "unit": "term", "party_max": 2, "adults_min": 0, "cap_term": 1,
            "closes_h": 2, "cancel_h": 24, "signup": "on", "expected": 20, "event_class": "",
            "is_public": "on", "step_free": "有电梯"}
    assert desk.post(reverse("activities:activity_new"), sent).status_code == 302
    row = Activity.objects.get()
    assert row.offer is not None
    assert (row.offer.terms.mode, row.offer.terms.unit, row.offer.terms.cap_term) == ("newcomers", "term", 1)
    refused = desk.post(reverse("activities:publish", args=[row.pk]), follow=True)
    assert "还没有排时间。请先加一场。" in refused.content.decode()
    series = {"starts": "2026-12-01T09:30", "minutes": 90, "places": 2, "every": 1, "weekdays": ["TU"],
              "until": "2027-01-19", "holidays": "skip"}
    assert desk.post(reverse("activities:series_new", args=[row.pk]), {**series, "weekdays": []}).status_code == 422
    assert desk.post(reverse("activities:series_new", args=[row.pk]), series).status_code == 302
    assert Session.objects.filter(offer=row.offer).count() == 8
    assert desk.post(reverse("activities:publish", args=[row.pk])).status_code == 302
    row.refresh_from_db()
    assert row.starts == datetime.fromisoformat("2026-12-01T09:30+08:00")
    got = joining.sign_up(resident, row, queries.sessions_of(row)[0])
    assert got.party.reservations.count() == 8  # a term at once
    for name in ("poster_pdf", "programme_pdf"):
        answer = client_of(resident).get(reverse(f"activities:{name}", args=[row.pk]))
        words = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
        assert "书法班" in words
    edit = desk.get(reverse("activities:activity_edit", args=[row.pk])).content.decode()
    assert "2026-12-01T08:00" in edit
    assert desk.post(reverse("activities:activity_edit", args=[row.pk]), {**sent, "title": "楷书班"}).status_code == 302
    row.refresh_from_db()
    assert (row.title, row.offer.title if row.offer else "") == ("楷书班", "楷书班")


def test_copy_brings_words_and_rules_but_no_people(make_activity: MakeActivity, worker: Person, resident: Person,
                                                   client_of: Open) -> None:
    row = make_activity(rules={"party_max": 4}, bring="剪刀")
    joining.sign_up(resident, row, only_session(row))
    assert client_of(worker).post(reverse("activities:copy", args=[row.pk])).status_code == 302
    made = Activity.objects.get(copied_from=row)
    assert (made.state, made.bring, made.offer and made.offer.terms.party_max) == ("draft", "剪刀", 4)
    assert queries.sessions_of(made) == []


def test_another_time_is_told_and_another_place_moves_the_times(make_activity: MakeActivity, worker: Person,
                                                                resident: Person, client_of: Open) -> None:
    row = make_activity()
    session = only_session(row)
    joining.sign_up(resident, row, session)
    url = reverse("activities:session_edit", args=[row.pk, session.pk])
    assert client_of(worker).post(url, {"starts": "2026-12-06T10:00", "minutes": 60, "places": 5}).status_code == 302
    planning.change(worker, Activity.objects.get(pk=row.pk), place="三楼")
    session.refresh_from_db()
    assert (session.capacity, session.place) == (5, "三楼")
    assert Notice.objects.filter(person=resident, key__startswith="bookings.session_moved").count() == 2


def test_calling_off_asks_first_tells_all_and_lists_whom_to_ring(make_activity: MakeActivity, worker: Person,
                                                                 resident: Person, client_of: Open) -> None:
    row = make_activity()
    session = only_session(row)
    joining.sign_up(resident, row, session)
    desk = client_of(worker)
    assert desk.post(reverse("activities:sign_up_for", args=[row.pk, session.pk]), {
        "name": "孙奶奶", "phone": "13900001234", "count": 2, "channel": "phone"}).status_code == 302
    url = reverse("activities:cancel", args=[row.pk])
    assert "3 个人会马上收到消息" in desk.get(url).content.decode()
    assert desk.post(url, {"reason": ""}).status_code == 422
    for _tap in range(2):
        assert desk.post(url, {"reason": "老师病了"}).status_code == 302
    calls = desk.get(reverse("activities:calls_to_make", args=[row.pk])).content.decode()
    assert "孙奶奶" in calls
    assert "13900001234" in calls
    assert Notice.objects.filter(person=resident, key__startswith="bookings.session_cancelled").count() == 1
    page = client_of(resident).get(reverse("activities:activity", args=[row.pk])).content.decode()
    assert "这个活动取消了：老师病了" in page
    with pytest.raises(Refused, match="over"):
        planning.publish(worker, Activity.objects.get(pk=row.pk))


def test_the_export_has_no_formulas(make_activity: MakeActivity, worker: Person, client_of: Open) -> None:
    row = make_activity()
    joining.sign_up_for(worker, row, only_session(row), name="=1+1", phone="1", count=1, channel="phone")
    text = client_of(worker).get(reverse("activities:sign_ups", args=[row.pk])).content.decode()
    assert "'=1+1" in text
    assert "不拍照" in text


# ── festival ──

def test_a_programme_of_stages_and_times(make_activity: MakeActivity, worker: Person, resident: Person,
                                         client_of: Open) -> None:
    row = make_activity(kind="festival", title="文化节", signup=False, weather_plan="改到食堂")
    desk, add = client_of(worker), lambda verb: reverse("activities:festival_add", args=[row.pk, verb])
    for name in ("主舞台", "手艺棚"):
        assert desk.post(add("stage"), {"name": name}).status_code == 302
    assert desk.post(add("stage"), {"name": "主舞台"}).status_code == 422
    main, craft = row.stages.all()
    item = {"stage": main.pk, "kind": "show", "title": "合唱", "who": "合唱队", "starts": "2026-12-05T14:00",
            "minutes": 30}
    assert desk.post(add("item"), item).status_code == 302
    clash = desk.post(add("item"), {**item, "title": "太极扇", "starts": "2026-12-05T14:20"})
    assert clash.status_code == 422
    assert "太极扇" in clash.content.decode()
    assert desk.post(add("item"), {**item, "title": "太极扇", "starts": "2026-12-05T14:30"}).status_code == 302
    assert desk.post(add("item"), {**item, "stage": craft.pk, "title": "剪纸", "minutes": 60}).status_code == 302
    assert desk.post(add("item"), {**item, "starts": "2026-12-05T20:00"}).status_code == 422  # not within the festival
    assert desk.post(add("item"), {**item, "kind": "rehearsal", "title": "走台", "starts": "2026-12-04T19:00"}
                     ).status_code == 302
    assert desk.post(add("shift"), {"name": "茶水", "starts": "2026-12-05T13:00", "minutes": 120, "places": 1}
                     ).status_code == 302
    grid = queries.grid_of(row, queries.items_of(row))[0]
    assert [[(cell.title if cell else "", span) for cell, span in line.cells] for line in grid.rows] == [
        [("合唱", 1), ("剪纸", 2)], [("太极扇", 1)]]
    client, url = client_of(resident), reverse("activities:programme", args=[row.pk])
    page = client.get(url).content.decode()
    assert "合唱" in page
    assert "下雨：改到食堂" in page
    assert "走台" not in page
    shift = row.shifts.get()
    assert client.post(reverse("activities:help_out", args=[shift.pk]), {"do": "join"}).status_code == 302
    assert "走台" in client.get(url).content.decode()  # who helps sees the rehearsal
    words = PdfReader(io.BytesIO(client.get(reverse("activities:programme_pdf", args=[row.pk])).content))
    assert "剪纸" in words.pages[0].extract_text()
    client.post(reverse("activities:help_out", args=[shift.pk]), {"do": "leave"})
    assert shift.session.reservations.filter(is_active=True).count() == 0
    choir = ProgrammeItem.objects.get(title="合唱")
    assert desk.post(reverse("activities:item_drop", args=[choir.pk])).status_code == 302
    with pytest.raises(Denied):
        festival.add_stage(resident, row, name="偷加的")


# ── clubs ──

@pytest.fixture
def club(worker: Person, community: Area, neighbour: Person) -> Club:
    return clubs.found(worker, community, name="合唱队", about="唱老歌也学新歌", leader=neighbour, place="二楼")


def test_a_club_with_its_own_calendar(club: Club, neighbour: Person, resident: Person, client_of: Open) -> None:
    leader, member = client_of(neighbour), client_of(resident)
    url = reverse("activities:club", args=[club.pk])
    for _tap in range(2):
        assert member.post(reverse("activities:club_verb", args=[club.pk, "join"])).status_code == 302
    assert ClubMember.objects.filter(club=club, left_at=None).count() == 2
    meet = reverse("activities:club_meet", args=[club.pk])
    assert member.post(meet, {"starts": "2026-12-01T19:00", "minutes": 90, "places": 30}).status_code == 403
    assert leader.post(meet, {"starts": "2026-12-01T19:00", "minutes": 90, "places": 30, "weekly_until": "2026-12-15"}
                       ).status_code == 302
    session = Session.objects.filter(offer=club.offer).order_by("starts")[0]
    assert member.post(reverse("activities:club_going", args=[club.pk, session.pk]), {"do": "join"}).status_code == 302
    assert "我来" in member.get(url).content.decode()
    feed = Client().get(reverse("bookings:offer_feed", args=[club.offer_id]))
    assert b"RRULE:FREQ=WEEKLY" in feed.content
    assert "赵先生" not in feed.content.decode()
    assert "成员名单" not in member.get(url).content.decode()
    assert "成员名单" in leader.get(url).content.decode()
    with pytest.raises(Refused, match="leader"):
        clubs.leave(neighbour, club)
    member.post(reverse("activities:club_verb", args=[club.pk, "leave"]))
    assert ClubMember.objects.filter(club=club, left_at=None).count() == 1


def test_clubs_next_door(club: Club, stranger: Person, other_worker: Person, client_of: Open) -> None:
    assert client_of(stranger).get(reverse("activities:club", args=[club.pk])).status_code == 404
    assert client_of(other_worker).post(reverse("activities:club_close", args=[club.pk])).status_code == 404


def test_a_club_from_the_desk(worker: Person, neighbour: Person, resident: Person, client_of: Open) -> None:
    desk, url = client_of(worker), reverse("activities:desk_clubs")
    sent = {"name": "棋友会", "about": "周末下象棋", "leader_phone": neighbour.phone}
    assert desk.post(url, {**sent, "leader_phone": "13111111111"}).status_code == 422
    assert desk.post(url, sent).status_code == 302
    assert desk.post(url, sent).status_code == 422  # the same name twice
    club = Club.objects.get()
    desk.post(reverse("activities:club_hand_over", args=[club.pk]), {"phone": resident.phone})
    club.refresh_from_db()
    assert club.leader == resident
    desk.post(reverse("activities:club_close", args=[club.pk]))
    with pytest.raises(Refused, match="over"):
        clubs.join(neighbour, Club.objects.get(pk=club.pk))


# ── other rooms' pages ──

def test_what_waits_for_me_stands_at_home(make_activity: MakeActivity, resident: Person, client_of: Open) -> None:
    row = make_activity()
    joining.sign_up(resident, row, only_session(row))
    with clock.at(at(4, 9, 12)):
        page = client_of(resident).get("/").content.decode()
        assert "剪纸班" in page
    assert [hit[0] for hit in queries.search(resident, row.area, "剪纸")] == ["剪纸班"]


def test_interpreters_are_booked_with_a_place(make_activity: MakeActivity, resident: Person, client_of: Open) -> None:
    row = make_activity()
    session = only_session(row)
    url = reverse("activities:interpreter", args=[row.pk, session.pk])
    assert "请先报名" in client_of(resident).post(url, follow=True).content.decode()
    joining.sign_up(resident, row, session)
    answer = client_of(resident).post(url, follow=True)
    assert "没有空的手语翻译" in answer.content.decode()  # nobody is on the list yet: said in words


def test_lists_are_few_queries(make_activity: MakeActivity, resident: Person, client_of: Open,
                               django_assert_max_num_queries: Any) -> None:
    for n in range(8):
        make_activity(title=f"讲座{n}", starts=at(5, 9, 12) + timedelta(days=n))
    client = client_of(resident)
    client.get(reverse("activities:home"))
    with django_assert_max_num_queries(24):
        client.get(reverse("activities:home"))
