"""The pages as people meet them: they open, they refuse in words, and next door gets 404."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused
from linli.mechanisms.cases import actions as cases
from linli.services.children import buses, jobs, outings, queries
from linli.services.children.actions import care, days, outings as outing_actions, people, places, routes
from linli.services.children.models import CareGroup, Child, Collector, DayEntry, Hazard, Route, Spot
from linli.services.children.tests.conftest import at, picture

pytestmark = pytest.mark.django_db
Open = Callable[[Person], Client]
GOOD = dict.fromkeys(("frame", "edges", "ground", "fence", "light", "clean"), "good")


def test_a_hazard_stands_at_its_place_until_it_is_mended(resident: Person, worker: Person, spot: Spot,
                                                         client_of: Open) -> None:
    client, url = client_of(resident), reverse("children:spot", args=[spot.pk])
    assert "还没修好的隐患" not in client.get(url).content.decode()
    sent = {"category": "broken", "text": "滑梯右边裂了", "once": "abc"}
    for _tap in range(2):
        assert client.post(reverse("children:hazard", args=[spot.pk]), sent).status_code == 302
    hazard = Hazard.objects.get()  # a double tap is one case
    assert "还没修好的隐患" in client.get(url).content.decode()
    cases.act(worker, hazard.case, "finish", note="换了新板")
    assert "说修好了，待确认" in client.get(url).content.decode()
    cases.act(resident, hazard.case, "rate", solved=True, stars=5)
    assert "还没修好的隐患" not in client.get(url).content.decode()
    assert queries.spots(resident, spot.area).get(pk=spot.pk).open_hazards == 0


def test_a_hazard_on_the_way_costs_points(resident: Person, route: Route) -> None:
    before = queries.scored([route])[0]
    places.report_hazard(resident, segment=route.segments.get(order=1), category="ground", text="窨井盖松了")
    after = queries.scored([Route.objects.get(pk=route.pk)])[0]
    assert after.stretches[0].score.points == before.stretches[0].score.points - 15


def test_what_was_typed_stays(resident: Person, spot: Spot, client_of: Open) -> None:
    answer = client_of(resident).post(reverse("children:hazard", args=[spot.pk]), {"text": "滑梯右边裂了"})
    assert answer.status_code == 422
    assert "滑梯右边裂了" in answer.content.decode()


def test_a_check_that_says_stop_closes_the_place_and_opens_a_case(worker: Person, spot: Spot) -> None:
    with pytest.raises(Refused, match="not_all"):
        places.check_spot(worker, spot, items={"frame": "good"})
    places.check_spot(worker, spot, items={**GOOD, "frame": "stop"}, findings="螺丝断了")
    spot.refresh_from_db()
    assert (spot.is_closed, spot.closed_because) == (True, "螺丝断了")
    assert Hazard.objects.get().case.urgency == "danger"
    places.check_spot(worker, spot, items=GOOD)
    spot.refresh_from_db()
    assert (spot.is_closed, spot.next_check_on) == (False, date(2027, 2, 21))


def test_staff_hear_of_a_check_twice_and_no_more(worker: Person, spot: Spot) -> None:
    Spot.objects.update(next_check_on=date(2026, 12, 1))
    for _run in range(3):
        jobs.remind_checks()
    with clock.at(at(9, day=30).replace(month=12)):
        for _run in range(3):
            jobs.remind_checks()
    assert Notice.objects.filter(person=worker, key__startswith=f"children.check.{spot.pk}").count() == 2


@pytest.mark.parametrize(("age", "found"), [(2, False), (3, True), (10, True), (11, False)])
def test_places_by_age(age: int, found: bool, resident: Person, spot: Spot) -> None:
    assert queries.spots(resident, spot.area, age=age).exists() is found


def test_who_walks_with_children_was_looked_up(worker: Person, neighbour: Person, carer: Person, route: Route,
                                               child: Child, resident: Person) -> None:
    from datetime import time

    bus = routes.save_bus(worker, route, name="步行队", weekdays=[1, 2, 3, 4, 5], departs=time(7, 30), meets_at="东门",
                          adults_min=2)
    routes.join_bus(resident, bus, child)
    with pytest.raises(Refused, match="not_vetted"):
        routes.take_turn(neighbour, bus, date(2026, 11, 24))
    with pytest.raises(Denied):
        routes.join_bus(neighbour, bus, child)
    routes.take_turn(carer, bus, date(2026, 11, 24))
    assert next(day for day in buses.rota(bus) if day.on == date(2026, 11, 24)).lacks == "too_few"
    with clock.at(at(17, 50)):
        assert buses.tell_families() == 0
    for _run in range(2):
        with clock.at(at(18, 10)):
            buses.tell_families()
    assert Notice.objects.filter(person=resident, key__startswith=f"children.bus.{bus.pk}").count() == 1


def test_a_family_comes_with_an_adult_or_not_at_all(worker: Person, resident: Person, community: Area,
                                                    neighbour: Person, community_head: Person) -> None:
    with pytest.raises(Refused, match="not_vetted"):
        outing_actions.plan(worker, community, title="做灯笼", starts=at(9, day=28), ends=at(10, day=28), places=4)
    people.record_vetting(community_head, community, worker, checked_on=date(2026, 10, 1), receipt="查1")
    row = outing_actions.plan(worker, community, title="做灯笼", starts=at(9, day=28), ends=at(10, day=28), places=4,
                              place="活动室", age_from=3, age_to=10)
    with pytest.raises(Refused, match="no_adult"):
        outing_actions.join(resident, row, adults=0, children=[("小满", 2018)])
    resident.birth_year = 2012
    with pytest.raises(Refused, match="adult_needed"):
        outing_actions.join(resident, row, adults=1, children=[("小满", 2018)])
    resident.birth_year = 1988
    assert outing_actions.join(resident, row, adults=1, children=[("小满", 2018)])
    assert not outing_actions.join(neighbour, row, adults=2, children=[("小树", 2019)])  # three do not fit into two
    waits = outings.mine(neighbour, row)
    assert waits is not None
    assert waits.position == 1


def test_the_guardians_page_and_the_tablet(resident: Person, carer: Person, group: CareGroup, child: Child,
                                           grandmother: Collector, client_of: Open, worker: Person) -> None:
    care.enrol(resident, group, child)
    mother, tablet = client_of(resident), client_of(carer)
    assert "林小满" in tablet.get(reverse("children:today", args=[group.pk])).content.decode()
    entry = DayEntry.objects.get()
    with clock.at(at(15, 40)):
        assert tablet.post(reverse("children:take_in", args=[entry.pk]), {"teacher": ""}).status_code == 422
        tablet.post(reverse("children:take_in", args=[entry.pk]), {"teacher": "方老师"})
    assert "15:40 到了" in mother.get(reverse("children:child", args=[child.pk])).content.decode()
    with clock.at(at(17, 30)):
        answer = mother.post(reverse("children:code", args=[grandmother.pk]))
        assert answer["Cache-Control"] == "no-store"
        code = answer.context["code"]
        out = reverse("children:hand_out", args=[entry.pk])
        given = {"collector": grandmother.pk, "code": code, "looked": "on"}
        assert tablet.post(out, {**given, "code": "1"}).status_code == 422
        assert tablet.post(out, given).status_code == 302
    assert "周桂英" in mother.get(reverse("children:child", args=[child.pk])).content.decode()


def test_a_photograph_is_seen_by_guardian_and_carer_alone(resident: Person, carer: Person, group: CareGroup,
                                                          child: Child, grandmother: Collector,
                                                          neighbour: Person) -> None:
    from linli.foundation.files import may_see
    from linli.foundation.files.queries import files_of

    photo = files_of(grandmother).get()
    assert not may_see(carer, photo)
    care.enrol(resident, group, child)
    assert may_see(carer, photo)
    assert may_see(resident, photo)
    assert not may_see(neighbour, photo)
    assert not may_see(None, photo)


def test_adding_a_collector_by_the_page(resident: Person, child: Child, client_of: Open) -> None:
    client, url = client_of(resident), reverse("children:collector_new", args=[child.pk])
    assert client.post(url, {"name": "林大山", "relation": "爷爷"}).status_code == 422
    answer = client.post(url, {"name": "林大山", "relation": "爷爷", "photo": picture()})
    assert answer.status_code == 302
    assert {one.name for one in child.collectors.all()} == {"周桂英", "林大山"}


def test_the_schools_page(teacher: Person, resident: Person, group: CareGroup, child: Child, client_of: Open) -> None:
    care.enrol(resident, group, child)
    url = reverse("children:roll", args=[group.pk])
    assert "林小满" in client_of(teacher).get(url).content.decode()
    entry = DayEntry.objects.get()
    client_of(teacher).post(url, {"away": [entry.pk]})
    entry.refresh_from_db()
    assert entry.state == "absent"
    assert client_of(resident).get(url).status_code in {403, 404}


PLACES = ["spot", "hazard", "route", "group"]


@pytest.mark.parametrize("name", PLACES)
def test_next_door_finds_nothing(name: str, spot: Spot, route: Route, group: CareGroup, stranger: Person,
                                 other_worker: Person, client_of: Open) -> None:
    thing: Any = {"spot": spot, "hazard": spot, "route": route, "group": group}[name]
    for person in (stranger, other_worker):
        assert client_of(person).get(reverse(f"children:{name}", args=[thing.pk])).status_code == 404


def test_next_door_finds_no_child(child: Child, group: CareGroup, resident: Person, grandmother: Collector,
                                  stranger: Person, other_worker: Person, neighbour: Person, client_of: Open) -> None:
    care.enrol(resident, group, child)
    days.prepare_day(group, date(2026, 11, 23))
    entry = DayEntry.objects.get()
    for person in (stranger, other_worker, neighbour):
        client = client_of(person)
        for name, pk in (("child", child.pk), ("collector_new", child.pk), ("take_in", entry.pk),
                         ("hand_out", entry.pk), ("today", group.pk), ("roll", group.pk), ("desk_child", child.pk)):
            assert client.get(reverse(f"children:{name}", args=[pk])).status_code in {403, 404}, (person, name)
        assert client.post(reverse("children:code", args=[grandmother.pk])).status_code == 404
        found = client.get(reverse("portal:search"), {"q": "林小满"}).content.decode()
        assert "林**" not in found


def test_search_finds_doors_places_and_books(resident: Person, spot: Spot, book: Any) -> None:
    assert [hit[0] for hit in queries.search(resident, spot.area, "托管")] == ["放学后托管"]
    assert queries.search(resident, spot.area, "儿童乐园")[0][2] == reverse("children:spot", args=[spot.pk])
    assert queries.search(resident, spot.area, "小鸭子")[0][0] == "《小鸭子找朋友》"
