"""大型群众性活动: nothing large is published without its permit, and nothing leaves it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation.calendar import clock
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Organisation, Person
from linli.foundation.policy import policy
from linli.foundation.web import Denied, Refused
from linli.services.activities import jobs, permits
from linli.services.activities.actions import permits as actions, planning
from linli.services.activities.models import Activity, Permit
from linli.services.activities.tests.conftest import MakeActivity, at, only_session

pytestmark = pytest.mark.django_db
FAIR = at(10, 18, 1).replace(year=2027)  # the last day to apply is 2026-12-21


@pytest.fixture
def make_fair(make_activity: MakeActivity, committee: Organisation) -> MakeActivity:
    def make(**facts: Any) -> Activity:
        known = {"kind": "neighbours", "title": "灯会", "text": "猜灯谜", "place": "河畔步道", "event_class": "fair",
                 "organisation": committee, "expected": 1000, "places": 300, "starts": FAIR, "publish": False, **facts}
        return make_activity(**known)

    return make


def write_plan(worker: Person, row: Activity) -> None:
    for point in policy("activities.safety_plan"):
        actions.write_point(worker, row, point["code"], "都安排好了，见附件。")


def permitted(worker: Person, row: Activity, *, persons: int = 1500, number: str = "公安安许字001") -> Permit:
    write_plan(worker, row)
    asked = actions.apply(worker, row, applied_on=date(2026, 11, 23))
    return actions.grant(worker, asked, number=number, granted_on=date(2026, 11, 23), persons=persons)


@pytest.mark.parametrize(("facts", "faults"), [
    ({"expected": 999}, []),
    ({"expected": 1000}, ["plan", "no_permit"]),
    ({"expected": 4999}, ["plan", "no_permit"]),
    ({"expected": 5000}, ["plan", "no_permit"]),
    ({"expected": 10, "places": 1000}, ["plan", "no_permit"]),  # who offers 1,000 places expects 1,000
    ({"expected": 9000, "event_class": ""}, []),  # a kind outside the five classes
    ({"expected": 9000, "is_public": False}, []),
    ({"expected": 9000, "is_daily_business": True}, []),
    ({"expected": 9000, "by_government": True}, ["plan"]),
    ({"expected": 9000, "organisation": None}, ["no_body"]),
])
def test_what_stops_publishing(facts: dict[str, Any], faults: list[str], make_fair: MakeActivity,
                               worker: Person) -> None:
    row = make_fair(**facts)
    assert permits.gate_of(row).faults == faults
    if faults:
        with pytest.raises(Refused, match="permit") as refusal:
            planning.publish(worker, row)
        assert refusal.value.data["faults"] == faults
        row.refresh_from_db()
        assert row.state == "draft"
    else:
        assert planning.publish(worker, row).is_published


@pytest.mark.parametrize(("expected", "authority"), [(999, ""), (1000, "county"), (4999, "county"), (5000, "city")])
def test_who_decides(expected: int, authority: str, make_fair: MakeActivity) -> None:
    assert permits.gate_of(make_fair(expected=expected)).authority == authority


def test_places_at_the_same_time_add_up(make_fair: MakeActivity, worker: Person) -> None:
    row = make_fair(expected=100, places=600)
    assert permits.gate_of(row).persons == 600
    planning.add_session(worker, row, starts=FAIR + timedelta(hours=1), ends=FAIR + timedelta(hours=3), places=600)
    assert permits.gate_of(row).authority == "county"


def test_with_the_permit_it_goes_out_and_is_frozen(make_fair: MakeActivity, worker: Person) -> None:
    row = make_fair()
    permitted(worker, row, persons=1200)
    row = planning.publish(worker, row)
    session = only_session(row)
    with pytest.raises(Refused, match="permit"):  # 第7条第4项: no more places than approved
        planning.change_session(worker, row, session, capacity=1201)
    planning.change_session(worker, row, session, capacity=1200)
    changes = [({"place": "操场"}, "place"), ({"text": "猜灯谜，放焰火"}, "content"), ({"expected": 1300}, "size")]
    for facts, fault in changes:
        with pytest.raises(Refused) as refusal:
            planning.change(worker, Activity.objects.get(pk=row.pk), **facts)
        assert refusal.value.data["faults"] == [fault]
    planning.change(worker, row, summary="灯谜有奖", bring="手电")  # what no permit speaks of


def test_another_time_needs_consent(make_fair: MakeActivity, worker: Person) -> None:
    row = make_fair()
    granted = permitted(worker, row)
    row, session = planning.publish(worker, row), only_session(row)
    later = FAIR + timedelta(days=1)
    with pytest.raises(Refused, match="permit"):
        planning.change_session(worker, row, session, starts=later)
    actions.agree_time(worker, granted, reference="公安同意2026-9", agreed_on=date(2026, 11, 23), starts=later,
                       ends=later + timedelta(hours=2))
    planning.change_session(worker, row, session, starts=later)
    row.refresh_from_db()
    assert row.starts == later


def test_another_place_needs_a_new_permit(make_fair: MakeActivity, worker: Person) -> None:
    row = make_fair()
    old = permitted(worker, row)
    row = planning.publish(worker, row)
    asked = actions.apply(worker, row, applied_on=date(2026, 11, 23), place="小学操场", new_content=True)
    actions.grant(worker, asked, number="公安安许字002", granted_on=date(2026, 11, 23), persons=1500)
    old.refresh_from_db()
    assert old.state == "replaced"
    changed = planning.change(worker, Activity.objects.get(pk=row.pk), place="小学操场", text="猜灯谜，走桥")
    assert only_session(changed).place == "小学操场"
    with pytest.raises(Refused, match="permit"):
        planning.change(worker, Activity.objects.get(pk=row.pk), text="放焰火")


def test_a_district_permit_does_not_carry_five_thousand(make_fair: MakeActivity, worker: Person) -> None:
    row = make_fair(expected=4999)
    permitted(worker, row, persons=6000)
    planning.change(worker, row, expected=5000)
    assert permits.gate_of(Activity.objects.get(pk=row.pk)).faults == ["wrong_authority"]


@pytest.mark.parametrize(("call", "code"), [
    ({"applied_on": date(2026, 11, 24)}, "future"), ({"applied_on": date(2026, 12, 22)}, "too_late")])
def test_application_in_time(call: dict[str, Any], code: str, make_fair: MakeActivity, worker: Person) -> None:
    row = make_fair()
    with clock.at(at(23) if code == "future" else at(23, 12, 12)), pytest.raises(Refused, match=code):
        actions.apply(worker, row, **call)


def test_the_desk_hears_thirty_days_before_and_when_it_is_too_late(make_fair: MakeActivity, worker: Person) -> None:
    row = make_fair()
    assert jobs.remind_permits() == 0
    with clock.at(at(12, 12, 12)):
        for _run in range(3):
            jobs.remind_permits()
        assert Notice.objects.filter(key__startswith=f"activities.permit.{row.pk}").count() == 1
    with clock.at(at(22, 12, 12)):
        assert permits.gate_of(row).is_late
        for _run in range(3):
            jobs.remind_permits()
    told = Notice.objects.filter(person=worker, key__startswith=f"activities.permit.{row.pk}")
    assert {one.key.rsplit(".", 1)[1] for one in told} == {"soon", "late"}


def test_nobody_is_reminded_of_a_permit_that_is_there(make_fair: MakeActivity, worker: Person) -> None:
    permitted(worker, make_fair())
    with clock.at(at(12, 12, 12)):
        assert jobs.remind_permits() == 0


@pytest.mark.parametrize(("expected", "warns"), [(199, False), (200, True)])
def test_a_warning_from_two_hundred(expected: int, warns: bool, make_fair: MakeActivity, worker: Person,
                                    client_of: Callable[[Person], Client]) -> None:
    row = make_fair(expected=expected, places=20)
    assert permits.gate_of(row).warns is warns
    page = client_of(worker).get(reverse("activities:desk_activity", args=[row.pk])).content.decode()
    assert ("请想好进出口" in page) is warns


def test_the_page_of_the_permit(make_fair: MakeActivity, worker: Person, resident: Person, other_worker: Person,
                                client_of: Callable[[Person], Client]) -> None:
    row = make_fair()
    desk, url = client_of(worker), reverse("activities:permit", args=[row.pk])
    assert "区（县）公安局" in desk.get(url).content.decode()
    assert desk.post(reverse("activities:permit_point", args=[row.pk]),
                     {"code": "fire", "text": "灭火器 12 只"}).status_code == 302
    apply = reverse("activities:permit_verb", args=[row.pk, "apply"])
    assert desk.post(apply, {"applied_on": ""}).status_code == 422
    assert desk.post(apply, {"applied_on": "2026-11-23"}).status_code == 302
    asked = Permit.objects.get()
    grant = reverse("activities:permit_verb", args=[row.pk, "grant"])
    refused = desk.post(grant, {"permit": asked.pk, "number": "", "granted_on": "2026-11-23", "persons": 1000})
    assert refused.status_code == 422
    assert desk.post(grant, {"permit": asked.pk, "number": "公安安许字003", "granted_on": "2026-11-23",
                             "persons": 1000}).status_code == 302
    assert "公安安许字003" in desk.get(reverse("activities:desk_permits")).content.decode()
    assert client_of(resident).get(url).status_code == 404
    assert client_of(other_worker).get(url).status_code == 404
    with pytest.raises(Denied):
        actions.write_point(resident, row, "fire", "灭火器 12 只")
