"""Devices are wiped between two; drills are asked for and private; the report hides small sums."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.events import deliver_all
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Person
from linli.foundation.privacy.actions import withdraw_consent
from linli.foundation.web import Denied, Refused
from linli.mechanisms.bookings.models import Loan, Session
from linli.services.learning import privacy
from linli.services.learning.actions import courses, devices, drilling, progress, reporting
from linli.services.learning.models import Course, Device, DeviceState, DrillAnswer, DrillPlace, Progress, Wipe
from linli.services.learning.queries import devices as reads, drilling as drills, report
from linli.services.learning.tests.conftest import NOON, at

pytestmark = pytest.mark.django_db
DONE = {"signed_out": True, "photos_erased": True, "code_reset": True}


def refused(code: str) -> Any:
    return pytest.raises(Refused, match=f"^{code}$")


def test_lent_back_wiped_lent(worker: Person, elder: Person, neighbour: Person, tablet: Device) -> None:
    with refused("no_condition"):
        devices.lend(worker, tablet, elder, condition="")
    loan = devices.lend(worker, tablet, elder, condition="没有划痕")
    assert loan.due_on == (NOON + timedelta(days=14)).date()
    with refused("not_here"):
        devices.lend(worker, tablet, neighbour, condition="没有划痕")
    devices.take_back(worker, tablet, condition="边上磕了一下")
    loan = Loan.objects.get()
    assert loan.person is None  # who had it is nobody's business any more
    assert loan.facts == {"out": "没有划痕", "in": "边上磕了一下"}
    with refused("not_wiped"):
        devices.lend(worker, tablet, neighbour, condition="边上磕了一下")
    for left_out in DONE:
        with refused("not_whole"):
            devices.wipe(worker, tablet, **{**DONE, left_out: False})
    devices.wipe(worker, tablet, **DONE)
    with refused("not_back"):
        devices.wipe(worker, tablet, **DONE)
    assert Wipe.objects.get().by_id == worker.pk
    assert devices.lend(worker, tablet, neighbour, condition="边上磕了一下").person_id == neighbour.pk


def test_one_each(worker: Person, elder: Person, community: Area, tablet: Device) -> None:
    other = devices.add_device(worker, community, kind="phone", label="S-01")
    devices.lend(worker, tablet, elder, condition="没有划痕")
    with refused("too_many"):
        devices.lend(worker, other, elder, condition="没有划痕")
    with refused("label_taken"):
        devices.add_device(worker, community, kind="phone", label="S-01")


def test_who_waited_is_next(worker: Person, elder: Person, neighbour: Person, resident: Person, community: Area,
                            tablet: Device) -> None:
    devices.lend(worker, tablet, elder, condition="没有划痕")
    hold = devices.queue(neighbour, community, "tablet")
    assert devices.queue(neighbour, community, "tablet") == hold
    kept = devices.take_back(worker, tablet, condition="没有划痕")
    assert kept is not None
    assert kept.person_id == neighbour.pk
    devices.wipe(worker, tablet, **DONE)
    with refused("kept"):
        devices.lend(worker, tablet, resident, condition="没有划痕")
    devices.lend(worker, tablet, neighbour, condition="没有划痕")
    line = next(one for one in reads.kinds(resident, community) if one.code == "tablet")
    assert (line.all, line.free, line.waiting) == (1, 0, 0)


def test_a_device_of_a_class_is_there_for_it(worker: Person, teacher: Person, elder: Person, course: Course,
                                             tablet: Device) -> None:
    session = courses.add_time(teacher, course, starts=at(28, 9), minutes=60, capacity=4, devices=[tablet])
    with refused("promised"):
        devices.lend(worker, tablet, elder, condition="没有划痕")
    with refused("resource_taken"):
        courses.add_time(teacher, course, starts=at(28, 9, 30), minutes=60, capacity=4, devices=[tablet])
    courses.cancel_time(teacher, course, session, reason="老师病了")
    devices.lend(worker, tablet, elder, condition="没有划痕")
    with refused("device_away"):
        courses.add_time(teacher, course, starts=at(29, 9), minutes=60, capacity=4, devices=[tablet])
    assert Session.objects.filter(offer=course.offer_id).exclude(state="cancelled").count() == 0


def test_next_door_lends_nothing_here(other_worker: Person, elder: Person, stranger: Person, worker: Person,
                                      tablet: Device) -> None:
    with pytest.raises(Denied):
        devices.lend(other_worker, tablet, elder, condition="没有划痕")
    with pytest.raises(Denied):
        devices.lend(worker, tablet, stranger, condition="没有划痕")
    assert not Device.objects.visible_to(stranger).exists()
    devices.rest(worker, tablet, resting=True)
    with refused("not_here"):
        devices.lend(worker, tablet, elder, condition="没有划痕")
    assert devices.rest(worker, tablet, resting=False).state == DeviceState.READY


@pytest.fixture
def crowd(make_person: Any, community: Area) -> list[Person]:
    people = [make_person("", community) for _n in range(7)]
    for one in people:
        drilling.sign_up(one, community, agrees=True)
    return people


def test_only_who_asked_for_it_gets_a_drill(worker: Person, community: Area, crowd: list[Person],
                                            neighbour: Person) -> None:
    with refused("no_consent"):
        drilling.sign_up(neighbour, community, agrees=False)
    drilling.leave(crowd[0])
    drill = drilling.start(worker, community, "prize")
    got = set(Notice.objects.filter(key=f"learning.drill.{drill.pk}").values_list("person", flat=True))
    assert got == {one.pk for one in crowd[1:]}
    with refused("nobody"):
        drilling.start(worker, community, "parcel")  # nobody gets two in a week
    with clock.at(NOON + timedelta(days=8)):
        drilling.start(worker, community, "parcel")
    with clock.at(at(25, 22)), refused("too_late"):
        drilling.start(worker, community, "parcel")


def test_told_at_once_and_private(worker: Person, community: Area, crowd: list[Person], neighbour: Person,
                                  community_head: Person, client_of: Any) -> None:
    from django.urls import reverse

    drill = drilling.start(worker, community, "prize")
    url = reverse("learning:drill", args=[drill.pk])
    page = client_of(crowd[0]).get(url).content.decode()
    assert "这是防骗演练" in page
    assert "先交钱的奖，都是假的" in page
    assert not DrillAnswer.objects.exclude(reaction="").exists()  # looking is no answer
    client_of(crowd[0]).post(url, {"reaction": "paid"})
    client_of(crowd[0]).post(url, {"reaction": "left"})
    assert DrillAnswer.objects.get(person=crowd[0]).reaction == "paid"  # the first word counts
    assert client_of(neighbour).get(url).status_code == 404
    for staff in (worker, community_head):
        assert client_of(staff).get(url).status_code == 404
        assert not DrillAnswer.objects.visible_to(staff).exists()
        assert not DrillPlace.objects.visible_to(staff).exists()
    assert "照它说的做" in client_of(worker).get(reverse("learning:desk_drills")).content.decode()


def test_sums_hide_the_few(worker: Person, community: Area, crowd: list[Person]) -> None:
    drill = drilling.start(worker, community, "prize")
    drilling.react(crowd[0], drill, "paid")
    (found,) = drills.sums([drill])
    assert [count for _title, count in found.counts] == [0, 0, 0, None, None]
    for one in crowd[1:]:
        drilling.react(one, drill, "left")
    (found,) = drills.sums([drill])
    assert [count for _title, count in found.counts] == [None, 0, 0, None, 0]  # six less seven would say it


def test_who_did_not_look_is_told_next_day(worker: Person, community: Area, crowd: list[Person]) -> None:
    drill = drilling.start(worker, community, "prize")
    drilling.react(crowd[0], drill, "asked")
    assert drilling.close(drill.pk) == 0
    with clock.at(NOON + timedelta(days=1, minutes=1)):
        assert drilling.close(drill.pk) == len(crowd) - 1
        assert drilling.close(drill.pk) == 0
    assert Notice.objects.filter(key=f"learning.drill_over.{drill.pk}").count() == len(crowd) - 1


def test_taking_the_consent_back_ends_it(crowd: list[Person]) -> None:
    withdraw_consent(crowd[0], drilling.PURPOSE)
    deliver_all()
    assert drills.place_of(crowd[0]) is None
    assert drills.place_of(crowd[1]) is not None


def test_the_failing_page_is_named_and_nobody_else(worker: Person, resident: Person, community: Area) -> None:
    with pytest.raises(Denied):
        reporting.note_stuck(resident, community, page="repairs:report", step="上传照片")
    for _visit in range(5):
        reporting.note_stuck(worker, community, page="repairs:report", step="上传照片", band="70_79")
    reporting.note_stuck(worker, community, page="other", step="收不到验证码")
    found = report.report(community)
    assert [(line.title, line.step, line.count) for line in found.stuck] == [
        ("报修", "上传照片", 5), ("别的网站", "收不到验证码", None)]


def test_channels_by_age(worker: Person, teacher: Person, course: Course, make_person: Any, community: Area) -> None:
    courses.add_helper(worker, course, make_person("", community))
    session = courses.add_time(teacher, course, starts=at(27, 9), minutes=60, capacity=16)
    for number in range(12):
        who = make_person("", community, birth_year=1950)
        if number < 6:
            courses.join(who, course, session)
        else:
            courses.join(worker, course, session, learner=who, channel="window")
    line = next(one for one in report.report(community).classes if one.band == "70_79")
    assert line.counts == [6, 6, 0, 0, 0]
    assert line.shares == [50, 50, 0, 0, 0]
    assert line.total == 12


def test_a_person_may_have_it_all_and_be_forgotten(elder: Person, worker: Person, community: Area,
                                                   crowd: list[Person]) -> None:
    progress.say_of_myself(elder, {"pay.shop": "help"})
    drilling.sign_up(elder, community, agrees=True)
    copy = privacy.copy_of(elder)
    assert copy["skills"] == [{"skill": "pay.shop", "own": "help", "taught": ""}]
    for _twice in range(2):
        privacy.erase(elder)
    assert not Progress.objects.filter(person=elder).exists()
    assert drills.place_of(elder) is None
