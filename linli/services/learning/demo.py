"""What newcomers find of the classes in the demo community: all made up, all through the actions."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Person
from linli.mechanisms.bookings import actions as bookings
from linli.mechanisms.bookings.models import Reservation, Session
from linli.services.learning import catalogue
from linli.services.learning.actions import (
    courses,
    devices,
    drilling,
    hours,
    pairing,
    progress,
    proving,
    reporting,
    visits,
)
from linli.services.learning.models import Course, Helper, Match


def furnish(demo: Any) -> None:
    """Three courses and what neighbours offer, a certificate, four helpers and their elders, devices, a drill."""
    worker, head = demo.people("worker")[0], demo.people("community_head")[0]
    elder, resident = demo.stars.get("elder", demo.resident(1)), demo.stars.get("resident", demo.resident(0))
    _courses(demo, worker, elder)
    _offers(demo, worker, resident)
    _pairs(demo, worker, head, elder, resident)
    _devices(demo, worker, elder)
    _drills(demo, worker, elder, resident)
    _stuck(demo, worker)


def _courses(demo: Any, worker: Person, elder: Person) -> None:
    """防骗 by the worker, 看病挂号 and 手机付钱 by neighbours; one class is over, with its roll and its hours."""
    teacher, helper = demo.resident(6), demo.resident(14)
    with demo.days_ago(16, hour=9):
        safety = courses.plan_course(worker, demo.area, module="safety", host=worker, place="社区活动室",
                                     text="一课讲六种骗法，再一起练「停一停」。")
        courses.add_helper(worker, safety, helper)
        past = courses.add_time(worker, safety, starts=_at(today() + timedelta(days=9), 9.5), minutes=90, capacity=16)
        learners = [elder, *[demo.resident(n) for n in ((20, 26) if demo.small else (20, 26, 32, 38, 41))]]
        for who in {one.pk: one for one in learners if one.pk not in (helper.pk, worker.pk)}.values():
            courses.join(who, safety, past)
    with demo.days_ago(7, hour=9.2):
        bookings_in = Reservation.objects.filter(session=past, is_active=True).select_related("session__offer__area")
        seen = hours.check_in(helper, safety, past)
    with demo.days_ago(7, hour=9.6):
        for row in list(bookings_in)[:-1]:
            bookings.check_in(worker, Session.objects.select_related("offer__area").get(pk=past.pk), row)
    with demo.days_ago(7, hour=11):
        hours.check_out(helper, seen)
        skills = [skill.code for skill in catalogue.load()["safety"].skills]
        progress.mark(worker, safety, elder, dict.fromkeys(skills, "alone"))
        for place, row in enumerate(list(bookings_in.select_related("party__booker"))[1:4]):
            if row.party.booker is not None and row.party.booker_id != elder.pk:
                progress.mark(worker, safety, row.party.booker, {
                    skills[0]: "alone", skills[1]: ("help", "not_yet", "alone")[place]})
    with demo.days_ago(6, hour=10):
        proving.issue_certificate(elder, elder, "safety")
        progress.say_of_myself(elder, {"safety.spot": "alone", "safety.pause": "help", "pay.shop": "not_yet"})
    courses.add_time(worker, safety, starts=_at(_weekday(2), 9.5), minutes=90, capacity=16)
    with demo.days_ago(3, hour=9):
        book = courses.plan_course(worker, demo.area, module="hospital", host=teacher, place="梧桐驿站二楼",
                                   text="带上自己的手机，没有的现场有平板。")
        pay = courses.plan_course(worker, demo.area, module="pay", host=teacher, place="梧桐驿站二楼")
    for course, day in ((book, 2), (pay, 4)):
        session = courses.add_time(teacher, course, starts=_at(_weekday(day), 14), minutes=90, capacity=8)
        for number in range(4 if demo.small else 9):
            who = demo.resident(45 + 3 * number)
            if who.pk != teacher.pk:
                courses.join(who, course, session)


def _offers(demo: Any, worker: Person, resident: Person) -> None:
    """A neighbour's course that is open, one that waits to be looked over, one that was declined in words."""
    with demo.days_ago(12, hour=19):
        row = courses.offer_course(demo.resident(9), demo.area, title="手机拍花草", place="中心花园",
                                   text="教怎么对焦、怎么取景，带手机来就行。")
    with demo.days_ago(11, hour=10):
        row = courses.publish_course(worker, row, title=row.title, text=row.text)
    courses.add_time(row.host, Course.objects.select_related("area", "host").get(pk=row.pk),
                     starts=_at(_weekday(6), 9), minutes=60, capacity=8)
    with demo.days_ago(1, hour=20):
        courses.offer_course(resident, demo.area, title="在家做拉伸", text="十分钟肩颈拉伸，坐着就能做。",
                             touches_health=True, once="demo-stretch")
    with demo.days_ago(9, hour=20):
        other = courses.offer_course(demo.resident(17), demo.area, title="调理身体的食疗", touches_health=True,
                                     text="讲几样能降糖的汤。")
    with demo.days_ago(8, hour=10):
        courses.refuse_course(worker, other, answer="不能说汤能降糖。改成讲做菜，再提一次就行。")


def _pairs(demo: Any, worker: Person, head: Person, elder: Person, resident: Person) -> None:
    """林女士 teaches 王阿姨: one lesson over and confirmed, one to come at home; a proposal; an ask that waits."""
    helpers: list[Helper] = []
    with demo.days_ago(24, hour=19):
        for who, topics, slots, home in (
                (resident, ["hospital", "pay", "call"], ["evening", "weekend"], True),
                (demo.resident(23), ["basics", "type", "linli"], ["morning", "afternoon"], True),
                (demo.resident(29), ["safety", "gov", "pay"], ["weekend"], False),
                (demo.resident(35), ["transport", "call"], ["afternoon"], False)):
            helpers.append(pairing.offer_help(who, demo.area, topics=topics, slots=slots, goes_home=home))
    with demo.days_ago(22, hour=10):
        helpers = [pairing.check_helper(worker, one) for one in helpers[:3]]
        ask = pairing.ask_help(elder, topics=["hospital", "pay"], slots=["morning", "weekend"], at_home=True,
                               note="耳朵有点背，请说慢些")
    with demo.days_ago(21, hour=10):
        match = pairing.propose(worker, ask, helpers[0])
        pairing.answer(resident, match, yes=True)
        match = pairing.answer(elder, match, yes=True)
    with demo.days_ago(20, hour=20):
        first = visits.add_times(resident, helpers[0], starts=_at(today() + timedelta(days=9), 10), minutes=60,
                                 place="梧桐驿站")
        lesson = visits.book_visit(elder, match, first)
    with demo.days_ago(11, hour=10):
        lesson = visits.begin(resident, lesson, ticked=[rule["code"] for rule in visits.rules_for(lesson)])
    with demo.days_ago(11, hour=10.9):
        lesson = visits.end(resident, lesson)
        progress.mark(resident, lesson, elder, {"hospital.book": "help", "hospital.cancel": "not_yet"})
    with demo.days_ago(10, hour=9):
        visits.confirm(elder, lesson)
    with demo.days_ago(1, hour=19):
        times = [visits.add_times(resident, helpers[0], starts=_at(_weekday(day), hour), minutes=60, place="梧桐驿站")
                 for day, hour in ((6, 10), (7, 15))]
        match = Match.objects.select_related("ask__person", "ask__area", "helper__person", "area").get(pk=match.pk)
        at_home = visits.book_visit(elder, match, times[0], at_home=True, place="3号楼1单元301", agrees=True)
        visits.name_second(worker, at_home, helpers[1])
    with demo.days_ago(2, hour=15):
        second = pairing.ask_help(demo.resident(50), topics=["safety", "gov"], slots=["weekend"])
        pairing.propose(worker, second, helpers[2])
        pairing.ask_help(worker, learner=demo.resident(53), topics=["basics", "type"], slots=["morning"])


def _devices(demo: Any, worker: Person, elder: Person) -> None:
    """Two telephones and two tablets: one lent, one to be wiped, one kept for who waited."""
    with demo.days_ago(40, hour=10):
        made = [devices.add_device(worker, demo.area, kind=kind, label=label, accessories="充电线、保护套",
                                   condition="屏幕没有划痕")
                for kind, label in (("phone", "S-01"), ("phone", "S-02"), ("tablet", "P-01"), ("tablet", "P-02"))]
    with demo.days_ago(18, hour=10):
        devices.lend(worker, made[1], demo.resident(56), condition="屏幕没有划痕，充电线齐全")
    with demo.days_ago(5, hour=15):
        devices.take_back(worker, made[1], condition="背面有一道浅划痕，充电线齐全")
        devices.lend(worker, made[0], demo.resident(59), condition="屏幕没有划痕，充电线齐全")
    with demo.days_ago(1, hour=11):
        devices.queue(elder, demo.area, "tablet")


def _drills(demo: Any, worker: Person, elder: Person, resident: Person) -> None:
    """Some signed up; one drill is over, one was sent this morning to those of them who had none lately."""
    people = {one.pk: one for one in [elder, resident, *[demo.resident(3 * n) for n in range(4 if demo.small else 12)]]}
    with demo.days_ago(15, hour=10):
        for one in people.values():
            drilling.sign_up(one, demo.area, agrees=True)
    with demo.days_ago(9, hour=10):
        drill = drilling.start(worker, demo.area, "insurance")
    with demo.days_ago(9, hour=11):
        for number, one in enumerate(people.values()):
            if number % 4 != 3:
                drilling.react(one, drill, ("left", "asked", "opened", "left", "asked")[number % 5])
    with demo.days_ago(8, hour=12):
        drilling.close(drill.pk)


def _stuck(demo: Any, worker: Person) -> None:
    for ago, step, band, count in ((20, "上传照片那一页", "70_79", 5), (12, "收不到验证码", "80_up", 2),
                                   (5, "选不到自己的楼", "60_69", 1)):
        with demo.days_ago(ago, hour=15):
            for _number in range(1 if demo.small else count):
                reporting.note_stuck(worker, demo.area, page="repairs:report", step=step, band=band)


def _weekday(number: int) -> date:
    """The next such day of the week (1: Monday), at least two days away."""
    day = today() + timedelta(days=2)
    return day + timedelta(days=(number - day.isoweekday()) % 7)


def _at(day: date, hour: float) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(int(hour), round(hour % 1 * 60))))
