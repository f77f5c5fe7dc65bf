"""Pools, turns, sending back, visits, photos."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from linli.foundation.calendar import clock
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person, RoleAssignment
from linli.foundation.web import Denied, Refused
from linli.mechanisms.cases import actions as cases
from linli.mechanisms.cases.models import Case
from linli.services.repairs import actions, jobs, queries
from linli.services.repairs.models import Pool
from linli.services.repairs.tests.conftest import shift
from linli.services.repairs.tests.test_report import photo

pytestmark = pytest.mark.django_db


def power(resident: Person, community: Any, building: Any, desk: Person, n: int = 0) -> Case:
    case = actions.report(resident, community, actions.Report(
        text=f"楼道跳闸 {n}", category="power", building=building))
    return cases.act(desk, case, "offer")


def test_who_may_pick(offered: Case, property_worker: Person, mate: Person, worker: Person) -> None:
    shift(property_worker, on=False)
    with pytest.raises(Refused, match="may_not_pick"):
        cases.act(property_worker, offered, "pick")
    with pytest.raises(Denied):
        cases.act(worker, offered, "pick")
    assert cases.act(mate, offered, "pick").assignee_id == mate.pk


def test_a_certificate_is_asked_for(resident: Person, community: Any, building: Any, property_desk: Person,
                                    property_worker: Person) -> None:
    case = power(resident, community, building, property_desk)
    shift(property_worker, skills=[])
    for verb, who, data in (("pick", property_worker, {}), ("dispatch", property_desk, {"worker": property_worker.pk})):
        with pytest.raises(Refused) as refusal:
            cases.act(who, case, verb, **data)
        assert "电工证" in str(refusal.value.sentence)
    shift(property_worker, skills=["电工证"])
    assert cases.act(property_worker, case, "pick").state == "taken"


def test_full_hands_pick_no_more(resident: Person, community: Any, building: Any, property_desk: Person,
                                 property_worker: Person, offered: Case) -> None:
    for n in range(8):
        case = actions.report(resident, community, actions.Report(
            text=f"门坏了 {n}", category="door", building=building))
        cases.act(property_desk, case, "dispatch", worker=property_worker.pk)
    with pytest.raises(Refused, match="may_not_pick"):
        cases.act(property_worker, offered, "pick")


def test_who_sent_it_back_does_not_get_it_again(offered: Case, property_worker: Person, mate: Person,
                                                property_desk: Person) -> None:
    cases.act(property_worker, offered, "pick")
    cases.act(property_worker, offered, "send_back", reason="time")
    cases.act(property_desk, offered, "offer")
    with pytest.raises(Refused, match="may_not_pick"):
        cases.act(property_worker, offered, "pick")
    assert actions.rotate(offered) == mate
    board = {hand.person.pk: hand.sent_back for hand in queries.hands([offered.unit_id])}
    assert board == {property_worker.pk: 1, mate.pk: 0}


def test_sending_back_has_its_minutes(offered: Case, property_worker: Person) -> None:
    cases.act(property_worker, offered, "pick")
    with clock.at(now() + timedelta(minutes=31)), pytest.raises(Refused, match="too_late"):
        cases.act(property_worker, offered, "send_back", reason="time")
    with clock.at(now() + timedelta(minutes=29)):
        assert cases.act(property_worker, offered, "send_back", reason="time").state == "submitted"


def test_not_picked_in_time_comes_to_who_is_next(offered: Case, property_worker: Person, mate: Person) -> None:
    jobs.rotate_unpicked()
    assert Case.objects.get(pk=offered.pk).state == "offered"
    with clock.at(now() + timedelta(minutes=11)):  # urgent: ten minutes
        jobs.rotate_unpicked()
        jobs.rotate_unpicked()
    case = Case.objects.get(pk=offered.pk)
    assert (case.state, case.assignee_id) == ("assigned", property_worker.pk)
    assert Pool.objects.get().turns == {str(property_worker.pk): 1}


def test_turns_skip_who_is_off_shift_and_stay_fair(resident: Person, community: Any, building: Any,
                                                   property_desk: Person, property_worker: Person,
                                                   mate: Person) -> None:
    got = []
    for n in range(4):
        case = actions.report(resident, community, actions.Report(text=f"灯 {n}", category="door", building=building))
        got.append(actions.rotate(cases.act(property_desk, case, "offer")))
    assert got == [property_worker, mate, property_worker, mate]
    shift(property_worker, on=False)
    case = actions.report(resident, community, actions.Report(text="灯", category="door", building=building))
    assert actions.rotate(cases.act(property_desk, case, "offer")) == mate
    shift(mate, on=False)
    last = actions.report(resident, community, actions.Report(text="灯 9", category="door", building=building))
    assert actions.rotate(cases.act(property_desk, last, "offer")) is None


def test_a_shift_is_ones_own_or_the_desks(property_worker: Person, mate: Person, property_desk: Person,
                                          client_of: Any) -> None:
    role = RoleAssignment.objects.get(person=property_worker, role="property_worker")
    url = reverse("repairs:shift", args=[role.pk])
    assert client_of(mate).post(url, {"on": "0"}).status_code in (403, 404)
    client_of(property_worker).post(url, {"on": "0"})
    role.refresh_from_db()
    assert not role.on_shift
    client_of(property_desk).post(url, {"on": "1"})
    role.refresh_from_db()
    assert role.on_shift


def test_the_board_says_how_long_it_waits(client_of: Any, offered: Case, property_worker: Person) -> None:
    with clock.at(now() + timedelta(minutes=7)):
        said = client_of(property_worker).get(reverse("repairs:pool")).content.decode()
    assert "放出 7 分钟" in said
    assert "我来接" in said


def test_money_matters_need_a_photo_from_before(resident: Person, community: Any, home: Any, property_desk: Person,
                                                property_worker: Person, client_of: Any) -> None:
    case = actions.report(resident, community, actions.Report(text="水管漏", category="water", home=home,
                                                              building=home.building))
    cases.act(property_desk, case, "dispatch", worker=property_worker.pk)
    cases.act(property_worker, case, "take")
    with pytest.raises(Refused, match="no_before_photo"):
        cases.act(property_worker, case, "finish", note="好了", after_photo=1)
    url = reverse("repairs:before", args=[case.number])
    assert client_of(property_worker).post(url, {}).status_code == 422
    client_of(property_worker).post(url, {"photos": [photo()]})
    with pytest.raises(Refused, match="no_photo"):
        cases.act(property_worker, case, "finish", note="好了")
    assert cases.act(property_worker, case, "finish", note="好了", after_photo=1).state == "done"


DESK = ("quote", "agreement", "payer", "payment", "material", "desk_visit", "missed", "before")


def test_a_stranger_finds_nothing(client_of: Any, leak: Case, stranger: Person, neighbour: Person,
                                  other_worker: Person, prices: Any) -> None:
    for person in (stranger, neighbour, other_worker):
        client = client_of(person)
        for name in DESK:
            assert client.get(reverse(f"repairs:{name}", args=[leak.number])).status_code == 404, name
        for name in ("visit", "dispute"):
            assert client.post(reverse(f"repairs:{name}", args=[leak.number])).status_code == 404, name
        assert client.get(reverse("repairs:price_list", args=[prices.pk])).status_code == 404
    for name in ("pool", "desk_prices", "stock", "desk_report"):
        assert client_of(neighbour).get(reverse(f"repairs:{name}")).status_code == 404, name


def test_every_desk_page_opens(client_of: Any, leak: Case, property_worker: Person, property_desk: Person, tap: Any,
                               offered: Case) -> None:
    from linli.services.repairs.actions.money import Line

    actions.quote(property_worker, leak, [Line(tap.pk, tap.labour_min, tap.labour_min, tap.material_min)])
    client = client_of(property_desk)
    for name in DESK:
        assert client.get(reverse(f"repairs:{name}", args=[leak.number])).status_code == 200, name
    for name in ("pool", "desk_prices", "stock", "desk_report"):
        assert client.get(reverse(f"repairs:{name}")).status_code == 200, name
    assert client.get(reverse("repairs:price_list", args=[tap.price_list_id])).status_code == 200
    said = client.get(reverse("desk:case", args=[leak.number])).content.decode()
    assert "上门前要知道的" in said
    assert "换水龙头" in said


def test_the_posted_prices_are_read_by_residents(client_of: Any, resident: Person, prices: Any) -> None:
    said = client_of(resident).get(reverse("repairs:prices")).content.decode()
    assert "换水龙头" in said
    assert "30.00–60.00" in said
